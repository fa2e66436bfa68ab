"""Every PDU of SMPP 3.4 as an annotated dataclass: wire names, wire order, widths, the status that answers a fault.

Section 4. Maximum sizes of C strings count the NUL. Counting octets (sm_length, number_of_dests, no_unsuccess) are
not fields: they come with the value they count. Any PDU may carry optional parameters in `tlvs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, TypeVar

from protocols.fields import U8, U32, Counted, CString, Group, Kind, Repeated, Tail
from protocols.smpp.constants import RESPONSE_BIT, CommandId, MessageState, Status
from protocols.smpp.tlv import Tlvs, build_tlvs, parse_tlvs

P = TypeVar("P", bound="type[Pdu]")
TLVS = Tail(parse_tlvs, build_tlvs, (), Status.RINVOPTPARAMVAL, "optional parameters")


@dataclass(slots=True)
class Pdu:
    """What every PDU has besides its body."""

    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    IS_RESPONSE: ClassVar[bool] = False

    sequence: int = field(default=0, kw_only=True)
    status: int = field(default=0, kw_only=True)
    tlvs: Annotated[Tlvs, TLVS] = field(default=(), kw_only=True)


@dataclass(slots=True)
class UnknownPdu(Pdu):
    """A PDU with a command_id that is not ours; `body` is kept as it came."""

    NAME: ClassVar[str] = "unknown"

    command_id: int = 0
    body: bytes = b""


def _command(command_id: CommandId, *, is_response: bool = False) -> Callable[[P], P]:
    """Give a PDU class its number and name."""

    def mark(cls: P) -> P:
        cls.COMMAND_ID = command_id | RESPONSE_BIT if is_response else int(command_id)
        cls.NAME = command_id.name.lower() + ("_resp" if is_response else "")
        cls.IS_RESPONSE = bool(cls.COMMAND_ID & RESPONSE_BIT)
        return cls

    return mark


# --- session management (4.1, 4.2, 4.11) ------------------------------------------------------------------------


@dataclass(slots=True)
class Bind(Pdu):
    """Body of the three binds. Quirk "long password": 8 characters on paper, up to 64 are read and written."""

    system_id: Annotated[str, CString(16, Status.RINVSYSID)] = ""
    password: Annotated[str, CString(65, Status.RINVPASWD)] = ""
    system_type: Annotated[str, CString(13, Status.RINVSYSTYP)] = ""
    interface_version: Annotated[int, U8] = 0x34
    addr_ton: Annotated[int, U8] = 0
    addr_npi: Annotated[int, U8] = 0
    address_range: Annotated[str, CString(41, Status.RBINDFAIL)] = ""


@dataclass(slots=True)
class BindResp(Pdu):
    """Body of the three bind responses; often left out."""

    system_id: Annotated[str, CString(16, is_open=True)] = ""


@_command(CommandId.OUTBIND)
@dataclass(slots=True)
class Outbind(Pdu):
    """The SMSC's "please bind as a receiver" (4.1.7); it has no response."""

    system_id: Annotated[str, CString(16, Status.RINVSYSID)] = ""
    password: Annotated[str, CString(65, Status.RINVPASWD)] = ""


@_command(CommandId.BIND_RECEIVER)
class BindReceiver(Bind):
    """Binds to receive only."""

    __slots__ = ()


@_command(CommandId.BIND_RECEIVER, is_response=True)
class BindReceiverResp(BindResp):
    """Answers BindReceiver."""

    __slots__ = ()


@_command(CommandId.BIND_TRANSMITTER)
class BindTransmitter(Bind):
    """Binds to submit only."""

    __slots__ = ()


@_command(CommandId.BIND_TRANSMITTER, is_response=True)
class BindTransmitterResp(BindResp):
    """Answers BindTransmitter."""

    __slots__ = ()


@_command(CommandId.BIND_TRANSCEIVER)
class BindTransceiver(Bind):
    """Binds for both."""

    __slots__ = ()


@_command(CommandId.BIND_TRANSCEIVER, is_response=True)
class BindTransceiverResp(BindResp):
    """Answers BindTransceiver."""

    __slots__ = ()


@_command(CommandId.UNBIND)
class Unbind(Pdu):
    """Ends a session, from either side."""

    __slots__ = ()


@_command(CommandId.UNBIND, is_response=True)
class UnbindResp(Pdu):
    """Answers Unbind."""

    __slots__ = ()


@_command(CommandId.ENQUIRE_LINK)
class EnquireLink(Pdu):
    """The keepalive."""

    __slots__ = ()


@_command(CommandId.ENQUIRE_LINK, is_response=True)
class EnquireLinkResp(Pdu):
    """Answers EnquireLink."""

    __slots__ = ()


@_command(CommandId.GENERIC_NACK)
class GenericNack(Pdu):
    """Refuses a PDU that could not be recognised (4.3); its own header may be all there is."""

    __slots__ = ()


# --- messages (4.4 to 4.7) --------------------------------------------------------------------------------------


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


@_command(CommandId.SUBMIT_SM)
class SubmitSm(ShortMessage):
    """One message to one number (4.4.1)."""

    __slots__ = ()


