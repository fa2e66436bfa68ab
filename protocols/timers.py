"""The few deadlines a session has, besides those of its requests.

    bind        the peer must bind, or answer our bind, by then
    keepalive   our keepalive must be answered by then
    unbind      an orderly end must be complete by then
    idle        nothing heard for so long: time to send a keepalive    (follows `heard_at`, never armed)
    inactive    no traffic but keepalives for so long: give up         (follows `active_at`, never armed)

Hearing a PDU happens thousands of times a second and arms nothing: it writes a time down. Only when the pump asks
for the next deadline are the last two worked out. All times are monotonic seconds.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

NEVER: Final = float("inf")


class Timer(IntEnum):
    """What is due; when several are, the first of this order."""

    BIND = 0
    UNBIND = 1
    KEEPALIVE = 2
    INACTIVE = 3
    IDLE = 4


class Timers:
    """Armed deadlines and the two times that the unarmed ones follow."""

    __slots__ = ("_armed", "_idle_s", "_inactive_s", "active_at", "heard_at", "is_bound", "is_deaf")

    def __init__(self, idle_s: float | None, inactive_s: float | None, now: float) -> None:
        self._armed: dict[Timer, float] = {}
        self._idle_s = idle_s
        self._inactive_s = inactive_s
        self.heard_at = now
        self.active_at = now
        self.is_bound = False
        """Idle and inactive count only on a bound session; before, the bind deadline rules."""
        self.is_deaf = False
        """Nothing is read just now: the last three say nothing about the peer, and do not come."""

    def arm(self, timer: Timer, deadline: float) -> None:
        """Set one of the first three."""
        self._armed[timer] = deadline

    def disarm(self, timer: Timer) -> None:
        """Forget it; no harm if it was not set."""
        self._armed.pop(timer, None)

    def disarm_all(self) -> None:
        """Nothing will be due any more."""
        self._armed.clear()
        self.is_bound = False

    def is_armed(self, timer: Timer) -> bool:
        """Whether it is waiting to come."""
        return timer in self._armed

    def next_deadline(self) -> float | None:
        """The earliest of all, None when nothing is waited for."""
        armed = min((at for timer, at in self._armed.items() if self._counts(timer)), default=NEVER)
        first = min(armed, min(self._idle_at(), self._inactive_at()))
        return None if first == NEVER else first

    def due(self, now: float) -> Timer | None:
        """One timer that has come, in the order of `Timer`; the caller handles it and asks again."""
        come = [timer for timer, deadline in self._armed.items() if deadline <= now and self._counts(timer)]
        if self._inactive_at() <= now:
            come.append(Timer.INACTIVE)
        if self._idle_at() <= now:
            come.append(Timer.IDLE)
        return min(come, default=None)

    def _counts(self, timer: Timer) -> bool:
        return timer is not Timer.KEEPALIVE or not self.is_deaf

    def _idle_at(self) -> float:
        if self._idle_s is None or not self.is_bound or self.is_deaf or Timer.KEEPALIVE in self._armed:
            return NEVER
        return self.heard_at + self._idle_s

    def _inactive_at(self) -> float:
        if self._inactive_s is None or not self.is_bound or self.is_deaf:
            return NEVER
        return self.active_at + self._inactive_s
