"""The store of a simulated node: the in-memory twin, slow and jittery as a real server.

A commit takes its time, and readers see it a moment before its continuations run. A look-up takes its time on the way
there and on the way back, so what it brings may be old.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.domain.complaint import PortFacts, Ticket
from gateway.domain.message import Message
from gateway.domain.meters import Meters
from gateway.domain.numbers import LiveNumbers
from gateway.domain.outcome import OutboxItem
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import Emit
from gateway.flows.wiring import Flows
from gateway.store.journal.batch import Batch
from gateway.store.memory.memory_callbacks import MemoryCallbacks, MemoryPasswords
from gateway.store.memory.memory_complaints import MemoryComplaints
from gateway.store.memory.memory_content import MemoryContents
from gateway.store.memory.memory_duties import MemoryDuties
from gateway.store.memory.memory_incidents import MemoryIncidents
from gateway.store.memory.memory_journal import MemoryJournal, MemoryStore, Record
from gateway.store.memory.memory_observations import MemoryObservations
from gateway.store.memory.memory_reader import MemoryReader
from gateway.store.memory.memory_requests import MemoryRequests
from gateway.store.memory.memory_tokens import MemoryTokens
from gateway.store.reader import rebuilding
from gateway.transport.pool import Keep

COMMIT_S = (0.001, 0.01)
TOLD_S = (0.0, 0.004)
READ_S = (0.0005, 0.004)
BACK_S = (0.0, 0.003)

__all__ = ["Disk", "Record", "SimulatedStore", "SlowJournal", "SlowReader"]


class Disk(MemoryStore):
    """What outlives a process. `violations` are rows that a key refused: each is a fault of the gateway."""

    def __init__(self) -> None:
        super().__init__()
        self.violations: list[str] = []
        self.contents = MemoryContents()
        self.complaints = SimulatedComplaints(self)
        self.incidents = MemoryIncidents(self)
        self.duties = MemoryDuties(self)
        self.tokens = MemoryTokens()
        self.observations = MemoryObservations(self)
        self.requests = MemoryRequests(self)
        self.callbacks, self.passwords = MemoryCallbacks(self), MemoryPasswords()
        self.calls = 0  # look-ups and small commits so far: what `failing` counts
        self.failing: set[int] = set()

    def reach(self) -> None:
        self.calls += 1
        if self.calls in self.failing:
            raise StoreAway("this call fails")
        super().reach()

    def alarm(self, event: str, problem: str) -> None:
        self.violations.append(f"{event}: {problem}")

    @property
    def messages(self) -> dict[int, Record]:
        return self.rows["messages"]

    @property
    def outcomes(self) -> dict[int, Record]:
        return self.rows["outcomes"]

    def owed_to(self, account: str) -> int:
        """Receipts and MO that nobody acknowledged or refused: behind an account's cursor, or set aside."""
        cursor = self.cursors.get(account, 0)
        elsewhere = {row["seq"] for row in self.refused_delivers if row["account"] == account} | {
            seq for name, seq in self.outbox_aside if name == account
        }
        rows = [row for row in self.outcomes.values() if row["is_owed"]] + list(self.rows["inbound"].values())
        behind = sum(
            row["account"] == account and row["seq"] > cursor and row["seq"] not in elsewhere for row in rows
        )
        return behind + sum(name == account for name, _ in self.outbox_aside)


class SimulatedComplaints(MemoryComplaints):
    """Complaints of a store that may be away."""

    def __init__(self, disk: MemoryStore) -> None:
        super().__init__()
        self._disk = disk

    async def snapshots(self) -> Mapping[str, Mapping[str, Any]]:
        self._disk.reach()
        return await super().snapshots()

    async def commit(self, facts: PortFacts) -> Sequence[int]:
        self._disk.reach()
        return await super().commit(facts)


class SimulatedLists:
    """The lists of a store that keeps none: what is switched holds in memory, and no evidence is asked for."""

    def __init__(self, flows: Flows) -> None:
        self._lists = flows.lists

    async def require_mo_optin(self, code: str, since: float) -> None:
        self._lists.require_mo_optin(code, since, LiveNumbers())

    async def end_mo_optin(self, code: str) -> None:
        self._lists.end_mo_optin(code)

    async def complained(self, ticket: Ticket) -> None:
        """This store has no evidence of consent."""