@_command(CommandId.SUBMIT_SM, is_response=True)
class SubmitSmResp(MessageIdResp):
    """Answers SubmitSm with our message_id (4.4.2)."""

    __slots__ = ()


@_command(CommandId.DELIVER_SM)
class DeliverSm(ShortMessage):
    """An MO or a receipt (4.6.1)."""

    __slots__ = ()


@_command(CommandId.DELIVER_SM, is_response=True)
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


@_command(CommandId.SUBMIT_MULTI)
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


@_command(CommandId.SUBMIT_MULTI, is_response=True)
@dataclass(slots=True)
class SubmitMultiResp(Pdu):
    """Answers SubmitMulti: one message_id and the numbers that were refused (4.5.2)."""

    message_id: Annotated[str, CString(65, is_open=True)] = ""
    unsuccess_sme: Annotated[tuple[UnsuccessfulSme, ...], Repeated(Group(UnsuccessfulSme), "no_unsuccess")] = ()


@_command(CommandId.DATA_SM)
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


@_command(CommandId.DATA_SM, is_response=True)
class DataSmResp(MessageIdResp):
    """Answers DataSm (4.7.2)."""

    __slots__ = ()


# --- a message accepted earlier (4.8 to 4.10), alerts (4.12) ----------------------------------------------------


@_command(CommandId.QUERY_SM)
@dataclass(slots=True)
class QuerySm(Pdu):
    """Asks for the state of a message."""

    message_id: Annotated[str, CString(65, Status.RINVMSGID)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""


@_command(CommandId.QUERY_SM, is_response=True)
@dataclass(slots=True)
class QuerySmResp(Pdu):
    """Answers QuerySm. A body that is missing leaves the state unknown."""

    message_id: Annotated[str, CString(65)] = ""
    final_date: Annotated[str, CString(17)] = ""
    message_state: Annotated[int, U8] = int(MessageState.UNKNOWN)
    error_code: Annotated[int, U8] = 0


@_command(CommandId.CANCEL_SM)
@dataclass(slots=True)
class CancelSm(Pdu):
    """Takes back a message by its id, or with an empty id every one that matches the rest."""

    service_type: Annotated[str, CString(6, Status.RINVSERTYP)] = ""
    message_id: Annotated[str, CString(65, Status.RINVMSGID)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""
    dest_addr_ton: Annotated[int, U8] = 0
    dest_addr_npi: Annotated[int, U8] = 0
    destination_addr: Annotated[str, CString(21, Status.RINVDSTADR)] = ""


@_command(CommandId.CANCEL_SM, is_response=True)
class CancelSmResp(Pdu):
    """Answers CancelSm."""

    __slots__ = ()


@_command(CommandId.REPLACE_SM)
@dataclass(slots=True)
class ReplaceSm(Pdu):
    """Changes a waiting message; the data_coding stays that of the original."""

    message_id: Annotated[str, CString(65, Status.RINVMSGID)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""
    schedule_delivery_time: Annotated[str, CString(17, Status.RINVSCHED)] = ""
    validity_period: Annotated[str, CString(17, Status.RINVEXPIRY)] = ""
    registered_delivery: Annotated[int, U8] = 0
    sm_default_msg_id: Annotated[int, U8] = 0
    short_message: Annotated[bytes, Counted("sm_length", 255, Status.RINVMSGLEN)] = b""


@_command(CommandId.REPLACE_SM, is_response=True)
class ReplaceSmResp(Pdu):
    """Answers ReplaceSm."""

    __slots__ = ()


@_command(CommandId.ALERT_NOTIFICATION)
@dataclass(slots=True)
class AlertNotification(Pdu):
    """The SMSC's "this handset can be reached again" (4.12.1); it has no response."""

    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(65, Status.RINVSRCADR)] = ""
    esme_addr_ton: Annotated[int, U8] = 0
    esme_addr_npi: Annotated[int, U8] = 0
    esme_addr: Annotated[str, CString(65, Status.RINVDSTADR)] = ""


REQUESTS: tuple[type[Pdu], ...] = (
    BindReceiver, BindTransmitter, BindTransceiver, Outbind, Unbind, EnquireLink,
    SubmitSm, SubmitMulti, DeliverSm, DataSm, QuerySm, CancelSm, ReplaceSm, AlertNotification,
)  # fmt: skip
RESPONSES: tuple[type[Pdu], ...] = (
    BindReceiverResp, BindTransmitterResp, BindTransceiverResp, UnbindResp, EnquireLinkResp, GenericNack,
    SubmitSmResp, SubmitMultiResp, DeliverSmResp, DataSmResp, QuerySmResp, CancelSmResp, ReplaceSmResp,
)  # fmt: skip
BY_ID: dict[int, type[Pdu]] = {cls.COMMAND_ID: cls for cls in REQUESTS + RESPONSES}
"""Every PDU class by command_id."""


def response_to(request: Pdu, status: int = 0, **fields: Any) -> Pdu:
    """A response of the class that answers `request`, with its sequence."""
    return BY_ID[request.COMMAND_ID | RESPONSE_BIT](sequence=request.sequence, status=status, **fields)
