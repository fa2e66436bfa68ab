"""One Prometheus collector: reads the plain integers of domain.meters, and gauges that `app` registers, at scrape.

What is exposed is the three tables below. Labels are account, channel, protocol, outcome, stage, clause and task only:
their values are configured or belong to us, so the number of series is bounded; a number or an id is never one.
Rendering thousands of series takes tens of milliseconds, so `render` does it in a thread.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from gateway.domain.meters import LATENCY_BOUNDS_S, AccountMeters, ChannelMeters, Histogram, Meters
from gateway.domain.money import HAO_PER_YUAN
from gateway.domain.outcome import Answer

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
LABELS = frozenset({"account", "channel", "protocol", "outcome", "stage", "clause", "task"})
PREFIX = "hongyan_"

_K = TypeVar("_K")
_V = TypeVar("_V")
Sample = tuple[tuple[str, ...], float]  # label values, value
Read = Callable[[], float | Mapping[tuple[str, ...], float]]

# name (counters get _total), what it says, label beside account or channel, how it is read
_ACCOUNT_COUNTERS: tuple[tuple[str, str, tuple[str, ...], Callable[[AccountMeters], Iterable[Sample]]], ...] = (
    ("messages", "Client messages answered, by outcome", ("outcome",),
     lambda m: ((("accepted",), m.accepted), (("refused",), sum(count for _, count in _items(m.refused))))),
    ("refusals", "Refused submits by reject key and clause", ("outcome", "clause"), lambda m: _items(m.refused)),
    ("segments", "Client segments concluded, by final state", ("outcome",),
     lambda m: (((state.stat,), count) for state, count in _items(m.concluded))),
    ("segments_accepted", "Client segments accepted", (), lambda m: (((), m.segments),)),
    ("segments_billed", "Segments billed at accept", (), lambda m: (((), m.billed_segments),)),
    ("charged_yuan", "Charged, in yuan", (), lambda m: (((), m.charged_hao / HAO_PER_YUAN),)),
    ("receipts_delivered", "Receipts that the client acknowledged", (), lambda m: (((), m.delivered_receipts),)),
    ("inbound_delivered", "MO that the client acknowledged", (), lambda m: (((), m.delivered_inbound),)),
    ("delivers_not_taken", "Receipts and MO that the client did not take, by what it said", ("outcome",),
     lambda m: (((answer.name.lower(),), count) for answer, count in _items(m.not_taken))),
    ("delivers_overdue", "Receipts and MO that a session left unanswered for deliver_answer_s", (),
     lambda m: (((), m.overdue),)),
    ("callbacks", "Calls of an account's endpoints by what came of them", ("outcome",), lambda m: (
        ((event,), count) for event, count in _items(m.callbacks)
    )),
    ("delivers_refused", "Receipts and MO that are not owed any more, for the client refused them", (),
     lambda m: (((), m.refused_delivers),)),
)
_CHANNEL_COUNTERS: tuple[tuple[str, str, tuple[str, ...], Callable[[ChannelMeters], Iterable[Sample]]], ...] = (
    ("submits", "Segments written to the carrier", (), lambda m: (((), m.submitted),)),
    ("submits_unwritten", "Segments that could not be put into a PDU and ended", (), lambda m: (((), m.unwritten),)),
    ("claims_lost", "Segments claimed for a link and neither written nor returned", (),
     lambda m: (((), m.claims_lost),)),
    ("answers", "Carrier's answers to submits", ("outcome",), lambda m: _by_word(m.answers)),
    ("receipts", "Receipts from the carrier, by state", ("outcome",),
     lambda m: (((state.stat,), count) for state, count in _items(m.receipts))),
    ("receipts_early", "Receipts that came before the answer to their submit", (),
     lambda m: (((), m.early_receipts),)),
    ("receipts_unmatched", "Receipts whose message is not known", (), lambda m: (((), m.unmatched_receipts),)),
    ("receipts_ambiguous", "Receipts that may mean several segments of unknown outcome", (),
     lambda m: (((), m.ambiguous_receipts),)),
    ("receipts_unreadable", "Receipts that say no state: kept as they came", (),
     lambda m: (((), m.unreadable_receipts),)),
    ("receipts_contradicted", "Receipts whose text says another state than their parameters, which count", (),
     lambda m: (((), m.contradicted_receipts),)),
    ("unknown", "Segments whose outcome is unknown: no answer came", (), lambda m: (((), m.unknown),)),
    ("inbound", "MO from the carrier", (), lambda m: (((), m.inbound),)),
    ("inbound_unowned", "MO for a service code that no account has", (), lambda m: (((), m.inbound_unowned),)),
)
# name, what it says, label, attribute
_GAUGES: tuple[tuple[str, str, str, str], ...] = (
    ("sessions", "Sessions bound", "account", "sessions"),
    ("outbox_depth", "Receipts and MO that the client has not acknowledged", "account", "outbox_depth"),
    ("submits_paced", "Submits that wait for the account's rate", "account", "waiting_pace"),
    ("binds", "Links bound to the carrier", "channel", "binds"),
    ("window_size", "Most unanswered submits, over the channel's links", "channel", "window"),
    ("in_flight", "Submits now unanswered", "channel", "in_flight"),
    ("learnt_rate", "Segments a second that the carrier takes, learnt from its answers; 0: none", "channel",
     "learnt_per_s"),
    ("queue_depth", "Segments waiting for the channel", "channel", "queue_depth"),
)
_HISTOGRAMS: tuple[tuple[str, str, str, str], ...] = (
    ("session_response_seconds", "From a client's submit to our answer", "account", "response"),
    ("link_response_seconds", "From our submit to the carrier's answer", "channel", "response"),
    ("receipt_seconds", "From the carrier's answer to its receipt", "channel", "receipt"),
)


class MeterCollector(Collector):
    """Reads everything at scrape. Reading from another thread is safe: counts are copied before they are walked."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._read: dict[str, tuple[str, tuple[str, ...], bool, Read]] = {}

    def add_gauge(self, name: str, says: str, read: Read, labels: tuple[str, ...] = ()) -> None:
        """Register a value without the prefix; `read` returns it, or values by label values; NaN where not known."""
        self._add(name, says, read, labels, is_counter=False)

    def add_counter(self, name: str, says: str, read: Read, labels: tuple[str, ...] = ()) -> None:
        """Register a count that only grows; _total is added to its name."""
        self._add(name, says, read, labels, is_counter=True)

    def _add(self, name: str, says: str, read: Read, labels: tuple[str, ...], *, is_counter: bool) -> None:
        if name in self._read:
            raise ValueError(f"metric {name} is registered already")
        if not LABELS.issuperset(labels):
            raise ValueError(f"metric {name}: labels are of {sorted(LABELS)}, not {labels}")
        self._read[name] = (says, labels, is_counter, read)

    def collect(self) -> Iterator[Metric]:
        accounts, channels = _items(self._meters.accounts), _items(self._meters.channels)
        for name, says, extra, of_account in _ACCOUNT_COUNTERS:
            yield _counter(name, says, ("account", *extra), ((who, of_account(meters)) for who, meters in accounts))
        for name, says, extra, of_channel in _CHANNEL_COUNTERS:
            yield _counter(name, says, ("channel", *extra), ((who, of_channel(meters)) for who, meters in channels))
        for name, says, label, attribute in _GAUGES:
            gauge = GaugeMetricFamily(PREFIX + name, says, labels=(label,))
            for who, meters in accounts if label == "account" else channels:
                gauge.add_metric((who,), getattr(meters, attribute))
            yield gauge
        for name, says, label, attribute in _HISTOGRAMS:
            family = HistogramMetricFamily(PREFIX + name, says, labels=(label,))
            for who, meters in accounts if label == "account" else channels:
                _fill(family, (who,), getattr(meters, attribute))
            yield family
        yield from self._process_wide()
        for name in list(self._read):
            yield self._registered(name)

    def _process_wide(self) -> Iterator[Metric]:
        meters = self._meters
        commit = HistogramMetricFamily(PREFIX + "commit_seconds", "One commit of a batch", labels=())
        _fill(commit, (), meters.commit)
        yield commit
        for name, says, value in (
            ("commits", "Batches committed", meters.commits),
            ("commit_rows", "Rows committed", meters.commit_rows),
            ("store_retries", "Batches tried again", meters.store_retries),
            ("collector_found", "Objects in cycles that the collector found", meters.collector_found),
            ("store_bugs", "Faults of our own in writing a batch", meters.store_bugs),
            ("store_rows_set_aside", "Rows that the database would not take", meters.rows_set_aside),
        ):
            yield CounterMetricFamily(PREFIX + name, says, value=value)
        yield GaugeMetricFamily(
            PREFIX + "collector_pause_seconds", "Longest walk of the collector", value=meters.collector_pause_s
        )
        faults = CounterMetricFamily(PREFIX + "faults", "Faults of peers", labels=("protocol", "outcome"))
        for labels, count in _items(meters.faults):
            faults.add_metric(labels, count)
        yield faults
        restarts = CounterMetricFamily(PREFIX + "task_restarts", "Long-lived tasks that failed and were started again",
                                       labels=("task",))
        for task, count in _items(meters.task_restarts):
            restarts.add_metric((task,), count)
        yield restarts

    def _registered(self, name: str) -> Metric:
        says, labels, is_counter, read = self._read[name]
        kind = CounterMetricFamily if is_counter else GaugeMetricFamily
        family = kind(PREFIX + name, says, labels=labels)
        try:
            value = read()
        except Exception:  # one source that fails may not take the others from the operator
            value = math.nan if not labels else {}
        for values, number in value.items() if isinstance(value, Mapping) else (((), value),):
            family.add_metric(values, number)
        return family


