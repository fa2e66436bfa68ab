"""Seals what is due: fresh blocks in order, late rows of old blocks, closed days, the audit; in bounded slices.

A block is all rows of a range of keys that were recorded by its end. Keys are times, so the first look comes when the
range is over and `settle_s` more, by when everything recorded in it is committed. Receipts and ends that come later are
sealed in later links: the block is looked at again after an hour, a day, four days and five weeks (LATE_S).

For the daemon this runs as a process of its own at the lowest priority, so that hashing does not hold up its loop:

    echo '{"dsn": …, "now": …, "settle_s": 600, "span_s": 300, "budget_s": 20}' | python -m gateway.archive.sealing
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from gateway.archive import audit
from gateway.archive.block_rows import FOREVER_MS, Block, Extent, counts_text, read_block
from gateway.archive.chain import LOCK, Seal, append
from gateway.archive.layout import AUDIT, SOURCES, Layout, layout_hash, layout_text, read_layout
from gateway.archive.trees import EMPTY
from gateway.domain.china_time import day_of
from gateway.domain.ids import EPOCH_S, accepted_at, first_id_at
from gateway.store.database_faults import is_away, words_of
from gateway.store.partitions import bounds

LATE_S = (3_600, 86_400, 4 * 86_400, 35 * 86_400)
BLOCK_ROWS_MAX = 5_000  # messages, refusals or MO of one block; each brings about six other rows
_CROWDED = (("messages", "id"), ("refusals", "segment_id"), ("inbound", "seq"))
_CONNECT_TIMEOUT_S = 10.0
AWAY = 75  # sysexits.h EX_TEMPFAIL: try again later


@dataclass(frozen=True, slots=True)
class Terms:
    """How sealing goes: seconds that a row may be late to its commit, least span of a block, time of one slice."""

    settle_s: float = 600.0
    span_s: float = 300.0
    budget_s: float = 20.0


@dataclass(frozen=True, slots=True)
class SealingReport:
    """What one slice did; `behind_s` is the age of what is not sealed yet, `closed` are closed days and their hash."""

    links: int = 0
    rows: int = 0
    behind_s: float = 0.0
    refused_edits: int = 0
    closed: tuple[tuple[str, str], ...] = ()
    is_busy_elsewhere: bool = False


async def seal_due(connection: asyncpg.Connection, now: float, terms: Terms) -> SealingReport:
    """Seal until nothing is due or the slice is over. One sealer works on a database at a time.

    The caller MUST have seen a commit of everything that was recorded before `now`.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
        return SealingReport(is_busy_elsewhere=True)
    try:
        refused = await audit.note_refused_edits(connection)
        layout, name = await _known_layout(connection)
        sealer = Sealer(connection, layout, name, now, terms)
        until = time.monotonic() + terms.budget_s
        while time.monotonic() < until and await sealer.step():
            pass
        return await sealer.report(refused)
    finally:
        await connection.fetchval("SELECT pg_advisory_unlock($1)", LOCK)


async def _known_layout(connection: asyncpg.Connection) -> tuple[Layout, str]:
    layout = await read_layout(connection)
    text = layout_text(layout)
    name = layout_hash(text)
    await connection.execute("INSERT INTO seal_layouts VALUES ($1, $2) ON CONFLICT DO NOTHING", name, text)
    return layout, name


