"""A client's words in CMPP 2.0 and 3.0: CONNECT, SUBMIT, status reports and MO read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.simulator.core_interfaces import ClientTerms, Wish
from gateway.simulator.traffic import Heard, Told, Verdict
from protocols.any_pdu import AnyPdu
from protocols.cmpp import auth, pdus
from protocols.cmpp.constants import VERSION_20, VERSION_30, RegisteredDelivery, Result, is_temporary, result_name
from protocols.cmpp.receipt import read_receipt
from protocols.cmpp.session import SP, CmppSession
from protocols.session import Limits, Session
from protocols.text.codings import Encoding, choose_encoding, from_msg_fmt, to_msg_fmt
from protocols.text.segments import segment_max, split, with_concat_udh
from protocols.text.udh import concat_octets

_VERSIONS: Final = {"cmpp20": VERSION_20, "cmpp30": VERSION_30}
_RESULTS: Final = {
    Verdict.TAKEN: Result.OK, Verdict.THROTTLED: Result.FLOW_CONTROL, Verdict.BUSY: Result.FLOW_CONTROL,
    Verdict.REFUSED: Result.NOT_SERVED,
}
_FEE_SP_PAYS, _FEE_FREE = 2, "01"


class Sp:
    """The CMPP side of one client."""

    def __init__(self, terms: ClientTerms) -> None:
        self._terms = terms
        self._version = _VERSIONS[terms.protocol]

    def make_session(self, limits: Limits, now: float) -> Session:
        return CmppSession(SP, limits, now=now)

    def bind(self, at: float) -> AnyPdu:
        return auth.connect(self._terms.login, self._terms.password, self._version, at)

    def submits(self, destination: str, text: str, wish: Wish, reference: int) -> Sequence[AnyPdu]:
        """One SUBMIT a segment."""
        encoding = wish.encoding or choose_encoding(text, () if wish.is_flash else (Encoding.ASCII,))
        bits = wish.udh_bits
        bodies = split(text, encoding, multi_max=segment_max(encoding, concat_octets(bits)))
        parts = with_concat_udh(bodies, reference, bits)
        return [
            pdus.Submit(
                pk_total=len(parts), pk_number=number, registered_delivery=int(wish.wants_receipt),
                service_id=wish.service, fee_user_type=_FEE_SP_PAYS, tp_udhi=int(len(parts) > 1),
                msg_fmt=to_msg_fmt(encoding, wish.is_flash), msg_src=self._terms.login, fee_type=_FEE_FREE,
                fee_code="000000", src_id=wish.source, dest_terminal_id=(destination,), msg_content=part,
            )
            for number, part in enumerate(parts, start=1)
        ]

    def message_id(self, response: AnyPdu) -> str:
        return str(_submitted(response).msg_id)

    def status(self, response: AnyPdu) -> int:
        return int(_submitted(response).result)

    def refusal_words(self, response: AnyPdu) -> str:
        """The Result's name where the specification has one: CMPP has no room for a reason."""
        return result_name(self.status(response))

    def is_temporary(self, status: int) -> bool:
        return is_temporary(status)

    def read_deliver(self, pdu: AnyPdu) -> Told | Heard | None:
        if not isinstance(pdu, pdus.Deliver):
            return None
        if pdu.registered_delivery == RegisteredDelivery.RECEIPT:
            told = read_receipt(pdu.msg_content)
            return None if told is None else Told(str(told.msg_id), told.stat, told.stat, told.dest_terminal_id)
        encoding = from_msg_fmt(pdu.msg_fmt).encoding
        return Heard(pdu.src_terminal_id, pdu.dest_id, pdu.msg_content, encoding, bool(pdu.tp_udhi))

    def deliver_answer(self, pdu: AnyPdu, verdict: Verdict) -> AnyPdu:
        return pdus.response_to(pdu, result=int(_RESULTS[verdict]))


def _submitted(response: AnyPdu) -> pdus.SubmitResp:
    assert isinstance(response, pdus.SubmitResp)
    return response
