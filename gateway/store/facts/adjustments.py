"""Adjustments: lines that a later statement shows, each with the ledger entry that moved its money, if one did."""

from __future__ import annotations

import datetime as dt
from typing import Final

import asyncpg

_ADD = """
INSERT INTO adjustments (account, month, kind, clause, amount_hao, entry_id, reason, created_ms, actor, evidence)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
"""
_FIND = "SELECT * FROM adjustments WHERE account = $1 AND kind = $2 AND reason = $3"
_LOCK: Final = 0x41646A  # "Adj", beside the hash of an account's name


async def lock(connection: asyncpg.Connection, account: str) -> None:
    """Let nobody else book adjustments of an account until `unlock`, or until this connection ends."""
    await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", _LOCK, account)


async def unlock(connection: asyncpg.Connection, account: str) -> None:
    await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK, account)


async def find(connection: asyncpg.Connection, account: str, kind: str, reason: str) -> asyncpg.Record | None:
    """Return the adjustment that was made for a reason, or None: one reason is booked once."""
    return await connection.fetchrow(_FIND, account, kind, reason)


async def add(
    connection: asyncpg.Connection, *, account: str, month: dt.date, kind: str, clause: str, amount_hao: int,
    entry_id: int | None, reason: str, now: float, actor: str, evidence: str,
) -> int:
    """Store a line for the statement of `month`; return its id."""
    number: int = await connection.fetchval(
        _ADD, account, month, kind, clause, amount_hao, entry_id, reason, int(now * 1000), actor, evidence
    )
    return number
