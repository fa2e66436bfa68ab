"""What is to be done later, in the order of time; equal times in the order they were noted. Times are monotonic."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

Do = Callable[[float], None]
"""An action; it is told the time at which it is done."""


class Agenda:
    """The owner calls `run_due` at `next_due`; `wake` tells it that something new comes before all else."""

    __slots__ = ("_heap", "_numbers", "wake")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Do]] = []
        self._numbers = count()
        self.wake: Callable[[], None] = _nobody

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_due(self) -> float | None:
        """When the first action is due; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def at(self, due: float, do: Do) -> None:
        """Note an action."""
        number = next(self._numbers)
        heapq.heappush(self._heap, (due, number, do))
        if self._heap[0][1] == number:
            self.wake()

    def run_due(self, now: float) -> None:
        """Do what is due by `now`, oldest first, and what becomes due by that."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            heapq.heappop(heap)[2](now)


def _nobody() -> None:
    """Nobody drives this agenda yet; who begins to will look at `next_due`."""
