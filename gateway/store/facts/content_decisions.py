"""Decisions about contents in PostgreSQL: stopped contents, barred accounts, filed signatures; what is under review."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import orjson

from gateway.content.kills import Kill, KillKind
from gateway.contracts.filing import Filing, FilingState
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import published_calendar
from gateway.documents.facts import Fact, duties_of
from gateway.flows.compliance.contents import Advice, Bar, Decisions
from gateway.store.database_faults import looking_up
from gateway.store.facts import task_rows
from gateway.store.facts.signature_letters import advise, wrong_signatures
from gateway.store.reader.rebuilding import REVIEW_NOTE

# Rows of before migration 0016 have null in is_under_review, and say it by their times and a note.
_UNDER_REVIEW = f"""
SELECT m.id, m.account, m.destination, m.text, m.clauses, m.accepted_ms, m.expires_ms FROM (
    SELECT * FROM messages WHERE is_under_review
    UNION ALL
    SELECT * FROM messages
    WHERE expires_ms = not_before_ms AND is_under_review IS NULL AND E'\\n' || clauses LIKE E'%\\n{REVIEW_NOTE}%'
) m
WHERE m.expires_ms > $1 AND ($2 = '' OR m.account = $2)
  AND NOT EXISTS (SELECT FROM outcomes o WHERE o.segment_id = coalesce(m.segment_ids[1], m.id))
  AND NOT EXISTS (SELECT FROM amendments a WHERE a.message_id = m.id AND a.what = 'approved')
ORDER BY m.id LIMIT $3
"""
_FILE = """
INSERT INTO filings (account, signature, kind, state, papers, note, at_ms, actor, added_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)
ON CONFLICT (account, signature) DO UPDATE SET kind = excluded.kind, state = excluded.state, papers = excluded.papers,
    note = excluded.note, at_ms = excluded.at_ms, actor = excluded.actor
