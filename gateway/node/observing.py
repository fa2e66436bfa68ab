"""What a node keeps of its own counts: a minute of seconds in memory, for rates and latencies; minutes in the store.

The seconds answer what is going on now; a minute is written as one row of figures, so that a plot of the day outlives
this process and whoever looks. What is older than KEPT_DAYS is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.domain.delivery import MinuteSample
from gateway.domain.meters import LATENCY_BOUNDS_S, ChannelMeters, Meters
from gateway.operations.node_figures import figures_of

if TYPE_CHECKING:
    from gateway.node.node import Node

SECONDS_KEPT: Final = 61
RATE_SECONDS: Final = 10
KEPT_DAYS: Final = 8
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """Counts of a channel at a second."""

    submitted: int
    unmatched: int
    response: Sequence[int]
    receipt: Sequence[int]


@dataclass(frozen=True, slots=True)
class SecondCounts:
    """Counts of the node at a second of the loop."""

    tick: float
    accepted: int
    refused: int
    commits: int
    commit_rows: int
    commit: Sequence[int]
    channels: dict[str, ChannelCounts]


def counts_now(meters: Meters, tick: float) -> SecondCounts:
    accounts = meters.accounts.values()
    return SecondCounts(
        tick, sum(each.accepted for each in accounts), sum(sum(each.refused.values()) for each in accounts),
        meters.commits, meters.commit_rows, list(meters.commit.counts),
        {name: _channel_counts(each) for name, each in meters.channels.items()},
    )


def _channel_counts(meters: ChannelMeters) -> ChannelCounts:
    return ChannelCounts(
        meters.submitted, meters.unmatched_receipts, list(meters.response.counts), list(meters.receipt.counts)
    )


NO_COUNTS: Final = ChannelCounts(0, 0, (), ())


def per_s(now: float, before: float, seconds: float) -> float:
    return round((now - before) / seconds, 2) if seconds > 0 else 0.0


def quantile(now: Sequence[int], before: Sequence[int], share: float) -> float | None:
    """Return a quantile of what was observed in between, interpolated within its bucket; None where nothing was.

    In the open bucket it is the highest bound.
    """
    counts = [count - (before[at] if before else 0) for at, count in enumerate(now)]
    total = sum(counts)
    if total <= 0:
        return None
    rank, below = share * total, 0
    for at, count in enumerate(counts):
        if count and below + count >= rank:
            if at == len(LATENCY_BOUNDS_S):
                break
            lower = LATENCY_BOUNDS_S[at - 1] if at else 0.0
            return round(lower + (LATENCY_BOUNDS_S[at] - lower) * max(0.0, rank - below) / count, 6)
        below += count
    return LATENCY_BOUNDS_S[-1]


class Observer:
    """`note` once a second, `keep_minute` once a minute, `forget` now and then."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.seconds: deque[SecondCounts] = deque(maxlen=SECONDS_KEPT)

    async def note(self) -> None:
        self.seconds.append(counts_now(self._node.meters, self._node.loop.time()))
        self._node.live.watch_checks()

    def before(self, seconds: int) -> SecondCounts | None:
        """Return the counts of so many seconds ago, or the oldest there are."""
        if not self.seconds:
            return None
        return self.seconds[max(0, len(self.seconds) - 1 - seconds)]

    async def keep_minute(self) -> None:
        """Write the minute that is over."""
        node = self._node
        await node.store.observations.add_sample(
            MinuteSample(int(node.clock() // 60), figures_of(node.live.state()))
        )

    async def forget(self) -> None:
        await self._node.store.observations.forget_before(self._node.clock() - KEPT_DAYS * DAY_S)
