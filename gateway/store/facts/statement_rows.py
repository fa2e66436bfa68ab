"""Statements that were sent, and their events: rows that are only added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import asyncpg

from gateway.documents.sent_statement import Sent, StatementEvent

LISTED_MAX = 1000
SILENCE = "silence"  # who confirmed
_ADD = """
INSERT INTO statements (account, month, version, profile, document, digest, total_hao, sent_ms, sent_by, evidence,
                        confirm_by, auto_confirm_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id
"""
_EVENT = """
INSERT INTO statement_events (statement_id, event, at_ms, noted_ms, actor, evidence, amount_hao, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_LATEST = "SELECT * FROM statements WHERE account = $1 AND month = $2 ORDER BY version DESC LIMIT 1"
_KNOWN = "SELECT * FROM statements WHERE account = $1 AND month <= $2 ORDER BY month, version"
_NEWEST = "SELECT * FROM statements WHERE $1 = '' OR account = $1 ORDER BY month DESC, account, version DESC LIMIT $2"
_OF_MONTH = """
SELECT DISTINCT ON (account) * FROM statements WHERE month = $1 AND account = ANY ($2::text[])
ORDER BY account, version DESC
"""
_EVENTS = "SELECT * FROM statement_events WHERE statement_id = ANY ($1::bigint[]) ORDER BY at_ms, id"
_SILENT = """
SELECT s.* FROM statements s
WHERE s.auto_confirm_ms <= $1
  AND NOT EXISTS (SELECT FROM statement_events e WHERE e.statement_id = s.id
                  AND e.event IN ('confirmed', 'disputed', 'auto_confirmed', 'superseded'))
ORDER BY s.id LIMIT $2
"""
_NOT_SENT = """
SELECT a.account, a.opened_ms FROM account_states a
WHERE a.opened_ms < $1
  AND NOT EXISTS (SELECT FROM statements s WHERE s.account = a.account AND s.month = $2)
"""
_UNPAID = """
SELECT s.* FROM (
    SELECT DISTINCT ON (account, month) * FROM statements WHERE account = ANY ($1::text[])
    ORDER BY account, month, version DESC
) s
WHERE coalesce((SELECT sum(coalesce(e.amount_hao, s.total_hao)) FROM statement_events e
                WHERE e.statement_id = s.id AND e.event = 'paid'), 0)
    < greatest(s.total_hao, (SELECT max(e.amount_hao) FROM statement_events e
                             WHERE e.statement_id = s.id AND e.event IN ('invoiced', 'disputed')))
ORDER BY s.month, s.account
"""


async def add(connection: asyncpg.Connection, sent: Sent) -> int:
    """Store a statement as it goes out; return its id. Raises UniqueViolationError for a version that is there."""
    number: int = await connection.fetchval(
        _ADD, sent.account, sent.month, sent.version, sent.profile, sent.document, sent.digest, sent.total_hao,
        int(sent.sent_at * 1000), sent.sent_by, sent.evidence, sent.confirm_by,
        None if sent.auto_confirm_at is None else int(sent.auto_confirm_at * 1000),
    )
    return number


async def add_event(connection: asyncpg.Connection, statement_id: int, event: StatementEvent) -> None:
    await connection.execute(
        _EVENT, statement_id, event.event, int(event.at * 1000), int(event.noted_at * 1000), event.actor,
        event.evidence, event.amount_hao, event.note,
    )


async def latest(connection: asyncpg.Connection, account: str, month: dt.date) -> Sent | None:
    """Return the newest version of a month's statement with its events."""
    row = await connection.fetchrow(_LATEST, account, month)
    return None if row is None else (await _with_events(connection, [row]))[0]


async def find(connection: asyncpg.Connection, number: int) -> Sent | None:
    """Return one statement with its events."""
    row = await connection.fetchrow("SELECT * FROM statements WHERE id = $1", number)
    return None if row is None else (await _with_events(connection, [row]))[0]


async def known(connection: asyncpg.Connection, account: str, month: dt.date) -> list[Sent]:
    """Return all versions of an account's statements up to a month, in their order."""
    return await _with_events(connection, await connection.fetch(_KNOWN, account, month))


async def newest(connection: asyncpg.Connection, account: str = "", limit: int = LISTED_MAX) -> list[Sent]:
    """Return the statements that were sent, the newest month first."""
    return await _with_events(connection, await connection.fetch(_NEWEST, account, limit))


async def of_month(connection: asyncpg.Connection, month: dt.date, accounts: Sequence[str]) -> dict[str, Sent]:
    """Return by account the newest version of a month's statements."""
    rows = await connection.fetch(_OF_MONTH, month, list(accounts))
    return {each.account: each for each in await _with_events(connection, rows)}


async def unpaid(connection: asyncpg.Connection, accounts: Sequence[str]) -> list[Sent]:
    """Return the newest versions of these accounts' statements that may not be paid whole, the oldest month first."""
    return await _with_events(connection, await connection.fetch(_UNPAID, list(accounts)))


async def not_sent(connection: asyncpg.Connection, month: dt.date, *, opened_before: float) -> dict[str, float]:
    """Return when each account was opened that was there before an instant and was sent no statement of a month."""
    rows = await connection.fetch(_NOT_SENT, int(opened_before * 1000), month)
    return {row["account"]: row["opened_ms"] / 1000 for row in rows}


async def silent(connection: asyncpg.Connection, now: float) -> list[Sent]:
    """Return those whose term has ended without any answer and for which that is not written down yet."""
    return await _with_events(connection, await connection.fetch(_SILENT, int(now * 1000), LISTED_MAX))


async def _with_events(connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> list[Sent]:
    found: dict[int, list[StatementEvent]] = {row["id"]: [] for row in rows}
    for row in await connection.fetch(_EVENTS, list(found)) if found else ():
        found[row["statement_id"]].append(
            StatementEvent(row["event"], row["at_ms"] / 1000, row["noted_ms"] / 1000, row["actor"], row["evidence"],
                  row["amount_hao"], row["note"])
        )
    return [
        Sent(
            row["id"], row["account"], row["month"], row["version"], row["profile"], row["document"], row["digest"],
            row["total_hao"], row["sent_ms"] / 1000, row["sent_by"], row["evidence"], row["confirm_by"],
            None if row["auto_confirm_ms"] is None else row["auto_confirm_ms"] / 1000, tuple(found[row["id"]]),
        )
        for row in rows
    ]


async def lock(connection: asyncpg.Connection, statement_id: int) -> None:
    """Let nobody else add an event to a statement until the caller's transaction ends."""
    await connection.execute("SELECT 1 FROM statements WHERE id = $1 FOR UPDATE", statement_id)


async def confirm_silent(connection: asyncpg.Connection, now: float) -> None:
    """Write down what silence confirmed since the last time, at the instant it did (S0-4.2(2)a)."""
    for found in await silent(connection, now):
        assert found.auto_confirm_at is not None
        event = StatementEvent("auto_confirmed", found.auto_confirm_at, now, SILENCE, "no answer in time")
        await add_event(connection, found.id, event)
