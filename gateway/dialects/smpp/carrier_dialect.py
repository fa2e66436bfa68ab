"""Carrier side over SMPP 3.4: messages into submits, answers, receipts and MO into domain values. We are an ESME."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from gateway.dialects import user_data
from gateway.dialects.answer import Answered, stat_of
from gateway.dialects.mo_text import as_told
from gateway.dialects.smpp import carrier_id
from gateway.dialects.smpp.carrier_receipt import ReceiptReader
from gateway.domain.channel import Channel
from gateway.domain.message import Message, Submission
from gateway.domain.number_spelling import as_typed, normalise
from gateway.domain.outcome import Answer, Inbound, Receipt, Unreadable
from protocols.any_pdu import AnyPdu
from protocols.smpp import pdus, tlv
from protocols.smpp.constants import (
    PRIORITY_MAX,
    TEMPORARY_STATUSES,
    VERSION_34,
    EsmClass,
    RegisteredDelivery,
    Status,
    Ton,
    status_name,
)
from protocols.smpp.times import CHINA_OFFSET_S, format_absolute
from protocols.text.codings import Encoding, from_data_coding, to_data_coding
from protocols.text.schemes import ALL, FIRST, class_of, number_of

PASSWORD_MAX: Final = 8
ADDRESS_MAX: Final = 20
SERVICE_TYPE_MAX: Final = 5
UDHI: Final[int] = EsmClass.UDHI
UDHI_STORED: Final = UDHI | EsmClass.STORE_AND_FORWARD

_BINARY: Final = Encoding.BINARY
_BINDS: Final = {"trx": pdus.BindTransceiver, "tx": pdus.BindTransmitter, "rx": pdus.BindReceiver}
_DELIVERS: Final = (pdus.DeliverSm, pdus.DataSm)
_TYPE_MASK: Final = EsmClass.TYPE_MASK
_FINAL: Final[int] = RegisteredDelivery.FINAL
_ACCEPTED: Final = Answer.ACCEPTED
_REFUSED: Final = Answer.REFUSED
_THROTTLED: Final = Answer.THROTTLED


class SmppCarrierDialect:
    """One channel; everything that depends on it alone is worked out once."""

    __slots__ = (
        "_channel", "_code", "_codings", "_destination_npi", "_destination_ton", "_is_international", "_name",
        "_numbers", "_one_receipt", "_reads_mislabelled", "_receipts", "_serves_abroad", "_service_type", "_source_npi",
        "_source_ton", "_spell", "_temporary", "_udhi",
    )

    def __init__(self, channel: Channel) -> None:
        quirks = channel.quirks
        self._channel = channel
        self._name = channel.name
        self._code = channel.service_code
        self._service_type = channel.service_id[:SERVICE_TYPE_MAX]
        self._source_ton, self._source_npi = channel.source_ton, channel.source_npi
        self._destination_ton, self._destination_npi = channel.destination_ton, channel.destination_npi
        self._serves_abroad = channel.serves_abroad
        self._reads_mislabelled = quirks.mislabelled_text
        self._is_international = channel.destination_ton == Ton.INTERNATIONAL
        self._codings = tuple(from_data_coding(number, quirks.default_alphabet).encoding for number in range(256))
        self._numbers = _numbers(quirks.default_alphabet)
        self._receipts = ReceiptReader(channel)
        self._spell = carrier_id.RESPONSE_SPELL[quirks.id_base]
        self._temporary = TEMPORARY_STATUSES | quirks.temporary_statuses
        self._udhi = UDHI_STORED if quirks.udhi_as_one else UDHI
        self._one_receipt = quirks.last_part_receipt_only

    def bind(self, kind: str, now: float) -> pdus.Pdu:
        """Return the bind of a kind: trx, tx or rx."""
        channel = self._channel
        password = channel.password if channel.quirks.long_password else channel.password[:PASSWORD_MAX]
        wire_password = password.encode().decode("latin-1")
        return _BINDS[kind](channel.login[:15], wire_password, channel.system_type[:12], VERSION_34)

    @staticmethod
    def is_proven(pdu: AnyPdu) -> bool:
        """Tell whether a bind's answer proves who gave it: SMPP has no such proof to ask for."""
        return True

    @staticmethod
    def bind_status_name(status: int) -> str:
        """Return the specification's name of a refused bind's status."""
        return status_name(status)

    # --- submit --------------------------------------------------------------------------------------------------

    def submit(self, message: Message, index: int, now: float) -> pdus.SubmitSm:
        """Return the submit of one wire segment."""
        asked = message.submission
        number, tlvs = self._numbers[asked.scheme][message.encoding]
        if message.encoding is _BINARY:
            number = self._number_of_binary(asked, number)
        source = asked.source
        if self._code and not source.startswith(self._code):
            source = self._code + source
        destination = asked.destination
        if self._is_international:
            destination = _with_country_code(destination)
        priority = asked.priority
        pdu = pdus.SubmitSm(
            self._service_type, self._source_ton, self._source_npi, source[:ADDRESS_MAX], self._destination_ton,
            self._destination_npi, destination, self._udhi if message.has_udh else 0, asked.protocol_id,
            priority if priority < PRIORITY_MAX else PRIORITY_MAX, "", "", _FINAL, 0, number, 0, message.parts[index],
        )
        if tlvs:
            pdu.tlvs = tlvs
        if asked.expires_at is not None:
            pdu.validity_period = format_absolute(asked.expires_at, CHINA_OFFSET_S)
        if asked.wants_interim:
            pdu.registered_delivery = _FINAL | RegisteredDelivery.INTERMEDIATE
        if self._one_receipt and index + 1 < len(message.parts):
            pdu.registered_delivery = 0
        return pdu

    def _number_of_binary(self, asked: Submission, number: int) -> int:
        """An alphabet unknown to us keeps the number under which its octets came; from 16 on, CMPP's mean the same."""
        known = asked.data_coding
        is_kept = (asked.protocol == "smpp" or known >= FIRST) and (known >= FIRST or not asked.flash)
        return known if is_kept and self._codings[known] is _BINARY else number

    # --- answers -------------------------------------------------------------------------------------------------

    def read_answer(self, pdu: AnyPdu) -> Answered:
        """Return what the carrier said to a submit; a nack, even one with status 0, took nothing."""
        assert isinstance(pdu, pdus.Pdu)
        status = pdu.status
        if pdu.tlvs and (congestion := tlv.get_int(pdu.tlvs, tlv.CONGESTION_STATE)):
            return self._congested(pdu, congestion)
        if not status:
            if pdu.__class__ is pdus.SubmitSmResp or isinstance(pdu, pdus.MessageIdResp):
                message_id = pdu.message_id
                return Answered(_ACCEPTED, self._spell(message_id) if message_id else "", 0, "")
            status = int(Status.RUNKNOWNERR)
        answer = _THROTTLED if status in self._temporary else _REFUSED
        return Answered(answer, "", status, stat_of("S", status, "X"))

    def _congested(self, pdu: pdus.Pdu, congestion: int) -> Answered:
        """Return what the carrier said, and how near it is to what it can take (SMPP 5.0, also met from 3.4)."""
        pdu.tlvs = ()
        read = self.read_answer(pdu)
        read.congestion = congestion
        return read

    # --- receipts and MO -----------------------------------------------------------------------------------------

    def read_deliver(self, pdu: AnyPdu, now: float) -> Receipt | Inbound | Unreadable | None:
        """Return the receipt or MO in a deliver_sm or data_sm; None where there is nothing to do but to answer."""
        if not isinstance(pdu, _DELIVERS):
            return None
        if self._receipts.is_receipt(pdu):
            return self._receipts.read(pdu, now)
        if pdu.esm_class & _TYPE_MASK == EsmClass.CONVERSATION_ABORT:
            return None
        return self._inbound(pdu, now)

    def _inbound(self, pdu: pdus.DeliverSm | pdus.DataSm, now: float) -> Inbound:
        octets = pdu.short_message if isinstance(pdu, pdus.DeliverSm) else b""
        udh = b""
        tlvs = pdu.tlvs
        if tlvs:
            octets = octets or tlv.get_octets(tlvs, tlv.MESSAGE_PAYLOAD) or b""
        if pdu.esm_class & EsmClass.UDHI:
            octets, udh = user_data.cut(octets)
        elif tlvs:
            udh = user_data.header_of(user_data.sar_place(tlvs), user_data.ports_header(tlvs))
        number = pdu.data_coding
        octets, encoding, number, text = as_told(
            octets, self._codings[number], number, reads_mislabelled=self._reads_mislabelled
        )
        source = pdu.source_addr
        spelled = as_typed(source, pdu.source_addr_ton) if self._serves_abroad else source
        return Inbound(
            "", 0, self._name, normalise(spelled) or source, pdu.destination_addr, encoding, number,
            octets, udh, now, pdu.service_type, text,
        )

    def deliver_answer(self, pdu: AnyPdu, is_ok: bool = True) -> pdus.Pdu | None:
        """Return the answer to a deliver; not OK is temporary: the carrier sends it again. An alert has none."""
        if pdu.__class__ is pdus.DeliverSm:
            return pdus.DeliverSmResp() if is_ok else pdus.DeliverSmResp(status=Status.RX_T_APPN)
        if pdu.__class__ is pdus.AlertNotification:
            return None
        return pdus.response_to(pdu, status=0 if is_ok else Status.RX_T_APPN)


def _with_country_code(destination: str) -> str:
    """Return a number as the type "international" wants it: country code first, no prefix before it."""
    return destination[2:] if destination.startswith("00") else f"86{destination}"


@lru_cache(maxsize=len(Encoding))
def _numbers(default: Encoding) -> dict[int, dict[Encoding, tuple[int, tlv.Tlvs]]]:
    """Return (data_coding, parameters) by scheme and encoding.

    Where the two have no number together, a parameter says a class; that a text may be discarded, nothing does.
    """
    plain: dict[Encoding, tuple[int, tlv.Tlvs]] = {
        encoding: (to_data_coding(encoding, default=default), ()) for encoding in Encoding
    }
    found = {0: plain}
    for scheme in ALL[1:]:
        told = found[scheme] = {}
        message_class = class_of(scheme)
        for encoding in Encoding:
            number = number_of(encoding, scheme)
            if number is not None:
                told[encoding] = (number, ())
            elif message_class is not None:
                told[encoding] = (plain[encoding][0], tlv.DEST_ADDR_SUBUNIT.of(message_class + 1))
    return found
