"""Query, cancel and replace from clients, answered truthfully from memory and the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gateway.dialects.message_requests import Totals
from gateway.domain.account import Account
from gateway.domain.store_interfaces import Reader, StoreAway
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import Clock
from gateway.flows.messages.amend import Amend, Standing

Respond = Callable[[Any, Any], None]
REPLACE_FAILED: Final = 0x13  # ESME_RREPLACEFAIL


class Requests:
    """One for all connections; each method answers once, perhaps later, through the `respond` it is given."""

    def __init__(self, amend: Amend, reader: Reader, clock: Clock, spawn: Callable[[Any], None]) -> None:
        self._clock = clock
        self._amend = amend
        self._reader = reader
        self._spawn = spawn

    def query_sm(self, account: Account, dialect: Any, pdu: Any, respond: Respond) -> None:
        """query_sm: state and final date of one message; unknown ids are refused (ESME_RQUERYFAIL)."""
        segment_id = dialect.read_query(pdu)
        if segment_id is None:
            respond(pdu, dialect.query_refused(pdu))
            return

        def answer(standing: Standing | None) -> None:
            if standing is None:
                respond(pdu, dialect.query_refused(pdu))
            else:
                respond(
                    pdu,
                    dialect.query_answer(pdu, standing.segment_id, standing.state, standing.done_at, standing.error),
                )

        self._amend.query(account.name, segment_id, pdu.source_addr, answer)

    def cancel_sm(self, account: Account, dialect: Any, pdu: Any, respond: Respond) -> None:
        """cancel_sm, CMPP_CANCEL: ends a message that has not left; any other is refused."""
        wanted = dialect.read_cancel(pdu)
        if wanted.segment_id is None:
            # Cancelling all of a pair of numbers (3.4 §4.9.1) is not served: the refusal says so.
            respond(pdu, dialect.cancel_answer(pdu, False))
            return
        self._amend.cancel(
            account.name, wanted.segment_id, wanted.source,
            lambda is_done: respond(pdu, dialect.cancel_answer(pdu, is_done))
        )

    def replace_sm(self, account: Account, dialect: Any, pdu: Any, respond: Respond) -> None:
        """replace_sm: a new text for a message that has not left; any other is refused (ESME_RREPLACEFAIL)."""
        wanted = dialect.read_replace(pdu, self._clock())
        if isinstance(wanted, Reject):
            respond(pdu, dialect.refused(pdu, wanted))
            return
        self._amend.replace(
            account.name, wanted,
            lambda is_done: respond(pdu, dialect.replace_answer(pdu, 0 if is_done else REPLACE_FAILED)),
        )

    def query_day(self, account: Account, dialect: Any, pdu: Any, respond: Respond) -> None:
        """CMPP_QUERY: the day's counts of the account, in all or of one Service_Id; zeros for what is no day."""
        self._spawn(self._query_day(account, dialect, pdu, respond))

    async def _query_day(self, account: Account, dialect: Any, pdu: Any, respond: Respond) -> None:
        wanted = dialect.read_query(pdu)
        totals = Totals()
        if wanted is not None:
            try:
                counts = await self._reader.day_counts(account.name, wanted.day, wanted.service_id or None)
            except StoreAway:
                respond(pdu, None)  # CMPP has no word for "later" here: the client asks again
                return
            totals = Totals(
                counts["total"], counts["total"], counts["sent"], counts["waiting"], counts["failed"],
                counts["inbound"], 0, 0,
            )
        respond(pdu, dialect.query_answer(pdu, totals))
