"""Operations around a service: a client ends it, a batch is reported, a notice is written down."""

from __future__ import annotations

import datetime as dt
from math import inf
from typing import Annotated, Any, Final

import asyncpg
from pydantic import Field

from gateway.contracts.clauses import clause_of
from gateway.contracts.deadlines import delivered_on, final_report_at, means_of, service_ends_at
from gateway.contracts.profile import Profile
from gateway.contracts.retention import subscription_purge_from
from gateway.contracts.terms import ends_at, notice_of
from gateway.documents.batch_report import BatchSpan, batch_report
from gateway.documents.facts import Fact, duties_of
from gateway.documents.statement import charged_states
from gateway.documents.task import Task, task_document
from gateway.domain.china_time import day_of, moment_text, start_of
from gateway.operations.field_kinds import (
    AnyName,
    Moment,
    Name,
    OperationAnswer,
    OperationRequest,
    Text,
    WrittenText,
)
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.queries.configured import profile_of_side
from gateway.store.facts import notices, task_rows, terminations, watched_batches
from gateway.store.facts.audit_rows import record

NONRENEWAL: Final = "nonrenewal"
AccountName = Annotated[Name, Field(description="Account. 账户。")]


class Terminate(OperationRequest):
    """A client's wish to end its service."""

    account: AccountName
    evidence: Annotated[WrittenText, Field(description="Where the proof is. 凭证。")]
    at: Annotated[Moment | None, Field(description="When the client asked; default: now. 时间。")] = None


class Terminated(OperationAnswer):
    """By when the service ends, and from when its subscriptions may be forgotten."""

    account: str
    asked_at: str
    ends_by: str
    clause: str
    subscriptions_forgotten_from: str


class ReportBatch(OperationRequest):
    """A batch: an account's messages of a span, under a name of the client's own."""

    account: AccountName
    label: Annotated[WrittenText, Field(description="The client's name for it. 批次名称。")]
    since: Annotated[Moment, Field(description="First moment. 起始时间。")]
    until: Annotated[Moment, Field(description="Behind the last moment. 截止时间。")]
    service_id: AnyName = ""
    text_start: Annotated[Text, Field(description="Only texts that begin so. 内容开头。")] = ""


class ReportedBatch(OperationAnswer):
    """The reports kept of a batch: the first one, and the final one once it is there."""

    account: str
    label: str
    first: dict[str, Any] | None
    final: dict[str, Any] | None


class AddNotice(OperationRequest):
    """A notice that was sent to a client."""

    account: AccountName
    kind: Annotated[Name, Field(description="nonrenewal, breach, price, cap, interface … 种类。")]
    means: Annotated[Name, Field(description="email, courier_city …; S4: by_hand, fax, letter_city … 方式。")]
    sent_on: Annotated[dt.date, Field(description="Day. 发送日。")]
    reference: Annotated[WrittenText, Field(description="A mail's id, a delivery number. 编号。")]
    details: Text = ""


class FollowingTask(OperationAnswer):
    """A task that follows from a notice."""

    kind: str
    clause: str
    account: str | None
    subject: str
    due_on: str
    due_at: str
    what: str
    details: str


class AddedNotice(OperationAnswer):
    """A notice with the day on which it counts as delivered; one of non-renewal tells when the contract ends."""

    id: int
    account: str
    kind: str
    means: str
    sent_on: str
    served_on: str
    clause: str
    tasks: tuple[FollowingTask, ...]
    last_day: str | None = None
    term_clause: str | None = None


# ── the end of a service ─────────────────────────────────────────────────────────────────────────────────────────────
async def terminate(context: OperationContext, asked: Terminate) -> Terminated:
    """Right and queue end by themselves in time."""
    account, at = context.account(asked.account).name, context.now if asked.at is None else asked.at
    profile = profile_of_side(context.settings, account, "")
    end, clause = service_ends_at(profile, at), clause_of(profile, "end_service_h")
    number = await terminations.add(
        context.connection, account, asked_at=at, ends_at=end, clause=clause, actor=context.actor,
        evidence=asked.evidence, now=context.now,
    )
    if number is None:
        raise OperationRefused(f"{account} has ended its service already; see `hongyan accounts endings`")
    forgotten_from = subscription_purge_from(day_of(end), profile)
    words = f"its subscriptions are kept, and may be forgotten from {forgotten_from} on"
    key = f"SERVICE_END:{account}:{int(end * 1000)}"
    task = Task("SERVICE_END", clause, f"service of {account}", end, words, account, at, key)
    await task_rows.put(context.connection, task, context.now)
    return Terminated(
        account=account, asked_at=moment_text(at), ends_by=moment_text(end), clause=clause,
        subscriptions_forgotten_from=forgotten_from.isoformat(),
    )


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def report_batch(context: OperationContext, asked: ReportBatch) -> ReportedBatch:
    """Report a batch now and watch it until it is final."""
    account = context.account(asked.account).name
    span = BatchSpan(
        account, asked.label, asked.since, asked.until, asked.service_id or None, asked.text_start or None
    )
    if span.until <= span.since:
        raise OperationRefused("since must be before until")
    profile = profile_of_side(context.settings, account, "")
    documents = await _documents(context.connection, profile, span, context.now)
    async with context.connection.transaction():
        final_at = final_report_at(profile, min(span.until, context.now))
        await watched_batches.watch(context.connection, span, now=context.now, final_at=final_at)
        for document in documents:
            await watched_batches.keep(context.connection, document, context.now)
        await record(context.connection, context.act(), context.now)
    found = await watched_batches.kept(context.connection, account, span.label)
    return ReportedBatch(**{"account": account, "label": span.label, "first": None, "final": None, **found})


