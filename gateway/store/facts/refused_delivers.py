"""Receipts and MO that clients refused for good: found, and owed again by command (docs/decisions/0026)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

ASIDE_MAX = 1_000  # items of an account that wait alone: gateway.flows.interfaces.FlowLimits

# The last word on an item counts: one that was replayed is owed, or was taken since.
_REFUSED = """
SELECT r.seq, r.protocol, r.status, r.at_ms, o.segment_id, o.state
FROM refused_delivers r LEFT JOIN outcomes o ON o.account = r.account AND o.seq = r.seq AND o.is_owed
WHERE r.account = $1 AND r.what = 'refused' AND r.at_ms >= $2 AND r.at_ms < $3 AND ($4::bigint IS NULL OR r.status = $4)
  AND NOT EXISTS (SELECT FROM refused_delivers n WHERE n.account = r.account AND n.seq = r.seq
                  AND n.what = 'replayed' AND n.at_ms >= r.at_ms)
ORDER BY r.seq LIMIT $5
"""
_REPLAYED = "INSERT INTO refused_delivers SELECT seq, $1, 'replayed', '', 0, $2 FROM unnest($3::bigint[]) AS s (seq)"
_ASIDE = (
    "INSERT INTO outbox_aside SELECT $1, seq, 0, 0, $2 FROM unnest($3::bigint[]) AS s (seq) ON CONFLICT DO NOTHING"
)
_TOLD = "SELECT seq, what, protocol, status, at_ms FROM refused_delivers WHERE account = $1 AND seq = ANY($2::bigint[])"


@dataclass(frozen=True, slots=True)
class RefusedSpan:
    """Which refusals: of [since, until) by their time in unix seconds, of one status or of all."""

    since: float
    until: float
    status: int | None = None


async def read_refused(
    connection: asyncpg.Connection, account: str, span: RefusedSpan, limit: int
) -> list[dict[str, Any]]:
    """Return what is refused and not owed again, oldest first: seq, protocol, status, at_ms, segment_id, state."""
    rows = await connection.fetch(
        _REFUSED, account, int(span.since * 1000), int(span.until * 1000), span.status, limit
    )
    return [dict(row) for row in rows]


async def replay_offline(connection: asyncpg.Connection, account: str, seqs: Sequence[int], now: float) -> int:
    """Owe items again while no gateway runs; return how many. No more wait alone than a gateway lets wait."""
    async with connection.transaction():
        waiting = await connection.fetchval("SELECT count(*) FROM outbox_aside WHERE account = $1", account)
        chosen = list(seqs)[: max(0, ASIDE_MAX - waiting)]
        at_ms = int(now * 1000)
        await connection.execute(_REPLAYED, account, at_ms, chosen)
        await connection.execute(_ASIDE, account, at_ms, chosen)
    return len(chosen)


async def read_words(connection: asyncpg.Connection, account: str, seqs: Sequence[int]) -> list[dict[str, Any]]:
    """Return what was said of these items in the order it was said, and whether each waits alone now."""
    rows = await connection.fetch(f"{_TOLD} ORDER BY at_ms", account, list(seqs))
    aside = await connection.fetch(
        "SELECT seq, tries, status, at_ms FROM outbox_aside WHERE account = $1 AND seq = ANY($2::bigint[])",
        account, list(seqs),
    )
    return [dict(row) for row in rows] + [{**row, "what": "aside", "protocol": ""} for row in aside]
