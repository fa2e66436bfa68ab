"""Who may bind: bounds hold, guesses are slowed and shut out, and what was booked is given back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import ip_network

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.dialects.login import BindRefusal, Login
from gateway.domain.account import Account, BindMode
from gateway.flows.admission import Admission, AdmissionLimits, Refused

LIMITS = AdmissionLimits(failures_max=3, ban_s=100.0, addresses_max=4, connections_max=6, connections_per_address_max=3)
ADDRESSES = [f"192.0.2.{number}" for number in range(1, 8)]
ACME = Account("acme", "acme", "secret01", protocols=frozenset({"smpp"}), sessions_max=2)


def login(name: str = "acme", password: str = "secret01", mode: BindMode = BindMode.TRX) -> Login:
    return Login(name, mode, 0x34, lambda known: known == password)


class AdmissionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.admission = Admission(LIMITS)
        self.admission.load({"acme": ACME})
        self.now = 0.0
        self.connected: Counter[str] = Counter()
        self.sessions = 0

    @rule(address=st.sampled_from(ADDRESSES))
    def connect(self, address: str) -> None:
        self.connected[address] += self.admission.connect(address, self.now)

    @rule(address=st.sampled_from(ADDRESSES))
    def disconnect(self, address: str) -> None:
        if self.connected[address]:
            self.connected[address] -= 1
            self.admission.disconnect(address)

    @rule(address=st.sampled_from(ADDRESSES), is_right=st.booleans())
    def bind(self, address: str, is_right: bool) -> None:
        verdict = self.admission.admit(login(password="secret01" if is_right else "guess"), address, "smpp", self.now)
        if isinstance(verdict, Refused):
            assert not is_right or self.sessions == ACME.sessions_max
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
        assert self.connected.total() <= LIMITS.connections_max
        assert all(number <= LIMITS.connections_per_address_max for number in self.connected.values())
        assert self.admission.sessions("acme") == self.sessions <= ACME.sessions_max


TestAdmission = AdmissionMachine.TestCase
TestAdmission.settings = settings(stateful_step_count=50, deadline=None)


def test_guesses_are_slowed_and_then_shut_out_for_a_time() -> None:
    admission = Admission(LIMITS)
    admission.load({"acme": ACME})
    delays = []
    for _ in range(LIMITS.failures_max):
        assert admission.connect(ADDRESSES[0], 0.0)
        refused = admission.admit(login(password="guess"), ADDRESSES[0], "smpp", 0.0)
        assert isinstance(refused, Refused) and refused.reason is BindRefusal.UNKNOWN_OR_WRONG
        delays.append(refused.delay_s)
        admission.disconnect(ADDRESSES[0])
    assert delays == sorted(set(delays))
    assert not admission.connect(ADDRESSES[0], LIMITS.ban_s - 1)
    assert admission.connect(ADDRESSES[1], LIMITS.ban_s - 1)
    assert admission.connect(ADDRESSES[0], LIMITS.ban_s)


def test_an_unknown_name_is_answered_as_a_wrong_password() -> None:
    answers = []
    for name, password in (("nobody", "secret01"), ("acme", "guess")):
        admission = Admission(LIMITS)
        admission.load({"acme": ACME})
        answers.append(admission.admit(login(name, password), ADDRESSES[0], "smpp", 0.0))
    assert answers[0] == answers[1]


def test_mode_protocol_and_address() -> None:
    narrow = Account(
        "acme", "acme", "secret01", protocols=frozenset({"smpp"}), bind_modes=frozenset({BindMode.RX}),
        networks=(ip_network("192.0.2.0/30"),),
    )  # fmt: skip
    admission = Admission(LIMITS)
    admission.load({"acme": narrow})
    for address, protocol, mode, reason in (
        (ADDRESSES[0], "cmpp", BindMode.RX, BindRefusal.MODE),
        (ADDRESSES[0], "smpp", BindMode.TX, BindRefusal.MODE),
        (ADDRESSES[6], "smpp", BindMode.RX, BindRefusal.ADDRESS),
        ("local", "smpp", BindMode.RX, BindRefusal.ADDRESS),
    ):
        refused = admission.admit(login(mode=mode), address, protocol, 0.0)
        assert isinstance(refused, Refused) and refused.reason is reason
    assert admission.admit(login(mode=BindMode.RX), ADDRESSES[0], "smpp", 0.0) == narrow


def test_a_connect_above_3_is_told_so_unless_the_account_has_a_version_of_its_own() -> None:
    """CMPP CONNECT_RESP Status 4; not before the secret is proven, so that a guesser learns nothing."""
    told = {}
    for forced in (0, 0x20):
        admission = Admission(LIMITS)
        account = replace(ACME, protocols=frozenset({"smpp", "cmpp"}), cmpp_version=forced, sessions_max=9)
        admission.load({"acme": account})
        for version in (0x20, 0x30, 0x31, 0x40, 0x7F, 0xFF):
            asked = Login("acme", BindMode.TRX, version, lambda known: known == "secret01")
            verdict = admission.admit(asked, ADDRESSES[0], "cmpp", 0.0)
            told[forced, version] = verdict.reason if isinstance(verdict, Refused) else None
        assert not isinstance(admission.admit(login(), ADDRESSES[0], "smpp", 0.0), Refused)
    assert {at for at, reason in told.items() if reason is BindRefusal.VERSION} == {(0, 0x40), (0, 0x7F), (0, 0xFF)}
    assert BindRefusal.VERSION.cmpp_status == 4
