"""Services that clients ended: asked once, ended once; and what of an account has not left yet."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

LISTED_MAX = 1000
_ADD = """
INSERT INTO terminations (account, asked_ms, ends_ms, clause, actor, evidence, noted_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account) WHERE ended_ms IS NULL DO NOTHING RETURNING id
"""
_DUE = "SELECT * FROM terminations WHERE ended_ms IS NULL AND ends_ms <= $1 ORDER BY ends_ms"
_END = "UPDATE terminations SET ended_ms = $2, dropped = $3, released_hao = $4 WHERE id = $1"
_WAITING = """
SELECT m.id FROM messages m
WHERE m.account = $1 AND m.id > $2 AND m.link IS NULL
  AND NOT EXISTS (SELECT FROM claims c WHERE c.message_id = m.id)
  AND NOT EXISTS (SELECT FROM outcomes o WHERE o.segment_id = m.id)
ORDER BY m.id LIMIT $3
"""
_RETURNED = "SELECT coalesce(sum(returned_hao), 0)::bigint FROM entries WHERE id = ANY ($1::bigint[]) AND phase = 1"


async def add(
    connection: asyncpg.Connection, account: str, *, asked_at: float, ends_at: float, clause: str, actor: str,
    evidence: str, now: float,
) -> int | None:
    """Note a client's wish to end; None when one is open already."""
    number: int | None = await connection.fetchval(
        _ADD, account, int(asked_at * 1000), int(ends_at * 1000), clause, actor, evidence, int(now * 1000)
    )
    return number


async def due(connection: asyncpg.Connection, now: float) -> list[asyncpg.Record]:
    """Return the services whose end has come and that have not been ended."""
    return list(await connection.fetch(_DUE, int(now * 1000)))


async def end(connection: asyncpg.Connection, id_: int, *, now: float, dropped: int, released_hao: int) -> None:
    await connection.execute(_END, id_, int(now * 1000), dropped, released_hao)


async def waiting_ids(connection: asyncpg.Connection, account: str, after_id: int, limit: int) -> list[int]:
    """Return ids of an account's messages that no link was ever claimed for, oldest first."""
    return [row["id"] for row in await connection.fetch(_WAITING, account, after_id, limit, timeout=None)]


async def returned_hao(connection: asyncpg.Connection, ids: Sequence[int]) -> int:
    """Return what the resolutions of these messages gave back."""
    found: int = await connection.fetchval(_RETURNED, list(ids))
    return found


async def newest(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Return the wishes to end a service, the newest first."""
    return list(await connection.fetch("SELECT * FROM terminations ORDER BY id DESC LIMIT $1", LISTED_MAX))
