"""A client's words in SMPP 3.4: binds of three kinds, submits of every form, receipts and MO read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.simulator.core_interfaces import ClientTerms, Wish
from gateway.simulator.traffic import Heard, Told, Verdict
from protocols.any_pdu import AnyPdu
from protocols.session import Limits, Session
from protocols.smpp import pdus, receipt, tlv
from protocols.smpp.constants import TEMPORARY_STATUSES, VERSION_34, EsmClass, Status
from protocols.smpp.session import ESME, SmppSession
from protocols.text.codings import Encoding, choose_encoding, encode_text, from_data_coding, to_data_coding
from protocols.text.segments import segment_max, split, with_concat_udh
from protocols.text.udh import concat_octets

_BINDS: Final = {"trx": pdus.BindTransceiver, "tx": pdus.BindTransmitter, "rx": pdus.BindReceiver}
_UNKNOWN, _E164 = 0, 1  # a number says itself what it is: digits as dialled in China, or + and a country code
_STATUSES: Final = {
    Verdict.TAKEN: Status.ROK, Verdict.THROTTLED: Status.RTHROTTLED, Verdict.BUSY: Status.RX_T_APPN,
    Verdict.REFUSED: Status.RX_R_APPN,
}


class Esme:
    """The SMPP side of one client."""

    def __init__(self, terms: ClientTerms) -> None:
        self._terms = terms

    def make_session(self, limits: Limits, now: float) -> Session:
        return SmppSession(ESME, limits, now=now)

    def bind(self, at: float) -> AnyPdu:
        terms = self._terms
        return _BINDS[terms.mode](terms.login, terms.password, "", VERSION_34)

    def submits(self, destination: str, text: str, wish: Wish, reference: int) -> Sequence[AnyPdu]:
        """One submit_sm, or several where the text is long and the wish is not message_payload."""
        encoding = wish.encoding or choose_encoding(text, (Encoding.GSM7,))
        if wish.split == "payload":
            octets = encode_text(text, encoding)
            return [self._submit(destination, b"", encoding, wish, tlv.MESSAGE_PAYLOAD.of(octets))]
        bits = wish.udh_bits
        bodies = split(text, encoding, multi_max=segment_max(encoding, concat_octets(bits)))
        if len(bodies) == 1:
            return [self._submit(destination, bodies[0], encoding, wish)]
        if wish.split == "sar":
            return [
                self._submit(
                    destination, body, encoding, wish,
                    tlv.SAR_MSG_REF_NUM.of(reference & 0xFFFF) + tlv.SAR_TOTAL_SEGMENTS.of(len(bodies))
                    + tlv.SAR_SEGMENT_SEQNUM.of(number),
                )
                for number, body in enumerate(bodies, start=1)
            ]
        return [
            self._submit(destination, part, encoding, wish, esm_class=EsmClass.UDHI)
            for part in with_concat_udh(bodies, reference, bits)
        ]

    def _submit(
        self, destination: str, octets: bytes, encoding: Encoding, wish: Wish, tlvs: tlv.Tlvs = (), esm_class: int = 0
    ) -> pdus.SubmitSm:
        return pdus.SubmitSm(
            service_type=wish.service, source_addr=wish.source, dest_addr_ton=_UNKNOWN, dest_addr_npi=_E164,
            destination_addr=destination, esm_class=esm_class, registered_delivery=int(wish.wants_receipt),
            data_coding=to_data_coding(encoding, wish.is_flash), short_message=octets, tlvs=tlvs,
        )

    def message_id(self, response: AnyPdu) -> str:
        return response.message_id if isinstance(response, pdus.MessageIdResp) else ""

    def status(self, response: AnyPdu) -> int:
        assert isinstance(response, pdus.Pdu)
        return int(response.status)

    def refusal_words(self, response: AnyPdu) -> str:
        """Key, clause and detail, as additional_status_info_text has them."""
        assert isinstance(response, pdus.Pdu)
        octets = tlv.get_octets(response.tlvs, tlv.ADDITIONAL_STATUS_INFO_TEXT) or b""
        return octets.rstrip(b"\0").decode("utf-8", "replace")

    def is_temporary(self, status: int) -> bool:
        return status in TEMPORARY_STATUSES

    def read_deliver(self, pdu: AnyPdu) -> Told | Heard | None:
        if not isinstance(pdu, pdus.DeliverSm | pdus.DataSm):
            return None
        if pdu.esm_class & EsmClass.TYPE_MASK in (EsmClass.RECEIPT, EsmClass.INTERMEDIATE):
            told = receipt.read_receipt(pdu)
            return Told(told.message_id, told.stat, told.err, pdu.source_addr)
        octets = pdu.short_message if isinstance(pdu, pdus.DeliverSm) else b""
        octets = octets or tlv.get_octets(pdu.tlvs, tlv.MESSAGE_PAYLOAD) or b""
        encoding = from_data_coding(pdu.data_coding).encoding
        has_header = bool(pdu.esm_class & EsmClass.UDHI)
        return Heard(pdu.source_addr, pdu.destination_addr, octets, encoding, has_header)

    def deliver_answer(self, pdu: AnyPdu, verdict: Verdict) -> AnyPdu:
        return pdus.response_to(pdu, _STATUSES[verdict])
