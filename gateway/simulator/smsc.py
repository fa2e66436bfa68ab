"""A carrier's words in SMPP 3.4: binds, answers, receipts in text and parameters, MO."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final

from gateway.simulator.traffic import Handset, TakenSegment, Verdict
from protocols.any_pdu import AnyPdu
from protocols.session import Limits, Session
from protocols.smpp import pdus, receipt, tlv
from protocols.smpp.constants import EsmClass, MessageState, RegisteredDelivery, Status
from protocols.smpp.session import SMSC, SmppSession
from protocols.smpp.times import CHINA_OFFSET_S
from protocols.text.codings import from_data_coding, to_data_coding

_STATUSES: Final = {
    Verdict.TAKEN: Status.ROK,
    Verdict.THROTTLED: Status.RTHROTTLED,
    Verdict.BUSY: Status.RMSGQFUL,
}
_FLASH_SUBUNIT: Final = 1
_ID_FORMS: Final = {  # how the answer and how the receipt spells the same number
    "decimal": ("{}", "{}"),
    "hex": ("{:x}", "{:x}"),
    "response_hex": ("{:x}", "{}"),
    "receipt_hex": ("{}", "{:x}"),
}


class Smsc:
    """Ids count up from `first_id`, spelled as `id_form` says."""

    FAILURES: tuple[str, ...] = ("UNDELIV", "EXPIRED", "REJECTD", "DELETED")

    def __init__(self, first_id: int, id_form: str = "decimal") -> None:
        self.refusal = int(Status.RSUBMITFAIL)
        self.throttle = int(Status.RTHROTTLED)
        self._ids = count(first_id)
        self._answer_form, self._receipt_form = _ID_FORMS[id_form]

    def make_session(self, limits: Limits, now: float) -> Session:
        return SmppSession(SMSC, limits, now=now)

    def bind_answer(
        self, session: Session, pdu: AnyPdu, logins: Mapping[str, str], is_full: bool
    ) -> tuple[AnyPdu, bool]:
        """The answer to a bind, and whether it is a yes."""
        assert isinstance(pdu, pdus.Bind)
        if logins and logins.get(pdu.system_id) != pdu.password:
            return pdus.response_to(pdu, int(Status.RINVPASWD)), False
        if is_full:
            return pdus.response_to(pdu, int(Status.RBINDFAIL)), False
        return pdus.response_to(pdu, system_id="SIMSMSC", tlvs=tlv.SC_INTERFACE_VERSION.of(0x34)), True

    def is_submit(self, pdu: AnyPdu) -> bool:
        return isinstance(pdu, pdus.SubmitSm | pdus.DataSm)

    def read_submit(self, pdu: AnyPdu, at: float) -> list[TakenSegment]:
        """The one segment in a submit_sm or data_sm."""
        assert isinstance(pdu, pdus.SubmitSm | pdus.DataSm)
        octets = pdu.short_message if isinstance(pdu, pdus.SubmitSm) else b""
        octets = octets or tlv.get_octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) or b""
        coding = from_data_coding(pdu.data_coding)
        is_flash = coding.flash or tlv.get_int(pdu.tlvs, tlv.DEST_ADDR_SUBUNIT) == _FLASH_SUBUNIT
        number = next(self._ids)
        return [
            TakenSegment(
                self._answer_form.format(number), self._receipt_form.format(number), pdu.source_addr,
                pdu.destination_addr, octets, coding.encoding, bool(pdu.esm_class & EsmClass.UDHI), is_flash,
                pdu.service_type, pdu.registered_delivery & RegisteredDelivery.FINAL_MASK, at,
            )
        ]

    def answer(self, pdu: AnyPdu, segments: list[TakenSegment], verdict: Verdict) -> AnyPdu:
        message_id = segments[0].carrier_id if segments else ""
        if verdict is Verdict.THROTTLED:
            return pdus.response_to(pdu, self.throttle)
        status = self.refusal if verdict is Verdict.REFUSED else int(_STATUSES[verdict])
        return pdus.response_to(pdu, status, message_id=message_id)

    def tell_congestion(self, response: AnyPdu, state: int) -> None:
        assert isinstance(response, pdus.Pdu)
        response.tlvs = tlv.CONGESTION_STATE.of(state)

    def other_answer(self, pdu: AnyPdu) -> AnyPdu | None:
        """This carrier neither finds, cancels nor replaces anything."""
        status = Status.RQUERYFAIL if isinstance(pdu, pdus.QuerySm) else Status.RINVCMDID
        return pdus.response_to(pdu, int(status))

    def receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu:
        """A deliver_sm with the usual text, receipted_message_id and message_state."""
        return self._receipt(segment, segment.receipt_id, at)

    def stray_receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu:
        return self._receipt(segment, f"9{segment.receipt_id}9", at)

    def garbled_receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu:
        """A receipt by its esm_class, in which nothing can be read."""
        pdu = self._receipt(segment, "", at)
        pdu.short_message, pdu.tlvs = b"id sub:\x01\x02 date ::: stat", ()
        return pdu

    def _receipt(self, segment: TakenSegment, message_id: str, at: float) -> pdus.DeliverSm:
        state = receipt.STATES.get(segment.stat, int(MessageState.UNDELIVERABLE))
        err = "000" if state == MessageState.DELIVERED else "011"
        told = receipt.Receipt(message_id, segment.stat, state, err=err)
        return pdus.DeliverSm(
            source_addr_ton=1, source_addr_npi=1, source_addr=segment.destination, destination_addr=segment.source,
            esm_class=EsmClass.RECEIPT, tlvs=receipt.receipt_tlvs(told),
            short_message=receipt.format_text(told, segment.taken_at, at, offset_s=CHINA_OFFSET_S),
        )

    def inbound(self, handset: Handset, index: int, at: float) -> AnyPdu:
        return pdus.DeliverSm(
            service_type=handset.service, source_addr_ton=1, source_addr_npi=1, source_addr=handset.source,
            destination_addr=handset.destination, esm_class=EsmClass.UDHI if handset.has_header else 0,
            data_coding=to_data_coding(handset.encoding), short_message=handset.parts[index],
        )

    def is_ok(self, response: AnyPdu) -> bool:
        return isinstance(response, pdus.Pdu) and not response.status
