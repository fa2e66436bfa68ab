"""Against guessing: a wrong password is answered later each time, then the user is locked from that address.

The rules are those of SMPP and CMPP logins (gateway.flows.binds.bans): the address as a whole is locked only where many
different users failed from it. A user is never locked for everybody, for then anybody could lock him out.
"""

from __future__ import annotations

from typing import Final

from gateway.flows.binds.bans import BanLimits, Bans
from gateway.settings.node_keys import Console

DELAY_STEP_S: Final = 0.2
DELAY_MAX_S: Final = 5.0
_NAME_MAX: Final = 64  # what is remembered of a name that nobody has


class SignInGuard:
    """Remembers failures in memory; times are those of the event loop."""

    def __init__(self, keys: Console) -> None:
        self._bans = Bans()
        self._lock_s = keys.lock_s
        self._limits = BanLimits(
            failures_max=keys.failures_max, logins_max=keys.users_max, delay_step_s=DELAY_STEP_S,
            delay_max_s=DELAY_MAX_S, ban_s=keys.lock_s,
        )

    def locked_s(self, address: str, name: str, now: float) -> float:
        """Return 0 for who may try, else how long a lock may last yet."""
        is_locked = self._bans.has_address(address, now) or self._bans.has_login(address, name[:_NAME_MAX], now)
        return self._lock_s if is_locked else 0.0

    def failed(self, address: str, name: str, now: float) -> float:
        """Count a failure; return how long its answer waits."""
        found = self._bans.failed(address, name[:_NAME_MAX], self._limits, now, is_known=False, is_own=False)
        return found.delay_s

    def succeeded(self, address: str, name: str) -> None:
        self._bans.succeeded(address, name)
