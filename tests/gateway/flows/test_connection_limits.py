"""A listener's connections: who has not logged in never keeps out who would, whatever comes in whatever order."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.dialects.login import Login
from gateway.domain.account import Account, BindMode
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.connection_limits import ConnectionLimiter, ConnectionLimits, ConnectionPlace

LIMITS = ConnectionLimits(connections_max=12, per_address_max=6, unbound_max=5, unbound_per_address_max=3, reserved=4)
LISTED = Account("listed", "listed", "secret01", networks=(ip_network("198.51.100.0/24"),), sessions_max=10_000)
OPEN = Account("open", "open", "secret01", sessions_max=10_000)


def login(who: Account) -> Login:
    return Login(who.login, BindMode.TRX, 0x34, lambda known: known == who.password)


def make(limits: ConnectionLimits = LIMITS, *accounts: Account) -> ConnectionLimiter:
    admission = Admission()
    admission.load({account.name: account for account in accounts or (OPEN, LISTED)})
    return ConnectionLimiter(admission, limits)


def bind(limiter: ConnectionLimiter, place: ConnectionPlace, who: Account = OPEN, address: str = "192.0.2.1") -> bool:
    return isinstance(limiter.bind(place, login(who), address, "smpp", 0.0), Account)


def arrive(limiter: ConnectionLimiter, address: str) -> ConnectionPlace:
    place, _ = limiter.arrive(address, 0.0)
    assert place is not None
    return place


def unbound(limiter: ConnectionLimiter) -> float:
    return limiter.counts()["unbound"]


class LimiterMachine(RuleBasedStateMachine):
    """Connections come, log in and go; the model keeps those that are there."""

    def __init__(self) -> None:
        super().__init__()
        self.limiter = make()
        self.there: list[tuple[str, ConnectionPlace]] = []  # oldest first

    @rule(number=st.integers(0, 7), is_known=st.booleans())
    def come(self, number: int, is_known: bool) -> None:
        address = f"{'198.51.100' if is_known else '192.0.2'}.{number}"
        place, displaced = self.limiter.arrive(address, 0.0)
        mine = [one for at, one in self.there if at == address]
        if place is None:
            assert displaced is None
            known = sum(one.is_known for _, one in self.there)
            strangers = len(self.there) - known
            assert (
                len(mine) >= LIMITS.per_address_max or len(self.there) >= LIMITS.connections_max
                or (not is_known and strangers >= LIMITS.connections_max - LIMITS.reserved)
            )
            assert not any(not one.is_bound for one in mine), "refused though one of its own could have gone"
            return
        if displaced is not None:
            assert not displaced.is_bound, "one that had logged in was sent away"
            assert is_known or not displaced.is_known, "a stranger displaced one of a listed network"
            same = [one for _, one in self.there if not one.is_bound and one.is_known is displaced.is_known]
            of_address = [one for at, one in self.there if not one.is_bound and at == displaced.address]
            assert displaced in (same[0], of_address[0]), "not the oldest"
            self.there = [(at, one) for at, one in self.there if one is not displaced]
        self.there.append((address, place))

    @rule(data=st.data())
    def log_in(self, data: st.DataObject) -> None:
        if self.there:
            address, place = data.draw(st.sampled_from(self.there))
            assert bind(self.limiter, place, OPEN, address)

    @rule(data=st.data(), again=st.booleans())
    def go(self, data: st.DataObject, again: bool) -> None:
        if self.there:
            gone = data.draw(st.sampled_from(self.there))
            self.there.remove(gone)
            for _ in range(1 + again):
                self.limiter.leave(gone[1])

    @invariant()
    def bounds_hold(self) -> None:
        strangers = [one for _, one in self.there if not one.is_known]
        assert len(self.there) <= LIMITS.connections_max
        assert len(strangers) <= LIMITS.connections_max - LIMITS.reserved
        for pool in (True, False):
            assert sum(not one.is_bound and one.is_known is pool for _, one in self.there) <= LIMITS.unbound_max
        for address in {at for at, _ in self.there}:
            mine = [one for at, one in self.there if at == address]
            assert len(mine) <= LIMITS.per_address_max
            assert sum(not one.is_bound for one in mine) <= LIMITS.unbound_per_address_max
        waiting = sum(not one.is_bound for _, one in self.there)
        assert self.limiter.counts() == {"bound": len(self.there) - waiting, "unbound": waiting}


TestLimiter = LimiterMachine.TestCase
TestLimiter.settings = settings(stateful_step_count=80, deadline=None)


def test_silent_connections_from_two_addresses_keep_nobody_out() -> None:
    limiter = make(ConnectionLimits(), OPEN)
    for number in range(1_200):
        arrive(limiter, f"192.0.2.{1 + number % 2}")
    assert unbound(limiter) == 2 * ConnectionLimits().unbound_per_address_max
    for address in ("192.0.2.3", "192.0.2.1"):  # and behind one of the two
        assert bind(limiter, arrive(limiter, address), OPEN, address)


def test_silent_connections_from_everywhere_keep_nobody_out() -> None:
    limiter = make(ConnectionLimits(), OPEN)
    for number in range(20_000):
        arrive(limiter, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert unbound(limiter) == ConnectionLimits().unbound_max
    assert bind(limiter, arrive(limiter, "192.0.2.3"))


def test_a_stranger_never_displaces_one_of_a_listed_network() -> None:
    limiter = make()
    known = [arrive(limiter, "198.51.100.7") for _ in range(LIMITS.unbound_per_address_max)]
    for number in range(1_000):
        limiter.arrive(f"203.0.113.{number % 200}", 0.0)
    assert all(bind(limiter, place, LISTED, "198.51.100.7") for place in known)


def test_listed_networks_get_in_though_strangers_have_logged_in_as_often_as_they_may() -> None:
    limiter = make()
    for number in range(LIMITS.connections_max - LIMITS.reserved):
        assert bind(limiter, arrive(limiter, f"192.0.2.{number}"))
    assert limiter.arrive("203.0.113.1", 0.0) == (None, None)
    assert limiter.ended == {"full": 1}
    for number in range(LIMITS.reserved):
        assert bind(limiter, arrive(limiter, f"198.51.100.{number}"), LISTED, f"198.51.100.{number}")
    assert limiter.arrive("198.51.100.99", 0.0) == (None, None)


def test_without_listed_networks_nothing_is_kept_back() -> None:
    limiter = make(LIMITS, OPEN)
    assert all(bind(limiter, arrive(limiter, f"192.0.2.{number}")) for number in range(LIMITS.connections_max))


@pytest.mark.parametrize(("connections_max", "strangers"), [(12, 6), (3, 2), (1, 1)])
def test_a_reserve_never_takes_more_than_half(connections_max: int, strangers: int) -> None:
    limiter = make(ConnectionLimits(connections_max=connections_max, reserved=100))
    assert sum(
        bind(limiter, place) for n in range(20) if (place := limiter.arrive(f"192.0.2.{n}", 0.0)[0])
    ) == strangers


def test_ipv6_connections_are_counted_by_their_64() -> None:
    limiter = make()
    places = [arrive(limiter, f"2001:db8::{number:x}") for number in range(10)]
    assert unbound(limiter) == LIMITS.unbound_per_address_max
    assert [place.is_left for place in places] == [True] * 7 + [False] * 3
    arrive(limiter, "2001:db8:0:1::1")
    assert unbound(limiter) == LIMITS.unbound_per_address_max + 1


def test_one_that_was_displaced_cannot_log_in_any_more() -> None:
    limiter = make()
    first = arrive(limiter, "192.0.2.1")
    for _ in range(LIMITS.unbound_per_address_max):
        arrive(limiter, "192.0.2.1")
    assert first.is_left
    limiter.leave(first)
    assert unbound(limiter) == LIMITS.unbound_per_address_max


def test_lower_bounds_hold_for_what_comes_from_then_on() -> None:
    limiter = make()
    for number in range(5):
        arrive(limiter, f"192.0.2.{number}")
    limiter.bound(ConnectionLimits(connections_max=4, unbound_max=2, reserved=0), limiter._bans)
    for number in range(50):
        arrive(limiter, f"203.0.113.{number}")
        assert unbound(limiter) <= 5
