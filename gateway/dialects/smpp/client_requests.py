"""Query, cancel and replace of a message accepted earlier, over SMPP: one half of the client's dialect."""

from __future__ import annotations

from typing import Final

from gateway.dialects.error_words import number_of
from gateway.dialects.message_requests import NO_ID, CancelRequest, ReplaceRequest
from gateway.dialects.submit_times import moment
from gateway.domain.message import ReceiptWish
from gateway.domain.number_spelling import as_typed, normalise
from gateway.domain.outcome import State
from gateway.domain.verdict import Key, Reject
from protocols.smpp import pdus
from protocols.smpp.constants import RegisteredDelivery, Status
from protocols.smpp.times import CHINA_OFFSET_S, format_absolute

WISHES: Final = tuple(ReceiptWish(value & RegisteredDelivery.FINAL_MASK) for value in range(256))
"""By registered_delivery."""


class SmppOperations:
    """Nothing here depends on the account: whose message it is, the flows decide."""

    __slots__ = ()

    @staticmethod
    def read_query(pdu: pdus.QuerySm) -> int | None:
        """Return the id asked for, None where it cannot be one of ours."""
        return _own_id(pdu.message_id) or None

    @staticmethod
    def query_answer(
        pdu: pdus.QuerySm, segment_id: int, state: State, done_at: float | None, error: str
    ) -> pdus.QuerySmResp:
        """Return the state; final_date only with a final one, error_code only where it fits an octet."""
        final_date = format_absolute(done_at, CHINA_OFFSET_S) if done_at and state.is_final else ""
        code = number_of(error) or 0
        return pdus.QuerySmResp(str(segment_id), final_date, int(state), code if code <= 0xFF else 0)

    @staticmethod
    def query_refused(pdu: pdus.QuerySm) -> pdus.QuerySmResp:
        """Return the answer about a message that is not found."""
        return pdus.QuerySmResp(status=Status.RQUERYFAIL)

    @staticmethod
    def read_cancel(pdu: pdus.CancelSm, now: float = 0.0) -> CancelRequest:
        """Return what to take back. An id that cannot be ours is NO_ID, never "all of them"."""
        number = as_typed(pdu.destination_addr, pdu.dest_addr_ton)
        number = normalise(number) or number
        segment_id = _own_id(pdu.message_id) if pdu.message_id else None
        return CancelRequest(segment_id, pdu.source_addr, number, pdu.service_type)

    @staticmethod
    def cancel_answer(pdu: pdus.CancelSm, ok: bool) -> pdus.CancelSmResp:
        return pdus.CancelSmResp(status=0 if ok else Status.RCANCELFAIL)

    def read_replace(self, pdu: pdus.ReplaceSm, now: float) -> ReplaceRequest | Reject:
        """Return the new text and terms, or why the times cannot be read."""
        deliver_at = moment(pdu.schedule_delivery_time, now)
        expires_at = moment(pdu.validity_period, now)
        if isinstance(deliver_at, str):
            return Reject(Key.SCHED, "SMPP 3.4 7.1.1", deliver_at)
        if isinstance(expires_at, str):
            return Reject(Key.VALIDITY, "SMPP 3.4 7.1.1", expires_at)
        return ReplaceRequest(
            _own_id(pdu.message_id), pdu.source_addr, pdu.short_message, WISHES[pdu.registered_delivery], deliver_at,
            expires_at,
        )

    @staticmethod
    def replace_answer(pdu: pdus.ReplaceSm, status: int) -> pdus.ReplaceSmResp:
        """Return the answer: 0, or Status.RREPLACEFAIL and its kin."""
        return pdus.ReplaceSmResp(status=status)


def _own_id(message_id: str) -> int:
    """Return an id in our spelling, decimal and below 2**63, else NO_ID."""
    if message_id.isdecimal() and len(message_id) <= 19:
        number = int(message_id)
        return number if number < 1 << 63 else NO_ID
    return NO_ID
