"""Operations of reconciliation: hold a month against the other side's file, note it, book what a re-check found."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from gateway.contracts.clauses import clause_of
from gateway.contracts.reconcile import adjustment_hao
from gateway.contracts.working_days import add_months
from gateway.documents.sent_statement import StatementEvent, state_at
from gateway.documents.task import task_on
from gateway.domain.entry import EntryKind
from gateway.domain.money import format_yuan, parse_yuan
from gateway.interfaces.control_socket import Document
from gateway.operations.booking import book_once
from gateway.operations.desk import Body, Desk, month, number, text
from gateway.store.facts import statement_rows as sent_rows
from gateway.store.facts import task_rows

DIGITS_MAX = 12  # of a count of segments


async def record(desk: Desk, body: Body) -> Document:
    """Keep a reconciliation; beyond tolerance the statement is disputed and a re-check is due.

    Body: document, as `hold_against` made it; month, evidence, at.
    """
    document = body.get("document")
    if not isinstance(document, dict) or not {"side", "name", "month", "recheck_by", "settled"} <= set(document):
        raise ValueError("document must be what a reconciliation said")
    desk.profile_of_side(*((document["name"], "") if document["side"] == "account" else ("", document["name"])))
    first, at = month(body), number(body, "at", desk.now)
    packed = orjson.dumps(document).decode()
    async with desk.connection.transaction():
        document["id"] = await desk.connection.fetchval(
            "INSERT INTO reconciliations (side, name, month, document, created_ms, actor)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            document["side"], document["name"], first, packed, int(desk.now * 1000), desk.actor,
        )
        if document["recheck_by"]:
            account = document["name"] if document["side"] == "account" else ""
            due = dt.date.fromisoformat(document["recheck_by"])
            subject = f"{document['side']} {document['name']} {document['month']}"
            duty = task_on("RECHECK", document["clause"], subject, due, account=account)
            await task_rows.put(desk.connection, duty, at)
            await _dispute(desk, document, first, at, text(body, "evidence", ""))
    return document


async def _dispute(desk: Desk, document: dict[str, Any], first: dt.date, at: float, evidence: str) -> None:
    """A statement that was sent and not answered yet is disputed by it; what is owed now is the settled amount."""
    if document["side"] != "account":
        return
    found = await sent_rows.latest(desk.connection, document["name"], first)
    if found is not None and state_at(found, at)[0] == "SENT" and at >= found.sent_at:
        event = StatementEvent("disputed", at, desk.now, desk.actor, evidence or "reconciliation",
                      parse_yuan(document["settled_amount"]), document["what"])
        await sent_rows.add_event(desk.connection, found.id, event)


async def settle(desk: Desk, body: Body) -> Document:
    """Book what a re-check found. Body: account or channel, month, truth (in the unit that was reconciled), evidence.

    The line is the truth less what was settled, for the next cycle's statement; the ledger, which holds the provider's
    figure, moves by the truth less that figure. A carrier's difference moves nothing here: it is kept as a record.
    """
    account, channel, first = text(body, "account", ""), text(body, "channel", ""), month(body)
    side, name = ("account", account) if account else ("channel", channel)
    profile = desk.profile_of_side(account, channel)
    packed = await desk.connection.fetchval(
        "SELECT document FROM reconciliations WHERE side = $1 AND name = $2 AND month = $3 ORDER BY id DESC LIMIT 1",
        side, name, first,
    )
    if packed is None:
        raise ValueError(f"no reconciliation of {first:%Y-%m} is recorded for {name}")
    found = orjson.loads(packed)
    if found["is_within"]:
        raise ValueError(f"within tolerance the provider's figure holds ({found['clause']}): nothing to book")
    is_segments = found["unit"] == "segments"
    truth = _segments(text(body, "truth")) if is_segments else parse_yuan(text(body, "truth"))
    price_hao = parse_yuan(found["unit_price"]) if is_segments else 1
    settled = found["settled"] if is_segments else parse_yuan(found["settled"])
    provider = found["provider"] if is_segments else parse_yuan(found["provider"])
    already = provider if profile.due_rule == "none" else settled  # paid beforehand: all of it is charged already
    line_hao, moved_hao = adjustment_hao(already, truth, price_hao), adjustment_hao(provider, truth, price_hao)
    into = await _next_open(desk, name, first) if account else add_months(first, 1)
    entry = None
    if account:
        entry = await book_once(
            desk, account=account, month=into, kind="recheck", entry_kind=EntryKind.CHARGE,
            clause=clause_of(profile, "pay_while_disputed"), line_hao=line_hao, moved_hao=moved_hao,
            reason=f"re-check of {first:%Y-%m}: {truth if is_segments else format_yuan(truth)}",
            evidence=text(body, "evidence"),
        )
    await _close_recheck(desk, found, text(body, "evidence"))
    return {
        "side": side, "name": name, "month": f"{first:%Y-%m}", "truth": text(body, "truth"),
        "line": format_yuan(line_hao), "statement": f"{into:%Y-%m}", "ledger": format_yuan(moved_hao),
        "entry": None if entry is None else str(entry), "clause": clause_of(profile, "pay_while_disputed"),
    }


def _segments(words: str) -> int:
    if not (words.isascii() and words.isdecimal() and len(words) <= DIGITS_MAX):
        raise ValueError(f"truth: {words[:40]!r} is no number of segments")
    return int(words)


async def _next_open(desk: Desk, account: str, first: dt.date) -> dt.date:
    """Return the next month whose statement has not been sent."""
    into = add_months(first, 1)
    while await sent_rows.latest(desk.connection, account, into) is not None:
        into = add_months(into, 1)
    return into


async def _close_recheck(desk: Desk, found: dict[str, Any], evidence: str) -> None:
    account = found["name"] if found["side"] == "account" else ""
    subject = f"{found['side']} {found['name']} {found['month']}"
    key = f"RECHECK:{account}:{subject}:{found['recheck_by']}"
    await task_rows.finish_by_key(desk.connection, key, now=desk.now, actor=desk.actor, evidence=evidence)
    if account:
        sent = await sent_rows.latest(desk.connection, account, dt.date.fromisoformat(found["month"] + "-01"))
        if sent is not None and state_at(sent, desk.now)[0] == "DISPUTED":
            event = StatementEvent("rechecked", desk.now, desk.now, desk.actor, evidence)
            await sent_rows.add_event(desk.connection, sent.id, event)


OPERATIONS = {"reconcile.record": record, "reconcile.settle": settle}
