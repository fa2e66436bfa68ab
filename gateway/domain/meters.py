"""Plain integers that the flows count and metrics read at scrape: a labelled metric call costs forty times more."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import Final

from gateway.domain.outcome import Answer, NotTaken, State

# Not left to inference: compiled, a tuple of known length is unpacked, and made again for each call that is given it.
LATENCY_BOUNDS_S: Final[tuple[float, ...]] = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 3600.0,
)


class Histogram:
    """Counts by bucket; bounds in seconds, the last bucket is open."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self.sum_s = 0.0

    def observe(self, value_s: float) -> None:
        self.counts[bisect_left(LATENCY_BOUNDS_S, value_s)] += 1
        self.sum_s += value_s


class DeliveryCount:
    """How the segments ended that a carrier took; `unknown` without an answer or a receipt."""

    __slots__ = ("delivered", "failed", "unknown")

    def __init__(self) -> None:
        self.delivered = 0
        self.failed = 0
        self.unknown = 0


class AccountMeters:
    """Counts of one account. `refused` is by (key, clause), `concluded` by State, `not_taken` by NotTaken."""

    __slots__ = (
        "accepted", "billed_segments", "callbacks", "charged_hao", "concluded", "delivered_inbound",
        "delivered_receipts",
        "not_taken", "outbox_depth", "overdue", "refused", "refused_delivers", "response", "segments", "sessions",
        "waiting_pace",
    )

    def __init__(self) -> None:
        self.accepted = 0
        self.segments = 0
        self.billed_segments = 0
        self.charged_hao = 0
        self.refused: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.concluded: defaultdict[State, int] = defaultdict(int)
        self.delivered_receipts = 0
        self.delivered_inbound = 0
        self.not_taken: defaultdict[NotTaken, int] = defaultdict(int)
        self.overdue = 0
        self.callbacks: defaultdict[str, int] = defaultdict(int)  # calls of endpoints by what came of them
        self.refused_delivers = 0
        self.outbox_depth = 0
        self.sessions = 0
        self.waiting_pace = 0
        self.response = Histogram()


class ChannelMeters:
    """Counts of one channel. `answers` is by (Answer, status), `receipts` by State."""

    __slots__ = (
        "ambiguous_receipts", "answers", "binds", "claims_lost", "contradicted_receipts", "early_receipts", "inbound",
        "inbound_unowned", "in_flight", "learnt_per_s", "queue_depth", "receipt", "receipts", "response", "submitted",
        "unknown", "unmatched_receipts", "unreadable_receipts", "unwritten", "window",
    )

    def __init__(self) -> None:
        self.binds = 0
        self.window = 0
        self.in_flight = 0
        self.queue_depth = 0
        self.learnt_per_s = 0.0
        self.submitted = 0
        self.unwritten = 0
        self.claims_lost = 0
        self.answers: defaultdict[tuple[Answer, int], int] = defaultdict(int)
        self.receipts: defaultdict[State, int] = defaultdict(int)
        self.early_receipts = 0
        self.unmatched_receipts = 0
        self.ambiguous_receipts = 0
        self.unreadable_receipts = 0
        self.contradicted_receipts = 0
        self.unknown = 0
        self.inbound = 0
        self.inbound_unowned = 0
        self.response = Histogram()
        self.receipt = Histogram()


DELIVERIES_MAX: Final = 20_000
"""Different (channel, account, signature) between two looks of the delivery guard; those beyond are not counted."""


class Meters:
    """All counts of the process; `account` and `channel` make theirs at first use (their number is configured)."""

    __slots__ = (
        "accounts", "channels", "collector_found", "collector_pause_s", "commit", "commit_rows", "commits",
        "deliveries", "faults", "rows_set_aside", "store_bugs", "store_retries", "task_restarts",
    )

    def __init__(self) -> None:
        self.accounts: dict[str, AccountMeters] = {}
        self.channels: dict[str, ChannelMeters] = {}
        self.deliveries: dict[tuple[str, str, str], DeliveryCount] = {}  # (channel, account, signature)
        self.commit = Histogram()
        self.commits = 0
        self.commit_rows = 0
        self.rows_set_aside = 0
        self.store_bugs = 0
        self.store_retries = 0
        self.collector_found = 0  # objects in cycles
        self.collector_pause_s = 0.0  # its longest walk
        self.faults: defaultdict[tuple[str, str], int] = defaultdict(int)  # (protocol, problem) of bad peers
        self.task_restarts: defaultdict[str, int] = defaultdict(int)  # of long-lived tasks, by what they do

    def account(self, name: str) -> AccountMeters:
        meters = self.accounts.get(name)
        if meters is None:
            meters = self.accounts[name] = AccountMeters()
        return meters

    def channel(self, name: str) -> ChannelMeters:
        meters = self.channels.get(name)
        if meters is None:
            meters = self.channels[name] = ChannelMeters()
        return meters

    def delivery(self, channel: str, account: str, signature: str) -> DeliveryCount:
        """Return what counts the ends of segments of an account under a signature over a channel."""
        key = channel, account, signature
        count = self.deliveries.get(key)
        if count is None:
            count = DeliveryCount()
            if len(self.deliveries) < DELIVERIES_MAX:
                self.deliveries[key] = count
        return count

    def take_deliveries(self) -> dict[tuple[str, str, str], DeliveryCount]:
        """Return what ended since the last call, and count anew."""
        taken, self.deliveries = self.deliveries, {}
        return taken
