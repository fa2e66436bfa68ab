"""PDUs that carry a message and their responses: submit_sm, submit_multi, deliver_sm, data_sm (4.4 to 4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from protocols.fields import U8, U32, Counted, CString, Group, Kind, Repeated
from protocols.smpp.constants import CommandId, Status
from protocols.smpp.pdu import Pdu, command


@dataclass(slots=True)
class Routed(Pdu):
    """The addresses that submit_sm and deliver_sm begin with."""

    service_type: Annotated[str, CString(6, Status.RINVSERTYP)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""
    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(21, Status.RINVDSTADR)] = ""


@dataclass(slots=True)
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


@dataclass(slots=True)
class MessageIdResp(Pdu):
    """A response whose body is a message_id, absent when refused and often when it is empty."""

    message_id: Annotated[str, CString(65, is_open=True)] = ""


@command(CommandId.SUBMIT_SM)
class SubmitSm(ShortMessage):
    """One message to one number (4.4.1)."""

    __slots__ = ()


@command(CommandId.SUBMIT_SM, is_response=True)
class SubmitSmResp(MessageIdResp):
    """Answers SubmitSm with our message_id (4.4.2)."""

    __slots__ = ()


@command(CommandId.DELIVER_SM)
class DeliverSm(ShortMessage):
    """An MO or a receipt (4.6.1)."""

    __slots__ = ()


@command(CommandId.DELIVER_SM, is_response=True)
class DeliverSmResp(MessageIdResp):
    """Answers DeliverSm; its message_id is empty (4.6.2)."""

    __slots__ = ()


@dataclass(slots=True)
class SmeAddress:
    """One destination of submit_multi that is a number (dest_flag 1, 4.5.1.1)."""

    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(21, Status.RINVDSTADR)] = ""


@dataclass(slots=True)
class DistributionList:
    """One destination of submit_multi that is a list kept by the SMSC (dest_flag 2, 4.5.1.2)."""

    dl_name: Annotated[str, CString(21, Status.RINVDLNAME)] = ""


class DestAddress(Kind):
    """dest_flag, then the one form or the other."""

    __slots__ = ()
    _FORMS: ClassVar[dict[int, Group]] = {1: Group(SmeAddress), 2: Group(DistributionList)}

    def read(self, buf: bytes, start: int, end: int) -> tuple[Any, int]:
        form = self._FORMS.get(buf[start]) if start < end else None
        if form is None:
            raise ValueError(f"dest_flag {buf[start]}, must be 1 or 2" if start < end else "no dest_flag")
        return form.read(buf, start + 1, end)

    def write(self, value: SmeAddress | DistributionList) -> bytes:
        flag = 1 if isinstance(value, SmeAddress) else 2
        return bytes((flag,)) + self._FORMS[flag].write(value)

    def describe(self) -> str:
        return "u8 dest_flag, then " + " or ".join(f"{flag}: {form.describe()}" for flag, form in self._FORMS.items())


@command(CommandId.SUBMIT_MULTI)
@dataclass(slots=True)
class SubmitMulti(Pdu):
    """One message to several numbers or lists (4.5.1)."""

    service_type: Annotated[str, CString(6, Status.RINVSERTYP)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""
    dest_address: Annotated[
        tuple[SmeAddress | DistributionList, ...], Repeated(DestAddress(), "number_of_dests", 255, Status.RINVNUMDESTS)
    ] = ()
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


@dataclass(slots=True)
class UnsuccessfulSme:
    """One refused number of submit_multi (4.5.2.1)."""

    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(21)] = ""
    error_status_code: Annotated[int, U32] = 0


@command(CommandId.SUBMIT_MULTI, is_response=True)
@dataclass(slots=True)
class SubmitMultiResp(Pdu):
    """Answers SubmitMulti: one message_id and the numbers that were refused (4.5.2)."""

    message_id: Annotated[str, CString(65, is_open=True)] = ""
    unsuccess_sme: Annotated[tuple[UnsuccessfulSme, ...], Repeated(Group(UnsuccessfulSme), "no_unsuccess")] = ()


@command(CommandId.DATA_SM)
@dataclass(slots=True)
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


@command(CommandId.DATA_SM, is_response=True)
class DataSmResp(MessageIdResp):
    """Answers DataSm (4.7.2)."""

    __slots__ = ()
