"""A history as a gateway writes it, to be sealed, tampered with and proved."""

from __future__ import annotations

import asyncpg

from gateway.archive.sealing import SealingReport, Terms, seal_due
from gateway.domain.message import Message
from gateway.domain.outcome import Answer, State
from gateway.domain.verdict import Key, Reject
from tests.gateway.pipeline.builders import NOON, submission
from tests.store.contract import Life, Maker, PostgresDisk

TERMS = Terms(settle_s=0.0, span_s=1.0, budget_s=30.0)
HOUR_S = 3600.0


class History:
    """One database; `seal(hours)` seals as a gateway would do so many hours after noon."""

    def __init__(self, disk: PostgresDisk, life: Life, connection: asyncpg.Connection) -> None:
        self.disk = disk
        self.life = life
        self.connection = connection
        self.make = Maker()

    async def delivered(self, count: int = 3, **changes: object) -> list[Message]:
        """Store messages with everything that happens to one."""
        made = []
        for index in range(count):
            message = await self.sent(f"您的验证码是{index:06d}", **changes)
            self.report(message)
            made.append(message)
        self.life.journal.inbound(self.make.inbound("acme"))
        await self.life.committed()
        return made

    async def sent(self, text: str = "您的验证码是123456", **changes: object) -> Message:
        journal = self.life.journal
        message = self.make.message(text, **changes)  # type: ignore[arg-type]
        self.make.accept(journal, message, "a/1")
        journal.answered(message, 0, Answer.ACCEPTED, f"c{message.id}", 0, self.make.now)
        await self.life.committed()
        return message

    def report(self, message: Message) -> None:
        self.life.journal.received(message, 0, self.make.receipt(message, f"c{message.id}"), self.make.now)
        self.make.conclude(self.life.journal, message, State.DELIVERED)

    async def refused(self, number: str) -> int:
        asked = submission(account=self.make.policy.account, received_at=self.make.now, destination=number)
        id_ = self.make.ids.take(self.make.now)
        self.life.journal.refused(asked, id_, "source", Reject(Key.SRC, "S0-7.4", "foreign"))
        await self.life.committed()
        return id_

    async def seal(self, hours: float = 1.0) -> SealingReport:
        return await seal_due(self.connection, NOON + hours * HOUR_S, TERMS)

    async def tamper(self, sql: str, table: str = "messages") -> None:
        """Do what an administrator of the database can do: lay the guard aside, edit, put it back."""
        async with self.connection.transaction():
            await self.connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
            await self.connection.execute(sql)
            await self.connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
