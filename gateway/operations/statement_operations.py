"""Operations on statements: send one, and what the client answers, receives and pays.

Each reads the month's figures in a snapshot of its own first, and then writes in one transaction with the audit's line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import Field

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import add_months
from gateway.documents.sent_statement import (
    Sent,
    StatementEvent,
    carried_into,
    check_event,
    payment_of,
    silence_confirms_at,
)
from gateway.documents.statement import total_hao_of
from gateway.documents.task import task_on
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.china_time import day_of, start_of
from gateway.domain.entry import EntryKind
from gateway.domain.money import check_cash
from gateway.notices.statement_notice import mail_address_of, plan_statement
from gateway.operations.booking import Booking, book_line, booking_alone, move_money
from gateway.operations.field_kinds import (
    Moment,
    MonthText,
    Name,
    OperationAnswer,
    OperationRequest,
    PaidHao,
    Text,
    WrittenText,
    first_day,
)
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.queries.letterheads import sides_of
from gateway.queries.month_statement import compute_statement
from gateway.queries.sent_statements import SentStatement, sent_statement
from gateway.queries.statement_months import NoSuchMonth, check_month
from gateway.store.facts import document_rows, statement_rows, task_rows
from gateway.store.facts.audit_rows import record

A = TypeVar("A", bound=OperationAnswer)


class StatementFact(OperationRequest):
    """Something that became of a month's statement."""

    account: Annotated[Name, Field(description="Account. 账户。")]
    month: Annotated[MonthText, Field(description="The month it is about, YYYY-MM. 账期。")]
    evidence: Annotated[WrittenText, Field(description="Where the proof is: a mail's id, a chat, a file. 凭证。")]
    at: Annotated[Moment | None, Field(description="When it happened; default: now. 时间。")] = None
    note: Text = ""


class StatementToSend(StatementFact):
    """A statement goes out: by mail where its client has an address, or it went out by other means already."""

    evidence: Annotated[Text, Field(description="How it went out; empty: by the mail that is sent now. 凭证。")] = ""
    is_mailed: Annotated[bool, Field(description="Mail it, where there is an address. 是否发送邮件。")] = True


class StatementPayment(StatementFact):
    """A payment; without an amount all that was owed."""

    amount_hao: Annotated[PaidHao | None, Field(description="Paid, whole fen. 金额（0.0001 元），须精确到分。")] = None


class StatementAnswer(SentStatement, OperationAnswer):
    """The statement after it; `late_fee_entry` is the entry of a fee that a late payment booked, `notice` the number of
    the notice by which it goes out.
    """

    late_fee_entry: str | None = None
    notice: int | None = None


async def send(context: OperationContext, asked: StatementToSend) -> StatementAnswer:
    """Keep a statement as it goes out, and owe its mail. Sent again with other figures it becomes the next version.

    One of which it is said when it went out is only noted: no mail goes with a date of before.
    """
    account, first, at = context.account(asked.account).name, first_day(asked.month), _when(context, asked)
    address = mail_address_of(context.settings, account) if asked.is_mailed and asked.at is None else ""
    evidence = asked.evidence.strip() or (f"mail to {address}" if address else "")
    if not evidence:
        raise OperationRefused("evidence: say how it went out; no mail goes, for it has no address or no relay")
    if at < start_of(add_months(first, 1)):
        raise OperationRefused(f"the month {first:%Y-%m} is not over")
    _check_past(context, at)
    profile = _profile(context, account)
    document = await compute_statement(context.connection, context.settings, account, first, context.now)
    if not document["check"]["is_equal"]:
        raise OperationRefused(f"messages and ledger do not agree ({document['check']}): not sent")
    packed = orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
    digest = hashlib.sha256(packed.encode()).hexdigest()
    async with context.connection.transaction():
        before = await statement_rows.latest(context.connection, account, first)
        if before is not None and before.digest == digest:
            sent_on = day_of(before.sent_at)
            raise OperationRefused(f"version {before.version}, sent on {sent_on}, says the same: nothing to send")
        confirm_by, auto_confirm_at = silence_confirms_at(profile, day_of(at), context.settings.calendar)
        new = Sent(
            0, account, first, 1 if before is None else before.version + 1, profile.tag, packed, digest,
            total_hao_of(document), at, context.actor, evidence, confirm_by, auto_confirm_at,
        )
        if before is not None:
            event = StatementEvent("superseded", at, context.now, context.actor, evidence)
            await statement_rows.add_event(context.connection, before.id, event)
        new = replace(new, id=await statement_rows.add(context.connection, new))
        await document_rows.issue(
            context.connection, series="statement", account=account, subject=str(new.id), dated=day_of(at),
            document=sides_of(context.settings, account), now=context.now, actor=context.actor,
        )
        notice = await _mail(context, profile, new) if address else None
        await _note_tasks(context, profile, new)
        await record(context.connection, context.act(), context.now)
    answer = await _answer(context, account, first, at)
    return answer if notice is None else answer.model_copy(update={"notice": notice})


