"""Delivery guard: when the deliveries of a pair are called low, and when usual again; pure.

A pair is a channel with an account, or a channel with a signature. Each minute the finals of its last ten minutes and
of its last hour are held against its own last seven days (`delivery_usual`).

    USUAL  as it was
    LOW    far below its usual by more than chance. Accounts that allow it send by other channels; one message of
           twenty still goes by this one, so that a recovery shows
    TRIAL  nothing more was heard of it for long: everything goes by it again, and it is judged by what follows

Nobody is called low by chance more than ALARMS_A_DAY times, over all pairs and looks together: each look has its share
of that. Below DROP_MIN nothing is low, however certain; between falling and recovery lies a gap.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Final

from gateway.pipeline.policy.delivery_usual import Usual, chance_of_so_few, usual_of

MINUTES_KEPT: Final = 60
MINUTES_SHORT: Final = 10
HOURS_KEPT: Final = 7 * 24
HOURS_OPEN: Final = 2  # the youngest ones are judged, and are no usual yet
FINALS_MIN: Final = 30  # of a window that is judged
DROP_MIN: Final = 0.05
RECOVERED_FINALS_MIN: Final = 50
RECOVERED_WITHIN: Final = 0.03  # of the usual
SILENT_MIN: Final = 60  # minutes in LOW with too little heard to decide
TRIAL_MIN: Final = 360  # minutes in TRIAL with too little heard to decide
ALARMS_A_DAY: Final = 0.01
LOOKS_A_DAY: Final = 1440.0 * 2.0


class DeliveryState(Enum):
    """How the deliveries of a pair are."""

    USUAL = "usual"
    LOW = "low"
    TRIAL = "trial"


class Sign(Enum):
    """What a look at a pair found."""

    NOTHING = "nothing"
    FALLEN = "fallen"
    RECOVERED = "recovered"
    SILENT = "silent"


CHANGES: Final = {
    (DeliveryState.USUAL, Sign.FALLEN): DeliveryState.LOW,
    (DeliveryState.LOW, Sign.RECOVERED): DeliveryState.USUAL,
    (DeliveryState.LOW, Sign.SILENT): DeliveryState.TRIAL,
    (DeliveryState.TRIAL, Sign.FALLEN): DeliveryState.LOW,
    (DeliveryState.TRIAL, Sign.RECOVERED): DeliveryState.USUAL,
    (DeliveryState.TRIAL, Sign.SILENT): DeliveryState.USUAL,
}


@dataclass(frozen=True, slots=True)
class Window:
    """The deliveries of some minutes."""

    delivered: int
    finals: int

    @property
    def share(self) -> float:
        return self.delivered / self.finals if self.finals else 0.0


class PairDeliveries:
    """What is known of one pair. Minutes and hours are counted in unix time."""

    __slots__ = ("_hours", "_minutes", "_usual", "_usual_hour", "low_hours", "recent",
                 "since_minute", "state", "told")

    def __init__(self) -> None:
        self.state = DeliveryState.USUAL
        self.since_minute = 0
        self.told = Usual(0.0, 0.0)  # its usual when it fell: while it is low, nothing else is
        self.recent = Window(0, 0)  # what the last sign was found in
        self.low_hours: set[int] = set()  # no usual is made of them
        self._minutes: deque[tuple[int, int, int]] = deque()
        self._hours: dict[int, tuple[int, int]] = {}
        self._usual: Usual | None = None
        self._usual_hour = -1

    def add(self, minute: int, delivered: int, finals: int) -> None:
        """Take the finals of a minute; minutes come in order."""
        minutes = self._minutes
        if minutes and minutes[-1][0] == minute:
            _, before, all_before = minutes.pop()
            minutes.append((minute, before + delivered, all_before + finals))
        else:
            minutes.append((minute, delivered, finals))
        self.add_hour(minute // 60, delivered, finals)

    def add_hour(self, hour: int, delivered: int, finals: int) -> None:
        before, all_before = self._hours.get(hour, (0, 0))
        self._hours[hour] = before + delivered, all_before + finals

    def forget(self, minute: int) -> None:
        """Drop what is older than the windows, and than the usual."""
        while self._minutes and self._minutes[0][0] <= minute - MINUTES_KEPT:
            self._minutes.popleft()
        first = minute // 60 - HOURS_KEPT
        if self._usual_hour != minute // 60:
            self._hours = {hour: counts for hour, counts in self._hours.items() if hour >= first}
            self.low_hours = {hour for hour in self.low_hours if hour >= first}

    @property
    def is_idle(self) -> bool:
        """Whether nothing is known that anybody could want."""
        return not self._minutes and not self._hours and self.state is DeliveryState.USUAL

    @property
    def is_judged(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._minutes) or self.state is not DeliveryState.USUAL

    def window(self, minute: int, minutes: int) -> Window:
        """Return the finals of the last so many minutes, of those since its state began: what led to it is over."""
        return self._sum(max(minute - minutes, self.since_minute))

    def last_hour(self, minute: int) -> Window:
        """Return the finals of the last hour, whatever its state."""
        return self._sum(minute - MINUTES_KEPT)

    def _sum(self, after: int) -> Window:
        delivered = finals = 0
        for at, of_minute, all_of_minute in reversed(self._minutes):
            if at <= after:
                break
            delivered += of_minute
            finals += all_of_minute
        return Window(delivered, finals)

    def usual(self, minute: int) -> Usual | None:
        """Return its usual by the last seven days, the hours left out in which it was low; None: too little is known.

        It is made once an hour.
        """
        hour = minute // 60
        if self._usual_hour != hour:
            last = hour - HOURS_OPEN
            self._usual = usual_of([
                counts for at, counts in self._hours.items() if at <= last and at not in self.low_hours
            ])
            self._usual_hour = hour
        return self._usual

    def sign(self, minute: int, pairs: int) -> Sign:
        """Return what the finals say now; `pairs` are all those that are looked at."""
        if self.state is DeliveryState.USUAL:
            return self._falls(minute, pairs)
        heard = self.recent = self.window(minute, MINUTES_KEPT)
        if heard.finals >= RECOVERED_FINALS_MIN:
            if heard.share >= self.told.share - RECOVERED_WITHIN:
                return Sign.RECOVERED
            is_trial = self.state is DeliveryState.TRIAL
            return Sign.FALLEN if is_trial and heard.share < self.told.share - DROP_MIN else Sign.NOTHING
        silence_min = SILENT_MIN if self.state is DeliveryState.LOW else TRIAL_MIN
        return Sign.SILENT if minute - self.since_minute >= silence_min else Sign.NOTHING

    def _falls(self, minute: int, pairs: int) -> Sign:
        usual = self.usual(minute)
        if usual is None:
            return Sign.NOTHING
        limit = ALARMS_A_DAY / (LOOKS_A_DAY * max(pairs, 1))
        for minutes in (MINUTES_SHORT, MINUTES_KEPT):
            seen = self.recent = self.window(minute, minutes)
            if seen.finals < FINALS_MIN or seen.share > usual.share - DROP_MIN:
                continue
            if chance_of_so_few(seen.delivered, seen.finals, usual) < limit:
                return Sign.FALLEN
        return Sign.NOTHING

    def change(self, minute: int, sign: Sign) -> DeliveryState | None:
        """Change the state as the table says; return the new one, None where it stays."""
        if self.state is not DeliveryState.USUAL:
            self.low_hours.add(minute // 60)
        after = CHANGES.get((self.state, sign))
        if after is None:
            return None
        if self.state is DeliveryState.USUAL:
            usual = self.usual(minute)
            assert usual is not None
            self.told = usual
            # what was judged to be low is no usual either
            self.low_hours.update((minute // 60, (minute - MINUTES_KEPT) // 60))
        self.state, self.since_minute = after, minute
        return after

    def resume(self, state: DeliveryState, minute: int, share: float) -> None:
        """Take up the state that a process before left."""
        self.state, self.since_minute, self.told = state, minute, Usual(share, inf)
