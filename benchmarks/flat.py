"""Whether a message costs the same however many sessions there are: CPU µs a message in the gateway, end to end.

    flat.sessions_1 … _200      SMPP sessions with as many submits under way in all, but for 200: ten each, for a read
                                of one or two submits costs more than a read of ten, whoever sent them
    flat.sessions_1_rate …      messages a second, for the record
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.end_to_end import medians
from benchmarks.figures import Figure, Scale
from benchmarks.node import running

SHAPES = ((1, 500), (10, 50), (50, 10), (200, 10))  # sessions, window of each
MESSAGES = 20_000
RUNS = 3


def run(scale: Scale) -> Iterator[Figure]:
    count, runs = scale.of(MESSAGES, 200), scale.of(RUNS, 1)
    with running() as node:
        if not scale.is_tiny:
            node.client("smpp", count=3_000, to="155")
        for sessions, window in SHAPES[: scale.of(len(SHAPES), 2)]:
            found = medians(node, runs, "smpp", count, to="155", connections=sessions, window=window)
            yield Figure(f"flat.sessions_{sessions}", found["gateway"], "us")
            yield Figure(f"flat.sessions_{sessions}_rate", found["rate"], "msg/s")
