"""Memory while 100,000 messages wait for carriers that are down, then a restart, then the drain.

    memory.idle               resident MB of the gateway, nothing on the road
    memory.waiting            with all messages accepted and waiting
    memory.accept_rate        messages a second while they came, no carrier there
    memory.restart            seconds from the start of the process until it is ready, all of them waiting
    memory.restarted          MB then
    memory.drain_rate         messages a second once the carriers are back, until the client has every receipt
    memory.drained            MB then
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.figures import Figure, Scale
from benchmarks.node import running
from benchmarks.processes import rss_mb

MESSAGES = 100_000
DRAIN_S = 120.0
DELIVERED = "hongyan_receipts_delivered_total"


def run(scale: Scale) -> Iterator[Figure]:
    messages = scale.of(MESSAGES, 200)
    with running(has_carriers=False) as node:
        yield Figure("memory.idle", rss_mb(node.pid), "MB")
        found = node.client("smpp", count=messages, to="155", wait="answers")
        if found["accepted"] != messages:
            raise RuntimeError(f"of {messages} messages not all were accepted: {found}")
        yield Figure("memory.waiting", rss_mb(node.pid), "MB")
        yield Figure("memory.accept_rate", messages / found["seconds"], "msg/s")
        node.stop("gateway")
        yield Figure("memory.restart", node.start(), "s")
        yield Figure("memory.restarted", rss_mb(node.pid), "MB")
        node.start_listener("smpp")
        node.start_carriers()
        began, before = time.monotonic(), node.metric(DELIVERED)
        node.wait("gateway", lambda: node.metric(DELIVERED) >= messages, patience_s=DRAIN_S)
        yield Figure("memory.drain_rate", (messages - before) / (time.monotonic() - began), "msg/s")
        yield Figure("memory.drained", rss_mb(node.pid), "MB")
