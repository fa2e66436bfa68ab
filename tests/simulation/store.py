"""The store of a simulated node: the in-memory twin, slow and jittery as a real server.

A commit takes its time, and readers see it a moment before its continuations run. A look-up takes its time on the way
there and on the way back, so what it brings may be old.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

from gateway.domain.message import Message
from gateway.domain.meters import Meters
from gateway.domain.outcome import OutboxItem
from gateway.store.journal.batch import Batch
from gateway.store.memory.memory_complaints import MemoryComplaints
from gateway.store.memory.memory_content import MemoryContents
from gateway.store.memory.memory_journal import MemoryJournal, MemoryStore, Record
from gateway.store.memory.memory_reader import MemoryReader
from gateway.store.reader import rebuilding

COMMIT_S = (0.001, 0.01)
TOLD_S = (0.0, 0.004)
READ_S = (0.0005, 0.004)
BACK_S = (0.0, 0.003)

__all__ = ["Disk", "Record", "SlowJournal", "SlowReader"]


class Disk(MemoryStore):
    """What outlives a process. `violations` are rows that a key refused: each is a fault of the gateway."""

    def __init__(self) -> None:
        super().__init__()
        self.violations: list[str] = []
        self.contents = MemoryContents()
        self.complaints = MemoryComplaints()

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
