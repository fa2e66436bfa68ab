"""Checks of a node by itself, under the names of the alerts that Prometheus would raise (docs/operations/alerts.yml).

Prometheus is where alerts live: it also sees that a node is gone, and how things grew. These are those rules that a
node can tell from its memory alone, with the same limit and the same time; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from gateway.operations.node_answers import CheckShown

if TYPE_CHECKING:
    from gateway.node.node import Node

Found = Iterable[tuple[str, float]]
"""Whom a check fails for, "" where it is the node, and by what value."""


def _if(value: float, *, is_wrong: bool) -> Found:
    return (("", value),) if is_wrong else ()


def _channels(
    node: Node, read: Callable[[str], float], is_wrong: Callable[[float], bool]
) -> Iterator[tuple[str, float]]:
    for name in node.settings.channels:
        value = read(name)
        if is_wrong(value):
            yield name, value


def _links_down(node: Node) -> Found:
    return _channels(node, lambda name: node.meters.channel(name).binds, lambda binds: binds == 0)


def _queue_old(node: Node) -> Found:
    senders, now = node.flows.dispatch.senders, node.clock()
    return _channels(node, lambda name: senders[name].oldest_age_s(now), lambda age: age > 60)


def _held_many(node: Node) -> Found:
    senders = node.flows.dispatch.senders
    return _channels(
        node, lambda name: senders[name].queues.deferred_count(senders[name].queued), lambda held: held > 50_000
    )


def _delivery_low(node: Node) -> Found:
    by_channel: dict[str, float] = {}
    for (channel, _), count in node.guard.low_counts().items():
        by_channel[channel] = by_channel.get(channel, 0.0) + count
    return by_channel.items()


def _stopped(node: Node) -> Found:
    return [(name, 1.0) for name in node.settings.accounts if node.flows.policies[name].stopped is not None]


def _overdue(node: Node) -> Found:
    return [(clause, float(count)) for clause, count in node.duties.overdue_by_clause.items() if count > 0]


def _archive(node: Node) -> Found:
    behind_s = 0.0 if node.archive is None else node.archive.behind_s
    return _if(behind_s, is_wrong=behind_s > 7200)


def _stored(node: Node) -> Found:
    total: int = node.stored_sum_hao
    return _if(total, is_wrong=total != 0)


def _ledger(node: Node) -> Found:
    total = node.flows.book.total()
    return _if(total, is_wrong=total != 0)


CHECKS: Final[tuple[tuple[str, float, Callable[[Node], Found]], ...]] = (
    # name, seconds that it must hold, what it looks at
    ("HongyanStoreAway", 30, lambda node: _if(0.0, is_wrong=not node.journal.is_open)),
    ("HongyanJournalPending", 60, lambda node: _if(node.journal.pending, is_wrong=node.journal.pending > 25_000)),
    ("HongyanJournalStepwise", 60, lambda node: _if(1.0, is_wrong=bool(node.journal.why_stepwise))),
    ("HongyanAccountClosed", 0, lambda node: _if(
        len(node.flows.closing.closed), is_wrong=len(node.flows.closing.closed) > 0)),
    ("HongyanTaskOverdue", 0, _overdue),
    ("HongyanLedgerSum", 0, _ledger),
    ("HongyanStoredLedgerSum", 120, _stored),
    ("HongyanBooksApart", 0, lambda node: _if(node.agreement.apart_hao, is_wrong=node.agreement.apart_hao != 0)),
    ("HongyanPoolsApart", 0, lambda node: _if(
        node.agreement.apart_segments, is_wrong=node.agreement.apart_segments != 0)),
    ("HongyanBooksNotCompared", 0, lambda node: _if(node.agreement.age_s, is_wrong=node.agreement.age_s > 600)),
    ("HongyanAccountStopped", 60, _stopped),
    ("HongyanLinksDown", 120, _links_down),
    ("HongyanQueueOld", 120, _queue_old),
    ("HongyanHeldMany", 300, _held_many),
    ("HongyanArchiveBehind", 600, _archive),
    ("HongyanDeliveryLow", 0, _delivery_low),
)
SHOWN_MAX: Final = 200


class StateChecks:
    """`look` once a second."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._failing: dict[tuple[str, str], tuple[float, float, float]] = {}  # since, value, seconds wanted

    def look(self) -> None:
        now, before = self._node.clock(), self._failing
        self._failing = {}
        for name, for_s, find in CHECKS:
            for subject, value in find(self._node):
                since = before[name, subject][0] if (name, subject) in before else now
                self._failing[name, subject] = since, float(value), for_s

    def shown(self) -> tuple[CheckShown, ...]:
        """Return what fails: what fires first, then the oldest."""
        now = self._node.clock()
        found = [
            CheckShown(name=name, subject=subject, value=value, since=since, is_firing=now - since >= for_s)
            for (name, subject), (since, value, for_s) in self._failing.items()
        ]
        return tuple(sorted(found, key=lambda each: (not each.is_firing, each.since, each.name))[:SHOWN_MAX])
