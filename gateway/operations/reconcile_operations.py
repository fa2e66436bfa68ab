"""Operations of reconciliation: keep one, and book what a re-check found."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import Field, StringConstraints

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.reconcile import adjustment_hao
from gateway.contracts.working_days import add_months
from gateway.documents.letterhead import packed_sides
from gateway.documents.sent_statement import StatementEvent, state_at
from gateway.documents.task import task_on
from gateway.domain.china_time import day_of
from gateway.domain.entry import EntryKind
from gateway.domain.money import format_yuan, parse_yuan
from gateway.operations.booking import Booking, book_line, booking_alone, move_money
from gateway.operations.field_kinds import (
    WHOLE_MAX,
    AnyName,
    Moment,
    MonthText,
    Name,
    OperationAnswer,
    OperationRequest,
    ShownHao,
    Text,
    WrittenText,
    first_day,
)
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.operations.statement_operations import review_suspensions
from gateway.queries.configured import profile_of_side
from gateway.queries.kept_reconciliations import SERIES, side_letterhead
from gateway.store.facts import document_rows, reconciliation_rows, statement_rows, task_rows
from gateway.store.facts.audit_rows import record

DIGITS_MAX: Final = 12  # of a count of segments
LINES_KEPT_MAX: Final = 200  # differing lines that are kept with a reconciliation
Count = Annotated[int, Field(ge=0, le=WHOLE_MAX)]
Figure = Count | Annotated[str, StringConstraints(max_length=32)]
"""Segments, or an amount in yuan."""
DayText = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Side = Literal["account", "channel"]


class KeptLine(OperationRequest):
    """A message on which the two sides differ."""

    what: Name
    id: Text
    number: Name
    time: Annotated[str, StringConstraints(max_length=40)] | None
    ours: Count | None
    theirs: Count | None


class KeptLines(OperationRequest):
    """How many lines differ in which way, and the first of them."""

    lines: Annotated[dict[Name, Count], Field(max_length=10)]
    listed: Annotated[list[KeptLine], Field(max_length=LINES_KEPT_MAX)]


class KeptReconciliation(OperationRequest):
    """What a reconciliation said, as gateway.queries.reconciliation_of_month has it."""

    side: Side
    name: Name
    month: MonthText
    contract: Name
    ours: Figure
    unit_price: Annotated[str, StringConstraints(max_length=32)] | None
    unit: Literal["segments", "amount"]
    provider: Figure
    client: Figure
    difference: Figure
    share_percent: Name
    is_within: bool
    clause: Name
    settled: Figure
    provider_amount: Name
    settled_amount: Name
    disputed_amount: Name
    recheck_by: DayText | None
    what: Text
    differences: KeptLines


class RecordReconciliation(OperationRequest):
    """A reconciliation that is kept; beyond tolerance the statement is disputed and a re-check is due."""

    month: MonthText
    document: KeptReconciliation
    evidence: Text = ""
    at: Annotated[Moment | None, Field(description="When it was found; default: now. 时间。")] = None


class RecordedReconciliation(OperationAnswer):
    """The number under which it is kept."""

    id: int


class SettleRecheck(OperationRequest):
    """What a re-check found, in the unit that was reconciled: segments, or yuan."""

    month: MonthText
    truth: Annotated[WrittenText, Field(description="Segments, or yuan. 复核结果：条数或金额。")]
    evidence: Annotated[WrittenText, Field(description="Where the proof is. 凭证。")]
    account: AnyName = ""
    channel: AnyName = ""


class SettledRecheck(OperationAnswer):
    """The line on the next cycle's statement, and what the ledger moved."""

    side: str
    name: str
    month: str
    truth: str
    line_hao: ShownHao
    statement: str
    ledger_hao: ShownHao
    entry: str | None
    clause: str


async def record_reconciliation(context: OperationContext, asked: RecordReconciliation) -> RecordedReconciliation:
    kept, first = asked.document, first_day(asked.month)
    account, channel = (kept.name, "") if kept.side == "account" else ("", kept.name)
    _profile(context, account, channel)
    at = context.now if asked.at is None else asked.at
    sides = packed_sides(side_letterhead(context.settings, kept.side, kept.name))
    packed = orjson.dumps(kept.model_dump(mode="json")).decode()
    number = await reconciliation_rows.add(
        context.connection, side=kept.side, name=kept.name, month=first, document=packed, now=context.now,
        actor=context.actor,
    )
    await document_rows.issue(
        context.connection, series=SERIES, account=kept.name, subject=str(number), dated=day_of(context.now),
        document=orjson.dumps({"sides": sides}).decode(), now=context.now, actor=context.actor,
    )
    if kept.recheck_by:
        subject, due_on = f"{kept.side} {kept.name} {kept.month}", dt.date.fromisoformat(kept.recheck_by)
        await task_rows.put(context.connection, task_on("RECHECK", kept.clause, subject, due_on, account=account), at)
        if account:
            await _dispute(context, kept, first, at, asked.evidence)
    return RecordedReconciliation(id=number)


async def _dispute(
    context: OperationContext, kept: KeptReconciliation, first: dt.date, at: float, evidence: str
) -> None:
    """A statement that was sent and not answered yet is disputed by it; what is owed now is the settled amount."""
    found = await statement_rows.latest(context.connection, kept.name, first)
    if found is not None and state_at(found, at)[0] == "SENT" and at >= found.sent_at:
        settled_hao = parse_yuan(kept.settled_amount)
        event = StatementEvent(
            "disputed", at, context.now, context.actor, evidence or "reconciliation", settled_hao, kept.what
        )
        await statement_rows.add_event(context.connection, found.id, event)


