"""Reconciliations that were kept: rows that are only added; the newest of a month counts."""

from __future__ import annotations

import datetime as dt

import asyncpg

_ADD = """
INSERT INTO reconciliations (side, name, month, document, created_ms, actor)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
"""
_NEWEST = """
SELECT document FROM reconciliations WHERE side = $1 AND name = $2 AND month = $3 ORDER BY id DESC LIMIT 1
"""
_LISTED = """
SELECT id, side, name, month, document, created_ms, actor FROM reconciliations
WHERE $1::bigint IS NULL OR id = $1 ORDER BY id DESC LIMIT $2
"""
LISTED_MAX = 200


async def add(
    connection: asyncpg.Connection, *, side: str, name: str, month: dt.date, document: str, now: float, actor: str
) -> int:
    """Keep a reconciliation of an account or a channel; `document` is its JSON. Return its number."""
    number: int = await connection.fetchval(_ADD, side, name, month, document, int(now * 1000), actor)
    return number


async def newest(connection: asyncpg.Connection, side: str, name: str, month: dt.date) -> str | None:
    """Return the JSON of the newest reconciliation of a month, None where there is none."""
    found: str | None = await connection.fetchval(_NEWEST, side, name, month)
    return found


async def listed(connection: asyncpg.Connection, id_: int | None = None) -> list[asyncpg.Record]:
    """Return the reconciliations that were kept, the newest first; or the one with a number."""
    return list(await connection.fetch(_LISTED, id_, LISTED_MAX))