async def _mail(context: OperationContext, profile: Profile, new: Sent) -> int | None:
    return await plan_statement(
        context.connection, context.settings, profile, new, now=context.now, actor=context.actor
    )


async def _note_tasks(context: OperationContext, profile: Profile, new: Sent) -> None:
    """The month's statement is out; where silence says nothing, somebody must ask for the answer in time."""
    await _finish(context, f"STATEMENT:{new.account}:{new.month:%Y-%m}", new.evidence)
    if new.confirm_by is not None and new.auto_confirm_at is None:
        subject = f"statement {new.month:%Y-%m} version {new.version}"
        task = task_on("CONFIRM", clause_of(profile, "confirm_wd"), subject, new.confirm_by, account=new.account)
        await task_rows.put(context.connection, task, context.now)


async def confirm(context: OperationContext, asked: StatementFact) -> StatementAnswer:
    return await note_answer(context, asked, "confirmed")


async def dispute(context: OperationContext, asked: StatementFact) -> StatementAnswer:
    return await note_answer(context, asked, "disputed")


async def note_answer(
    context: OperationContext, asked: StatementFact, event: str, act: AuditEntry | None = None
) -> StatementAnswer:
    """Note the client's answer, with the audit's line of this run or another in its place."""
    await _check(context, asked)
    async with context.connection.transaction():
        found = await _write(context, asked, event)
        subject = f"statement {found.month:%Y-%m} version {found.version}"
        await _finish(context, f"CONFIRM:{found.account}:{subject}:{found.confirm_by}", asked.evidence)
        await record(context.connection, act or context.act(), context.now)
    return await _answer_of(context, asked, found)


async def invoice(context: OperationContext, asked: StatementFact) -> StatementAnswer:
    """The invoice was received. For a bill of several months the amount is that of all of them (S4-5.8)."""
    account, first = context.account(asked.account).name, first_day(asked.month)
    profile = _profile(context, account)
    amount_hao = await _billed_hao(context, profile, account, first)
    await _check(context, asked)
    async with context.connection.transaction():
        found = await _write(context, asked, "invoiced", amount_hao)
        answer = await _answer_of(context, asked, found)
        for kind, key, day in (
            ("PAYMENT", "due_rule", answer.due), ("RESCIND", "rescind_months", answer.rescind_from)
        ):
            if day:
                clause, due_on = clause_of(profile, key), dt.date.fromisoformat(day)
                task = task_on(kind, clause, f"statement {first:%Y-%m}", due_on, account=account)
                await task_rows.put(context.connection, task, context.now)
        await record(context.connection, context.act(), context.now)
    return answer


async def _billed_hao(context: OperationContext, profile: Profile, account: str, first: dt.date) -> int | None:
    """Return the amount of a bill of several months; None: it is the statement's."""
    if profile.bill_months <= 1:
        return None
    if first.month % profile.bill_months:
        raise OperationRefused(
            f"bills are of {profile.bill_months} months ({clause_of(profile, 'bill_months')}): the last month of one"
            f" is not {first:%Y-%m}"
        )
    amount_hao = 0
    for back in range(profile.bill_months):
        found = await statement_rows.latest(context.connection, account, add_months(first, -back))
        amount_hao += found.total_hao if found is not None and await _is_of_contract(context, found) else 0
    return amount_hao


async def _is_of_contract(context: OperationContext, sent: Sent) -> bool:
    """Tell whether a statement is of a month of the contract: older versions sent others, with fees made up."""
    try:
        await check_month(context.connection, context.settings, sent.account, sent.month, context.now)
    except NoSuchMonth:
        return False
    return True


async def pay(context: OperationContext, asked: StatementPayment) -> StatementAnswer:
    """A payment; a late one books its fee, shown by the statement of the month it was paid in."""
    account = context.account(asked.account).name
    amount_hao = None if asked.amount_hao is None else check_cash(asked.amount_hao)
    async with booking_alone(context, account):
        return await _pay(context, asked, account, amount_hao)


async def _pay(
    context: OperationContext, asked: StatementPayment, account: str, amount_hao: int | None
) -> StatementAnswer:
    first, at = first_day(asked.month), _when(context, asked)
    profile, calendar = _profile(context, account), context.settings.calendar
    before = await _latest(context, account, first)
    carried_hao = await _carried_into(context, profile, before, at)
    owed = payment_of(profile, before, at, calendar, carried_hao)
    if profile.due_rule == "none":
        raise OperationRefused(f"{profile.name} is paid beforehand: a payment is a top-up")
    if owed.owed_hao <= 0:
        raise OperationRefused("nothing is owed on it any more")
    await _check(context, asked)
    booking, entry = None, None
    async with context.connection.transaction():
        found = await _write(context, asked, "paid", owed.owed_hao if amount_hao is None else amount_hao)
        answer = await _answer_of(context, asked, found)
        after = payment_of(profile, await _latest(context, account, first), at, calendar, carried_hao)
        if after.owed_hao <= 0:
            await task_rows.finish_payment(
                context.connection, account, f"statement {first:%Y-%m}", now=context.now, actor=context.actor,
                evidence=asked.evidence,
            )
        if after.owed_hao <= 0 and after.late_fee_hao:
            booking = Booking(
                account, day_of(at).replace(day=1), "late_fee", EntryKind.LATE_FEE, clause_of(profile, "late_rate"),
                after.late_fee_hao, after.late_fee_hao, f"{after.late_days} days late on statement {first:%Y-%m}",
                asked.evidence,
            )
            entry = await book_line(context, booking)
        await record(context.connection, context.act(), context.now)
    if booking is None:
        return answer
    await move_money(context, booking, entry)
    return answer.model_copy(update={"late_fee_entry": None if entry is None else str(entry)})