class SimulatedStore:
    """The `NodeStore` of one process over a Disk. `died` is called when one of the journal's faults takes the power.

    This store has no SQL, so that the duties that add up in it are left out: silence that confirms statements, and
    batch reports. It has no archive, no partitions, and no lists.
    """

    acquire = None

    def __init__(self, disk: Disk, loop: Any, rng: random.Random, died: Callable[[], None]) -> None:
        self._disk, self._loop, self._rng, self._died = disk, loop, rng, died
        self._journal: SlowJournal | None = None
        self.contents, self.complaints = disk.contents, disk.complaints
        self.incidents, self.duties = disk.incidents, disk.duties
        self.tokens, self.requests = disk.tokens, disk.requests
        self.observations = disk.observations
        self.callbacks, self.passwords = disk.callbacks, disk.passwords

    async def open(self, now: float, emit: Emit, keep: Keep) -> None:
        self._disk.reach()

    async def open_journal(
        self, clock: Callable[[], float], meters: Meters, alarm: Callable[[str, str], None]
    ) -> MemoryJournal:
        self._journal = SlowJournal(self._disk, self._loop, clock, self._rng, meters, self._died)
        return self._journal

    def make_reader(self, find_account: rebuilding.FindAccount) -> MemoryReader:
        return SlowReader(self._disk, find_account, self._rng)

    async def open_lists(self, flows: Flows, *_: Any) -> SimulatedLists:
        return SimulatedLists(flows)

    def make_archive(self, *_: Any) -> None:
        return None

    async def make_partitions(self, now: float) -> None:
        self._disk.reach()

    async def summarise_history(self, now: float) -> None:
        """There is nothing to search."""

    async def close(self) -> None:
        """The disk stays."""

    def lose_power(self) -> None:
        assert self._journal is not None
        self._journal.lose_power()


class SlowJournal(MemoryJournal):
    """Calls `died` when one of its `faults` takes the power."""

    def __init__(
        self, disk: Disk, loop: Any, clock: Callable[[], float], rng: random.Random, meters: Meters,
        died: Callable[[], None],
    ) -> None:
        super().__init__(disk, node=1, clock=clock, meters=meters, alarm=disk.alarm, loop=loop, commit_s=COMMIT_S[0])
        self._rng = rng
        self._died = died

    def _begin(self) -> None:
        self._commit_s = self._rng.uniform(*COMMIT_S)
        super()._begin()

    def _committed(self, batch: Batch) -> None:
        assert self._loop is not None
        self._loop.call_later(self._rng.uniform(*TOLD_S), super()._committed, batch)

    def lose_power(self) -> None:
        super().lose_power()
        self._died()


class SlowReader(MemoryReader):
    """Slow both ways."""

    def __init__(self, disk: Disk, find_account: rebuilding.FindAccount, rng: random.Random) -> None:
        super().__init__(disk, find_account)
        self._rng = rng

    async def _reach(self) -> None:
        self._latency_s = self._rng.uniform(*READ_S)
        await super()._reach()

    async def _back(self) -> None:
        await asyncio.sleep(self._rng.uniform(*BACK_S))

    async def find_answered(self, channel: str, carrier_message_ids: Sequence[str]) -> dict[str, tuple[Message, int]]:
        found = await super().find_answered(channel, carrier_message_ids)
        await self._back()
        return found

    async def waiting(self, channel: str, after_id: int, limit: int, queue: str) -> list[Message]:
        found = await super().waiting(channel, after_id, limit, queue)
        await self._back()
        return found

    async def outbox(self, account: str, after_seq: int, limit: int) -> list[OutboxItem]:
        found = await super().outbox(account, after_seq, limit)
        await self._back()
        return found

    async def outbox_items(self, account: str, seqs: Sequence[int]) -> list[OutboxItem]:
        found = await super().outbox_items(account, seqs)
        await self._back()
        return found