"""


async def read_decisions(connection: asyncpg.Connection) -> Decisions:
    """Return everything in force."""
    kills = await connection.fetch("SELECT * FROM kills WHERE removed_ms IS NULL ORDER BY id")
    bars = await connection.fetch("SELECT * FROM bars WHERE lifted_ms IS NULL")
    filings = await connection.fetch("SELECT * FROM filings ORDER BY account, signature")
    return Decisions(
        {row["id"]: kill_of(row) for row in kills},
        {row["account"]: Bar(row["account"], row["at_ms"] / 1000, row["clause"], row["reason"]) for row in bars},
        {(row["account"], row["signature"]): filing_of(row) for row in filings},
    )


def kill_of(row: asyncpg.Record) -> Kill:
    return Kill(
        row["id"], KillKind(row["kind"]), row["value"], row["account"], row["reason"], row["actor"], row["at_ms"] / 1000
    )


def filing_of(row: asyncpg.Record) -> Filing:
    return Filing(
        row["account"], row["signature"], row["kind"], FilingState(row["state"]),
        tuple(orjson.loads(row["papers"]).items()), row["at_ms"] / 1000, row["actor"], row["note"],
    )


async def add_kill(connection: asyncpg.Connection, kill: Kill, profile: Profile | None) -> Kill:
    """Store a stopped content, and with it the duty to report it (S1-5(6)); return it with its number."""
    async with connection.transaction():
        number = await connection.fetchval(
            "INSERT INTO kills (kind, value, account, reason, at_ms, actor) VALUES ($1, $2, $3, $4, $5, $6)"
            " RETURNING id",
            kill.kind.value, kill.value.replace("\0", ""), kill.account, kill.reason, int(kill.at * 1000), kill.by,
        )
        if profile is not None:
            fact = Fact("stopped_content", kill.at, f"stopped content {number}", kill.account, details=kill.reason)
            await task_rows.put_all(connection, duties_of(profile, fact, published_calendar()), kill.at)
    return Kill(number, kill.kind, kill.value, kill.account, kill.reason, kill.by, kill.at)


async def report_kill(connection: asyncpg.Connection, number: int, report: dict[str, Any]) -> None:
    """Keep what ended when a content was stopped."""
    await connection.execute("UPDATE kills SET report = $2 WHERE id = $1", number, orjson.dumps(report).decode())


async def remove_kill(connection: asyncpg.Connection, number: int, *, actor: str, now: float) -> bool:
    """Let a content be sent again; False where it was not stopped."""
    status = await connection.execute(
        "UPDATE kills SET removed_ms = $2, removed_by = $3 WHERE id = $1 AND removed_ms IS NULL",
        number, int(now * 1000), actor,
    )
    return bool(status == "UPDATE 1")


async def list_kills(connection: asyncpg.Connection, *, with_removed: bool, limit: int = 1000) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "SELECT * FROM kills WHERE $1 OR removed_ms IS NULL ORDER BY id DESC LIMIT $2", with_removed, limit
    )
    return [dict(row) for row in rows]


async def add_bar(connection: asyncpg.Connection, bar: Bar, profile: Profile | None) -> None:
    """Store a bar, and with it the duties that the contract makes of a violation (S0-7.8)."""
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO bars (account, clause, reason, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            bar.account, bar.clause, bar.reason, int(bar.at * 1000),
        )
        if profile is not None:
            fact = Fact("violation", bar.at, bar.reason, bar.account)
            await task_rows.put_all(connection, duties_of(profile, fact, published_calendar()), bar.at)


async def lift_bar(connection: asyncpg.Connection, account: str, *, actor: str, note: str, now: float) -> bool:
    """Lift the bar of an account; False where there was none."""
    status = await connection.execute(
        "UPDATE bars SET lifted_ms = $2, lifted_by = $3, note = $4 WHERE account = $1 AND lifted_ms IS NULL",
        account, int(now * 1000), actor, note,
    )
    return bool(status == "UPDATE 1")


async def list_bars(connection: asyncpg.Connection, *, with_lifted: bool, limit: int = 1000) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "SELECT * FROM bars WHERE $1 OR lifted_ms IS NULL ORDER BY id DESC LIMIT $2", with_lifted, limit
    )
    return [dict(row) for row in rows]


async def put_filing(connection: asyncpg.Connection, filing: Filing) -> None:
    """Store a signature's state and papers, over what they were."""
    await connection.execute(
        _FILE, filing.account, filing.signature, filing.kind, filing.state.value,
        orjson.dumps(dict(filing.papers)).decode(), filing.note, int(filing.at * 1000), filing.by,
    )


async def new_filings(connection: asyncpg.Connection, account: str, since: float) -> int:
    """Return how many signatures of an account are new since then (S0-7.3)."""
    return int(
        await connection.fetchval(
            "SELECT count(*) FROM filings WHERE account = $1 AND added_ms >= $2", account, int(since * 1000)
        )
    )


async def list_under_review(
    connection: asyncpg.Connection, account: str, *, now: float, limit: int = 200
) -> list[dict[str, Any]]:
    """Return messages that wait for an operator's word, oldest first; `account` empty: of all."""
    return [dict(row) for row in await connection.fetch(_UNDER_REVIEW, int(now * 1000), account, limit)]


class PostgresContents:
    """What the flows ask, over a pool; `acquire` lends a connection."""

    def __init__(self, acquire: Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]) -> None:
        self._acquire = acquire

    async def decisions(self) -> Decisions:
        with looking_up():
            async with self._acquire() as connection:
                return await read_decisions(connection)

    async def add_kill(self, kill: Kill, tasks_of: Profile | None) -> Kill:
        with looking_up():
            async with self._acquire() as connection:
                return await add_kill(connection, kill, tasks_of)

    async def add_bar(self, bar: Bar, tasks_of: Profile | None) -> None:
        with looking_up():
            async with self._acquire() as connection:
                await add_bar(connection, bar, tasks_of)

    async def advise(self, advice: Advice, profile: Profile) -> None:
        with looking_up():
            async with self._acquire() as connection:
                await advise(connection, advice, profile)

    async def wrong_signatures(self, since: float) -> dict[str, int]:
        with looking_up():
            async with self._acquire() as connection:
                return await wrong_signatures(connection, since)
