"""Documents that were issued under a number: given in order, one a document, never twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

LISTED_MAX = 1000
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_ISSUE = """
INSERT INTO issued_documents (series, year, number, account, subject, dated, document, created_ms, actor)
SELECT $1, $2, next, $3, coalesce(nullif($4, ''), $2::text || '-' || next), $5, $6, $7, $8
FROM (SELECT coalesce(max(number), 0) + 1 AS next FROM issued_documents
      WHERE series = $1 AND year = $2) AS given
RETURNING *
"""
_OF = "SELECT * FROM issued_documents WHERE series = $1 AND subject = ANY ($2::text[])"
_ONE = "SELECT * FROM issued_documents WHERE id = $1"
_NEWEST = """
SELECT * FROM issued_documents WHERE series = $1 AND ($2 = '' OR account = $2) ORDER BY id DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document as it was issued; `document` is its JSON, empty where it is stored elsewhere."""

    id: int
    series: str
    year: int
    number: int
    account: str
    subject: str
    dated: dt.date
    document: str
    created_at: float
    actor: str


async def issue(
    connection: asyncpg.Connection, *, series: str, account: str, dated: dt.date, document: str, now: float,
    actor: str, subject: str = "",
) -> IssuedDocument:
    """Give the next number of a series and year, and keep the document; the caller's transaction commits both.

    `subject` is what it is a document of, empty: of itself.

    Nobody else is given a number of it until then. Raises UniqueViolationError for a subject that has one.
    """
    await connection.execute(_LOCK, f"issued_documents:{series}:{dated.year}")
    row = await connection.fetchrow(
        _ISSUE, series, dated.year, account, subject, dated, document, int(now * 1000), actor
    )
    return _document(row)


async def issued_for(connection: asyncpg.Connection, series: str, subjects: Sequence[str]) -> dict[str, IssuedDocument]:
    """Return by subject the documents of these subjects."""
    return {row["subject"]: _document(row) for row in await connection.fetch(_OF, series, list(subjects))}


async def issued(connection: asyncpg.Connection, id_: int) -> IssuedDocument | None:
    row = await connection.fetchrow(_ONE, id_)
    return None if row is None else _document(row)


async def newest(
    connection: asyncpg.Connection, series: str, account: str = "", limit: int = LISTED_MAX
) -> list[IssuedDocument]:
    """Return the documents of a series, of one account or of all, the newest first."""
    return [_document(row) for row in await connection.fetch(_NEWEST, series, account, limit)]


def _document(row: asyncpg.Record) -> IssuedDocument:
    return IssuedDocument(
        row["id"], row["series"], row["year"], row["number"], row["account"], row["subject"], row["dated"],
        row["document"], row["created_ms"] / 1000, row["actor"],
    )
