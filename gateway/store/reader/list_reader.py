"""Number lists out of the store: whole, for memory, as a stream of binary COPY that numpy reads; single, for people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import asyncpg
import numpy as np

from gateway.domain.list_entry import ListKind, code_scope
from gateway.domain.numbers import Keys, NumberSet

Name = tuple[ListKind, str]
Row = Mapping[str, Any]

_HEAD: Final = 19  # signature, flags, length of the extension, which is 0
_ROW: Final = np.dtype([("fields", ">i2"), ("a", ">i4"), ("list", ">i4"), ("b", ">i4"), ("number", ">i8")])
_PAGE_OCTETS: Final = 8 << 20
_EXPORT_PAGE: Final = 5_000

_NAMES = "SELECT kind, scope FROM list_facts GROUP BY kind, scope"
_ADDED = """
SELECT l.list, f.number FROM list_facts f
JOIN unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS names (kind, scope, place) USING (kind, scope),
LATERAL (SELECT names.place::integer - 1 AS list) l WHERE f.is_added
"""
# Where the newest of several facts takes the number off.
_GONE = """
SELECT l.list, n.number FROM (
    SELECT DISTINCT ON (f.kind, f.scope, f.number) f.kind, f.scope, f.number, f.is_added FROM list_facts f
    WHERE (f.kind, f.scope, f.number) IN (SELECT kind, scope, number FROM list_facts WHERE NOT is_added)
    ORDER BY f.kind, f.scope, f.number, f.seq DESC
) n JOIN unnest($1::smallint[], $2::text[]) WITH ORDINALITY AS names (kind, scope, place) USING (kind, scope),
LATERAL (SELECT names.place::integer - 1 AS list) l WHERE NOT n.is_added
"""
_SUBSCRIBERS = """
SELECT number FROM (
    SELECT DISTINCT ON (number) number, is_added FROM list_facts
    WHERE kind = $1 AND scope = $2 AND version = 0 AND at_ms >= $3 ORDER BY number, seq DESC
) newest WHERE is_added
"""
_ENTRIES = """
SELECT DISTINCT ON (f.scope, f.number) f.scope, f.number, f.is_added, f.at_ms, f.evidence_type, f.evidence_ms,
       f.evidence_ref, f.version, v.uploader, v.source
FROM list_facts f LEFT JOIN list_versions v USING (version)
WHERE f.kind = $1 AND ($2::text IS NULL OR f.scope = $2) ORDER BY f.scope, f.number, f.seq DESC
"""
_HISTORY = """
SELECT f.kind, f.scope, f.number, f.is_added, f.at_ms, f.evidence_type, f.evidence_ms, f.evidence_ref, f.version,
       v.uploader, v.source
FROM list_facts f LEFT JOIN list_versions v USING (version) WHERE f.number = $1 ORDER BY f.seq LIMIT 1000
"""
_CONSENT = """
SELECT DISTINCT ON (scope) scope, is_added, evidence_type FROM list_facts
WHERE number = $1 AND kind = $2 AND scope = ANY ($3::text[]) ORDER BY scope, seq DESC
"""
_VERSIONS = """
SELECT * FROM list_versions WHERE ($1 = '' OR list = $1) ORDER BY version DESC LIMIT $2
"""


async def read_sets(connection: asyncpg.Connection, names: Sequence[Name] | None = None) -> dict[Name, NumberSet]:
    """Return the named lists, or all of them, as of one moment. Sets are built in a thread."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        if names is None:
            names = [(ListKind(row["kind"]), row["scope"]) for row in await connection.fetch(_NAMES)]
        added = await _keys(connection, _ADDED, names)
        gone = await _keys(connection, _GONE, names)
    return {
        name: await asyncio.to_thread(_built, added.pop(place, ()), gone.pop(place, ()))
        for place, name in enumerate(names)
    }


def _built(added: Sequence[Keys], gone: Sequence[Keys]) -> NumberSet:
    keys = np.concatenate(added) if added else np.empty(0, dtype=np.int64)
    if gone:
        keys = np.setdiff1d(keys, np.concatenate(gone))
    return NumberSet(keys)


async def _keys(connection: asyncpg.Connection, query: str, names: Sequence[Name]) -> dict[int, list[Keys]]:
    """Return by place in `names` the numbers that a query gives with it."""
    found: dict[int, list[Keys]] = {}
    buffer, is_headless = bytearray(), False

    async def take(octets: bytes) -> None:
        nonlocal is_headless
        buffer.extend(octets)
        if not is_headless and len(buffer) >= _HEAD:
            del buffer[:_HEAD]
            is_headless = True
        if len(buffer) > _PAGE_OCTETS:
            await asyncio.to_thread(_split, buffer, found)

    kinds, scopes = [int(kind) for kind, _ in names], [scope for _, scope in names]
    await connection.copy_from_query(query, kinds, scopes, output=take, format="binary")
    await asyncio.to_thread(_split, buffer, found)
    return found


def _split(buffer: bytearray, into: dict[int, list[Keys]]) -> None:
    """Move the whole rows of a buffer into lists of keys by list."""
    rows = np.frombuffer(bytes(buffer[: len(buffer) // _ROW.itemsize * _ROW.itemsize]), dtype=_ROW)
    del buffer[: len(rows) * _ROW.itemsize]
    places, numbers = rows["list"].astype(np.int32), rows["number"].astype(np.int64)
    if len(rows) and (places == places[0]).all():
        into.setdefault(int(places[0]), []).append(numbers)
        return
    for place in np.unique(places):
        into.setdefault(int(place), []).append(numbers[places == place])


async def read_subscribers(connection: asyncpg.Connection, code: str, since_ms: int) -> NumberSet:
    """Return who subscribed to a code by MO since a moment and has not unsubscribed (S4-A3-3(3))."""
    rows = await connection.fetch(_SUBSCRIBERS, int(ListKind.WHITELIST), code_scope(code), since_ms)
    return NumberSet(row["number"] for row in rows)


async def has_evidence(connection: asyncpg.Connection, key: int, scopes: Sequence[str]) -> bool:
    """Tell whether a number is on a whitelist of these scopes with evidence of its consent (S0-7.2)."""
    found = await connection.fetch(_CONSENT, key, int(ListKind.WHITELIST), list(scopes))
    return any(row["is_added"] and row["evidence_type"] is not None for row in found)


async def read_optins(connection: asyncpg.Connection) -> dict[str, float]:
    """Return the codes under MO opt-in and since when."""
    rows = await connection.fetch("SELECT code, since_ms FROM mo_optins WHERE since_ms IS NOT NULL")
    return {row["code"]: row["since_ms"] / 1000 for row in rows}


async def read_entries(connection: asyncpg.Connection, kind: ListKind, scope: str | None) -> AsyncIterator[Row]:
    """Give the current entries of a list, in order, with evidence and origin; a page in memory at a time."""
    async with connection.transaction():
        async for row in connection.cursor(_ENTRIES, int(kind), scope, prefetch=_EXPORT_PAGE):
            if row["is_added"]:
                yield row


async def read_history(connection: asyncpg.Connection, key: int) -> list[Row]:
    """Return every fact about a number, oldest first."""
    return list(await connection.fetch(_HISTORY, key))


async def read_versions(connection: asyncpg.Connection, word: str, limit: int) -> list[Row]:
    """Return the imports and edits of a list (empty: of all), newest first."""
    return list(await connection.fetch(_VERSIONS, word, limit))
