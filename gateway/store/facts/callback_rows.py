"""Endpoints of callbacks in PostgreSQL, their secrets sealed; and what was asked for with messages over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import asyncpg

from gateway.domain.audit_entry import AuditEntry
from gateway.domain.callback_endpoint import CallState, Endpoint, Particulars, row_of
from gateway.domain.ids import first_id_at
from gateway.domain.secret_box import SecretBox, SecretUnreadable
from gateway.store.database_faults import looking_up
from gateway.store.facts.audit_rows import record

OWN_URLS_DAYS: Final = 31  # no receipt is owed to a message that is older
_ADD = """
INSERT INTO callbacks (account, url, kinds, batch_max, state, why, since_ms, created_ms, secret)
VALUES ($1, $2, $3, $4, 'ready', '', $5, $5, '') RETURNING id
"""
_SEAL = "UPDATE callbacks SET secret = $2 WHERE id = $1"
_ROTATE = "UPDATE callbacks SET old_secret = $3, old_until_ms = $4, secret = $2 WHERE id = $1"
_LIST = "SELECT * FROM callbacks WHERE $1 = '' OR account = $1 ORDER BY id"
_LOCK = "SELECT * FROM callbacks WHERE id = $1 FOR UPDATE"
_STATE = "UPDATE callbacks SET state = $2, why = $3, since_ms = $4 WHERE id = $1"
_DISABLE = "UPDATE callbacks SET state = 'disabled', why = $2, since_ms = $3 WHERE id = $1 AND state = 'ready'"
_DISABLED = """
SELECT id, account, url, since_ms FROM callbacks WHERE state = 'disabled' AND since_ms >= $1 ORDER BY since_ms LIMIT $2
"""
_DELETE = "DELETE FROM callbacks WHERE id = $1"
_ASKED = "SELECT message_id, reference, callback, receipt_mask FROM asked_with WHERE message_id = ANY($1::bigint[])"
_OWN_URLS = """
SELECT name FROM unnest($1::text[]) AS n (name)
WHERE EXISTS (SELECT FROM asked_with a WHERE a.account = n.name AND a.message_id >= $2 AND a.callback <> '')
"""
UNREADABLE: Final = "its secret does not open: replace it by a new one"

Acquire = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


async def add(connection: asyncpg.Connection, endpoint: Endpoint, box: SecretBox) -> int:
    """Store a new endpoint; return its id, for which its secret is sealed."""
    id_: int = await connection.fetchval(
        _ADD, endpoint.account, endpoint.url, list(endpoint.kinds), endpoint.batch_max,
        int(endpoint.created_at * 1000),
    )
    await connection.execute(_SEAL, id_, box.seal(endpoint.secret, row_of(id_)))
    return id_


async def rotate(
    connection: asyncpg.Connection, endpoint: Endpoint, secret: str, old_until: float, box: SecretBox
) -> None:
    """Let a new secret sign, and the one before beside it until then (unix seconds)."""
    old = box.seal(endpoint.secret, row_of(endpoint.id)) if endpoint.secret else None
    await connection.execute(
        _ROTATE, endpoint.id, box.seal(secret, row_of(endpoint.id)), old, int(old_until * 1000)
    )


async def lock_account(connection: asyncpg.Connection, account: str) -> None:
    """Let one make an endpoint of an account at a time, until the end of the caller's transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"callbacks:{account}")


async def read(connection: asyncpg.Connection, account: str, box: SecretBox) -> list[Endpoint]:
    """Return the endpoints of an account, "" for all, oldest first."""
    return [endpoint_of(row, box) for row in await connection.fetch(_LIST, account)]


async def lock(connection: asyncpg.Connection, id_: int, box: SecretBox) -> Endpoint | None:
    """Return an endpoint that nobody else changes until the end of the caller's transaction."""
    row = await connection.fetchrow(_LOCK, id_)
    return None if row is None else endpoint_of(row, box)


async def set_state(connection: asyncpg.Connection, id_: int, state: CallState, now: float) -> None:
    """Change whether an endpoint is called, by command."""
    await connection.execute(_STATE, id_, state.value, "", int(now * 1000))


async def delete(connection: asyncpg.Connection, id_: int) -> None:
    """Forget an endpoint; the audit has what it was."""
    await connection.execute(_DELETE, id_)


async def disabled_since(connection: asyncpg.Connection, since: float, limit: int) -> list[asyncpg.Record]:
    """Return id, account, url and since_ms of endpoints that were disabled since then (unix seconds), oldest first."""
    return list(await connection.fetch(_DISABLED, int(since * 1000), limit))


def endpoint_of(row: Any, box: SecretBox) -> Endpoint:
    """Return the endpoint of a row. One whose secret does not open is disabled: nothing could sign its calls."""
    state, why, secret, old = CallState(row["state"]), row["why"], "", ""
    try:
        secret = box.open(row["secret"], row_of(row["id"]))
        old = box.open(row["old_secret"], row_of(row["id"])) if row["old_secret"] is not None else ""
    except SecretUnreadable:
        state, why = (state, why) if secret else (CallState.DISABLED, UNREADABLE)
    return Endpoint(
        row["id"], row["account"], row["url"], tuple(row["kinds"]), state, row["since_ms"] / 1000,
        row["created_ms"] / 1000, row["batch_max"], secret, old, (row["old_until_ms"] or 0) / 1000, why,
    )


def particulars_of(reference: str, callback: str, receipt_mask: int) -> Particulars:
    """Return what was asked for with a message, of its row in asked_with."""
    if not callback:
        return Particulars(reference)
    if receipt_mask:
        return Particulars(reference, report_url=callback, receipt_mask=receipt_mask)
    if callback.isdecimal():
        return Particulars(reference, callback_id=int(callback))
    return Particulars(reference, callback_url=callback)


class PostgresCallbacks:
    """What a node reads and keeps of callbacks."""

    def __init__(self, acquire: Acquire, box: SecretBox, clock: Callable[[], float]) -> None:
        self._acquire = acquire
        self._box = box
        self._clock = clock

    async def endpoints(self, account: str = "") -> Sequence[Endpoint]:
        """Return the endpoints of an account, "" for all, with their secrets."""
        with looking_up():
            async with self._acquire() as connection:
                return await read(connection, account, self._box)

    async def with_own_urls(self, accounts: Collection[str]) -> Sequence[str]:
        """Return of these accounts the ones that named where to call with a message of the last weeks."""
        since = first_id_at(self._clock() - OWN_URLS_DAYS * 86_400)
        with looking_up():
            async with self._acquire() as connection:
                return [row["name"] for row in await connection.fetch(_OWN_URLS, list(accounts), since)]

    async def particulars(self, message_ids: Sequence[int]) -> Mapping[int, Particulars]:
        """Return what was asked for with these messages, of those with which anything was."""
        with looking_up():
            async with self._acquire() as connection:
                rows = await connection.fetch(_ASKED, list(message_ids))
        return {
            row["message_id"]: particulars_of(row["reference"], row["callback"], row["receipt_mask"]) for row in rows
        }

    async def disabled(self, endpoint: Endpoint, why: str) -> None:
        """Keep that an endpoint said that it is gone, with its line of the audit."""
        now = self._clock()
        act = AuditEntry(
            "callbacks disabled", str(endpoint.id), "gateway", "", reason=why, detail=f"account {endpoint.account}"
        )
        with looking_up():
            async with self._acquire() as connection, connection.transaction():
                await connection.execute(_DISABLE, endpoint.id, why, int(now * 1000))
                await record(connection, act, now)
