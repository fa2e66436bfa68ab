"""Our own messages to clients' contacts in history: whether one was accepted, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg

from gateway.domain.ids import first_id_at
from gateway.domain.outcome import State

_ACCEPTED: Final = """
SELECT id FROM messages
WHERE id >= $1 AND account = $2 AND destination = $3 AND user_reference = $4 ORDER BY id LIMIT 1
"""
_ENDED: Final = """
SELECT m.id, o.state, o.error, o.at_ms
FROM messages m JOIN outcomes o ON o.segment_id = coalesce(m.segment_ids[1], m.id) WHERE m.id = ANY ($1::bigint[])
"""


async def accepted_before(
    connection: asyncpg.Connection, account: str, number: str, reference: int, *, since: float
) -> int | None:
    """Return the id of a message that was accepted since then under a reference; None: none was."""
    found: int | None = await connection.fetchval(_ACCEPTED, first_id_at(since), account, number, reference)
    return found


async def final_states(
    connection: asyncpg.Connection, ids: Sequence[int]
) -> dict[int, tuple[State, str, float]]:
    """Return of messages that have ended the state, the error and when that was noted."""
    rows = await connection.fetch(_ENDED, list(ids)) if ids else []
    return {row["id"]: (State(row["state"]), row["error"], row["at_ms"] / 1000) for row in rows}
