"""Clients that submit without pause and remember what they heard: for what becomes of them when the store does not.

Each submit is a message with its hold; each answer is one of stored, set aside, later, turned away (at once).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from gateway.domain.entry import Entry
from gateway.domain.store_interfaces import SUBMIT
from gateway.ledger.book import Book
from tests.store.contract import Life, Maker, PostgresDisk
from tests.store.load import PATIENCE_S

NAME = "acme"
WINDOW = 400  # submits that may wait for their answers: clients have windows


@dataclass
class Submit:
    """One submit: when, and when it heard what."""

    at: float
    answer: str = ""
    answered_at: float = 0.0


class Submitters:
    """Append a few messages at once while nobody says stop, as long as the journal is open."""

    def __init__(self, life: Life, *, size: int = 1) -> None:
        self.life, self.size, self.make, self.book = life, size, Maker(), Book()
        self.submits: dict[int, Submit] = {}
        self.doubles = self.waiting = 0
        life.journal.watch(self.make.ids, self.make.seqs)
        life.journal.withdrawn = self._withdrawn

    def _withdrawn(self, table: str, record: object, entry: Entry | None) -> None:
        if entry is not None:
            self.book.withdraw(entry)

    def submit(self) -> Submit:
        journal, loop = self.life.journal, asyncio.get_running_loop()
        message = self.make.message()
        submit = self.submits[message.id] = Submit(loop.time())
        if not journal.is_open:
            self._answer(message.id, "turned away")
            return submit
        message.hold = self.book.hold(NAME, message.id, message.amount_hao, -(10**12), self.make.now)
        journal.accepted(message)
        self.waiting += 1
        journal.upon(SUBMIT, message.id, self._stored, self._otherwise, message.id)
        return submit

    def _stored(self, id_: int) -> None:
        self.waiting -= 1
        self._answer(id_, "stored")

    def _otherwise(self, is_later: bool, id_: int) -> None:
        self.waiting -= 1
        self._answer(id_, "later" if is_later else "set aside")

    def _answer(self, id_: int, answer: str) -> None:
        submit = self.submits[id_]
        self.doubles += bool(submit.answer)
        submit.answer, submit.answered_at = answer, asyncio.get_running_loop().time()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            has_room = self.waiting < WINDOW or not self.life.journal.is_open  # a closed journal answers at once
            for _ in range(self.size if has_room else 0):
                self.submit()
            await asyncio.sleep(0.005)

    @property
    def answers(self) -> Counter[str]:
        return Counter(submit.answer for submit in self.submits.values())

    async def check(self, disk: PostgresDisk) -> None:
        """Whoever heard OK is stored, once; nobody else is; and the books in memory are those of the store."""
        async with asyncio.timeout(PATIENCE_S):
            await self.life.journal.touch()
        assert self.doubles == 0
        stored = Counter(row["id"] for row in await disk.rows("messages"))
        assert stored == Counter(id_ for id_, submit in self.submits.items() if submit.answer == "stored")
        assert self.answers[""] == 0
        balances = {row["book"]: row["amount_hao"] for row in await disk.rows("balances")}
        mine = {book: hao for book, hao in self.book.balances().items() if hao}
        assert mine == {book: hao for book, hao in balances.items() if hao}
        assert self.life.journal.is_open
