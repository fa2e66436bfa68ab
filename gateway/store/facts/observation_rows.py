"""What a node sees of its own traffic, in PostgreSQL: deliveries by the hour, their changes, samples of minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import asyncpg
import orjson

from gateway.domain.delivery import HOUR_S, DeliveryChange, DeliveryHour, MinuteSample

_ADD_HOURS = """
INSERT INTO delivery_hours AS kept (node, hour, channel, account, signature, delivered, failed, unknown)
SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
ON CONFLICT (node, hour, channel, account, signature) DO UPDATE SET delivered = kept.delivered + excluded.delivered,
    failed = kept.failed + excluded.failed, unknown = kept.unknown + excluded.unknown
"""
_ADD_CHANGE = """
INSERT INTO delivery_changes (node, at_ms, channel, kind, name, state, usual, recent, finals)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_HOURS = "SELECT * FROM delivery_hours WHERE node = $1 AND hour >= $2 ORDER BY hour"
_CHANGES = "SELECT * FROM delivery_changes WHERE node = $1 AND at_ms >= $2 ORDER BY at_ms, id"
_ADD_SAMPLE = """
INSERT INTO minute_samples (node, minute, figures) VALUES ($1, $2, $3)
ON CONFLICT (node, minute) DO UPDATE SET figures = excluded.figures
"""
_SAMPLES = "SELECT minute, figures FROM minute_samples WHERE node = $1 AND minute >= $2 AND minute < $3 ORDER BY minute"
_FIGURE = """
SELECT minute, (figures -> $4 ->> $5)::double precision AS value FROM minute_samples
WHERE node = $1 AND minute >= $2 AND minute < $3 AND figures -> $4 ? $5 ORDER BY minute
"""
Acquire = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


class PostgresObservations:
    """The `ObservationStore` of one node over connections that `acquire` lends."""

    def __init__(self, acquire: Acquire, node: int) -> None:
        self._acquire = acquire
        self._node = node

    async def add_deliveries(self, hours: Sequence[DeliveryHour], changes: Sequence[DeliveryChange]) -> None:
        columns = [
            [getattr(each, name) for each in hours]
            for name in ("hour", "channel", "account", "signature", "delivered", "failed", "unknown")
        ]
        async with self._acquire() as connection, connection.transaction():
            if hours:
                await connection.execute(_ADD_HOURS, self._node, *columns)
            await connection.executemany(_ADD_CHANGE, [
                (self._node, int(each.at * 1000), each.channel, each.kind, each.name, each.state, each.usual,
                 each.recent, each.finals)
                for each in changes
            ])

    async def deliveries(self, since_hour: int) -> Sequence[DeliveryHour]:
        async with self._acquire() as connection:
            rows = await connection.fetch(_HOURS, self._node, since_hour)
        return [
            DeliveryHour(
                row["hour"], row["channel"], row["account"], row["signature"], row["delivered"], row["failed"],
                row["unknown"],
            )
            for row in rows
        ]

    async def delivery_changes(self, since: float) -> Sequence[DeliveryChange]:
        async with self._acquire() as connection:
            return await read_changes(connection, self._node, since)

    async def add_sample(self, sample: MinuteSample) -> None:
        async with self._acquire() as connection:
            await connection.execute(_ADD_SAMPLE, self._node, sample.minute, orjson.dumps(sample.figures).decode())

    async def samples(self, since_minute: int, until_minute: int) -> Sequence[MinuteSample]:
        async with self._acquire() as connection:
            rows = await connection.fetch(_SAMPLES, self._node, since_minute, until_minute)
        return [MinuteSample(row["minute"], orjson.loads(row["figures"])) for row in rows]

    async def forget_before(self, at: float) -> None:
        async with self._acquire() as connection, connection.transaction():
            await connection.execute(
                "DELETE FROM delivery_hours WHERE node = $1 AND hour < $2", self._node, int(at // HOUR_S)
            )
            await connection.execute(
                "DELETE FROM delivery_changes WHERE node = $1 AND at_ms < $2", self._node, int(at * 1000)
            )
            await connection.execute(
                "DELETE FROM minute_samples WHERE node = $1 AND minute < $2", self._node, int(at // 60)
            )


async def read_changes(connection: asyncpg.Connection, node: int, since: float) -> list[DeliveryChange]:
    """Return the changes of a node's deliveries since then, oldest first."""
    return [
        DeliveryChange(
            row["at_ms"] / 1000, row["channel"], row["kind"], row["name"], row["state"], row["usual"], row["recent"],
            row["finals"],
        )
        for row in await connection.fetch(_CHANGES, node, int(since * 1000))
    ]


async def read_figure(
    connection: asyncpg.Connection, node: int, subject: str, figure: str, since_minute: int, until_minute: int
) -> list[tuple[int, float]]:
    """Return one figure by the minute: of "node", or of "channel/east"."""
    rows = await connection.fetch(_FIGURE, node, since_minute, until_minute, subject, figure)
    return [(row["minute"], row["value"]) for row in rows]
