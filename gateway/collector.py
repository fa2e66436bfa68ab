"""The cycle collector, at moments of our choosing.

What a message makes is freed by counting references. Cycles come from connections and tasks that ended: few, and in no
hurry. The collector, left to itself, would walk through all young objects in the middle of the traffic, a tenth of a
second at ten thousand messages on the road, and find nothing. So it is off, and runs when nothing else does; under
traffic that never rests it runs four times an hour, and sooner where objects pile up: peers that come and go by the
thousand without a message leave cycles too.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final

IDLE_S: Final = 60.0  # between two walks while nothing is under way
BUSY_S: Final = 900.0  # and while there always is
# More objects alive than after the last walk: a hundred thousand messages on the road make two million.
PILED_UP: Final = 3_000_000
LITTER: Final = 100_000  # worth a walk in a quiet second, though nothing was committed


def collect() -> None:
    gc.collect()


def growth() -> int:
    """Return how many objects that the collector watches are there more than after its last walk."""
    return gc.get_count()[0]


class Collector:
    """`turn` is called every second or so. Times are monotonic seconds."""

    def __init__(self, now: float, collect: Callable[[], None] = collect) -> None:
        self._collect = collect
        self._collected_at = now
        self._handled = 0
        self._is_due = False  # something was done since the last walk

    def turn(self, handled: int, growth: int, now: float) -> None:
        """Walk if it is time; `handled` counts what the gateway did since it began, `growth` objects as above."""
        is_idle = handled == self._handled
        self._handled = handled
        self._is_due = self._is_due or not is_idle or growth >= LITTER
        since_s = now - self._collected_at
        if (self._is_due and is_idle and since_s >= IDLE_S) or since_s >= BUSY_S or growth >= PILED_UP:
            self._collect()
            self._collected_at = now
            self._is_due = False


def switch_off() -> None:
    """Collect once, take what is there out of every later walk, and let no more walks begin by themselves."""
    gc.collect()
    gc.freeze()
    gc.disable()
