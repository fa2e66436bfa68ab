"""Whether a message costs the same however many sessions there are: the road's sum, CPU µs a message.

    flat.sessions_1 … _200    the same messages over so many SMPP sessions, a turn of 200 each
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, Scale
from benchmarks.road import phases
from benchmarks.stage import WINDOW_MAX, Stage
from benchmarks.wires import SMPP

SESSIONS = (1, 50, 200)


def run(scale: Scale) -> Iterator[Figure]:
    for sessions in SESSIONS:
        # One session's window holds half a turn: that is two smaller turns, not a cheaper road.
        messages = min(200, sessions * WINDOW_MAX)
        found = phases(Stage(SMPP, SMPP, sessions), scale, messages=messages)
        yield Figure(f"flat.sessions_{sessions}", sum(found.values()), "us")
