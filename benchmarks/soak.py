"""Ten minutes of steady traffic: whether memory stays where it is. Only by name: `python -m benchmarks soak`.

    soak.minute_1 … _10     resident MB of the gateway at the end of each minute, every receipt delivered
    soak.gateway            CPU µs a message over all of it
    soak.postgres           in all processes of PostgreSQL
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
    minutes, count = scale.of(MINUTES, 2), scale.of(PACE * MINUTE_S, 50)
    with running() as node:
        before = node.cpu()
        for minute in range(1, minutes + 1):
            found = node.client("smpp", count=count, to="155", rate=PACE)
            if found["delivered"] != count:
                raise RuntimeError(f"of {count} messages not all were delivered: {found}")
            yield Figure(f"soak.minute_{minute}", rss_mb(node.pid), "MB")
        after = node.cpu()
        for name in ("gateway", "postgres"):
            yield Figure(f"soak.{name}", (after[name] - before[name]) / (minutes * count) * 1e6, "us")