# ── what they share ──────────────────────────────────────────────────────────────────────────────────────────────────
def _profile(context: OperationContext, account: str) -> Profile:
    return context.settings.profiles[context.settings.accounts[account].contract]


def _when(context: OperationContext, asked: StatementFact) -> float:
    return context.now if asked.at is None else asked.at


def _check_past(context: OperationContext, at: float) -> None:
    if at > context.now + 1:
        raise OperationRefused("that moment has not come yet")


async def _check(context: OperationContext, asked: StatementFact) -> None:
    """Refuse what has not happened yet, and months that no statement may be about."""
    account = context.account(asked.account).name
    _check_past(context, _when(context, asked))
    await check_month(context.connection, context.settings, account, first_day(asked.month), context.now)


async def _write(
    context: OperationContext, asked: StatementFact, event: str, amount_hao: int | None = None
) -> Sent:
    """Write an event down, where the statement's state takes it, in the caller's transaction; return the statement."""
    at = _when(context, asked)
    found = await _latest(context, asked.account, first_day(asked.month))
    await statement_rows.lock(context.connection, found.id)
    check_event(found, event, at)
    noted = StatementEvent(event, at, context.now, context.actor, asked.evidence, amount_hao, asked.note)
    await statement_rows.add_event(context.connection, found.id, noted)
    return found


async def _finish(context: OperationContext, key: str, evidence: str) -> None:
    await task_rows.finish_by_key(context.connection, key, now=context.now, actor=context.actor, evidence=evidence)


async def _latest(context: OperationContext, account: str, first: dt.date) -> Sent:
    found = await statement_rows.latest(context.connection, account, first)
    if found is None:
        raise OperationRefused(f"no statement of {first:%Y-%m} was sent to {account}")
    return found


async def _carried_into(context: OperationContext, profile: Profile, sent: Sent, now: float) -> int:
    known = await statement_rows.known(context.connection, sent.account, sent.month)
    return carried_into(profile, sent, known, now)


async def _answer_of(context: OperationContext, asked: StatementFact, found: Sent) -> StatementAnswer:
    return await _answer(context, found.account, found.month, max(_when(context, asked), found.sent_at))


async def _answer(context: OperationContext, account: str, first: dt.date, at: float) -> StatementAnswer:
    found = await _latest(context, account, first)
    return StatementAnswer(**(await sent_statement(context.connection, context.settings, found, at)).as_dict())


async def review_suspensions(context: OperationContext, _: OperationRequest, answer: A) -> A:
    """What is owed may be another amount: who pays late is suspended, who paid is not any more, in the next round."""
    assert context.node is not None
    context.node.review_suspensions()
    return answer


_EXAMPLE = {"account": "shop", "month": "2026-03", "evidence": "mail 7"}


def _operation(
    name: str, summary: tuple[str, str], run: Any, request: type[StatementFact] = StatementFact
) -> Operation[StatementFact, StatementAnswer]:
    return Operation(
        name, summary, request, StatementAnswer, run, Change.FACTS, review_suspensions, subject="account",
        example=_EXAMPLE,
    )


SEND = _operation(
    "statement.send",
    ("Send the statement by mail, or note that it went out: it is kept as it is now.", "发送对账单，或登记已发送。"),
    send, StatementToSend,
)
CONFIRM = _operation("statement.confirm", ("Note that the client confirmed it.", "登记客户已确认。"), confirm)
DISPUTE = _operation("statement.dispute", ("Note that the client objects.", "登记客户有异议。"), dispute)
INVOICE = _operation(
    "statement.invoice", ("Note that the client received the invoice.", "登记客户已收到发票。"), invoice
)
PAY = Operation(
    "statement.paid", ("Note a payment; a late one books its fee.", "登记付款；逾期的同时登记滞纳金。"),
    StatementPayment, StatementAnswer, pay, Change.FACTS, review_suspensions, subject="account",
    example={**_EXAMPLE, "amount_hao": 1_230_000},
)
OPERATIONS = (SEND, CONFIRM, DISPUTE, INVOICE, PAY)
