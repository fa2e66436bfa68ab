"""A load for a journal: whole messages with all their facts, and what must be found of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from gateway.domain.message import Message
from gateway.domain.outcome import Answer, State
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Life, Maker, PostgresDisk

PATIENCE_S = 30.0


class Load:
    """Appends whole messages with all their facts and remembers what must be found."""

    def __init__(self, life: Life, *, after_id: int = 0) -> None:
        self.life = life
        self.make = Maker(after_id=after_id)
        life.journal.watch(self.make.ids, self.make.seqs)
        self.ids: list[int] = []
        self.ran: list[int] = []

    def append(self) -> Message:
        """Append everything that one message may bring, and a continuation."""
        journal, make = self.life.journal, self.make
        message = make.message()
        make.accept(journal, message)
        message.link = "a/1"
        journal.claimed(message)
        journal.answered(message, 0, Answer.ACCEPTED, str(message.id), 0, NOON)
        receipt = make.receipt(message, str(message.id))
        journal.received(message, 0, receipt, NOON)
        (outcome,) = make.conclude(journal, message, State.DELIVERED)
        journal.delivered("acme", outcome.seq)
        journal.inbound(make.inbound("acme"))
        journal.unmatched(receipt, NOON)
        journal.matched("a", "none")
        journal.then(self.ran.append, message.id)
        self.ids.append(message.id)
        return message

    async def run(self, until: asyncio.Event) -> None:
        """Append while nobody says stop, never more than the window of a few."""
        while not until.is_set():
            if len(self.ids) - len(self.ran) < 40:
                self.append()
            await asyncio.sleep(0.001)

    async def check(self, disk: PostgresDisk) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.life.journal.touch()
        assert self.ran == self.ids
        assert self.life.journal.is_open
        once = Counter(self.ids)
        for table, column in (
            ("messages", "id"), ("claims", "message_id"), ("answers", "message_id"), ("outcomes", "segment_id"),
        ):
            assert Counter(row[column] for row in await disk.rows(table)) == once, table
        assert Counter(row["id"] for row in await disk.rows("entries")) == Counter(dict.fromkeys(self.ids, 2))
        assert len(await disk.rows("inbound")) == len(self.ids)
        assert len(await disk.rows("unmatched_receipts")) == len(self.ids)
        price = self.make.message().amount_hao
        balances = {row["book"]: row["amount_hao"] for row in await disk.rows("balances")}
        wanted = {"available:acme": -price * len(self.ids), "revenue": price * len(self.ids)}
        assert balances == wanted


async def until(what: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not what():
            await asyncio.sleep(0.005)
