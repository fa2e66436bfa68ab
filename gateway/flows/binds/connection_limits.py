"""One listener's connections: how many there may be, and which one goes where there are too many.

A connection costs nothing to open, so those that have not logged in get a small share, and are no reason to send
anybody away: the oldest of them goes for the new one. A client logs in within moments, and is safe from then on.
Connections from networks that accounts list are counted apart: what comes from elsewhere never displaces them, and some
of all connections are kept for them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.dialects.login import Login
from gateway.domain.account import Account
from gateway.flows.binds.admission import Admission, RefusedBind
from gateway.flows.binds.bans import BanLimits
from gateway.flows.binds.peer_networks import counted_as


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Bounds of one listener's connections."""

    connections_max: int = 1000
    per_address_max: int = 500
    unbound_max: int = 200  # not logged in: from listed networks, and as many from elsewhere
    unbound_per_address_max: int = 50
    reserved: int = 100  # of connections_max, for listed networks; at most half of it


class ConnectionEnd(StrEnum):
    """Why a connection was ended by the limits."""

    SHUT = "shut"  # the gateway takes no clients any more
    BANNED = "banned"  # its address tried many logins
    ADDRESS_FULL = "address_full"  # as many logged in from its address as may be
    FULL = "full"  # as many logged in as may be
    DISPLACED = "displaced"  # it had not logged in, and a younger one came


@dataclass(slots=True, eq=False)
class ConnectionPlace:
    """What one connection occupies. `holder` is the listener's own: whom to end when it has to go."""

    address: str  # as it is counted
    is_known: bool
    is_bound: bool = False
    is_left: bool = False
    holder: Any = None


class ConnectionLimiter:
    """The count of one listener. `ended` counts connections by why they were ended."""

    def __init__(
        self, admission: Admission, limits: ConnectionLimits | None = None, bans: BanLimits | None = None
    ) -> None:
        self._admission = admission
        self.bound(limits or ConnectionLimits(), bans or BanLimits())
        # Those not logged in, oldest first: from elsewhere, from listed networks, and by address.
        self._strange: dict[ConnectionPlace, None] = {}
        self._known: dict[ConnectionPlace, None] = {}
        self._unbound_of: dict[str, dict[ConnectionPlace, None]] = {}
        self._connections_of: Counter[str] = Counter()
        self._connections = 0
        self._strangers = 0  # of all connections
        self.ended: Counter[str] = Counter()

    def bound(self, limits: ConnectionLimits, bans: BanLimits) -> None:
        """Set the bounds for what comes from now on."""
        self._limits = limits
        self._bans = bans

    def counts(self) -> dict[str, float]:
        """Return how many connections are bound and how many are not."""
        unbound = len(self._strange) + len(self._known)
        return {"bound": self._connections - unbound, "unbound": unbound}

    def arrive(self, address: str, now: float) -> tuple[ConnectionPlace | None, ConnectionPlace | None]:
        """Take a new connection; return its place, or None if it may not stay, and the one that has to go for it."""
        counted = counted_as(address)
        is_known = self._admission.networks.has(address)
        refused, displaced = self._judge(counted, is_known, now)
        if refused is not None:
            self.ended[refused.value] += 1
            return None, None
        if displaced is not None:
            self.ended[ConnectionEnd.DISPLACED.value] += 1
            self.leave(displaced)
        place = ConnectionPlace(counted, is_known)
        self._connections += 1
        self._strangers += not is_known
        self._connections_of[counted] += 1
        self._pool(is_known)[place] = None
        self._unbound_of.setdefault(counted, {})[place] = None
        return place, displaced

    def _judge(self, address: str, is_known: bool, now: float) -> tuple[ConnectionEnd | None, ConnectionPlace | None]:
        """Return why it may not stay, or which one goes for it, or neither."""
        limits, pool = self._limits, self._pool(is_known)
        if self._admission.is_closed:
            return ConnectionEnd.SHUT, None
        if not is_known and self._admission.bans.has_address(address, now):
            return ConnectionEnd.BANNED, None
        of_address = self._unbound_of.get(address, {})
        if len(of_address) >= limits.unbound_per_address_max:
            return None, _oldest(of_address)
        if self._connections_of[address] >= limits.per_address_max:
            return _for(ConnectionEnd.ADDRESS_FULL, _oldest(of_address))
        if len(pool) >= limits.unbound_max:
            return None, _oldest(pool)
        if not is_known and self._strangers >= limits.connections_max - self._reserved:
            return _for(ConnectionEnd.FULL, _oldest(self._strange))
        if self._connections >= limits.connections_max:
            return _for(ConnectionEnd.FULL, _oldest(self._strange) or (_oldest(self._known) if is_known else None))
        return None, None

    @property
    def _reserved(self) -> int:
        return min(self._limits.reserved, self._limits.connections_max // 2) if self._admission.networks else 0

    def _pool(self, is_known: bool) -> dict[ConnectionPlace, None]:
        return self._known if is_known else self._strange

    def bind(
        self, place: ConnectionPlace, login: Login, address: str, protocol: str, now: float
    ) -> Account | RefusedBind:
        """Check a bind; an Account books a session until `Admission.leave`, and its connection is displaced no more."""
        verdict = self._admission.admit(login, address, protocol, self._bans, now, is_known=place.is_known)
        if isinstance(verdict, Account):
            self.bound_now(place)
        return verdict

    def bound_now(self, place: ConnectionPlace) -> None:
        """Its peer proved who it is: the connection is displaced no more. Saying so again does no harm."""
        if not place.is_left and not place.is_bound:
            place.is_bound = True
            self._no_longer_unbound(place)

    def leave(self, place: ConnectionPlace) -> None:
        """A connection is gone, or is being ended; saying so again does no harm."""
        if place.is_left:
            return
        place.is_left = True
        if not place.is_bound:
            self._no_longer_unbound(place)
        self._connections -= 1
        self._strangers -= not place.is_known
        self._connections_of[place.address] -= 1
        if not self._connections_of[place.address]:
            del self._connections_of[place.address]

    def _no_longer_unbound(self, place: ConnectionPlace) -> None:
        self._pool(place.is_known).pop(place, None)
        of_address = self._unbound_of.get(place.address)
        if of_address is not None:
            of_address.pop(place, None)
            if not of_address:
                del self._unbound_of[place.address]


def _oldest(places: dict[ConnectionPlace, None]) -> ConnectionPlace | None:
    for place in places:
        return place
    return None


def _for(end: ConnectionEnd, displaced: ConnectionPlace | None) -> tuple[ConnectionEnd | None, ConnectionPlace | None]:
    """Refuse, unless another one can go."""
    return (end, None) if displaced is None else (None, displaced)
