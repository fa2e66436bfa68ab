"""Notices that were written down; a restart and the tasks go by those of non-renewal."""

from __future__ import annotations

import datetime as dt

import asyncpg

LISTED_MAX = 1000
_NONRENEWALS = """
SELECT account, array_agg(served_on ORDER BY served_on) AS days FROM notices WHERE kind = 'nonrenewal' GROUP BY account
"""
_ADD = """
INSERT INTO notices (account, kind, clause, means, sent_on, served_on, reference, details, created_ms, actor,
                     sending)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
"""
_NEWEST = """
SELECT id, account, kind, means, sent_on, served_on, clause, reference, details, actor FROM notices
WHERE $1 = '' OR account = $1 ORDER BY id DESC LIMIT $2
"""


async def nonrenewals(connection: asyncpg.Connection | asyncpg.Pool) -> dict[str, tuple[dt.date, ...]]:
    """Return by account the days on which notices of non-renewal counted as delivered."""
    return {row["account"]: tuple(row["days"]) for row in await connection.fetch(_NONRENEWALS)}


async def add(
    connection: asyncpg.Connection, *, account: str, kind: str, clause: str, means: str, sent_on: dt.date,
    served_on: dt.date, reference: str, details: str, actor: str, now: float, sending: int | None = None,
) -> int:
    """Write a notice down, and of which sending it is where we sent it; return its number."""
    number: int = await connection.fetchval(
        _ADD, account, kind, clause, means, sent_on, served_on, reference, details, int(now * 1000), actor,
        sending,
    )
    return number


async def newest(connection: asyncpg.Connection, account: str = "") -> list[asyncpg.Record]:
    """Return the notices of an account (empty: of all), the newest first."""
    return list(await connection.fetch(_NEWEST, account, LISTED_MAX))
