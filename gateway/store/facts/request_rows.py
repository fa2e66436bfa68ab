"""Requests over the HTTP API in PostgreSQL: how those with a key were answered, and what was asked with messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

import asyncpg

_FIND: Final = """
SELECT k.account, k.key_digest, k.body_digest, k.at_ms, k.status, k.answer
FROM request_keys k JOIN unnest($1::text[], $2::text[]) AS w (account, key_digest)
  ON k.account = w.account AND k.key_digest = w.key_digest
"""
_PURGE: Final = "DELETE FROM request_keys WHERE at_ms < $1"
_ASKED: Final = "SELECT reference, callback, receipt_mask FROM asked_with WHERE message_id = $1"
_STORED: Final = "SELECT id FROM messages WHERE id = ANY ($1::bigint[])"
_REFUSED: Final = """
SELECT at_ms, destination, key, clause, detail FROM refusals WHERE segment_id = $1 AND account = $2
"""

Acquire = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
KeyOf = tuple[str, str]
"""An account and the digest of a key."""


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """How a request was answered: the digest of what was asked, the status of HTTP and the body."""

    body_digest: str
    at: float
    status: int
    answer: str


@dataclass(frozen=True, slots=True)
class AskedWith:
    """What else was asked with a message."""

    reference: str = ""
    callback: str = ""
    receipt_mask: int = 0


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A submission that was refused, as it is stored."""

    at: float
    destination: str
    key: str
    clause: str
    detail: str


class RequestStore(Protocol):
    """What the HTTP API asks of the store. Each call MAY raise StoreAway or the driver's error."""

    async def answered(self, keys: Sequence[KeyOf]) -> dict[KeyOf, AnsweredRequest]:
        """Return how requests with these keys were answered; those that are not stored are left out."""
        ...

    async def stored(self, ids: Sequence[int]) -> set[int]:
        """Return which of these messages are stored."""
        ...

    async def asked_with(self, message_id: int) -> AskedWith:
        """Return what else was asked with a message; all of it empty where nothing was."""
        ...

    async def refused(self, account: str, segment_id: int) -> RefusedRequest | None:
        """Return the refusal that has this id."""
        ...

    async def purge_answered(self, before: float) -> None:
        """Forget how requests before a time were answered."""
        ...


class PostgresRequests:
    """The `RequestStore` in PostgreSQL."""

    def __init__(self, acquire: Acquire) -> None:
        self._acquire = acquire

    async def answered(self, keys: Sequence[KeyOf]) -> dict[KeyOf, AnsweredRequest]:
        async with self._acquire() as connection:
            rows = await connection.fetch(_FIND, [account for account, _ in keys], [digest for _, digest in keys])
        return {
            (row["account"], row["key_digest"]): AnsweredRequest(
                row["body_digest"], row["at_ms"] / 1000, row["status"], row["answer"]
            )
            for row in rows
        }

    async def stored(self, ids: Sequence[int]) -> set[int]:
        async with self._acquire() as connection:
            return {row["id"] for row in await connection.fetch(_STORED, list(ids))}

    async def asked_with(self, message_id: int) -> AskedWith:
        async with self._acquire() as connection:
            row = await connection.fetchrow(_ASKED, message_id)
        return AskedWith() if row is None else AskedWith(*row)

    async def refused(self, account: str, segment_id: int) -> RefusedRequest | None:
        async with self._acquire() as connection:
            row = await connection.fetchrow(_REFUSED, segment_id, account)
        if row is None:
            return None
        return RefusedRequest(row["at_ms"] / 1000, row["destination"], row["key"], row["clause"], row["detail"])

    async def purge_answered(self, before: float) -> None:
        async with self._acquire() as connection:
            await connection.execute(_PURGE, int(before * 1000))