async def write_report(
    connection: asyncpg.Connection, profile: Profile, span: BatchSpan, now: float
) -> list[dict[str, Any]]:
    """Report a batch as it stands now; return the reports that are new, the first and the final one at most."""
    documents = await _documents(connection, profile, span, now)
    return [each for each in documents if await watched_batches.keep(connection, each, now)]


async def _documents(
    connection: asyncpg.Connection, profile: Profile, span: BatchSpan, now: float
) -> list[dict[str, Any]]:
    """Return the reports that a batch has by now: the first one, and the final one where it is final."""
    figures = await watched_batches.read_batch(connection, span, charged_states(profile))
    document = batch_report(profile, span, figures, now)
    stages = ("first", "final") if document["stage"] == "final" else ("first",)
    return [{**document, "stage": stage} for stage in stages]


# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def add_notice(context: OperationContext, asked: AddNotice) -> AddedNotice:
    """A notice of a breach starts the days to cure it; one of non-renewal ends the term, if it comes in time."""
    account = context.account(asked.account).name
    profile = profile_of_side(context.settings, account, "")
    clause = clause_of(profile, "notice_table")
    try:
        served_on = delivered_on(profile, asked.means, asked.sent_on)
    except KeyError:
        raise OperationRefused(
            f"a notice under {profile.name} is served by {', '.join(means_of(profile))} ({clause}); by"
            f" {asked.means!r} it has no effect, starts no term and is not noted"
        ) from None
    following: list[Task] = []
    if asked.kind == "breach" and profile.cure_days:
        fact = Fact("breach_notice", start_of(served_on), asked.reference, account, None, asked.details)
        following = duties_of(profile, fact, context.settings.calendar)
    number = await notices.add(
        context.connection, account=account, kind=asked.kind, clause=clause, means=asked.means,
        sent_on=asked.sent_on, served_on=served_on, reference=asked.reference, details=asked.details,
        actor=context.actor, now=context.now,
    )
    await task_rows.put_all(context.connection, following, context.now)
    return AddedNotice(
        id=number, account=account, kind=asked.kind, means=asked.means, sent_on=asked.sent_on.isoformat(),
        served_on=served_on.isoformat(), clause=clause,
        tasks=tuple(FollowingTask(**task_document(task)) for task in following),
        **(await _end_of_term(context, account, profile) if asked.kind == NONRENEWAL else {}),
    )


async def _end_of_term(context: OperationContext, account: str, profile: Profile) -> dict[str, Any]:
    """Return the last day of a contract, the notices considered that were written down; None: it goes on."""
    served = (await notices.nonrenewals(context.connection)).get(account, ())
    found = context.account(account)
    end = ends_at(profile, found, notice_of(found, served))
    return {"last_day": None if end == inf else day_of(end - 1).isoformat(), "term_clause": clause_of(profile, "renew")}


async def _heed_notice(context: OperationContext, asked: AddNotice, answer: AddedNotice) -> AddedNotice:
    assert context.node is not None
    if asked.kind == NONRENEWAL:
        context.node.flows.policies.note_nonrenewal(answer.account, dt.date.fromisoformat(answer.served_on))
    return answer


TERMINATE = Operation(
    "service.terminate", ("Note that a client ends its service.", "登记客户终止服务。"), Terminate, Terminated,
    terminate, Change.STORE, node_must_know=False, subject="account", example={"account": "shop", "evidence": "mail 7"},
)
REPORT_BATCH = Operation(
    "batch.report", ("What a batch came to, now and once more when it is final.", "批次报告。"), ReportBatch,
    ReportedBatch, report_batch, Change.FACTS, node_must_know=False, subject="account",
    example={"account": "shop", "label": "spring", "since": 1_772_424_000.0, "until": 1_772_430_000.0},
)
ADD_NOTICE = Operation(
    "notices.add", ("Write a notice down, with the day on which it counts as delivered.", "登记通知及送达日。"),
    AddNotice, AddedNotice, add_notice, Change.STORE, _heed_notice, subject="account",
    example={
        "account": "shop", "kind": "price", "means": "email", "sent_on": "2026-03-02", "reference": "mail 7",
    },
)
OPERATIONS = (TERMINATE, REPORT_BATCH, ADD_NOTICE)
