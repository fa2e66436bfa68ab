"""Query, cancel and replace from clients, answered truthfully from memory and the store."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from gateway.dialects.message_requests import (
    CancelRequest,
    ClientRequest,
    QueryRequest,
    ReplaceRequest,
    RequestAnswer,
    Totals,
    TotalsRequest,
)
from gateway.domain.store_interfaces import Reader, StoreAway
from gateway.flows.messages.amend import Amend

Answer = Callable[[RequestAnswer], None]
GiveUp = Callable[[], None]


class Requests:
    """One for all sessions."""

    def __init__(
        self, amend: Amend, reader: Reader, spawn: Callable[[Coroutine[object, object, None]], None]
    ) -> None:
        self._amend = amend
        self._reader = reader
        self._spawn = spawn

    def ask(self, account: str, asked: ClientRequest, answer: Answer, give_up: GiveUp) -> None:
        """Call `answer` once, perhaps later; `give_up` instead where nothing true can be said now.

        A query is told state and final date of one message, None for one that the account does not have. What cancels
        or replaces is told whether it was done: only a message that has not left can be. Totals are those of a day.
        """
        if isinstance(asked, QueryRequest):
            self._amend.query(account, asked.segment_id, asked.source, answer)
        elif isinstance(asked, CancelRequest):
            if asked.segment_id is None:
                answer(False)
            else:
                self._amend.cancel(account, asked.segment_id, asked.source, answer)
        elif isinstance(asked, ReplaceRequest):
            self._amend.replace(account, asked, answer)
        else:
            self._spawn(self._count_day(account, asked, answer, give_up))

    async def _count_day(self, account: str, asked: TotalsRequest, answer: Answer, give_up: GiveUp) -> None:
        try:
            counts = await self._reader.day_counts(account, asked.day, asked.service_id or None)
        except StoreAway:  # CMPP, the one that asks this, has no word for "later": the client asks again
            give_up()
            return
        answer(Totals(
            counts["total"], counts["total"], counts["sent"], counts["waiting"], counts["failed"], counts["inbound"],
            0, 0,
        ))
