"""A carrier's words in CMPP 2.0 and 3.0: CONNECT, answers, status reports, MO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.simulator.traffic import Handset, TakenSegment, Verdict
from protocols.any_pdu import AnyPdu
from protocols.cmpp import auth, pdus
from protocols.cmpp.constants import VERSION_20, VERSION_30, ConnectStatus, RegisteredDelivery, Result
from protocols.cmpp.msg_id import MsgIdSource, nth
from protocols.cmpp.receipt import Receipt, write_receipt
from protocols.cmpp.session import ISMG, CmppSession
from protocols.session import Limits, Session
from protocols.smpp.times import CHINA_OFFSET_S, format_receipt_date
from protocols.text.codings import from_msg_fmt, to_msg_fmt

_RESULTS: Final = {
    Verdict.TAKEN: Result.OK,
    Verdict.THROTTLED: Result.FLOW_CONTROL,
    Verdict.BUSY: Result.FLOW_CONTROL,  # CMPP has one word for "later"
}
_FORCED: Final = {"cmpp20": VERSION_20, "cmpp30": VERSION_30}
_ISMG_CODE: Final = 901234
_STRAY_BITS: Final = 0xFFFF_0000


class Ismg:
    """`protocol` cmpp20 or cmpp30 forces a version, cmpp takes the peer's. Msg_Ids count up from `sequence`."""

    FAILURES: tuple[str, ...] = ("UNDELIV", "EXPIRED", "MK:0001", "MA:0054")

    def __init__(self, sequence: int, protocol: str) -> None:
        self._forced = _FORCED.get(protocol)
        self.refusal = int(Result.NOT_SERVED)
        self.throttle = int(Result.FLOW_CONTROL)
        self._ids = MsgIdSource(_ISMG_CODE, sequence=sequence)

    def make_session(self, limits: Limits, now: float) -> Session:
        return CmppSession(ISMG, limits, forced_version=self._forced, now=now)

    def bind_answer(
        self, session: Session, pdu: AnyPdu, logins: Mapping[str, str], is_full: bool
    ) -> tuple[AnyPdu, bool]:
        """The answer to a CONNECT, and whether it is a yes. Without logins anybody may come, with any secret."""
        assert isinstance(pdu, pdus.Connect)
        secret = logins.get(pdu.source_addr)
        if logins and (secret is None or not auth.is_proven(pdu, secret)):
            return auth.refuse(ConnectStatus.AUTHENTICATION, session.version), False
        if is_full:
            return auth.refuse(ConnectStatus.OTHER, session.version), False
        return auth.accept(pdu, secret or "", session.version), True

    def is_submit(self, pdu: AnyPdu) -> bool:
        return isinstance(pdu, pdus.Submit)

    def read_submit(self, pdu: AnyPdu, at: float) -> list[TakenSegment]:
        """One segment for each number; their ids follow the one that is answered."""
        assert isinstance(pdu, pdus.Submit)
        first = self._ids.take(at, len(pdu.dest_terminal_id))
        coding = from_msg_fmt(pdu.msg_fmt)
        wish = int(pdu.registered_delivery == RegisteredDelivery.RECEIPT)
        return [
            TakenSegment(
                str(nth(first, index)), str(nth(first, index)), pdu.src_id, destination, pdu.msg_content,
                coding.encoding, bool(pdu.tp_udhi), coding.flash, pdu.service_id, wish, at,
            )
            for index, destination in enumerate(pdu.dest_terminal_id)
        ]

    def answer(self, pdu: AnyPdu, segments: list[TakenSegment], verdict: Verdict) -> AnyPdu:
        if verdict is Verdict.THROTTLED:
            return pdus.SubmitResp(0, self.throttle)
        result = self.refusal if verdict is Verdict.REFUSED else int(_RESULTS[verdict])
        return pdus.SubmitResp(int(segments[0].carrier_id) if segments else 0, result)

    def tell_congestion(self, response: AnyPdu, state: int) -> None:
        """CMPP has no word for it."""

    def other_answer(self, pdu: AnyPdu) -> AnyPdu | None:
        """No day is counted and nothing can be taken back."""
        if isinstance(pdu, pdus.Query):
            return pdus.QueryResp(pdu.time, pdu.query_type, pdu.query_code)
        return pdus.CancelResp(1) if isinstance(pdu, pdus.Cancel) else None

    def receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu:
        """A DELIVER with a status report in the version's layout."""
        return self._report(segment, int(segment.receipt_id), at, version)

    def stray_receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu:
        return self._report(segment, int(segment.receipt_id) ^ _STRAY_BITS, at, version)

    def garbled_receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu:
        """A report that ends before its numbers do."""
        pdu = self._report(segment, int(segment.receipt_id), at, version)
        pdu.msg_content = pdu.msg_content[:20]
        return pdu

    def _report(self, segment: TakenSegment, msg_id: int, at: float, version: int) -> pdus.Deliver:
        told = Receipt(
            msg_id, segment.stat, format_receipt_date(segment.taken_at, CHINA_OFFSET_S),
            format_receipt_date(at, CHINA_OFFSET_S), segment.destination,
        )
        return pdus.Deliver(
            msg_id=msg_id, dest_id=segment.source, service_id=segment.service, src_terminal_id=segment.destination,
            registered_delivery=1, msg_content=write_receipt(told, version),
        )

    def inbound(self, handset: Handset, index: int, at: float) -> AnyPdu:
        return pdus.Deliver(
            msg_id=self._ids.take(at), dest_id=handset.destination, service_id=handset.service,
            tp_udhi=int(handset.has_header), msg_fmt=to_msg_fmt(handset.encoding), src_terminal_id=handset.source,
            msg_content=handset.parts[index],
        )

    def is_ok(self, response: AnyPdu) -> bool:
        return isinstance(response, pdus.DeliverResp) and not response.result
