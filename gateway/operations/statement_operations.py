"""Operations on statements: compute, send, and what the client answers, receives and pays."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import orjson

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
from gateway.domain.china_time import day_of, start_of
from gateway.domain.entry import EntryKind
from gateway.domain.money import check_cash, parse_yuan
from gateway.interfaces.control_socket import Document
from gateway.operations.booking import book_once
from gateway.operations.desk import Body, Desk, month, number, text
from gateway.queries.month_statement import compute_statement
from gateway.queries.sent_statements import sent_statement
from gateway.queries.statement_months import NoSuchMonth, check_month
from gateway.store.facts import statement_rows as sent_rows
from gateway.store.facts import task_rows

SILENCE = "silence"


async def send(desk: Desk, body: Body) -> Document:
    """Keep a statement as it goes out. Sent again with other figures it becomes the next version.

    Body: account, month, evidence; at.
    """
    account, first, at = text(body, "account"), month(body), number(body, "at", desk.now)
    if at < start_of(add_months(first, 1)):
        raise ValueError(f"the month {first:%Y-%m} is not over")
    if at > desk.now + 1:
        raise ValueError("that moment has not come yet")
    profile = desk.profile_of(account)
    document = await compute_statement(desk.connection, desk.settings, account, first, desk.now)
    if not document["check"]["is_equal"]:
        raise ValueError(f"messages and ledger do not agree ({document['check']}): not sent")
    packed = orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
    digest = hashlib.sha256(packed.encode()).hexdigest()
    before = await sent_rows.latest(desk.connection, account, first)
    if before is not None and before.digest == digest:
        raise ValueError(f"version {before.version}, sent on {day_of(before.sent_at)}, says the same: nothing to send")
    confirm_by, auto_confirm_at = silence_confirms_at(profile, day_of(at), desk.calendar)
    new = Sent(
        0, account, first, 1 if before is None else before.version + 1, profile.tag, packed, digest,
        total_hao_of(document), at, desk.actor, text(body, "evidence"), confirm_by, auto_confirm_at,
    )
    async with desk.connection.transaction():
        if before is not None:
            event = StatementEvent("superseded", at, desk.now, desk.actor, text(body, "evidence"))
            await sent_rows.add_event(desk.connection, before.id, event)
        await sent_rows.add(desk.connection, new)
        await _note_tasks(desk, profile, new)
    return await _shown(desk, account, first, at)


async def _note_tasks(desk: Desk, profile: Profile, new: Sent) -> None:
    """The month's statement is out; where silence says nothing, somebody must ask for the answer in time."""
    key = f"STATEMENT:{new.account}:{new.month:%Y-%m}"
    await task_rows.finish_by_key(desk.connection, key, now=desk.now, actor=desk.actor, evidence=new.evidence)
    if new.confirm_by is not None and new.auto_confirm_at is None:
        subject = f"statement {new.month:%Y-%m} version {new.version}"
        task = task_on("CONFIRM", clause_of(profile, "confirm_wd"), subject, new.confirm_by, account=new.account)
        await task_rows.put(desk.connection, task, desk.now)


async def confirm(desk: Desk, body: Body) -> Document:
    return await _note(desk, body, "confirmed")


async def dispute(desk: Desk, body: Body) -> Document:
    return await _note(desk, body, "disputed")


async def invoice(desk: Desk, body: Body) -> Document:
    """The invoice was received. For a bill of several months the amount is that of all of them (S4-5.8)."""
    account, first = text(body, "account"), month(body)
    profile = desk.profile_of(account)
    amount_hao = None
    if profile.bill_months > 1:
        if first.month % profile.bill_months:
            raise ValueError(f"bills are of {profile.bill_months} months ({clause_of(profile, 'bill_months')}): "
                             f"the last month of one is not {first:%Y-%m}")
        amount_hao = 0
        for back in range(profile.bill_months):
            found = await sent_rows.latest(desk.connection, account, add_months(first, -back))
            amount_hao += found.total_hao if found is not None and await _is_of_contract(desk, found) else 0
    document = await _note(desk, body, "invoiced", amount_hao)
    if document["due"]:
        words = task_on("PAYMENT", clause_of(profile, "due_rule"), f"statement {first:%Y-%m}",
                        dt.date.fromisoformat(document["due"]), account=account)
        await task_rows.put(desk.connection, words, desk.now)
    if document["rescind_from"]:
        rescind = task_on("RESCIND", clause_of(profile, "rescind_months"), f"statement {first:%Y-%m}",
                          dt.date.fromisoformat(document["rescind_from"]), account=account)
        await task_rows.put(desk.connection, rescind, desk.now)
    return document


