"""Incidents in PostgreSQL: a row when one begins, another when it ends; neither is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import asyncpg

from gateway.domain.incident import Incident

_READ = """
SELECT i.*, e.ended_ms, coalesce(e.waited, 0) AS waited, coalesce(e.unknown, 0) AS unknown
FROM incidents i LEFT JOIN incident_ends e ON e.incident = i.id
"""
_END = """
INSERT INTO incident_ends (incident, ended_ms, waited, unknown) VALUES ($1, $2, $3, $4)
ON CONFLICT (incident) DO NOTHING
"""
Acquire = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


class PostgresIncidents:
    """The `IncidentStore` over connections that `acquire` lends."""

    def __init__(self, acquire: Acquire) -> None:
        self._acquire = acquire

    async def begin(self, channel: str, kind: str, started_at: float, now: float) -> int:
        sql = "INSERT INTO incidents (channel, kind, started_ms, noted_ms) VALUES ($1, $2, $3, $4) RETURNING id"
        async with self._acquire() as connection:
            number: int = await connection.fetchval(sql, channel, kind, int(started_at * 1000), int(now * 1000))
            return number

    async def end(self, incident: Incident) -> None:
        ended_ms = int((incident.ended_at or incident.started_at) * 1000)
        async with self._acquire() as connection:
            await connection.execute(_END, incident.id, ended_ms, incident.waited, incident.unknown)

    async def incidents(self, since: float, until: float) -> Sequence[Incident]:
        """Return those that began in [since, until), oldest first."""
        sql = f"{_READ} WHERE i.started_ms >= $1 AND i.started_ms < $2 ORDER BY i.started_ms"
        async with self._acquire() as connection:
            return [_incident(row) for row in await connection.fetch(sql, int(since * 1000), int(until * 1000))]

    async def unended(self) -> Sequence[Incident]:
        async with self._acquire() as connection:
            return [_incident(row) for row in await connection.fetch(f"{_READ} WHERE e.incident IS NULL ORDER BY i.id")]


async def begun_since(connection: asyncpg.Connection, since: float) -> list[Incident]:
    """Return the incidents that began since then, and those that have not ended, oldest first."""
    sql = f"{_READ} WHERE i.started_ms >= $1 OR e.incident IS NULL ORDER BY i.started_ms"
    return [_incident(row) for row in await connection.fetch(sql, int(since * 1000))]


def _incident(row: asyncpg.Record) -> Incident:
    ended_ms = row["ended_ms"]
    return Incident(
        row["id"], row["channel"], row["kind"], row["started_ms"] / 1000, None if ended_ms is None else ended_ms / 1000,
        row["waited"], row["unknown"],
    )
