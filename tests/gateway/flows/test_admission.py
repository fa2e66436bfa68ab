"""Who may bind: guesses are slowed and shut out, login by login; what was booked is given back."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.dialects.cmpp.client_dialect import CmppClientDialect
from gateway.dialects.login import BindRefusal, Login
from gateway.domain.account import Account, BindMode
from gateway.flows.binds.admission import Admission, RefusedBind
from gateway.flows.binds.bans import BanLimits
from protocols.cmpp import auth

LIMITS = BanLimits(failures_max=3, logins_max=4, ban_s=100.0, addresses_max=4)
HERE, ELSEWHERE, LISTED_ADDRESS = "192.0.2.1", "192.0.2.9", "198.51.100.7"
ACME = Account("acme", "acme", "secret01", protocols=frozenset({"smpp"}), sessions_max=2)
BETA = Account("beta", "beta", "secret02", networks=(ip_network("198.51.100.0/24"),))


def login(name: str = "acme", password: str = "secret01", mode: BindMode = BindMode.TRX) -> Login:
    return Login(name, mode, 0x34, lambda known: known == password)


def admission(*accounts: Account) -> Admission:
    made = Admission()
    made.load({account.name: account for account in accounts or (ACME, BETA)})
    return made


def guess(at: Admission, name: str, address: str = HERE, now: float = 0.0, limits: BanLimits = LIMITS) -> RefusedBind:
    verdict = at.admit(login(name, "guess"), address, "smpp", limits, now, is_known=at.networks.has(address))
    assert isinstance(verdict, RefusedBind)
    return verdict


def is_let_in(at: Admission, who: Account, address: str = HERE, now: float = 0.0) -> bool:
    known = at.networks.has(address)
    verdict = at.admit(login(who.login, who.password), address, "smpp", LIMITS, now, is_known=known)
    if isinstance(verdict, Account):
        at.leave(verdict.name)
    return isinstance(verdict, Account)


class AdmissionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.admission = admission()
        self.now = 0.0
        self.failures: dict[tuple[str, str], int] = {}
        self.sessions = 0

    @rule(address=st.sampled_from([HERE, ELSEWHERE]), is_right=st.booleans())
    def bind(self, address: str, is_right: bool) -> None:
        given = login(password="secret01" if is_right else "guess")
        verdict = self.admission.admit(given, address, "smpp", LIMITS, self.now)
        if isinstance(verdict, RefusedBind):
            is_banned = self.admission.bans.has_login(address, "acme", self.now)
            assert not is_right or is_banned or self.sessions == ACME.sessions_max
            assert 0.0 <= verdict.delay_s <= LIMITS.delay_max_s
        else:
            assert is_right
            self.sessions += 1

    @rule()
    def leave(self) -> None:
        if self.sessions:
            self.sessions -= 1
            self.admission.leave("acme")

    @rule(span_s=st.floats(0, 200))
    def pass_time(self, span_s: float) -> None:
        self.now += span_s

    @invariant()
    def bounds_hold(self) -> None:
        assert self.admission.sessions("acme") == self.sessions <= ACME.sessions_max


TestAdmission = AdmissionMachine.TestCase
TestAdmission.settings = settings(stateful_step_count=50, deadline=None)


# --- one login, two protocols ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_login_that_two_accounts_have_for_a_protocol_each_lets_both_in(is_turned: bool) -> None:
    """`check` refuses a login that two accounts share within a protocol, and only that."""
    over_smpp = Account("east", "100200", "secret01", protocols=frozenset({"smpp"}))
    over_cmpp = Account("west", "100200", "secret02", protocols=frozenset({"cmpp"}))
    at = admission(*((over_cmpp, over_smpp) if is_turned else (over_smpp, over_cmpp)))
    for protocol, who in (("smpp", over_smpp), ("cmpp", over_cmpp)):
        verdict = at.admit(replace(login("100200", who.password), version=0x20), HERE, protocol, LIMITS, 0.0)
        assert verdict == who
        assert at.check_reader(who.name, "100200", who.password, HERE, LIMITS, 0.0) == (who, 0.0)
    assert at.check_reader("west", "100200", "secret01", HERE, LIMITS, 0.0)[0] is None


# --- one login from one address --------------------------------------------------------------------------------------


def test_guesses_at_one_login_are_slowed_and_then_shut_out_for_a_time() -> None:
    at = admission()
    found = [guess(at, "acme") for _ in range(LIMITS.failures_max)]
    assert [one.delay_s for one in found] == [0.5, 1.0, 2.0]
    assert [one.banned for one in found] == ["", "", "login"]
    assert guess(at, "acme", now=LIMITS.ban_s - 1).reason is BindRefusal.BANNED
    assert not is_let_in(at, ACME, now=LIMITS.ban_s - 1)  # the right password is one guess of many
    assert is_let_in(at, ACME, ELSEWHERE)
    assert is_let_in(at, ACME, now=LIMITS.ban_s)


def test_guesses_do_not_shut_out_another_client_behind_the_same_address() -> None:
    at = admission()
    for _ in range(1000):
        guess(at, "victim")
    assert is_let_in(at, ACME)


def test_a_ban_ends_though_the_guesses_go_on() -> None:
    at = admission()
    for second in range(int(LIMITS.ban_s)):
        guess(at, "acme", now=float(second))
    assert is_let_in(at, ACME, now=LIMITS.failures_max - 1 + LIMITS.ban_s)


def test_failures_are_forgotten_after_a_quiet_time_and_by_a_right_password() -> None:
    at = admission()
    for now in (0.0, 1.0, 150.0, 151.0):
        guess(at, "acme", now=now)
    assert is_let_in(at, ACME, now=152.0)
    assert not guess(at, "acme", now=153.0).banned
    assert not guess(at, "acme", now=154.0).banned


def test_the_right_password_of_one_login_does_not_forgive_the_guesses_at_another() -> None:
    at = admission()
    for _ in range(LIMITS.failures_max - 1):
        guess(at, "victim")
        assert is_let_in(at, ACME)
    assert guess(at, "victim").banned == "login"


def test_an_unknown_name_is_answered_as_a_wrong_password() -> None:
    def answers(name: str, password: str) -> list[RefusedBind]:
        at, found = admission(), []
        for _ in range(LIMITS.failures_max + 2):
            verdict = at.admit(login(name, password), HERE, "smpp", LIMITS, 0.0)
            assert isinstance(verdict, RefusedBind)
            found.append(verdict)
        return found

    assert answers("nobody", "secret01") == answers("acme", "guess")


# --- an address as a whole -------------------------------------------------------------------------------------------


def test_only_many_different_logins_shut_out_an_address() -> None:
    at = admission()
    for name in ("a", "b", "c", "c", "b", "a"):
        assert guess(at, name).banned in ("", "login")
    assert not at.bans.has_address(HERE, 0.0)
    assert guess(at, "d").banned == "address"
    assert at.bans.has_address(HERE, LIMITS.ban_s - 1)
    assert not at.bans.has_address(HERE, LIMITS.ban_s)
    assert not at.bans.has_address(ELSEWHERE, 0.0)


def test_logins_count_only_while_they_follow_one_another() -> None:
    at = admission()
    for number in range(20):
        assert not guess(at, f"login{number}", now=number * LIMITS.ban_s).banned


def test_an_ipv6_address_counts_with_its_whole_64() -> None:
    at = admission()
    for number in range(1, LIMITS.logins_max + 1):
        guess(at, f"login{number}", f"2001:db8::{number:x}")
    assert at.bans.has_address("2001:db8::/64", 0.0)


def test_a_listed_network_is_never_shut_out_as_a_whole_nor_from_its_own_account() -> None:
    at = admission()
    for number in range(100):
        assert guess(at, f"login{number}", LISTED_ADDRESS).banned != "address"
        assert guess(at, "beta", LISTED_ADDRESS).banned == ""
    assert not at.bans.has_address(LISTED_ADDRESS, 0.0)
    assert guess(at, "beta", LISTED_ADDRESS).delay_s == LIMITS.delay_max_s
    assert is_let_in(at, BETA, LISTED_ADDRESS)
    assert is_let_in(at, BETA, "::ffff:198.51.100.7")  # the same address where one socket listens to both


def test_another_account_is_shut_out_from_that_network_by_itself() -> None:
    at = admission()
    for _ in range(LIMITS.failures_max):
        guess(at, "acme", LISTED_ADDRESS)
    assert not is_let_in(at, ACME, LISTED_ADDRESS)
    assert is_let_in(at, BETA, LISTED_ADDRESS)


def test_a_network_of_everybody_makes_nobody_known() -> None:
    at = admission(Account("wide", "wide", "secret03", networks=(ip_network("0.0.0.0/0"), ip_network("::/0"))))
    assert not at.networks
    for number in range(LIMITS.logins_max):
        guess(at, f"login{number}")
    assert at.bans.has_address(HERE, 0.0)


def test_what_is_remembered_is_bounded_and_the_oldest_is_forgotten() -> None:
    at, many = admission(), BanLimits(failures_max=1, logins_max=1, ban_s=100.0, addresses_max=4)
    for number in count():
        guess(at, "acme", f"192.0.2.{number}", limits=many)
        if number == 200:
            break
    assert len(at.bans) == 2 * many.addresses_max
    assert at.bans.has_login("192.0.2.200", "acme", 0.0) and not at.bans.has_login("192.0.2.196", "acme", 0.0)
    assert at.bans.has_address("192.0.2.200", 0.0) and not at.bans.has_address("192.0.2.196", 0.0)


# --- the rest --------------------------------------------------------------------------------------------------------


def test_mode_protocol_and_address() -> None:
    narrow = Account(
        "acme", "acme", "secret01", protocols=frozenset({"smpp"}), bind_modes=frozenset({BindMode.RX}),
        networks=(ip_network("192.0.2.0/30"),),
    )
    at = admission(narrow)
    for address, protocol, mode, reason in (
        (HERE, "cmpp", BindMode.RX, BindRefusal.MODE),
        (HERE, "smpp", BindMode.TX, BindRefusal.MODE),
        (ELSEWHERE, "smpp", BindMode.RX, BindRefusal.ADDRESS),
        ("local", "smpp", BindMode.RX, BindRefusal.ADDRESS),
    ):
        refused = at.admit(login(mode=mode), address, protocol, LIMITS, 0.0)
        assert isinstance(refused, RefusedBind) and refused.reason is reason
    assert at.admit(login(mode=BindMode.RX), HERE, "smpp", LIMITS, 0.0) == narrow


def test_a_connect_above_3_is_told_so_unless_the_account_has_a_version_of_its_own() -> None:
    """CMPP CONNECT_RESP Status 4; not before the secret is proven, so that a guesser learns nothing."""
    told = {}
    for forced in (0, 0x20):
        at = admission(replace(ACME, protocols=frozenset({"smpp", "cmpp"}), cmpp_version=forced, sessions_max=9))
        for version in (0x20, 0x30, 0x31, 0x40, 0x7F, 0xFF):
            asked = CmppClientDialect.read_bind(auth.connect("acme", "secret01", version, 0.0))
            verdict = at.admit(asked, HERE, "cmpp", LIMITS, 0.0)
            told[forced, version] = verdict.reason if isinstance(verdict, RefusedBind) else None
        assert not isinstance(at.admit(login(), HERE, "smpp", LIMITS, 0.0), RefusedBind)
    assert {at for at, reason in told.items() if reason is BindRefusal.VERSION} == {(0, 0x40), (0, 0x7F), (0, 0xFF)}


@pytest.mark.parametrize("name", ["secret01", "acmesecret01", "13800138000", ""])
def test_a_login_that_is_nobodys_is_not_shown(name: str) -> None:
    """A bind with its password in the wrong field says it as its login."""
    assert admission().shown(name) == f"[{len(name)} characters]"
    assert admission().shown("acme") == "acme"
