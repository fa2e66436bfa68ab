"""The in-memory twin of PostgresJournal and PostgresReader, for tests and simulation.

    disk = MemoryStore()                        # what survives: tables of committed rows
    journal = MemoryJournal(disk, node=0, …)    # one life of a process; commits at the end of each step of the loop
    reader = MemoryReader(disk, find_account)

`disk.is_away` makes commits wait and look-ups raise StoreAway. `journal.faults[n]` says what happens to the n-th commit
from now on: it fails once and is tried again (`FAILS`), or the power goes before or behind it (`DIES_BEFORE`,
`DIES_BEHIND`). After that nothing of that journal is committed and no continuation runs: make another one on the disk.
`disk.is_unfit(table, record)` says which rows the store will not take. `commit_late_s` is how long the store may be
away until submits are put off; without it they wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from gateway.domain.meters import Meters
from gateway.domain.store_interfaces import StoreAway
from gateway.store.journal.batch import RARE, Batch, Continuation, entry_of, units
from gateway.store.journal.gathering import Gathering
from gateway.store.journal.rows import ASKED, MESSAGES, MOVEMENTS, REQUEST_KEYS, movement_row

FAILS, DIES_BEFORE, DIES_BEHIND = "fails", "dies before", "dies behind"
RETRY_S = 0.05

Record = dict[str, Any]
# One row a key; the other tables hold a list of rows for each message.
_KEYS: dict[str, tuple[str, ...]] = {
    "messages": ("id",), "outcomes": ("segment_id",), "movements": ("id", "phase"), "refusals": ("segment_id",),
    "inbound": ("seq",), "parts": ("segment_id",),
}


# The columns that a short message leaves to their defaults.
_UNUSUAL = dict.fromkeys(MESSAGES) | {
    "has_udh": False, "flash": False, "priority": 0, "protocol_id": 0, "is_under_review": False,
}
# How many columns of a rare row are its key.
_RARE_KEYS = {"lots": 1, "price_versions": 2, "price_consents": 2, "money_events": 3, "adjustments": 1, "audit": 8}


def _rare_key(table: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[: _RARE_KEYS[table]]


def _nothing_is(table: str, record: Record) -> bool:
    """Every row fits."""
    return False


def _place(table: str) -> str:
    return "messages" if table == "short_messages" else table


def _key(table: str, record: Record) -> Any:
    values = tuple(record[column] for column in _KEYS[table])
    return values[0] if len(values) == 1 else values


class MemoryStore:
    """The tables, as a database would hold them: rows by key, facts by message, small current state."""

    def __init__(self) -> None:
        self.is_away = False
        self.is_unfit: Callable[[str, Record], bool] = _nothing_is
        self.set_aside: list[tuple[str, Mapping[str, Any]]] = []
        self.rows: dict[str, dict[Any, Record]] = {table: {} for table in _KEYS}
        self.facts: dict[str, dict[int, list[Record]]] = {
            table: {} for table in ("claims", "answers", "receipts", "amendments")
        }
        self.by_carrier_id: dict[str, list[Record]] = {}
        self.outcomes_of: dict[int, list[Record]] = {}
        self.unmatched: list[Record] = []
        self.unreadable: list[Record] = []
        self.listed: list[Record] = []
        self.balances: dict[str, int] = {}
        self.cursors: dict[str, int] = {}
        self.refused_delivers: list[Record] = []
        self.outbox_aside: dict[tuple[str, int], Record] = {}
        self.used: dict[tuple[str, str], int] = {}
        self.rare: dict[str, dict[Any, Record]] = {table: {} for table in RARE}
        self.request_keys: dict[tuple[str, str], Record] = {}
        self.asked: dict[int, Record] = {}
        self.accounts: dict[str, Record] = {}
        self.commits: dict[int, tuple[int, int, int, int]] = {}  # node -> batch, last_id, last_seq, floor

    def commit(self, batch: Batch, node: int, standing: tuple[int, int, int, int], alarm: Callable[..., None]) -> None:
        """Take all of a batch; a unit with a row that is there already, or unfit, is set aside as PostgreSQL does."""
        taken = batch.with_own_balances()
        for unit in units(batch):
            problem = next((words for table, _, record in unit if (words := self._problem(table, record))), None)
            for table, _, record in unit:
                if problem is None:
                    self._insert(table, record)
                    continue
                alarm("store_refused_row", f"{table} id {next(iter(record.values()))}: {problem}")
                taken.withdraw(table, record)
                batch.set_aside.append((table, record))
        self.set_aside += batch.set_aside
        for record in self.unmatched if batch.matched else ():
            if (record["channel"], record["carrier_message_id"]) in batch.matched:
                record["matched"] = True
        for segment_id, message_id in batch.joined_in_fact():
            if segment_id in self.rows["parts"]:
                self.rows["parts"][segment_id]["message_id"] = message_id
        for book, delta_hao in taken.balances().items():
            self.balances[book] = self.balances.get(book, 0) + delta_hao
        for place, quantity in taken.used.items():
            self.used[place] = self.used.get(place, 0) + quantity
        for row in batch.request_keys:
            self.request_keys.setdefault((row[0], row[1]), dict(zip(REQUEST_KEYS, row, strict=True)))
        for row in batch.asked:
            self.asked.setdefault(row[0], dict(zip(ASKED, row, strict=True)))
        self.cursors |= batch.cursors
        for owed, state in batch.outbox_aside.items():
            if state is None:
                self.outbox_aside.pop(owed, None)
            else:
                self.outbox_aside[owed] = dict(zip(("tries", "status", "at_ms"), state, strict=True))
        self.commits[node] = standing

    def _problem(self, table: str, record: Record) -> str | None:
        """Return why a row cannot be taken; None where it can."""
        place = _place(table)
        is_there = place in _KEYS and _key(place, record) in self.rows[place]
        return "it is there already" if is_there else "it does not fit" if self.is_unfit(table, record) else None

    def _insert(self, table: str, record: Record) -> None:
        place = _place(table)
        if place in RARE:
            self.rare[place].setdefault(_rare_key(place, tuple(record.values())), record)
        elif place == "listed":
            self.listed.append(record)
        elif place == "unreadable":
            self.unreadable.append(record)
        elif place == "refused_delivers":
            self.refused_delivers.append(record)
        elif place == "unmatched":
            self.unmatched.append(record | {"matched": False})
        elif place in _KEYS:
            full = _UNUSUAL | record if table == "short_messages" else record
            self.rows[place][_key(place, record)] = full
            if place == "outcomes":
                self.outcomes_of.setdefault(record["message_id"], []).append(full)
            elif place == "parts":
                full["message_id"] = None
        else:
            self.facts[place].setdefault(record["message_id"], []).append(record)
            if place == "answers" and record["carrier_message_id"] is not None:
                self.by_carrier_id.setdefault(record["carrier_message_id"], []).append(record)

    def reach(self) -> None:
        """Raise StoreAway where the store does not answer."""
        if self.is_away:
            raise StoreAway("the store is away")

    def entries(self) -> dict[tuple[int, int], Record]:
        """Return the ledger whole by (id, phase), as the view `entries` does."""
        found = [entry_of(table, record) for table, records in self.rows.items() for record in records.values()]
        rows = (dict(zip(MOVEMENTS, movement_row(entry), strict=True)) for entry in found if entry is not None)
        return {(row["id"], row["phase"]): row for row in rows}

    def has_outcome(self, message: Record) -> bool:
        """Tell whether a message's first client segment ended, which its last wire segment brings about."""
        return (message["segment_ids"] or (message["id"],))[0] in self.rows["outcomes"]