class Exposition:
    """The registry behind /metrics: our collector and the process's own figures."""

    def __init__(self, collector: MeterCollector) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(collector)
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    async def render(self) -> bytes:
        """Return the text format, made in a thread."""
        return await asyncio.to_thread(self.text)


def _counter(
    name: str, says: str, labels: tuple[str, ...], sources: Iterable[tuple[str, Iterable[Sample]]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(PREFIX + name, says, labels=labels)
    for who, samples in sources:
        for values, count in samples:
            family.add_metric((who, *values), count)
    return family


def _fill(family: HistogramMetricFamily, labels: tuple[str, ...], histogram: Histogram) -> None:
    """Add cumulative buckets; an account or channel without a value has none, which spares most series."""
    counts = list(histogram.counts)
    if not any(counts) and labels:
        return
    buckets, below = [], 0
    for bound, count in zip((*map(str, LATENCY_BOUNDS_S), "+Inf"), counts, strict=True):
        below += count
        buckets.append((bound, below))
    family.add_metric(labels, buckets=buckets, sum_value=histogram.sum_s)


def _by_word(answers: Mapping[tuple[Answer, int], int]) -> Iterable[Sample]:
    """Sum over statuses: those are the carrier's to choose, so they are no label."""
    words: dict[str, int] = {}
    for (answer, _), count in _items(answers):
        word = answer.name.lower()
        words[word] = words.get(word, 0) + count
    return [((word,), count) for word, count in words.items()]


def _items(counts: Mapping[_K, _V]) -> list[tuple[_K, _V]]:
    return list(counts.items())
