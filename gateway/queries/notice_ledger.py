"""The ledger of notices that this program plans: who is told what by which means, how far it is, and the proof."""

from __future__ import annotations

from typing import Any

import asyncpg

from gateway.documents.notice import Means
from gateway.domain.china_time import moment_text
from gateway.domain.mail_address import masked_address
from gateway.notices.notice_letters import Extras, letter_text, unpacked
from gateway.queries.query import NotKnown, QueryDocument
from gateway.store.facts import notice_rows
from gateway.telemetry.mask import mask_number


class LedgerSending(QueryDocument):
    """A sending; `recipient` is masked. `proof` is the relay's answer, the receipt, or what a person wrote."""

    sending: int
    notice: int
    account: str
    kind: str
    subject: str
    clause: str
    means: str
    effect: str
    recipient: str
    state: str
    attempts: int
    planned_at: str
    ended_at: str | None
    message_id: str
    proof: str


class LedgerAttempt(QueryDocument):
    """One attempt, or what became of it later."""

    at: str
    outcome: str
    answer: str


class WholeSending(LedgerSending):
    """A sending with everything that was tried, and the letter as it is written but for its link."""

    actor: str
    language: str
    title: str
    letter: str
    tried: list[LedgerAttempt]


async def list_sendings(
    connection: asyncpg.Connection, *, account: str = "", state: str = "", before: int = (1 << 63) - 1, limit: int = 100
) -> list[LedgerSending]:
    """Return sendings of an account (empty: of all) in a state (empty: in any), the newest first.

    `before` is the number of a sending: those below it follow (a page ends with it).
    """
    rows = await notice_rows.newest(connection, account=account, state=state, before=before, limit=limit)
    return [LedgerSending(**_shown(row)) for row in rows]


async def show_sending(connection: asyncpg.Connection, number: int) -> WholeSending:
    """Return one sending; raises NotKnown."""
    rows = await notice_rows.newest(connection, before=number + 1, limit=1)
    if not rows or rows[0]["id"] != number:
        raise NotKnown(f"there is no sending {number}")
    row = rows[0]
    letter = unpacked(row["letter"])
    tried = [
        LedgerAttempt(at=moment_text(each.at), outcome=each.outcome, answer=each.answer)
        for each in await notice_rows.attempts_of(connection, number)
    ]
    text = letter.message if row["means"] == Means.MESSAGE else letter_text(letter, Extras())
    return WholeSending(
        **_shown(row), actor=row["actor"], language=row["language"], title=letter.subject, letter=text, tried=tried
    )


def _shown(row: Any) -> dict[str, Any]:
    recipient = row["recipient"]
    masked = masked_address(recipient) if "@" in recipient else mask_number(recipient) if recipient else ""
    return {
        "sending": row["id"], "notice": row["notice"], "account": row["account"], "kind": row["kind"],
        "subject": row["subject"], "clause": row["clause"], "means": row["means"], "effect": row["effect"],
        "recipient": masked, "state": row["state"], "attempts": row["attempts"],
        "planned_at": moment_text(row["planned_ms"] / 1000),
        "ended_at": None if row["ended_ms"] is None else moment_text(row["ended_ms"] / 1000),
        "message_id": row["message_id"], "proof": row["proof"],
    }
