"""Booking an adjustment: a line for a statement and the ledger entry that moves its money, once for each reason.

The line keeps the id of its entry and is committed with the operation that makes it. Without a node the entry is in the
same transaction; in a running node it follows through the journal, because balances are in memory: after a crash in
between, the same operation again books that same entry and no second one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.domain.entry import Entry, EntryKind
from gateway.domain.store_interfaces import ENTRY
from gateway.flows.interfaces import stored
from gateway.operations.operation_context import COMMIT_TIMEOUT_S, OperationContext
from gateway.operations.operation_errors import OperationRefused, StoreUnavailable
from gateway.store.facts import adjustments
from gateway.store.facts.offline_changes import add_entry, next_entry_id
from gateway.store.reader.ledger_history import is_posted


@dataclass(frozen=True, slots=True)
class Booking:
    """The statement of `month` shows `line_hao`, the ledger moves `moved_hao`; above 0 the client owes it."""

    account: str
    month: dt.date
    kind: str
    entry_kind: EntryKind
    clause: str
    line_hao: int
    moved_hao: int
    reason: str
    evidence: str

    def entry(self, id_: int, now: float) -> Entry:
        kind = self.entry_kind if self.moved_hao > 0 else EntryKind.CREDIT
        return Entry(id_, kind, self.account, abs(self.moved_hao), 0, now, f"{self.kind}: {self.reason}")


@asynccontextmanager
async def booking_alone(context: OperationContext, account: str) -> AsyncIterator[None]:
    """Keep others from booking adjustments of an account until the entry of this one is stored."""
    try:
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            await adjustments.lock(context.connection, account)
    except TimeoutError:
        raise StoreUnavailable(f"another booking for {account} takes long: nothing was changed") from None
    try:
        yield
    finally:
        if not context.connection.is_closed():  # with the connection the lock is gone as well
            await adjustments.unlock(context.connection, account)


async def book_line(context: OperationContext, booking: Booking) -> int | None:
    """Store the line in the caller's transaction; return the id of its entry, None where no money moves.

    Call it, and `move_money`, inside of `booking_alone`. Without a node the entry is stored as well; else `move_money`
    follows, behind the commit.
    """
    found = await adjustments.find(context.connection, booking.account, booking.kind, booking.reason)
    if found is not None and (found["amount_hao"], found["clause"]) != (booking.line_hao, booking.clause):
        raise OperationRefused(f"{booking.reason!r} is booked already with another amount")
    if found is None:
        entry_id = await _new_id(context) if booking.moved_hao else None
        await adjustments.add(
            context.connection, account=booking.account, month=booking.month, kind=booking.kind,
            clause=booking.clause, amount_hao=booking.line_hao, entry_id=entry_id, reason=booking.reason,
            now=context.now, actor=context.actor, evidence=booking.evidence,
        )
    else:
        entry_id = found["entry_id"]
    if context.node is None and entry_id is not None and not await is_posted(context.connection, entry_id):
        await add_entry(context.connection, booking.entry(entry_id, context.now))
    return entry_id


async def move_money(context: OperationContext, booking: Booking, entry_id: int | None) -> None:
    """Book the entry of a line that is committed, where a node runs. Raises StoreUnavailable where it only waits."""
    node = context.node
    if node is None or entry_id is None or await is_posted(context.connection, entry_id):
        return
    if not node.journal.is_open:
        raise StoreUnavailable("the database does not answer: the line is kept, ask again for its entry")
    entry = booking.entry(entry_id, context.now)
    node.journal.entry(
        node.flows.book.book(entry.kind, entry.account, entry.id, entry.amount_hao, entry.at, entry.note)
    )
    try:
        await asyncio.wait_for(stored(node.journal, ENTRY, entry_id), COMMIT_TIMEOUT_S)
    except TimeoutError:
        raise StoreUnavailable(f"entry {entry_id} waits for the database and will be committed with it") from None


async def _new_id(context: OperationContext) -> int:
    if context.node is not None:
        if not context.node.journal.is_open:
            raise StoreUnavailable("the database does not answer: nothing was booked")
        return context.node.flows.ids.take(context.now)
    if context.settings.database.dsn is not None:
        raise OperationRefused(
            "no gateway answers here, and one elsewhere may hold this database: do it where it runs"
        )
    return await next_entry_id(context.connection, node=context.settings.node.number, now=context.now)
