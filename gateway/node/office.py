"""The office of a running gateway: its desk for operations on documents, over the ledger that it holds in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from gateway.domain.entry import Entry, EntryKind
from gateway.domain.store_interfaces import ENTRY
from gateway.flows.interfaces import stored
from gateway.interfaces.control_socket import Area, Document
from gateway.operations.case import Case, Running
from gateway.operations.content_operations import ContentArea
from gateway.operations.desk import Desk, DeskArea
from gateway.operations.desk_operations import OPERATIONS
from gateway.operations.service_operations import NONRENEWAL
from gateway.store.reader.ledger_history import is_posted

if TYPE_CHECKING:
    from gateway.node.node import Node

COMMIT_TIMEOUT_S: Final = 20.0


class LiveBooks:
    """The ledger of a running gateway: balances move in memory and the entry is committed by the journal."""

    def __init__(self, node: Node, connection: Any) -> None:
        self._node = node
        self._connection = connection

    async def take_id(self) -> int:
        return self._node.flows.ids.take(self._node.clock())

    async def post(self, id_: int, kind: EntryKind, account: str, amount_hao: int, note: str) -> None:
        node = self._node
        if not node.journal.is_open:
            raise ValueError("the database does not answer; nothing was booked")
        if await is_posted(self._connection, id_):
            return
        now = node.clock()
        entry: Entry = node.flows.book.book(kind, account, id_, amount_hao, now, note)
        node.journal.entry(entry)
        try:
            await asyncio.wait_for(stored(node.journal, ENTRY, id_), COMMIT_TIMEOUT_S)
        except TimeoutError:
            raise ValueError(f"entry {id_} waits for the database and will be committed with it") from None


class Office:
    """Opens desks, that of documents and that of money. `acquire` lends a connection of the readers' pool."""

    def __init__(self, node: Node, acquire: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._node = node
        self._acquire = acquire
        self.areas: tuple[Area, ...] = (
            DeskArea(OPERATIONS, self.desk, self._done),
            ContentArea(self.case),
        )

    def _done(self, name: str, document: Document) -> None:
        """Let what an operation committed take effect."""
        if name == "notices.add" and document["kind"] == NONRENEWAL:
            self._node.flows.policies.note_nonrenewal(document["account"], dt.date.fromisoformat(document["served_on"]))
        elif name.startswith("statement."):
            self._node.suspensions.review_soon()

    @asynccontextmanager
    async def case(self, actor: str) -> AsyncIterator[Case]:
        """Give a case for an operation on contents."""
        node = self._node
        running = Running(node.flows.contents, node.flows.reviews, self._commit, node.emit)
        async with self._acquire() as connection:
            yield Case(connection, node.settings.accounts, node.settings.profiles, node.clock(), actor, running)

    async def _commit(self) -> None:
        if not await self._node.journal.touch_within(COMMIT_TIMEOUT_S):
            raise ValueError("the database does not answer; it will be committed when it does")

    @asynccontextmanager
    async def desk(self, actor: str) -> AsyncIterator[Desk]:
        node = self._node
        async with self._acquire() as connection:
            yield Desk(connection, node.settings, node.clock(), actor, LiveBooks(node, connection))
