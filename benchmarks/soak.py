"""Steady traffic for as long as is wanted: whether memory stays where it is. Only by name: `python -m benchmarks soak`.

    soak.minute_1 … _10     resident MB of the gateway at the end of each minute of traffic, every receipt delivered
    soak.growth             MB that the highest minute of the second half lies over the highest of the first
    soak.gateway            CPU µs a message over all of it
    soak.postgres           in all processes of PostgreSQL

An hour at 1,000 a second: `python -m benchmarks soak --minutes 60 --pace 1000`.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figures import Figure, Scale
from benchmarks.node import running
from benchmarks.processes import rss_mb

MINUTES = 10
MINUTE_S = 60
PACE = 5_000


def run(scale: Scale) -> Iterator[Figure]:
    minutes, count = scale.minutes or scale.of(MINUTES, 2), scale.of((scale.pace or PACE) * MINUTE_S, 50)
    found_mb: list[float] = []
    with running() as node:
        before = node.cpu()
        for minute in range(1, minutes + 1):
            found = node.client("smpp", count=count, to="155", rate=scale.pace or PACE)
            if found["delivered"] != count:
                raise RuntimeError(f"of {count} messages not all were delivered: {found}")
            found_mb.append(rss_mb(node.pid))
            yield Figure(f"soak.minute_{minute}", found_mb[-1], "MB")
        half = minutes // 2
        yield Figure("soak.growth", max(0.0, max(found_mb[half:]) - max(found_mb[:half])), "MB")
        after = node.cpu()
        for name in ("gateway", "postgres"):
            yield Figure(f"soak.{name}", (after[name] - before[name]) / (minutes * count) * 1e6, "us")