async def settle(context: OperationContext, asked: SettleRecheck) -> SettledRecheck:
    """Book what a re-check found.

    The line is the truth less what was settled, for the next cycle's statement; the ledger, which holds the provider's
    figure, moves by the truth less that figure. A carrier's difference moves nothing here: it is kept as a record.
    """
    if bool(asked.account) == bool(asked.channel):
        raise OperationRefused("name an account or a channel")
    async with booking_alone(context, asked.account or asked.channel):
        return await _settle(context, asked)


async def _settle(context: OperationContext, asked: SettleRecheck) -> SettledRecheck:
    side, name = ("account", asked.account) if asked.account else ("channel", asked.channel)
    profile, first = _profile(context, asked.account, asked.channel), first_day(asked.month)
    packed = await reconciliation_rows.newest(context.connection, side, name, first)
    if packed is None:
        raise OperationRefused(f"no reconciliation of {first:%Y-%m} is recorded for {name}")
    found = orjson.loads(packed)
    if found["is_within"]:
        raise OperationRefused(f"within tolerance the provider's figure holds ({found['clause']}): nothing to book")
    line_hao, moved_hao, truth = _figures(profile, found, asked.truth)
    clause, booking, entry = clause_of(profile, "pay_while_disputed"), None, None
    async with context.connection.transaction():
        into = await _next_open(context, name, first) if asked.account else add_months(first, 1)
        if asked.account:
            booking = Booking(
                name, into, "recheck", EntryKind.CHARGE, clause, line_hao, moved_hao,
                f"re-check of {first:%Y-%m}: {truth}", asked.evidence,
            )
            entry = await book_line(context, booking)
        await _close_recheck(context, found, asked.evidence)
        await record(context.connection, context.act(), context.now)
    if booking is not None:
        await move_money(context, booking, entry)
    return SettledRecheck(
        side=side, name=name, month=f"{first:%Y-%m}", truth=asked.truth, line_hao=line_hao,
        statement=f"{into:%Y-%m}", ledger_hao=moved_hao, entry=None if entry is None else str(entry), clause=clause,
    )


def _figures(profile: Profile, found: dict[str, Any], words: str) -> tuple[int, int, str]:
    """Return what the line shows and what the ledger moves, in hao, and the truth in words."""
    is_segments = found["unit"] == "segments"
    truth = _segments(words) if is_segments else parse_yuan(words)
    price_hao = parse_yuan(found["unit_price"]) if is_segments else 1
    settled = found["settled"] if is_segments else parse_yuan(found["settled"])
    provider = found["provider"] if is_segments else parse_yuan(found["provider"])
    already = provider if profile.due_rule == "none" else settled  # paid beforehand: all of it is charged already
    line_hao, moved_hao = adjustment_hao(already, truth, price_hao), adjustment_hao(provider, truth, price_hao)
    return line_hao, moved_hao, str(truth) if is_segments else format_yuan(truth)


def _segments(words: str) -> int:
    if not (words.isascii() and words.isdecimal() and len(words) <= DIGITS_MAX):
        raise OperationRefused(f"truth: {words[:40]!r} is no number of segments")
    return int(words)


def _profile(context: OperationContext, account: str, channel: str) -> Profile:
    if account:
        context.account(account)
    return profile_of_side(context.settings, account, channel)


async def _next_open(context: OperationContext, account: str, first: dt.date) -> dt.date:
    """Return the next month whose statement has not been sent."""
    into = add_months(first, 1)
    while await statement_rows.latest(context.connection, account, into) is not None:
        into = add_months(into, 1)
    return into


async def _close_recheck(context: OperationContext, found: dict[str, Any], evidence: str) -> None:
    account = found["name"] if found["side"] == "account" else ""
    subject = f"{found['side']} {found['name']} {found['month']}"
    key = f"RECHECK:{account}:{subject}:{found['recheck_by']}"
    await task_rows.finish_by_key(context.connection, key, now=context.now, actor=context.actor, evidence=evidence)
    if account:
        sent = await statement_rows.latest(context.connection, account, first_day(found["month"]))
        if sent is not None and state_at(sent, context.now)[0] == "DISPUTED":
            event = StatementEvent("rechecked", context.now, context.now, context.actor, evidence)
            await statement_rows.add_event(context.connection, sent.id, event)


RECORD = Operation(
    "reconcile.record", ("Keep a reconciliation: a dispute and its re-check begin.", "登记对账差异，开始复核。"),
    RecordReconciliation, RecordedReconciliation, record_reconciliation, Change.STORE, review_suspensions,
    example={
        "month": "2026-03", "evidence": "mail 7", "document": {
            "side": "account", "name": "shop", "month": "2026-03", "contract": "quota@1", "ours": 100,
            "unit_price": "0.045", "unit": "segments", "provider": 100, "client": 90, "difference": 10,
            "share_percent": "10", "is_within": False, "clause": "S0-4.3", "settled": 90, "provider_amount": "4.5",
            "settled_amount": "4.05", "disputed_amount": "0.45", "recheck_by": "2026-04-10", "what": "paid now",
            "differences": {"lines": {"only_ours": 1}, "listed": []},
        },
    },
)
SETTLE = Operation(
    "reconcile.settle", ("Book what a re-check found.", "按复核结果入账。"), SettleRecheck, SettledRecheck, settle,
    Change.FACTS, review_suspensions, subject="account",
    example={"month": "2026-03", "truth": "95", "evidence": "mail 7", "account": "shop"},
)
OPERATIONS = (RECORD, SETTLE)
