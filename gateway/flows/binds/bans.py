"""Wrong logins: answered later each time, then refused: one login from one address, or at last the address.

An address may be many clients behind one router. So the guesses at one login shut out that login from there and nothing
else; the address as a whole is shut out for a time only where many different logins failed from it, which is what
somebody does who tries names. An address in a network that an account lists is never shut out as a whole, and the
account's own login never from its own networks: there a wrong password costs the delay only.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

_DOUBLED_MAX: Final = 16  # times that a delay doubles


@dataclass(frozen=True, slots=True)
class BanLimits:
    """Bounds against guessing."""

    failures_max: int = 10  # of one login from one address
    logins_max: int = 10  # different logins that failed from one address
    delay_step_s: float = 0.5  # the answer to the first failure waits so long, twice as long each time
    delay_max_s: float = 30.0
    ban_s: float = 300.0
    addresses_max: int = 10_000  # addresses remembered, and as many pairs of address and login; the oldest is forgotten


@dataclass(slots=True)
class _Guesses:
    """Failures of one login from one address."""

    failures: int = 0
    banned_until: float = 0.0
    forgotten_at: float = 0.0


@dataclass(slots=True)
class _Address:
    """Logins that failed from one address."""

    logins: set[str] = field(default_factory=set)
    banned_until: float = 0.0
    forgotten_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Failed:
    """What a failure brought: how long its answer waits, and what it shuts out from now on: login, address, nothing."""

    delay_s: float
    banned: str = ""


class Bans:
    """One for all listeners: who is banned at one is banned at each. Times are seconds of a clock that only rises."""

    def __init__(self) -> None:
        self._guesses: OrderedDict[tuple[str, str], _Guesses] = OrderedDict()
        self._addresses: OrderedDict[str, _Address] = OrderedDict()

    def __len__(self) -> int:
        """Records that are kept."""
        return len(self._guesses) + len(self._addresses)

    def has_address(self, address: str, now: float) -> bool:
        found = self._addresses.get(address)
        return found is not None and now < found.banned_until

    def has_login(self, address: str, login: str, now: float) -> bool:
        found = self._guesses.get((address, login))
        return found is not None and now < found.banned_until

    def failed(
        self, address: str, login: str, limits: BanLimits, now: float, *, is_known: bool, is_own: bool
    ) -> Failed:
        """Count a failure. `is_known`: the address is in a listed network; `is_own`: in one of that very account."""
        guesses = self._guesses_of(address, login, limits, now)
        guesses.failures += 1
        guesses.forgotten_at = now + limits.ban_s
        delay_s = min(limits.delay_max_s, limits.delay_step_s * (1 << min(guesses.failures - 1, _DOUBLED_MAX)))
        banned = ""
        if guesses.failures >= limits.failures_max and not is_own:
            guesses.banned_until = now + limits.ban_s
            banned = "login"
        if not is_known and self._is_trying_names(address, login, limits, now):
            banned = "address"
        return Failed(delay_s, banned)

    def succeeded(self, address: str, login: str) -> None:
        """Forget the failures of this login from this address; those of others stay."""
        self._guesses.pop((address, login), None)

    def _guesses_of(self, address: str, login: str, limits: BanLimits, now: float) -> _Guesses:
        pair = address, login
        found = self._guesses.get(pair)
        if found is None or now >= found.forgotten_at:
            found = self._guesses[pair] = _Guesses()
        self._guesses.move_to_end(pair)
        while len(self._guesses) > limits.addresses_max:
            self._guesses.popitem(last=False)
        return found

    def _is_trying_names(self, address: str, login: str, limits: BanLimits, now: float) -> bool:
        """Note a login that failed; tell whether the address is shut out from now on."""
        found = self._addresses.get(address)
        if found is None or now >= found.forgotten_at:
            found = self._addresses[address] = _Address()
        self._addresses.move_to_end(address)
        while len(self._addresses) > limits.addresses_max:
            self._addresses.popitem(last=False)
        found.forgotten_at = now + limits.ban_s
        if now < found.banned_until:  # it had more connections when it was shut out: nothing new
            return False
        found.logins.add(login)
        if len(found.logins) < limits.logins_max:
            return False
        found.logins.clear()
        found.banned_until = now + limits.ban_s
        return True
