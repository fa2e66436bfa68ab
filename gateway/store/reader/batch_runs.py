"""Runs of batch messages found in the history, and those that are not over yet: a restart goes on with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import asyncpg

from gateway.documents.batch_report import BatchPart
from gateway.domain.ids import first_id_at

_FIND = """
WITH found AS (
    SELECT id, account, service_id, accepted_ms,
           accepted_ms - lag(accepted_ms) OVER (PARTITION BY account, service_id ORDER BY id) > $4 AS is_first
    FROM messages WHERE id >= $1 AND id < $2 AND account = ANY ($3::text[]) AND message_class = 'batch'
), numbered AS (
    SELECT account, service_id, accepted_ms,
           count(*) FILTER (WHERE is_first) OVER (PARTITION BY account, service_id ORDER BY id) AS number
    FROM found
)
SELECT account, service_id, min(accepted_ms) AS since_ms, max(accepted_ms) AS last_ms
FROM numbered GROUP BY account, service_id, number
"""
_SCANNED = """
INSERT INTO batch_scans (upto_s) VALUES ($1) ON CONFLICT (one) DO UPDATE SET upto_s = excluded.upto_s
"""


async def find(
    connection: asyncpg.Connection, accounts: Sequence[str], since_s: int, upto_s: int, quiet_s: float
) -> list[BatchPart]:
    """Return the runs among the batch messages of these seconds; a pause longer than `quiet_s` parts two."""
    span = first_id_at(since_s), first_id_at(upto_s)
    return _runs(await connection.fetch(_FIND, *span, list(accounts), int(quiet_s * 1000), timeout=None))


async def load(connection: asyncpg.Connection) -> tuple[list[BatchPart], int | None]:
    """Return the runs that were not over, and up to which second messages were looked at; None: never yet."""
    runs = _runs(await connection.fetch("SELECT * FROM batch_runs"))
    return runs, await connection.fetchval("SELECT upto_s FROM batch_scans")


async def keep(connection: asyncpg.Connection, runs: Iterable[BatchPart], upto_s: int) -> None:
    """Keep what a restart goes on from, in the caller's transaction."""
    rows = [(run.account, run.service_id, int(run.since * 1000), int(run.last * 1000)) for run in runs]
    await connection.execute("DELETE FROM batch_runs")
    await connection.executemany("INSERT INTO batch_runs VALUES ($1, $2, $3, $4)", rows)
    await connection.execute(_SCANNED, upto_s)


def _runs(rows: Sequence[asyncpg.Record]) -> list[BatchPart]:
    return [
        BatchPart(row["account"], row["service_id"], row["since_ms"] / 1000, row["last_ms"] / 1000) for row in rows
    ]
