"""The cycle collector, at moments of our choosing.

What a message makes is freed by counting references, and so is what a connection makes: nothing of ours is left in
cycles (tests/gateway/test_cycles.py). The collector, left to itself, would walk through all young objects in the middle
of the traffic, a tenth of a second at ten thousand messages under way, and find nothing. So it is off, and walks only
for what libraries may leave: when nothing else is done, or four times an hour under traffic that never rests, and only
where so few objects are alive that a walk is shorter than PAUSE_S. What it found and its longest walk are metrics.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Final

from gateway.domain.meters import Meters

IDLE_S: Final = 60.0  # between two walks while nothing is under way, and between two counts of what is alive
BUSY_S: Final = 900.0  # between two walks while there always is
GROWTH_MIN: Final = 100_000  # more objects than after the last walk: worth one in a quiet second
PAUSE_S: Final = 0.025  # a walk takes no longer; half of what anybody may notice
FIRST_MAX: Final = 100_000  # objects alive at the first walk at most; later as many as PAUSE_S allowed at the last one
WALK_MAX: Final = 500_000


def alive() -> int:
    """Return how many objects a walk would visit; a tenth of the time of the walk."""
    return len(gc.get_objects())


def growth() -> int:
    """Return how many objects that the collector watches are there more than after its last walk."""
    return gc.get_count()[0]


class Collector:
    """`collect_if_due` is called every second or so. Times are monotonic seconds."""

    def __init__(
        self, now: float, meters: Meters, *, collect: Callable[[], int] = gc.collect, alive: Callable[[], int] = alive,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._collect = collect
        self._alive = alive
        self._clock = clock
        self._meters = meters
        self._walked_at = self._counted_at = now
        self._handled = 0
        self._is_due = False  # something was done since the last walk
        self._most = FIRST_MAX

    def collect_if_due(self, handled: int, growth: int, now: float) -> None:
        """Walk if it is time; `handled` counts what the gateway did since it began, `growth` objects as above."""
        is_idle = handled == self._handled
        self._handled = handled
        self._is_due = self._is_due or not is_idle or growth >= GROWTH_MIN
        since_s = now - self._walked_at
        is_time = (self._is_due and is_idle and since_s >= IDLE_S) or since_s >= BUSY_S
        if is_time and growth <= self._most and now - self._counted_at >= IDLE_S:
            self._counted_at = now
            visited = self._alive()
            if visited <= self._most:
                self._walk(visited, now)

    def _walk(self, visited: int, now: float) -> None:
        began = self._clock()
        self._meters.collector_found += self._collect()
        pause_s = self._clock() - began
        self._meters.collector_pause_s = max(self._meters.collector_pause_s, pause_s)
        self._most = min(WALK_MAX, max(FIRST_MAX // 10, int(visited * PAUSE_S / pause_s))) if pause_s else WALK_MAX
        self._walked_at = now
        self._is_due = False


def switch_off() -> None:
    """Collect once, take what is there out of every later walk, and let no more walks begin by themselves."""
    gc.collect()
    gc.freeze()
    gc.disable()
