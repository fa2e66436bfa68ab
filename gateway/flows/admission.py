"""Who may bind: credentials, address, mode, number of sessions; wrong logins are slowed and then refused by address."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from gateway.dialects.login import BindRefusal, Login
from gateway.domain.account import Account
from protocols.cmpp.constants import VERSION_MAX as CMPP_VERSION_MAX


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """Bounds against guessing: after `failures_max` wrong logins an address is shut out for `ban_s`."""

    failures_max: int = 10
    delay_step_s: float = 0.5  # the answer to the first failure waits so long, twice as long each time
    delay_max_s: float = 30.0
    ban_s: float = 300.0
    addresses_max: int = 10_000  # addresses remembered
    connections_max: int = 2_000
    connections_per_address_max: int = 200


@dataclass(slots=True)
class _Record:
    failures: int
    until: float


@dataclass(frozen=True, slots=True)
class Refused:
    reason: BindRefusal
    delay_s: float


class Admission:
    """Decides on connections and binds; remembers addresses that fail, oldest forgotten first."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self.bound(limits)
        self._by_login: dict[str, Account] = {}
        self._failures: OrderedDict[str, _Record] = OrderedDict()
        self._connections: Counter[str] = Counter()
        self._sessions: Counter[str] = Counter()
        self.is_closed = False

    def bound(self, limits: AdmissionLimits) -> None:
        """Set the bounds; what is known of addresses stays."""
        self._limits = limits

    def load(self, accounts: Mapping[str, Account]) -> None:
        self._by_login = {account.login: account for account in accounts.values()}

    def sessions(self, account: str) -> int:
        return self._sessions[account]

    def connect(self, address: str, now: float) -> bool:
        """Tell whether a new connection may stay; True books it until `disconnect`."""
        record = self._failures.get(address)
        if record is not None and record.failures >= self._limits.failures_max:
            if now < record.until:
                return False
            del self._failures[address]
        if self.is_closed or self._connections.total() >= self._limits.connections_max:
            return False
        if self._connections[address] >= self._limits.connections_per_address_max:
            return False
        self._connections[address] += 1
        return True

    def disconnect(self, address: str) -> None:
        self._connections[address] -= 1
        if self._connections[address] <= 0:
            del self._connections[address]

    def admit(self, login: Login, address: str, protocol: str, now: float) -> Account | Refused:
        """Check one bind; an Account books a session until `leave`."""
        account = self._by_login.get(login.login)
        # An unknown name costs the same digest as a wrong password, and is answered alike.
        is_right = login.matches(account.password if account is not None else "")
        if account is None or not is_right:
            return Refused(BindRefusal.UNKNOWN_OR_WRONG, self._failed(address, now))
        if protocol == "cmpp" and login.version > CMPP_VERSION_MAX and not account.cmpp_version:
            return Refused(BindRefusal.VERSION, 0.0)
        if protocol not in account.protocols or login.mode not in account.bind_modes:
            return Refused(BindRefusal.MODE, 0.0)
        if account.networks and not _is_within(address, account):
            return Refused(BindRefusal.ADDRESS, self._failed(address, now))
        if self._sessions[account.name] >= account.sessions_max:
            return Refused(BindRefusal.TOO_MANY, 0.0)
        self._failures.pop(address, None)
        self._sessions[account.name] += 1
        return account

    def leave(self, account: str) -> None:
        self._sessions[account] -= 1

    def _failed(self, address: str, now: float) -> float:
        """Count a failure; return how long its answer is to be held back, in seconds."""
        record = self._failures.setdefault(address, _Record(0, 0.0))
        record.failures += 1
        record.until = now + self._limits.ban_s
        self._failures.move_to_end(address)
        while len(self._failures) > self._limits.addresses_max:
            self._failures.popitem(last=False)
        factor = 1 << min(record.failures - 1, 16)
        return min(self._limits.delay_max_s, self._limits.delay_step_s * factor)


def _is_within(address: str, account: Account) -> bool:
    try:
        host = ip_address(address)
    except ValueError:
        return False
    return any(host in network for network in account.networks)
