"""The report of a batch: at once when its submits are over, and again when every receipt is in or waited for enough.

A batch is what a client calls one: an account's messages of a span of time, if need be of one service id or beginning
with one text (docs/operations). Where the contract has each reported by itself, it is a run of batch messages under one
service id, over when none came for a while.

Sums balance: every message stands in one state, every hao is charged, held or back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.deadlines import final_report_at
from gateway.contracts.profile import Profile
from gateway.documents.figures import Group
from gateway.domain.account import MessageClass
from gateway.domain.china_time import clock_at, moment_text
from gateway.domain.money import format_yuan

QUIET_S_MIN: Final = 5.0


@dataclass(frozen=True, slots=True)
class BatchSpan:
    """Which messages are the batch: times in unix seconds, `until` exclusive; None: any."""

    account: str
    label: str
    since: float
    until: float
    service_id: str | None = None
    text_start: str | None = None
    message_class: str | None = None


@dataclass(frozen=True, slots=True)
class BatchPart:
    """Batch messages of one account under one service id that follow each other; the instants of first and last."""

    account: str
    service_id: str
    since: float
    last: float

    def span(self, quiet_s: float) -> BatchSpan:
        """Return the batch that this run was, in whole seconds: no message came for `quiet_s` behind its last."""
        begins = clock_at(int(self.since))
        label = f"{self.service_id} {begins:%Y-%m-%dT%H:%M:%S}".strip()
        ends = int(self.last + quiet_s)
        return BatchSpan(self.account, label, int(self.since), ends, self.service_id, None, MessageClass.BATCH.value)


def quiet_s(profile: Profile) -> float:
    """Return how long no message must come for a batch to be over: half of the term in which to report it."""
    return max(QUIET_S_MIN, profile.report_within_s / 2)


def joined(known: Iterable[BatchPart], found: Iterable[BatchPart], quiet: Mapping[str, float]) -> list[BatchPart]:
    """Return runs with later ones put to them where the pause between was shorter than the account's quiet time."""
    last: dict[tuple[str, str], BatchPart] = {}
    runs: list[BatchPart] = []
    for run in sorted((*known, *found), key=lambda each: each.since):
        at = run.account, run.service_id
        before = last.get(at)
        if before is not None and run.since - before.last < quiet[run.account]:
            last[at] = replace(before, last=max(before.last, run.last))
        else:
            if before is not None:
                runs.append(before)
            last[at] = run
    return [*runs, *last.values()]


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """What the store knows of a batch. Amounts in hao: held at accept, charged, given back so far."""

    groups: Sequence[Group]
    refused: int
    last_at: float | None
    held_hao: int
    returned_hao: int


def batch_report(profile: Profile, span: BatchSpan, figures: BatchFigures, now: float) -> dict[str, Any]:
    """Return the report as of now; `stage` is final when nothing is open or the wait for receipts is over."""
    states: dict[str, int] = {}
    for group in figures.groups:
        states[group.state] = states.get(group.state, 0) + group.messages
    messages, open_ = sum(states.values()), states.get("OPEN", 0)
    delivered = states.get("DELIVRD", 0)
    final_at = None if figures.last_at is None else final_report_at(profile, figures.last_at)
    is_final = not open_ or (final_at is not None and now >= final_at)
    charged_hao = sum(group.amount_hao for group in figures.groups)
    still_held = figures.held_hao - charged_hao - figures.returned_hao
    return {
        "account": span.account, "label": span.label, "clause": clause_of(profile, "report_within_s"),
        "since": moment_text(span.since), "until": moment_text(span.until),
        "stage": "final" if is_final else "first", "as_of": moment_text(now),
        "final_by": None if final_at is None else moment_text(final_at),
        "last_submit": None if figures.last_at is None else moment_text(figures.last_at),
        "submitted": messages, "refused": figures.refused, "states": states, "delivered": delivered, "open": open_,
        "success_percent": f"{100 * delivered / messages:.2f}" if messages else None,
        "billed_segments": sum(group.billed for group in figures.groups),
        "wire_segments": sum(group.wire for group in figures.groups),
        "charged_segments": sum(group.charged for group in figures.groups),
        "held": format_yuan(figures.held_hao), "charged": format_yuan(charged_hao),
        "returned": format_yuan(figures.returned_hao), "still_held": format_yuan(still_held),
        "is_balanced": sum(states.values()) == messages and (bool(open_) or still_held == 0),
    }
