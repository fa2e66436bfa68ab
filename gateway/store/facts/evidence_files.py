"""Files that prove an answer of a client: kept whole with their digest, never changed."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

FILES_MAX = 20  # of one account about one subject
_ADD = """
INSERT INTO evidence_files (account, subject, name, media_type, digest, octets, created_ms, actor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""
_LISTED = """
SELECT id, name, media_type, digest, length(octets) AS size, created_ms, actor FROM evidence_files
WHERE account = $1 AND subject = $2 ORDER BY id LIMIT $3
"""
_ONE = "SELECT name, media_type, octets FROM evidence_files WHERE id = $1 AND account = $2"
_COUNT = "SELECT count(*) FROM evidence_files WHERE account = $1 AND subject = $2"


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file without its octets; `size` counts them."""

    id: int
    name: str
    media_type: str
    digest: str
    size: int
    created_at: float
    actor: str


async def add(
    connection: asyncpg.Connection, *, account: str, subject: str, name: str, media_type: str, digest: str,
    octets: bytes, now: float, actor: str,
) -> int:
    """Keep a file; return its number."""
    number: int = await connection.fetchval(
        _ADD, account, subject, name, media_type, digest, octets, int(now * 1000), actor
    )
    return number


async def count(connection: asyncpg.Connection, account: str, subject: str) -> int:
    return int(await connection.fetchval(_COUNT, account, subject))


async def listed(connection: asyncpg.Connection, account: str, subject: str) -> list[EvidenceFile]:
    """Return the files of an account about a subject, the oldest first."""
    return [
        EvidenceFile(
            row["id"], row["name"], row["media_type"], row["digest"], row["size"], row["created_ms"] / 1000,
            row["actor"],
        )
        for row in await connection.fetch(_LISTED, account, subject, FILES_MAX)
    ]


async def content(connection: asyncpg.Connection, account: str, id_: int) -> tuple[str, str, bytes] | None:
    """Return name, media type and octets of a file of an account."""
    row = await connection.fetchrow(_ONE, id_, account)
    return None if row is None else (row["name"], row["media_type"], row["octets"])
