"""Batches that are watched, and their reports: the first at once, the final one once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson

from gateway.documents.batch_report import BatchFigures, BatchSpan
from gateway.domain.ids import first_id_at
from gateway.store.reader.statements import read_groups

LISTED_MAX = 100
_WATCH = """
INSERT INTO batches (account, label, since_ms, until_ms, service_id, text_like, message_class, noted_ms, final_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account, label) DO NOTHING RETURNING true
"""
_OPEN = """
SELECT b.* FROM batches b
WHERE NOT EXISTS (SELECT FROM batch_reports r WHERE r.account = b.account AND r.label = b.label AND r.stage = 'final')
ORDER BY b.noted_ms LIMIT 100
"""
_KEEP = """
INSERT INTO batch_reports (account, label, stage, document, at_ms) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account, label, stage) DO NOTHING RETURNING true
"""
_NEWEST = """
SELECT b.label, r.stage, r.document FROM (
    SELECT * FROM batches WHERE account = $1 ORDER BY since_ms DESC, label LIMIT $2
) b LEFT JOIN batch_reports r ON r.account = b.account AND r.label = b.label ORDER BY b.since_ms DESC, b.label
"""
_MONEY = """
SELECT max(m.accepted_ms) AS last_ms, coalesce(sum(m.amount_hao), 0)::bigint AS held_hao,
       coalesce(sum(coalesce(o.returned_hao, v.returned_hao)), 0)::bigint AS returned_hao
FROM messages m LEFT JOIN outcomes o ON o.segment_id = m.id AND o.segment_id >= $2 AND o.segment_id < $3
LEFT JOIN movements v ON v.id = m.id AND v.phase = 1 AND v.id >= $2 AND v.id < $3
WHERE m.id >= $2 AND m.id < $3 AND m.account = $1
  AND ($4::text IS NULL OR m.service_id = $4) AND ($5::text IS NULL OR starts_with(m.text, $5))
  AND ($6::text IS NULL OR m.message_class = $6)
"""
_REFUSED = "SELECT count(*) FROM refusals WHERE segment_id >= $2 AND segment_id < $3 AND account = $1"


async def read_batch(
    connection: asyncpg.Connection, span: BatchSpan, charged_states: Sequence[int]
) -> BatchFigures:
    """Add up a batch; refusals are counted where no service id or text narrows it."""
    ids = span.account, first_id_at(span.since), first_id_at(span.until)
    narrowed, only = (span.service_id, span.text_start), span.message_class
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        groups = await read_groups(connection, span.account, ids[1:], charged_states, *narrowed)
        money = await connection.fetchrow(_MONEY, *ids, *narrowed, only, timeout=None)
        refused = 0 if any(narrowed) else await connection.fetchval(_REFUSED, *ids)
    last_ms = money["last_ms"]
    return BatchFigures(
        [group for group in groups if only is None or group.message_class == only], refused,
        None if last_ms is None else last_ms / 1000, money["held_hao"], money["returned_hao"],
    )


async def watch(connection: asyncpg.Connection, span: BatchSpan, *, now: float, final_at: float) -> bool:
    """Watch a batch until its final report; False when one of that label is there."""
    return await connection.fetchval(
        _WATCH, span.account, span.label, int(span.since * 1000), int(span.until * 1000), span.service_id,
        span.text_start, span.message_class, int(now * 1000), int(final_at * 1000),
    ) is not None


async def watched(connection: asyncpg.Connection) -> list[tuple[BatchSpan, float]]:
    """Return the batches without a final report, each with the instant at which it is final anyhow."""
    return [
        (BatchSpan(row["account"], row["label"], row["since_ms"] / 1000, row["until_ms"] / 1000, row["service_id"],
                   row["text_like"], row["message_class"]), row["final_ms"] / 1000)
        for row in await connection.fetch(_OPEN)
    ]


async def keep(connection: asyncpg.Connection, document: dict[str, Any], now: float) -> bool:
    """Keep a report; the first of each stage stays. Tell whether this one is."""
    return await connection.fetchval(
        _KEEP, document["account"], document["label"], document["stage"], orjson.dumps(document).decode(),
        int(now * 1000),
    ) is not None


async def newest(connection: asyncpg.Connection, account: str, limit: int = LISTED_MAX) -> list[dict[str, Any]]:
    """Return the batches of an account, the newest first, with the reports kept of each."""
    found: dict[str, dict[str, Any]] = {}
    for row in await connection.fetch(_NEWEST, account, limit):
        batch = found.setdefault(row["label"], {"label": row["label"], "first": None, "final": None})
        if row["stage"] is not None:
            batch[row["stage"]] = orjson.loads(row["document"])
    return list(found.values())


async def kept(connection: asyncpg.Connection, account: str, label: str) -> dict[str, Any]:
    """Return the kept reports of a batch by stage."""
    rows = await connection.fetch(
        "SELECT stage, document FROM batch_reports WHERE account = $1 AND label = $2", account, label
    )
    return {row["stage"]: orjson.loads(row["document"]) for row in rows}
