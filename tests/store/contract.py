"""The store as the contract sees it: lives of a process, one after another, on one disk; memory or PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg

from gateway.domain.account import Account
from gateway.domain.entry import Entry, EntryKind
from gateway.domain.ids import IdSource
from gateway.domain.message import Message, message_of
from gateway.domain.meters import Meters
from gateway.domain.outcome import Inbound, Outcome, Receipt, State
from gateway.domain.verdict import Reject
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.stage_order import screen
from gateway.store.journal.gathering import Gathering
from gateway.store.journal.journal import PostgresJournal
from gateway.store.memory.memory_journal import MemoryJournal, MemoryStore
from gateway.store.memory.memory_reader import MemoryReader
from gateway.store.reader.reader import PostgresReader
from protocols.text.codings import Encoding
from tests.gateway.pipeline.builders import NOON, account, policy, submission


@dataclass
class Life:
    """One life of a process: its journal, its reader, what the store complained of."""

    journal: Any
    reader: Any
    alarms: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)  # the names of those alarms

    async def committed(self) -> None:
        """Return once everything appended so far is committed."""
        async with asyncio.timeout(20):
            await self.journal.touch()


class Disk(Protocol):
    """Where lives leave what they know."""

    async def live(self) -> Life: ...
    async def die(self, life: Life) -> None:
        """End a life as a kill would: what is not committed is gone."""

    async def rows(self, table: str) -> list[dict[str, Any]]: ...
    async def close(self) -> None: ...


def find_account(name: str) -> Account:
    return account(name=name)


class MemoryDisk:
    """The twin's disk."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    async def live(self) -> Life:
        alarms: list[str] = []
        journal = MemoryJournal(
            self.store, node=3, clock=lambda: NOON, alarm=lambda event, problem: alarms.append(problem),
            loop=asyncio.get_running_loop(),
        )
        return Life(journal, MemoryReader(self.store, find_account), alarms)

    async def die(self, life: Life) -> None:
        life.journal.lose_power()

    async def rows(self, table: str) -> list[dict[str, Any]]:
        if table == "entries":
            return list(self.store.entries().values())
        if table in ("unmatched_receipts", "unreadable_receipts"):
            return self.store.unmatched if table == "unmatched_receipts" else self.store.unreadable
        if table == "refused_delivers":
            return list(self.store.refused_delivers)
        if table == "outbox_aside":
            return [{"account": account, "seq": seq, **row} for (account, seq), row in self.store.outbox_aside.items()]
        if table in self.store.rows:
            return list(self.store.rows[table].values())
        return [row for rows in self.store.facts[table].values() for row in rows]

    async def close(self) -> None:
        """Nothing to close."""


STEPWISE = "the test wants it so"


class PostgresDisk:
    """A database of its own on the session's server; `dsn` may lead over a proxy.

    `why_stepwise` has batches written step by step, not in one exchange: the same is asked of both ways.
    """

    def __init__(
        self, dsn: str, *, commit_timeout_s: float = 30.0, commit_late_s: float = 3.0, direct_dsn: str = "",
        why_stepwise: str = "",
    ) -> None:
        self.dsn = dsn
        self.direct_dsn = direct_dsn or dsn
        self._commit_timeout_s = commit_timeout_s
        self._commit_late_s = commit_late_s
        self._why_stepwise = why_stepwise
        self._lives: list[tuple[Life, asyncio.Task[None], asyncpg.Pool]] = []

    async def live(self) -> Life:
        alarms: list[str] = []
        events: list[str] = []

        def note(event: str, problem: str) -> None:
            events.append(event)
            alarms.append(problem)

        journal = PostgresJournal(
            self._connect, node=3, clock=lambda: NOON, meters=Meters(), alarm=note,
            commit_timeout_s=self._commit_timeout_s, commit_late_s=self._commit_late_s, why_stepwise=self._why_stepwise,
        )
        await journal.open()
        pool = await asyncpg.create_pool(self.direct_dsn, min_size=1, max_size=2, timeout=5, command_timeout=5)
        life = Life(journal, PostgresReader(pool, find_account), alarms, events)
        self._lives.append((life, asyncio.create_task(journal.run()), pool))
        return life

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.dsn, timeout=5)

    async def die(self, life: Life) -> None:
        for one, task, pool in self._lives:
            if one is life:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                if one.journal._connection is not None:
                    one.journal._connection.terminate()
                pool.terminate()

    async def rows(self, table: str) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self.direct_dsn)
        try:
            return [dict(row) for row in await connection.fetch(f"SELECT * FROM {table}")]
        finally:
            await connection.close()

    async def close(self) -> None:
        for life, _, _ in self._lives:
            await self.die(life)


async def reborn(disk: Disk, life: Life) -> Life:
    """Commit, die, and live again."""
    await life.committed()
    await disk.die(life)
    return await disk.live()


# --- facts -----------------------------------------------------------------------------------------------------------


class Maker:
    """Makes messages and the facts about them; ids as a gateway would give them."""

    def __init__(self, *, after_id: int = 0, now: float = NOON) -> None:
        self.now = now
        self.ids = IdSource(3, after_id=after_id)
        self.seqs = IdSource(3, after_id=after_id)
        self.policy: Policy = policy()

    def message(
        self, text: str = "您的验证码是123456", encoding: Encoding = Encoding.UCS2, *, by: Policy | None = None,
        **changes: Any,
    ) -> Message:
        """Make a message as the pipeline accepts it."""
        judge = by or self.policy
        asked = submission(
            text, encoding, **({"account": judge.account, "received_at": self.now} | changes)
        )
        message = message_of(self.ids.take(self.now), asked)
        stage, verdict = screen(message, judge, self.now)
        assert not isinstance(verdict, Reject), (stage, verdict)
        message.reset_states()
        return message

    def accept(self, journal: Gathering, message: Message, link: str = "") -> None:
        """Append message and hold as intake does."""
        message.link = link
        message.hold = Entry(message.id, EntryKind.HOLD, message.account.name, message.amount_hao, 0, self.now)
        journal.accepted(message)

    def conclude(self, journal: Gathering, message: Message, state: State, *, is_owed: bool = True) -> list[Outcome]:
        """Append the resolution and an outcome for each client segment as settlement does."""
        kind = EntryKind.SETTLE if state is State.DELIVERED else EntryKind.RELEASE
        charged = message.amount_hao if kind is EntryKind.SETTLE else 0
        back = message.amount_hao - charged
        made = [
            Outcome(
                message.account.name, self.seqs.take(self.now), segment_id, message.id, state, "000", self.now, is_owed,
                message.source, message.destination, int(self.now), (message.text or "")[:20], segment_id,
            )
            for segment_id in message.segment_ids
        ]
        journal.ended(Entry(message.id, kind, message.account.name, charged, back, self.now), made)
        return made

    def inbound(self, account_name: str, text: str = "TD") -> Inbound:
        return Inbound(
            account_name, self.seqs.take(self.now), "a", "13800138000", "10690123", Encoding.UCS2, 8,
            text.encode("utf-16-be"), b"", self.now, "SVC", text,
        )

    def receipt(self, message: Message, carrier_id: str, state: State = State.DELIVERED) -> Receipt:
        return Receipt(message.channel, (carrier_id,), state, "000", self.now, message.destination)


def run_in_order(into: list[int], count: int, journal: Gathering) -> None:
    for number in range(count):
        journal.then(into.append, number)

