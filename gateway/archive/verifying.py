"""Recomputes the chain of seals and the rows under it, and says what differs: which link, block, table and row."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import asyncpg

from gateway.archive.block_rows import Block, Extent, read_block
from gateway.archive.chain import GENESIS, Seal, seal_of
from gateway.archive.layout import AUDIT, SOURCES, Layout, layout_from, layout_hash, read_layout
from gateway.archive.trees import leaf_of

FINDINGS_MAX = 1000
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `link` is the seal's number, `rows` names rows as "table key"."""

    link: int
    day: str
    what: str
    rows: tuple[str, ...] = ()


@dataclass(slots=True)
class Verification:
    """What was recomputed; intact where there is no finding."""

    links: int = 0
    rows: int = 0
    days: int = 0
    purged_days: int = 0
    head: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return not self.findings


async def verify(connection: asyncpg.Connection, *, day: dt.date | None = None, head: str = "") -> Verification:
    """Recompute every link, and the rows of every block, or of one day's blocks.

    `head` is the hash of a link noted elsewhere (a day's hash in the log, a piece of evidence): the chain must have it.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        checker = _ChainChecker(connection, day)
        after = 0
        while rows := await connection.fetch(
            "SELECT * FROM seals WHERE number > $1 ORDER BY number LIMIT $2", after, _PAGE
        ):
            for row in rows:
                await checker.check(seal_of(row))
            after = rows[-1]["number"]
        await checker.finish(head.strip().lower())
        return checker.verdict


class _ChainChecker:
    """Walks the chain once."""

    def __init__(self, connection: asyncpg.Connection, day: dt.date | None) -> None:
        self.verdict = Verification()
        self._connection = connection
        self._day = day
        self._layouts: dict[str, Layout | None] = {}
        self._purged: set[dt.date] | None = None
        self._number, self._hash, self._day_hash = 0, GENESIS, b""
        self._first_low = self._next_low = -1
        self._late: dict[int, int] = {}  # low of a block -> recorded until
        self._audit_high = 0
        self._hashes: set[str] = set()

    async def check(self, seal: Seal) -> None:
        verdict = self.verdict
        verdict.links += 1
        if seal.number != self._number + 1:
            self._find(seal, f"links {self._number + 1} to {seal.number - 1} are missing")
        if seal.previous != self._hash and seal.number == self._number + 1:
            self._find(seal, "is not chained to the link before it")
        if seal.compute() != seal.hash:
            self._find(seal, "its own fields were changed")
        self._number, self._hash = seal.number, seal.hash
        self._hashes.add(seal.hash.hex())
        verdict.head = seal.hash.hex()
        if seal.kind == "day":
            verdict.days += 1
            if self._day_hash and seal.root != self._day_hash:
                self._find(seal, "is not chained to the day closed before it")
            self._day_hash = seal.hash
        elif seal.kind == "purge":
            verdict.purged_days += 1
            await self._check_purged(seal)
        elif seal.kind == "audit":
            if seal.low != self._audit_high:
                self._find(seal, "leaves out lines of the audit")
            self._audit_high = seal.high
            await self._recompute(seal)
        else:
            self._check_place(seal)
            if self._purged is None:
                rows = await self._connection.fetch("SELECT day FROM seals WHERE kind = 'purge'")
                self._purged = {row["day"] for row in rows}
            if seal.day not in self._purged and self._day in (None, seal.day):
                await self._recompute(seal)

    def _check_place(self, seal: Seal) -> None:
        """Check that blocks lie side by side: in keys, and those of late rows in time."""
        if seal.from_ms == 0:
            if self._next_low not in (-1, seal.low):
                self._find(seal, "leaves a gap in the keys, or covers some twice")
            if self._first_low == -1:
                self._first_low = seal.low
            self._next_low = seal.high
        elif self._late.get(seal.low) != seal.from_ms:
            self._find(seal, "leaves a gap in the times of late rows, or covers some twice")
        self._late[seal.low] = seal.until_ms

    async def _recompute(self, seal: Seal) -> None:
        layout = await self._layout(seal)
        if layout is None:
            return
        extent = Extent(seal.low, seal.high, seal.from_ms, seal.until_ms)
        block = await read_block(self._connection, extent, layout, (AUDIT,) if seal.kind == "audit" else SOURCES)
        self.verdict.rows += len(block.tree.leaves)
        if (len(block.tree.leaves), block.tree.root, block.counts) != (seal.rows, seal.root, seal.counts):
            counts = f"rows differ: {seal.counts} were sealed, {block.counts} are here"
            self._find(seal, counts, _differing(seal, block))
        elif (len(block.subjects.leaves), block.subjects.root) != (seal.subjects, seal.subject_root):
            self._find(seal, "the tree of numbers and accounts differs")

    async def _layout(self, seal: Seal) -> Layout | None:
        """Return the columns a link was made over; None, with a finding, where they cannot be read any more."""
        if seal.layout not in self._layouts:
            text = await self._connection.fetchval("SELECT columns FROM seal_layouts WHERE layout = $1", seal.layout)
            layout = None if text is None or layout_hash(text) != seal.layout else layout_from(text)
            if layout is None:
                self._find(seal, "the list of its columns is gone or was changed")
            else:
                here = await read_layout(self._connection)
                gone = [
                    f"{table}.{column}"
                    for table, columns in layout.items()
                    for column in columns
                    if column not in here.get(table, ())
                ]
                if gone:
                    self._find(seal, f"columns are gone: {', '.join(gone)}")
                    layout = None
            self._layouts[seal.layout] = layout
        return self._layouts[seal.layout]

    async def _check_purged(self, seal: Seal) -> None:
        for table in await self._with_rows(seal.low, seal.high):
            self._find(seal, f"{table} has rows in a day that was purged")

    async def _with_rows(self, low: int, high: int) -> list[str]:
        found = []
        for source in SOURCES:
            if await self._connection.fetchval("SELECT to_regclass($1)", source.table) is not None:
                rows = f"SELECT 1 FROM {source.table} WHERE {source.key} >= $1 AND {source.key} < $2"
                if await self._connection.fetchval(f"SELECT EXISTS ({rows})", low, high):
                    found.append(source.table)
        return found

    async def finish(self, head: str) -> None:
        if head and head not in self._hashes:
            self.verdict.findings.append(Finding(0, "", f"no link has the hash {head}: the chain was made anew"))
        for table in await self._with_rows(0, self._first_low) if self._first_low > 0 else ():
            self.verdict.findings.append(Finding(1, "", f"{table} has rows older than the first block"))

    def _find(self, seal: Seal, what: str, rows: tuple[str, ...] = ()) -> None:
        if len(self.verdict.findings) < FINDINGS_MAX:
            self.verdict.findings.append(Finding(seal.number, seal.day.isoformat(), what, rows))


def _differing(seal: Seal, block: Block) -> tuple[str, ...]:
    """Name the rows that differ, by the marks of the sealed ones; those that are gone by what stood before them."""
    sealed = [seal.marks[at : at + 4] for at in range(0, len(seal.marks), 4)]
    leaves = [leaf_of(leaf) for leaf in block.tree.leaves]
    here = [leaf.digest[:4] for leaf in leaves]
    spare, names = Counter(sealed), []
    matched: Counter[bytes] = Counter()
    for mark, leaf in zip(here, leaves, strict=True):
        if spare[mark] > 0:
            spare[mark] -= 1
            matched[mark] += 1
        else:
            table, _, key = leaf.tag.partition(b"\0")
            names.append(f"{table.decode()} {int.from_bytes(key, 'big')}: edited or added")
    named = {mark: leaf.tag for mark, leaf in zip(here, leaves, strict=True)}
    before = "the beginning"
    for mark in sealed:
        if matched[mark] > 0:
            matched[mark] -= 1
            table, _, key = named[mark].partition(b"\0")
            before = f"{table.decode()} {int.from_bytes(key, 'big')}"
        else:
            names.append(f"a row behind {before}: edited or deleted")
    return tuple(names[:FINDINGS_MAX])
