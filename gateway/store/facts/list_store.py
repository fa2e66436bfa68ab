"""Imports, edits and the audit of number lists: one transaction each, facts only appended (S4-A2-2, S4-3.12).

The lines come as CSV that PostgreSQL reads itself (`CSV_COLUMNS`), so a million of them cost a running gateway no more
than passing octets on. They are staged, checked, compared with what is listed, and only differences become facts: the
same file a second time changes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import asyncpg

from gateway.domain.list_entry import ListKind
from gateway.domain.numbers import number_of
from gateway.store.facts.task_rows import add_task

# number is a key (gateway.domain.numbers); scope overrides the order's where it is not empty (carriers of numbers)
CSV_COLUMNS: Final = ("line", "number", "scope", "evidence_type", "evidence_ms", "evidence_ref")
CHANGES_SHOWN_MAX: Final = 10_000  # changes that are handed back one by one; more: the lists are read again
_LOCK: Final = 0x4C697374  # "List": one import at a time over all nodes


class Action(StrEnum):
    """What an import does with its lines."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"  # afterwards the list holds these lines and nothing else


class ListRefused(ValueError):
    """The lines cannot be taken; nothing was changed."""


@dataclass(frozen=True, slots=True)
class ListOrder:
    """Who wants which list changed, and how. `sha256` is of the file, where there is one."""

    kind: ListKind
    scope: str
    action: Action
    uploader: str
    source: str
    at_ms: int
    sha256: str = ""
    is_dry: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What an order changed. `version` is 0 where nothing was; `renewed` are listed numbers with new evidence.

    `changes` are (scope, key, is_added); None where there are too many, then `scopes` are to be read again.
    """

    version: int
    lines: int
    added: int
    renewed: int
    removed: int
    scopes: tuple[str, ...]
    changes: tuple[tuple[str, int, bool], ...] | None


# Fresh rows have no statistics yet: without a word the planner may read the whole table once for each staged number.
_STAGE = """
SET LOCAL enable_seqscan = off;
SET LOCAL work_mem = '64MB';
CREATE TEMP TABLE staged (
    line integer NOT NULL, number bigint NOT NULL, scope text,
    evidence_type text, evidence_ms bigint, evidence_ref text
) ON COMMIT DROP;
CREATE TEMP TABLE changes (
    scope text, number bigint, is_added boolean, was_listed boolean,
    evidence_type text, evidence_ms bigint, evidence_ref text
) ON COMMIT DROP
"""
_ADDED = """
INSERT INTO changes
SELECT s.scope, s.number, true, coalesce(now.is_added, false), s.evidence_type, s.evidence_ms, s.evidence_ref
FROM (
    SELECT DISTINCT ON (scope, number) coalesce(scope, $2) AS scope, number, evidence_type, evidence_ms, evidence_ref
    FROM staged ORDER BY scope, number, line DESC
) s LEFT JOIN LATERAL (
    SELECT f.is_added, f.evidence_type, f.evidence_ref FROM list_facts f
    WHERE f.number = s.number AND f.kind = $1 AND f.scope = s.scope ORDER BY f.seq DESC LIMIT 1
) now ON true
WHERE now.is_added IS NOT TRUE OR (s.evidence_type IS NOT NULL
    AND (s.evidence_type, s.evidence_ref) IS DISTINCT FROM (now.evidence_type, now.evidence_ref))
