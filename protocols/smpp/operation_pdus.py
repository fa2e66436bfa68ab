"""PDUs about a message accepted earlier, and alerts: query_sm, cancel_sm, replace_sm, alert (4.8 to 4.12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from protocols.fields import U8, Counted, CString
from protocols.smpp.constants import MessageState, Status
from protocols.smpp.pdu import Pdu


@dataclass(slots=True, repr=False)
class QuerySm(Pdu):
    """Asks for the state of a message."""

    message_id: Annotated[str, CString(65, Status.RINVMSGID)] = ""
    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(21, Status.RINVSRCADR)] = ""


@dataclass(slots=True, repr=False)
class QuerySmResp(Pdu):
    """Answers QuerySm. A body that is missing leaves the state unknown."""

    message_id: Annotated[str, CString(65)] = ""
    final_date: Annotated[str, CString(17)] = ""
    message_state: Annotated[int, U8] = int(MessageState.UNKNOWN)
    error_code: Annotated[int, U8] = 0


@dataclass(slots=True, repr=False)
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


class CancelSmResp(Pdu):
    """Answers CancelSm."""

    __slots__ = ()


@dataclass(slots=True, repr=False)
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


class ReplaceSmResp(Pdu):
    """Answers ReplaceSm."""

    __slots__ = ()


@dataclass(slots=True, repr=False)
class AlertNotification(Pdu):
    """The SMSC's "this handset can be reached again" (4.12.1); it has no response."""

    source_addr_ton: Annotated[int, U8] = 0
    source_addr_npi: Annotated[int, U8] = 0
    source_addr: Annotated[str, CString(65, Status.RINVSRCADR)] = ""
    esme_addr_ton: Annotated[int, U8] = 0
    esme_addr_npi: Annotated[int, U8] = 0
    esme_addr: Annotated[str, CString(65, Status.RINVDSTADR)] = ""
