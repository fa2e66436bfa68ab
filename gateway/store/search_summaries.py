"""Keeps the summaries that searches walk up to date: blocks of 32 pages that are full (docs/decisions/0040).

A search finds everything without them too, only later: pages without a summary are read. So nothing waits for this, and
what does not get its lock at once is left for the next round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import asyncpg

from gateway.domain.china_time import day_of

SUMMARIES: Final = ("messages_summary", "refusals_summary")
PAGES: Final = 32  # of one block, as the indexes say
BLOCKS_EACH_ROUND: Final = 2_000
_LOCK_WAIT: Final = "SET LOCAL lock_timeout = '200ms'"  # shorter than a lock lets a running vacuum live
_PARTS = """
SELECT h.inhrelid AS index, c.relname AS name,
       pg_relation_size(i.indrelid) / current_setting('block_size')::integer AS pages
FROM pg_inherits h JOIN pg_index i ON i.indexrelid = h.inhrelid JOIN pg_class c ON c.oid = i.indrelid
WHERE h.inhparent = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
"""
_FULL = """
SELECT sum(brin_summarize_range($1::oid::regclass, block)) FROM generate_series($2::bigint, $3::bigint, $4) AS block
"""
_DAY: Final = re.compile(r"_([0-9]{8})$")


@dataclass(slots=True)
class SearchSummaries:
    """How far each part of the history is summarised, as far as this process knows."""

    _done: dict[int, int] = field(default_factory=dict)  # index -> pages
    _closed: set[int] = field(default_factory=set)  # indexes of days that are over, wholly summarised

    async def advance(self, connection: asyncpg.Connection, now: float) -> int:
        """Summarise what is full since the last round; return how many blocks are new."""
        made = 0
        for row in await connection.fetch(_PARTS, list(SUMMARIES)):
            if row["index"] in self._closed or not row["pages"]:
                continue
            is_over = _is_over(row["name"], day_of(now))
            try:
                async with connection.transaction():
                    await connection.execute(_LOCK_WAIT)
                    made += await self._summarise(connection, row["index"], row["pages"], is_over=is_over)
            except asyncpg.LockNotAvailableError:  # a vacuum runs, which summarises as well
                continue
        return made

    async def _summarise(self, connection: asyncpg.Connection, index: int, pages: int, *, is_over: bool) -> int:
        if is_over:
            made = await connection.fetchval("SELECT brin_summarize_new_values($1::oid::regclass)", index)
            self._closed.add(index)
            return int(made)
        begin = self._done.get(index, 0)
        end = min(pages // PAGES * PAGES, begin + BLOCKS_EACH_ROUND * PAGES)  # a block that still fills costs each row
        if end <= begin:
            return 0
        made = await connection.fetchval(_FULL, index, begin, end - PAGES, PAGES)
        self._done[index] = end
        return int(made)


def _is_over(partition: str, today: date) -> bool:
    """Tell whether a partition's day is over; the one for everything else never is."""
    match = _DAY.search(partition)
    return match is not None and match[1] < f"{today:%Y%m%d}"
