"""Counts and texts of what was accepted: who was written to lately, a test account's total, what was offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg

from gateway.content.offers import MARKS
from gateway.domain.recent import RecentMessage, SentText

_RECENT: Final = """
SELECT id, account, destination, signature, accepted_ms FROM messages
WHERE id > $2 AND id < $3 AND account = ANY($1::text[]) AND message_class = 'triggered' AND signature IS NOT NULL
ORDER BY id DESC LIMIT $4
"""
_COUNT: Final = "SELECT count(*) FROM messages WHERE account = $1 AND id > $2 AND id <= $3"
_KEEP: Final = """
INSERT INTO test_counts AS t (account, from_id, counted, up_to_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (account) DO UPDATE SET from_id = EXCLUDED.from_id, counted = EXCLUDED.counted, up_to_id = EXCLUDED.up_to_id
"""
# Spelled as in sql/0013_offers.sql, or PostgreSQL does not see that the index serves.
MAY_OFFER: Final = " OR ".join(f"text LIKE '%{mark}%'" for mark in MARKS)
OFFERING: Final = (
    f"SELECT source, text FROM messages WHERE destination = $2 AND account = $1 AND id >= $3 AND ({MAY_OFFER})"
    " ORDER BY id DESC LIMIT $4"
)


async def read_offering(
    connection: asyncpg.Connection, account: str, destination: str, since_id: int, limit: int
) -> list[SentText]:
    """Return the texts of an account to a number that may offer something to a reply, the newest first."""
    found = await connection.fetch(OFFERING, account, destination, since_id, limit)
    return [SentText(row["source"], row["text"]) for row in found]


async def read_recent(
    connection: asyncpg.Connection, accounts: Sequence[str], after_id: int, before_id: int, limit: int
) -> list[RecentMessage]:
    """Return signed triggered messages of some accounts between two ids, the newest first."""
    found = await connection.fetch(_RECENT, list(accounts), after_id, before_id, limit)
    return [
        RecentMessage(row["id"], row["account"], row["destination"], row["signature"], row["accepted_ms"] / 1000)
        for row in found
    ]


async def count_accepted(
    connection: asyncpg.Connection, account: str, from_id: int, settled_id: int, up_to_id: int
) -> int:
    """Return how many messages an account had accepted from `from_id` to `up_to_id`.

    The count up to `settled_id`, behind which no commit comes any more, is kept: the next call reads what is newer.
    """
    async with connection.transaction():
        kept = await connection.fetchrow(
            "SELECT counted, up_to_id FROM test_counts WHERE account = $1 AND from_id = $2 FOR UPDATE", account, from_id
        )
        counted, through = (kept["counted"], kept["up_to_id"]) if kept is not None else (0, from_id - 1)
        settled_id = max(settled_id, through)
        counted += await connection.fetchval(_COUNT, account, through, settled_id)
        await connection.execute(_KEEP, account, from_id, counted, settled_id)
        newer: int = await connection.fetchval(_COUNT, account, settled_id, up_to_id)
        return int(counted) + newer