async def paid(desk: Desk, body: Body) -> Document:
    """A payment; a late one books its fee, shown by the statement of the month it was paid in. Body: also amount."""
    account, first, at = text(body, "account"), month(body), number(body, "at", desk.now)
    profile = desk.profile_of(account)
    amount_hao = check_cash(parse_yuan(text(body, "amount"))) if body.get("amount") else None
    if amount_hao is not None and amount_hao <= 0:
        raise ValueError("amount: a payment is above 0; money that goes back is a refund (accounts refund)")
    before = await _latest(desk, account, first)
    carried_hao = await _carried_into(desk, before, at)
    owed = payment_of(profile, before, at, desk.calendar, carried_hao)
    if profile.due_rule == "none":
        raise ValueError(f"{profile.name} is paid beforehand: a payment is a top-up")
    if owed.owed_hao <= 0:
        raise ValueError("nothing is owed on it any more")
    document = await _note(desk, {**body}, "paid", owed.owed_hao if amount_hao is None else amount_hao)
    after = payment_of(profile, await _latest(desk, account, first), at, desk.calendar, carried_hao)
    fee_hao = after.late_fee_hao
    if after.owed_hao <= 0:
        await _paid_up(desk, account, first, text(body, "evidence"))
    if after.owed_hao <= 0 and fee_hao:
        reason = f"{after.late_days} days late on statement {first:%Y-%m}"
        entry = await book_once(
            desk, account=account, month=day_of(at).replace(day=1), kind="late_fee", entry_kind=EntryKind.LATE_FEE,
            clause=clause_of(profile, "late_rate"), line_hao=fee_hao, moved_hao=fee_hao, reason=reason,
            evidence=text(body, "evidence"),
        )
        document = {**document, "late_fee_entry": None if entry is None else str(entry)}
    return document


async def _paid_up(desk: Desk, account: str, first: dt.date, evidence: str) -> None:
    for row in await task_rows.list_tasks(desk.connection, account=account):
        if row["kind"] in ("PAYMENT", "RESCIND") and row["subject"] == f"statement {first:%Y-%m}":
            await task_rows.finish_task(desk.connection, row["id"], now=desk.now, actor=desk.actor, evidence=evidence)


async def _note(desk: Desk, body: Body, event: str, amount_hao: int | None = None) -> dict[str, Any]:
    """Write an event down, where the statement's state takes it."""
    account, first, at = text(body, "account"), month(body), number(body, "at", desk.now)
    desk.account(account)
    evidence, note = text(body, "evidence"), text(body, "note", "")
    if at > desk.now + 1:
        raise ValueError("that moment has not come yet")
    await check_month(desk.connection, desk.settings, account, first, desk.now)
    async with desk.connection.transaction():
        found = await _latest(desk, account, first)
        await desk.connection.execute("SELECT 1 FROM statements WHERE id = $1 FOR UPDATE", found.id)
        check_event(found, event, at)
        noted = StatementEvent(event, at, desk.now, desk.actor, evidence, amount_hao, note)
        await sent_rows.add_event(desk.connection, found.id, noted)
        if event in ("confirmed", "disputed"):
            subject = f"statement {first:%Y-%m} version {found.version}"
            key = f"CONFIRM:{account}:{subject}:{found.confirm_by}"
            await task_rows.finish_by_key(desk.connection, key, now=desk.now, actor=desk.actor, evidence=evidence)
    return await _shown(desk, account, first, max(at, found.sent_at))


async def _is_of_contract(desk: Desk, sent: Sent) -> bool:
    """Tell whether a statement is of a month of the contract: older versions sent others, with fees made up."""
    try:
        await check_month(desk.connection, desk.settings, sent.account, sent.month, desk.now)
    except NoSuchMonth:
        return False
    return True


async def _latest(desk: Desk, account: str, first: dt.date) -> Sent:
    found = await sent_rows.latest(desk.connection, account, first)
    if found is None:
        raise ValueError(f"no statement of {first:%Y-%m} was sent to {account}")
    return found


async def _shown(desk: Desk, account: str, first: dt.date, now: float) -> dict[str, Any]:
    found = await _latest(desk, account, first)
    return (await sent_statement(desk.connection, desk.settings, found, now)).as_dict()


async def _carried_into(desk: Desk, sent: Sent, now: float) -> int:
    known = await sent_rows.known(desk.connection, sent.account, sent.month)
    return carried_into(desk.profile_of(sent.account), sent, known, now)


async def confirm_silent(connection: Any, now: float) -> None:
    """Write down what silence confirmed since the last time, at the instant it did (S0-4.2(2)a)."""
    for found in await sent_rows.silent(connection, now):
        assert found.auto_confirm_at is not None
        event = StatementEvent("auto_confirmed", found.auto_confirm_at, now, SILENCE, "no answer in time")
        await sent_rows.add_event(connection, found.id, event)


OPERATIONS = {
    "statement.send": send, "statement.confirm": confirm, "statement.dispute": dispute, "statement.invoice": invoice,
    "statement.paid": paid,
}
