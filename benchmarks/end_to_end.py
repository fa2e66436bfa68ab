"""A real gateway, PostgreSQL with fsync, and the simulator as client and carrier, all on this machine.

As fast as it goes, with receipts, over 10 connections with a window of 50; the median of several runs:

    end_to_end.smpp_smpp_rate           messages a second, from the first submit to the last receipt
    end_to_end.smpp_smpp_gateway        CPU µs a message in the gateway
    end_to_end.smpp_smpp_postgres       in all processes of PostgreSQL
    end_to_end.smpp_smpp_tool           in the simulator's two processes: what the machine spends on measuring
    end_to_end.smpp_smpp_response_p50   ms from submit to its answer; with a full window it is mostly waiting
    end_to_end.smpp_smpp_response_p99
    end_to_end.smpp_smpp_others         CPUs that something else on the machine used meanwhile

At a given pace, SMPP to SMPP: end_to_end.paced_1000_rate …, what was reached, and the answers' times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from benchmarks.figures import Figure, Scale, middle
from benchmarks.node import Node, running

# name, the client's protocol, first digits of the destinations: they choose the carrier
ROUTES = (("smpp_smpp", "smpp", "155"), ("cmpp_cmpp", "cmpp", "138"), ("smpp_cmpp", "smpp", "138"))
MESSAGES = 60_000
PACES = (1_000, 5_000)
PACED_S = 5
RUNS = 3
UNITS = {"rate": "msg/s", "response_p50": "ms", "response_p99": "ms", "others": "CPUs"}


def measure(node: Node, protocol: str, count: int, **options: Any) -> dict[str, float]:
    """Run one client; return its figures by name. Raises RuntimeError when a message did not arrive."""
    before = node.cpu()
    found = node.client(protocol, count=count, **options)
    after = node.cpu()
    if found["delivered"] != count:
        raise RuntimeError(f"of {count} messages not all were delivered: {found}")
    spent = {name: (after[name] - before[name]) / count * 1e6 for name in after}
    ours_s = sum(after.values()) - sum(before.values()) + found["cpu_s"]
    return {
        "rate": count / found["seconds"], "gateway": spent["gateway"], "postgres": spent["postgres"],
        "tool": spent["carriers"] + found["cpu_s"] / count * 1e6, "response_p50": found["response_p50_ms"],
        "response_p99": found["response_p99_ms"], "others": max(0.0, found["machine_s"] - ours_s) / found["seconds"],
    }


def medians(node: Node, runs: int, protocol: str, count: int, **options: Any) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for _ in range(runs):
        for name, value in measure(node, protocol, count, **options).items():
            values[name].append(value)
    return {name: middle(found) for name, found in values.items()}


def run(scale: Scale) -> Iterator[Figure]:
    with running() as node:
        if not scale.is_tiny:
            node.client("smpp", count=3_000, to="155")  # code paths, caches and PostgreSQL's tables get warm
        for name, protocol, to in ROUTES[-scale.of(len(ROUTES), 1) :]:
            found = medians(node, scale.of(RUNS, 1), protocol, scale.of(MESSAGES, 50), to=to)
            for what, value in found.items():
                yield Figure(f"end_to_end.{name}_{what}", value, UNITS.get(what, "us"))
        for pace in PACES[: scale.of(len(PACES), 1)]:
            count = scale.of(pace * PACED_S, 50)
            found = medians(node, scale.of(RUNS, 1), "smpp", count, to="155", rate=pace)
            for what in ("rate", "gateway", "postgres", "response_p50", "response_p99", "others"):
                yield Figure(f"end_to_end.paced_{pace}_{what}", found[what], UNITS.get(what, "us"))
