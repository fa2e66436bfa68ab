"""PDUs that carry a message and their responses: submit_sm, submit_multi, deliver_sm, data_sm (4.4 to 4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from protocols.fields import U8, Counted, CString
from protocols.smpp.constants import Status
from protocols.smpp.destinations import DESTINATIONS, REFUSED, DistributionList, SmeAddress, UnsuccessfulSme
from protocols.smpp.pdu import Pdu
from protocols.smpp.tlv import Tlvs


@dataclass(slots=True, repr=False)
class Routed(Pdu):
    """The addresses that submit_sm and deliver_sm begin with."""

    service_type: Annotated[str, CString(6, Status.RINVSERTYP)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""
    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(21, Status.RINVDSTADR)] = ""


@dataclass(slots=True, repr=False)
class ShortMessage(Routed):
    """The layout that submit_sm and deliver_sm share. short_message: 254 octets in 3.4, 255 since 5.0."""

    esm_class: Annotated[int, U8] = 0
    protocol_id: Annotated[int, U8] = 0
    priority_flag: Annotated[int, U8] = 0
    schedule_delivery_time: Annotated[str, CString(17, Status.RINVSCHED)] = ""
    validity_period: Annotated[str, CString(17, Status.RINVEXPIRY)] = ""
    registered_delivery: Annotated[int, U8] = 0
    replace_if_present_flag: Annotated[int, U8] = 0
    data_coding: Annotated[int, U8] = 0
    sm_default_msg_id: Annotated[int, U8] = 0
    short_message: Annotated[bytes, Counted("sm_length", 255, Status.RINVMSGLEN)] = b""

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(
        self, service_type: str = "", source_addr_ton: int = 0, source_addr_npi: int = 0, source_addr: str = "",
        dest_addr_ton: int = 0, dest_addr_npi: int = 0, destination_addr: str = "", esm_class: int = 0,
        protocol_id: int = 0, priority_flag: int = 0, schedule_delivery_time: str = "", validity_period: str = "",
        registered_delivery: int = 0, replace_if_present_flag: int = 0, data_coding: int = 0,
        sm_default_msg_id: int = 0, short_message: bytes = b"", *, sequence: int = 0, status: int = 0,
        tlvs: Tlvs = (),
    ) -> None:
        self.service_type = service_type
        self.source_addr_ton = source_addr_ton
        self.source_addr_npi = source_addr_npi
        self.source_addr = source_addr
        self.dest_addr_ton = dest_addr_ton
        self.dest_addr_npi = dest_addr_npi
        self.destination_addr = destination_addr
        self.esm_class = esm_class
        self.protocol_id = protocol_id
        self.priority_flag = priority_flag
        self.schedule_delivery_time = schedule_delivery_time
        self.validity_period = validity_period
        self.registered_delivery = registered_delivery
        self.replace_if_present_flag = replace_if_present_flag
        self.data_coding = data_coding
        self.sm_default_msg_id = sm_default_msg_id
        self.short_message = short_message
        self.sequence = sequence
        self.status = status
        self.tlvs = tlvs


@dataclass(slots=True, repr=False)
class MessageIdResp(Pdu):
    """A response whose body is a message_id, absent when refused and often when it is empty."""

    message_id: Annotated[str, CString(65, is_open=True)] = ""

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(self, message_id: str = "", *, sequence: int = 0, status: int = 0, tlvs: Tlvs = ()) -> None:
        self.message_id = message_id
        self.sequence = sequence
        self.status = status
        self.tlvs = tlvs


class SubmitSm(ShortMessage):
    """One message to one number (4.4.1)."""

    __slots__ = ()


class SubmitSmResp(MessageIdResp):
    """Answers SubmitSm with our message_id (4.4.2)."""

    __slots__ = ()


class DeliverSm(ShortMessage):
    """An MO or a receipt (4.6.1)."""

    __slots__ = ()


class DeliverSmResp(MessageIdResp):
    """Answers DeliverSm; its message_id is empty (4.6.2)."""

    __slots__ = ()


@dataclass(slots=True, repr=False)
class SubmitMulti(Pdu):
    """One message to several numbers or lists (4.5.1)."""

    service_type: Annotated[str, CString(6, Status.RINVSERTYP)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""
    dest_address: Annotated[tuple[SmeAddress | DistributionList, ...], DESTINATIONS] = ()
    esm_class: Annotated[int, U8] = 0
    protocol_id: Annotated[int, U8] = 0
    priority_flag: Annotated[int, U8] = 0
    schedule_delivery_time: Annotated[str, CString(17, Status.RINVSCHED)] = ""
    validity_period: Annotated[str, CString(17, Status.RINVEXPIRY)] = ""
    registered_delivery: Annotated[int, U8] = 0
    replace_if_present_flag: Annotated[int, U8] = 0
    data_coding: Annotated[int, U8] = 0
    sm_default_msg_id: Annotated[int, U8] = 0
    short_message: Annotated[bytes, Counted("sm_length", 255, Status.RINVMSGLEN)] = b""


@dataclass(slots=True, repr=False)
class SubmitMultiResp(Pdu):
    """Answers SubmitMulti: one message_id and the numbers that were refused (4.5.2)."""

    message_id: Annotated[str, CString(65, is_open=True)] = ""
    unsuccess_sme: Annotated[tuple[UnsuccessfulSme, ...], REFUSED] = ()


@dataclass(slots=True, repr=False)
class DataSm(Pdu):
    """A message in either direction, its text in message_payload (4.7.1)."""

    service_type: Annotated[str, CString(6, Status.RINVSERTYP)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(65, Status.RINVSRCADR)] = ""
    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(65, Status.RINVDSTADR)] = ""
    esm_class: Annotated[int, U8] = 0
    registered_delivery: Annotated[int, U8] = 0
    data_coding: Annotated[int, U8] = 0


class DataSmResp(MessageIdResp):
    """Answers DataSm (4.7.2)."""

    __slots__ = ()