class MemoryJournal(Gathering):
    """The journal on a MemoryStore. Commits at the end of an iteration of `loop`, or only by `commit()` without one.

    `commit_s` is how long a commit takes; the next batch gathers meanwhile. `alarm(event, problem)` hears of rows
    that the store refused.
    """

    why_stepwise = ""  # its commits are never in steps

    def __init__(
        self,
        disk: MemoryStore,
        *,
        node: int,
        clock: Callable[[], float],
        meters: Meters | None = None,
        alarm: Callable[..., None] = lambda event, problem: None,
        loop: asyncio.AbstractEventLoop | None = None,
        commit_s: float = 0.0,
        commit_late_s: float | None = None,
    ) -> None:
        super().__init__(node, clock)
        self._disk = disk
        self._node = node
        self._meters = meters or Meters()
        self._alarm = alarm
        self._loop = loop
        self._commit_s = commit_s
        self._commit_late_s = commit_late_s
        self._late: asyncio.TimerHandle | None = None
        self._in_flight: Batch | None = None
        self._number, self.last_id, self.last_seq, self.floor = disk.commits.get(node, (0, 0, 0, 0))
        self.committed_id = self.last_id
        self.faults: dict[int, str] = {}
        self.commits = 0  # tries so far: what `faults` counts
        self.has_power = True
        self.is_open = not disk.is_away
        self._is_idle = True
        self._stopped = asyncio.Event()

    def lose_power(self) -> None:
        """End this journal: what is not committed is gone, and no continuation runs any more."""
        self.has_power = self.is_open = False
        self._batch, self._in_flight = Batch(), None

    async def run(self) -> None:
        """Return once it is stopped and everything is committed; commits happen by themselves."""
        await self._stopped.wait()
        await self.touch()

    async def stop(self) -> None:
        self._stopped.set()

    async def close(self) -> None:
        self.is_open = False

    async def touch(self) -> None:
        """Return once everything appended so far is committed."""
        done = asyncio.Event()
        self.then(done.set)
        if self._loop is None:
            self.commit()
        await done.wait()

    async def touch_within(self, timeout_s: float) -> bool:
        """As `touch`, but give up after a time; False then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self.touch()
                return True
        return False

    def _start_writing(self) -> None:
        if self._loop is None:
            self._is_idle = True
        elif self._commit_s:
            self._loop.call_soon(self._begin)
        else:
            self._loop.call_soon(self.commit)

    def _begin(self) -> None:
        self._take_batch()
        assert self._loop is not None
        self._loop.call_later(self._commit_s, self.commit)

    def _take_batch(self) -> Batch:
        if self._in_flight is None:
            self._in_flight, self._batch = self._batch, Batch()
            self._number += 1
            self.last_id, self.last_seq = self._ids.last, self._seqs.last
            self._committing_rows = self._in_flight.size
            self._note_taken(self._in_flight)
        return self._in_flight

    def commit(self) -> bool:
        """Commit what is in flight, or else what has gathered; False where that was not possible now."""
        if not self.has_power:
            return False
        if self._in_flight is None and not self._batch.size:
            self._is_idle = True
            return True
        batch = self._take_batch()
        self.commits += 1
        fault = self.faults.get(self.commits)
        if self._disk.is_away or fault == FAILS:
            self._meters.store_retries += 1
            self.is_open = False
            if self._loop is not None:
                self._loop.call_later(RETRY_S, self.commit)
                if self._late is None and self._commit_late_s is not None:
                    self._late = self._loop.call_later(self._commit_late_s, self.put_off)
            return False
        if fault != DIES_BEFORE:
            standing = (self._number, self.last_id, self.last_seq, self.floor)
            self._disk.commit(batch, self._node, standing, self._alarm)
        if fault is not None:
            self.lose_power()
            return False
        self._committed(batch)
        return True

    def put_off(self) -> None:
        """Put off every submit that is not committed: in memory it is always certain that none will be."""
        for batch in (self._in_flight, self._batch):
            if batch is not None:
                self._put_off(batch)

    def _committed(self, batch: Batch) -> None:
        self._in_flight, self._committing_rows, self.is_open = None, 0, True
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self.committed_id = self.last_id
        self._meters.commits += 1
        self._meters.commit_rows += batch.size
        try:
            self._settle(batch)
        finally:  # a fault in one is a fault of ours: here it is heard, and the journal goes on
            if self._batch.size and self.has_power:
                self._start_writing()
            else:
                self._is_idle = True

    def _run(self, continuations: Sequence[Continuation]) -> None:
        for continuation, args, _, _, _ in continuations:
            if self.has_power:
                continuation(*args)