class Sealer:
    """One slice of sealing: each step is one link in one transaction over one snapshot."""

    def __init__(
        self, connection: asyncpg.Connection, layout: Layout, layout_name: str, now: float, terms: Terms
    ) -> None:
        self._connection = connection
        self._layout = layout
        self._layout_name = layout_name
        self._now = now
        self._terms = terms
        self._cut = int(now - terms.settle_s)  # seconds: everything recorded before is committed
        self._links = self._rows = 0
        self._closed: list[tuple[str, str]] = []

    async def step(self) -> bool:
        """Seal one thing; False when nothing is due."""
        async with self._connection.transaction(isolation="repeatable_read"):
            return await self._fresh() or await self._late() or await self._audit()

    async def report(self, refused_edits: int) -> SealingReport:
        low = await next_low(self._connection, self._layout)
        behind_s = 0.0 if low is None else max(0.0, self._now - accepted_at(low))
        return SealingReport(self._links, self._rows, behind_s, refused_edits, tuple(self._closed))

    # --- fresh blocks ------------------------------------------------------------------------------------------------

    async def _fresh(self) -> bool:
        low = await next_low(self._connection, self._layout)
        limit = first_id_at(self._cut)
        if low is None or limit <= low:
            return False
        day = day_of_id(low)
        day_end = bounds(day)[1]
        last = min(limit, day_end)
        high = await end_of_block(self._connection, low, last)
        if high == last and last != day_end and (high - low) >> 32 < self._terms.span_s:
            return False
        until_ms = _end_ms(high)
        block = await read_block(self._connection, Extent(low, high, 0, until_ms), self._layout)
        await self._append(block, Seal(0, "block", day, low, high, int(self._now * 1000), 0, until_ms))
        await self._connection.execute(
            "INSERT INTO seal_agenda (low, high, until_ms, due_ms) VALUES ($1, $2, $3, $4)",
            low, high, until_ms, until_ms + LATE_S[0] * 1000,
        )
        if high == day_end:
            await self._close(day)
        return True

    async def _close(self, day: dt.date) -> None:
        """Chain a day that is over to the day closed before it."""
        connection = self._connection
        rows = await connection.fetch("SELECT counts FROM seals WHERE kind = 'block' AND day = $1", day)
        totals: dict[str, int] = {}
        for row in rows:
            for table, count in json.loads(row["counts"]).items():
                totals[table] = totals.get(table, 0) + count
        before = await connection.fetchval(
            "SELECT hash FROM seals WHERE kind = 'day' ORDER BY number DESC LIMIT 1"
        )
        low, high = bounds(day)
        made = await append(connection, Seal(
            0, "day", day, low, high, int(self._now * 1000), counts=counts_text(totals), rows=sum(totals.values()),
            root=before or EMPTY,
        ))
        self._links += 1
        self._closed.append((day.isoformat(), made.hash.hex()))

    # --- late rows, the audit ----------------------------------------------------------------------------------------

    async def _late(self) -> bool:
        cut_ms = self._cut * 1000
        row = await self._connection.fetchrow(
            "SELECT * FROM seal_agenda WHERE due_ms <= $1 ORDER BY due_ms LIMIT 1", cut_ms
        )
        if row is None:
            return False
        low, high, until_ms = row["low"], row["high"], row["until_ms"]
        block = await read_block(self._connection, Extent(low, high, until_ms, cut_ms), self._layout)
        if block.tree.leaves:
            await self._append(
                block, Seal(0, "block", day_of_id(low), low, high, int(self._now * 1000), until_ms, cut_ms)
            )
            until_ms = cut_ms
        end_ms = _end_ms(high)
        due_ms = next((end_ms + age_s * 1000 for age_s in LATE_S if end_ms + age_s * 1000 > cut_ms), None)
        if due_ms is None:
            await self._connection.execute("DELETE FROM seal_agenda WHERE low = $1", low)
        else:
            await self._connection.execute(
                "UPDATE seal_agenda SET until_ms = $2, due_ms = $3 WHERE low = $1", low, until_ms, due_ms
            )
        return True

    async def _audit(self) -> bool:
        low = await self._connection.fetchval(
            "SELECT high FROM seals WHERE kind = 'audit' ORDER BY number DESC LIMIT 1"
        ) or 0
        high = await self._connection.fetchval("SELECT max(id) + 1 FROM audit WHERE id >= $1", low)
        if high is None:
            return False
        block = await read_block(self._connection, Extent(low, high, 0, FOREVER_MS), self._layout, (AUDIT,))
        day = day_of(self._now)
        await self._append(block, Seal(0, "audit", day, low, high, int(self._now * 1000), 0, FOREVER_MS))
        return True

    async def _append(self, block: Block, seal: Seal) -> None:
        await append(self._connection, with_block(seal, block, self._layout_name))
        self._links += 1
        self._rows += len(block.tree.leaves)


async def next_low(connection: asyncpg.Connection, layout: Layout) -> int | None:
    """Return the first key that no block covers; None while there is no history."""
    high = await connection.fetchval("SELECT high FROM seals WHERE kind = 'block' ORDER BY low DESC LIMIT 1")
    if high is not None:
        return int(high)
    oldest = [
        await connection.fetchval(f"SELECT min({source.key}) FROM {source.table}")
        for source in SOURCES if source.table in layout
    ]
    keys = [key for key in oldest if key is not None]
    return bounds(day_of_id(min(keys)))[0] if keys else None


async def end_of_block(connection: asyncpg.Connection, low: int, last: int) -> int:
    """Return where a block that begins at `low` ends: at `last`, or before where that would be too many rows."""
    for table, key in _CROWDED:
        found = await connection.fetchval(
            f"SELECT {key} FROM {table} WHERE {key} >= $1 AND {key} < $2 ORDER BY {key} OFFSET $3 LIMIT 1",
            low, last, BLOCK_ROWS_MAX,
        )
        last = last if found is None else int(found)
    return last


def with_block(seal: Seal, block: Block, layout: str) -> Seal:
    """Return a link that stands for a block's rows."""
    return replace(
        seal, layout=layout, counts=block.counts, rows=len(block.tree.leaves), root=block.tree.root,
        subjects=len(block.subjects.leaves), subject_root=block.subjects.root, marks=block.marks,
    )


def day_of_id(key: int) -> dt.date:
    """Return the day in China time that a key lies in."""
    return day_of(accepted_at(key))


def _end_ms(high: int) -> int:
    """Return the moment by which a range of keys is over."""
    seconds = high >> 32
    return (seconds + (high != seconds << 32) + EPOCH_S) * 1000


async def _run(order: dict[str, Any]) -> dict[str, Any]:
    connection = await asyncpg.connect(order["dsn"], timeout=_CONNECT_TIMEOUT_S)
    try:
        terms = Terms(order["settle_s"], order["span_s"], order["budget_s"])
        report = await seal_due(connection, order["now"], terms)
    finally:
        await connection.close()
    return {name: getattr(report, name) for name in SealingReport.__slots__}


def main() -> None:
    """Read an order from standard input, seal, write the report; the DSN may hold a password, so it is no argument.

    Exits with AWAY where the database does not answer, with one line that says so.
    """
    os.nice(19)
    try:
        report = asyncio.run(_run(json.loads(sys.stdin.read())))
    except Exception as fault:
        if not is_away(fault):
            raise
        sys.stderr.write(words_of(fault) + "\n")
        sys.exit(AWAY)
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