"""
# The first import of a list has nothing to compare with.
_ADDED_TO_NOTHING = """
INSERT INTO changes
SELECT DISTINCT ON (scope, number) coalesce(scope, $2), number, true, false, evidence_type, evidence_ms, evidence_ref
FROM staged WHERE $1::smallint IS NOT NULL ORDER BY scope, number, line DESC
"""
_REMOVED = """
INSERT INTO changes
SELECT now.scope, s.number, false, true, s.evidence_type, s.evidence_ms, s.evidence_ref
FROM (
    SELECT DISTINCT ON (scope, number) coalesce(scope, $2) AS scope, number, evidence_type, evidence_ms, evidence_ref
    FROM staged ORDER BY scope, number, line DESC
) s CROSS JOIN LATERAL (
    SELECT DISTINCT ON (f.scope) f.scope, f.is_added FROM list_facts f
    WHERE f.number = s.number AND f.kind = $1 AND (f.scope = s.scope OR s.scope = '*') ORDER BY f.scope, f.seq DESC
) now
WHERE now.is_added
"""
# EXCEPT hashes or sorts; an anti-join would be planned as a loop in a loop, for want of statistics as above.
_NOT_NAMED = """
INSERT INTO changes
SELECT gone.scope, gone.number, false, true FROM (
    SELECT now.scope, now.number FROM (
        SELECT DISTINCT ON (scope, number) scope, number, is_added FROM list_facts
        WHERE kind = $1 AND scope IN (SELECT $2 UNION SELECT scope FROM staged WHERE scope IS NOT NULL)
        ORDER BY scope, number, seq DESC
    ) now WHERE now.is_added
    EXCEPT SELECT coalesce(scope, $2), number FROM staged
) gone
"""
# A number is in one network only.
_MOVED = """
INSERT INTO changes
SELECT now.scope, s.number, false, true FROM (SELECT DISTINCT scope, number FROM staged) s CROSS JOIN LATERAL (
    SELECT DISTINCT ON (f.scope) f.scope, f.is_added FROM list_facts f
    WHERE f.number = s.number AND f.kind = $1 AND f.scope <> s.scope ORDER BY f.scope, f.seq DESC
) now
WHERE now.is_added AND $2::text IS NOT NULL
"""
_VERSION = """
INSERT INTO list_versions (list, scope, at_ms, action, uploader, source, sha256, lines, added, removed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING version
"""
_FACTS = """
INSERT INTO list_facts (number, at_ms, version, evidence_ms, kind, is_added, scope, evidence_type, evidence_ref)
SELECT number, $2, $3, evidence_ms, $1, is_added, scope, evidence_type, evidence_ref FROM changes
"""
_COUNTS = """
SELECT count(*) FILTER (WHERE is_added AND NOT was_listed) AS added,
       count(*) FILTER (WHERE is_added AND was_listed) AS renewed,
       count(*) FILTER (WHERE NOT is_added) AS removed FROM changes
"""


async def carry_out(connection: asyncpg.Connection, order: ListOrder, lines: AsyncIterable[bytes]) -> Done:
    """Take an order with its lines in one transaction, or only count what it would do (`is_dry`).

    Raises ListRefused, and asyncpg.DataError where the lines are no CSV of these columns.
    """
    transaction = connection.transaction()
    await transaction.start()
    try:
        done = await _carry_out(connection, order, lines)
    except BaseException:
        await transaction.rollback()
        raise
    if order.is_dry:
        await transaction.rollback()
    else:
        await transaction.commit()
    return done


async def _carry_out(connection: asyncpg.Connection, order: ListOrder, lines: AsyncIterable[bytes]) -> Done:
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await connection.execute(_STAGE)
    await connection.copy_to_table("staged", source=lines, columns=CSV_COLUMNS, format="csv")
    await connection.execute("ANALYZE staged")
    if order.kind is ListKind.WHITELIST and order.action is not Action.REMOVE:
        await _refuse_unproved(connection)
    await _refuse_future(connection, order.at_ms)
    await _compare(connection, order)
    counts = await connection.fetchrow(_COUNTS)
    read = await connection.fetchval("SELECT count(*) FROM staged")
    version = 0
    if counts["added"] or counts["renewed"] or counts["removed"]:
        version = await note_version(
            connection, order, order.kind.word, read, counts["added"] + counts["renewed"], counts["removed"]
        )
        await connection.execute(_FACTS, int(order.kind), order.at_ms, version)
    scopes = await connection.fetch("SELECT DISTINCT scope FROM changes ORDER BY scope")
    return Done(
        0 if order.is_dry else version, read, counts["added"], counts["renewed"], counts["removed"],
        tuple(row["scope"] for row in scopes), await _changes(connection),
    )


async def _refuse_unproved(connection: asyncpg.Connection) -> None:
    row = await connection.fetchrow(
        "SELECT min(line) AS line, count(*) AS lines FROM staged"
        " WHERE evidence_type IS NULL OR evidence_ref IS NULL OR evidence_ms IS NULL"
    )
    if row["lines"]:
        raise ListRefused(
            f"line {row['line']}: a whitelist entry needs evidence: its type, time and reference (S4-A2-2);"
            f" {row['lines']} lines have none"
        )


async def _refuse_future(connection: asyncpg.Connection, at_ms: int) -> None:
    # By the server's clock, or by ours where that is ahead: the command that stamped it has neither.
    line = await connection.fetchval(
        "SELECT min(line) FROM staged"
        " WHERE evidence_ms > greatest($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) + 60000", at_ms
    )
    if line is not None:
        raise ListRefused(f"line {line}: its evidence is of a time that has not come: nobody can have consented then")


async def _compare(connection: asyncpg.Connection, order: ListOrder) -> None:
    kind = int(order.kind)
    if order.action is Action.REMOVE:
        await connection.execute(_REMOVED, kind, order.scope)
        return
    is_known = await connection.fetchval("SELECT EXISTS (SELECT FROM list_facts WHERE kind = $1)", kind)
    await connection.execute(_ADDED if is_known else _ADDED_TO_NOTHING, kind, order.scope)
    if order.kind is ListKind.PORTED and is_known:
        await connection.execute(_MOVED, kind, order.scope)
    if order.action is Action.REPLACE and is_known:
        await connection.execute(_NOT_NAMED, kind, order.scope)


async def _changes(connection: asyncpg.Connection) -> tuple[tuple[str, int, bool], ...] | None:
    rows = await connection.fetch(
        "SELECT scope, number, is_added FROM changes ORDER BY is_added, number LIMIT $1", CHANGES_SHOWN_MAX + 1
    )
    if len(rows) > CHANGES_SHOWN_MAX:
        return None
    return tuple((row["scope"], row["number"], row["is_added"]) for row in rows)


async def set_optin(connection: asyncpg.Connection, code: str, since_ms: int | None, at_ms: int) -> None:
    """Put a code under MO opt-in since a moment, or end that (None)."""
    await connection.execute(
        "INSERT INTO mo_optins VALUES ($1, $2, $3)"
        " ON CONFLICT (code) DO UPDATE SET since_ms = excluded.since_ms, at_ms = excluded.at_ms",
        code, since_ms, at_ms,
    )


async def request_evidence(
    connection: asyncpg.Connection, account: str, key: int, complaint: str, at: float, due_at: float
) -> bool:
    """Ask a client for the proof of consent that a complaint needs, as a duty (S0-7.2); False: asked already."""
    number = number_of(key)
    number = f"{number[:3]}****{number[-4:]}"
    subject, words = f"complaint {complaint}", f"prove that {number} agreed to be written to, or was a customer"
    async with connection.transaction():
        task = await add_task(
            connection, "consent_evidence", "S0-7.2", subject, due_at, words, now=at, account=account,
            key=f"consent_evidence {account} {complaint}",
        )
        if task is None:
            return False
        await connection.execute(
            "INSERT INTO evidence_requests (account, number, complaint, opened_ms) VALUES ($1, $2, $3, $4)",
            account, key, complaint, int(at * 1000),
        )
    return True


async def note_version(
    connection: asyncpg.Connection, order: ListOrder, word: str, lines: int, added: int, removed: int
) -> int:
    """Write the audit's row of a change; return its number."""
    version: int = await connection.fetchval(
        _VERSION, word, order.scope, order.at_ms, order.action, order.uploader, order.source, order.sha256, lines,
        added, removed,
    )
    return version


async def note_export(
    connection: asyncpg.Connection, word: str, scope: str, by: str, name: str, lines: int, at_ms: int
) -> None:
    """Record that a list was exported (S4-A2-3)."""
    await connection.fetchval(_VERSION, word, scope, at_ms, "export", by, name, "", lines, 0, 0)
