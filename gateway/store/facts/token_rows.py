"""Tokens of the HTTP API in PostgreSQL: made, listed, revoked, replaced; and those that a node starts with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import asyncpg

from gateway.domain.api_token import ApiToken, Scope

LIVE_MAX: Final = 50  # tokens of one account at a time
LISTED_MAX: Final = 1_000
_ADD = """
INSERT INTO api_tokens (account, digest, scopes, ending, note, created_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *
"""
_LIVE = "SELECT * FROM api_tokens WHERE revoked_ms IS NULL AND expires_ms > $1 ORDER BY id"
_COUNT = "SELECT count(*) FROM api_tokens WHERE account = $1 AND revoked_ms IS NULL AND expires_ms > $2"
_LIST = "SELECT * FROM api_tokens WHERE $1 = '' OR account = $1 ORDER BY id DESC LIMIT $2"
_LOCK = "SELECT * FROM api_tokens WHERE id = $1 FOR UPDATE"
_REVOKE = "UPDATE api_tokens SET revoked_ms = $2 WHERE id = $1 RETURNING *"
_REPLACE = "UPDATE api_tokens SET expires_ms = least(expires_ms, $2), replaced_by = $3 WHERE id = $1 RETURNING *"

Acquire = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


async def add(connection: asyncpg.Connection, token: ApiToken) -> ApiToken:
    """Store a new token; return it with its id."""
    row = await connection.fetchrow(
        _ADD, token.account, token.digest, sorted(token.scopes), token.ending, token.note,
        int(token.created_at * 1000), int(token.expires_at * 1000),
    )
    return token_of(row)


async def count_live(connection: asyncpg.Connection, account: str, now: float) -> int:
    """Return how many tokens of an account may be used now."""
    found: int = await connection.fetchval(_COUNT, account, int(now * 1000))
    return found


async def newest(connection: asyncpg.Connection, account: str = "") -> list[ApiToken]:
    """Return the tokens of an account, or of all, the newest first."""
    return [token_of(row) for row in await connection.fetch(_LIST, account, LISTED_MAX)]


async def lock(connection: asyncpg.Connection, id_: int) -> ApiToken | None:
    """Return a token, which nobody else changes until the end of the caller's transaction."""
    row = await connection.fetchrow(_LOCK, id_)
    return None if row is None else token_of(row)


async def revoke(connection: asyncpg.Connection, id_: int, now: float) -> ApiToken:
    """End a token at once."""
    return token_of(await connection.fetchrow(_REVOKE, id_, int(now * 1000)))


async def replace(connection: asyncpg.Connection, id_: int, ends_at: float, by: int) -> ApiToken:
    """Let a token end when its overlap with the one in its place is over, if it did not end before."""
    return token_of(await connection.fetchrow(_REPLACE, id_, int(ends_at * 1000), by))


def token_of(row: Any) -> ApiToken:
    """Return the token of a row."""
    revoked_ms = row["revoked_ms"]
    return ApiToken(
        row["id"], row["account"], bytes(row["digest"]), frozenset(map(Scope, row["scopes"])), row["ending"],
        row["note"], row["created_ms"] / 1000, row["expires_ms"] / 1000,
        None if revoked_ms is None else revoked_ms / 1000,
    )


class PostgresTokens:
    """What a node reads at its start."""

    def __init__(self, acquire: Acquire) -> None:
        self._acquire = acquire

    async def live(self, now: float) -> list[ApiToken]:
        """Return every token that may be used now."""
        async with self._acquire() as connection:
            return [token_of(row) for row in await connection.fetch(_LIVE, int(now * 1000))]
