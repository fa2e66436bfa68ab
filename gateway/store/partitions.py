"""Day partitions of the history tables, made ahead of time; a day is a day in China time."""

from __future__ import annotations

from datetime import date, timedelta

import asyncpg

from gateway.domain.china_time import day_of, end_of, start_of
from gateway.domain.ids import first_id_at

# table -> is it keyed by message ids (time in the upper bits)
PARTITIONED = (
    "messages", "claims", "answers", "receipts", "outcomes", "movements", "refusals", "amendments", "inbound",
    "refused_delivers",
)
DAYS_AHEAD = 7
# Partitions inherit the triggers on rows (sql/0010_archive.sql), but none on TRUNCATE.
_NEVER_EMPTIED = (
    "CREATE OR REPLACE TRIGGER never_emptied BEFORE TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit()"
)


def bounds(day: date) -> tuple[int, int]:
    """Return the first id of a day and of the day after."""
    return first_id_at(start_of(day)), first_id_at(end_of(day))


async def ensure(connection: asyncpg.Connection, now: float, *, days_ahead: int = DAYS_AHEAD) -> int:
    """Make the partitions from yesterday to `days_ahead`; return how many are new.

    A default partition takes what lies outside (an id borrowed past the last day), so that no insert can fail.
    """
    today = day_of(now)
    made = 0
    existing = {row["relname"] for row in await connection.fetch("SELECT relname FROM pg_class WHERE relispartition")}
    for table in PARTITIONED:
        if f"{table}_other" not in existing:
            await connection.execute(f"CREATE TABLE {table}_other PARTITION OF {table} DEFAULT")
        for offset in range(-1, days_ahead + 1):
            day = today + timedelta(days=offset)
            name = f"{table}_{day:%Y%m%d}"
            if name not in existing:
                low, high = bounds(day)
                await connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES FROM ({low}) TO ({high})"
                )
                await connection.execute(_NEVER_EMPTIED.format(name))
                made += 1
    return made
