"""Booking an adjustment: a line for a statement and the ledger entry that moves its money, once for each reason."""

from __future__ import annotations

import datetime as dt

from gateway.domain.entry import EntryKind
from gateway.operations.desk import Desk
from gateway.store.facts import adjustments


async def book_once(
    desk: Desk, *, account: str, month: dt.date, kind: str, entry_kind: EntryKind, clause: str, line_hao: int,
    moved_hao: int, reason: str, evidence: str,
) -> int | None:
    """Store the line and move the money; return the entry's id, None where no money moves.

    The line keeps the entry's id before the entry is posted: after a crash in between, doing it again posts that same
    entry and no second one. `line_hao` is what the statement shows, `moved_hao` what the ledger moves (above 0: the
    client owes more).
    """
    found = await adjustments.find(desk.connection, account, kind, reason)
    if found is not None and (found["amount_hao"], found["clause"]) != (line_hao, clause):
        raise ValueError(f"{reason!r} is booked already with another amount")
    if found is None:
        entry_id = await desk.books.take_id() if moved_hao else None
        await adjustments.add(
            desk.connection, account=account, month=month, kind=kind, clause=clause, amount_hao=line_hao,
            entry_id=entry_id, reason=reason, now=desk.now, actor=desk.actor, evidence=evidence,
        )
    else:
        entry_id = found["entry_id"]
    if entry_id is not None and moved_hao:
        chosen = entry_kind if moved_hao > 0 else EntryKind.CREDIT
        await desk.books.post(entry_id, chosen, account, abs(moved_hao), f"{kind}: {reason}")
    return entry_id
