"""Numbers of SMPP 3.4 with their names: commands, statuses, flags, states.

A number outside these tables is data, not an error: fields are plain integers and these are names for the known ones.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

HEADER_OCTETS: Final = 16
FRAME_MAX_OCTETS: Final = 70_000
"""Largest frame read by default: a message_payload may take 64 KiB."""

SEQUENCE_MAX: Final = 0x7FFFFFFF
RESPONSE_BIT: Final = 0x80000000
VERSION_34: Final = 0x34
PRIORITY_MAX: Final = 3
"""Highest priority_flag (section 5.2.14)."""


class CommandId(IntEnum):
    """command_id of requests (section 5.1.2.1); a response has RESPONSE_BIT on top."""

    GENERIC_NACK = 0x80000000
    BIND_RECEIVER = 0x1
    BIND_TRANSMITTER = 0x2
    QUERY_SM = 0x3
    SUBMIT_SM = 0x4
    DELIVER_SM = 0x5
    UNBIND = 0x6
    REPLACE_SM = 0x7
    CANCEL_SM = 0x8
    BIND_TRANSCEIVER = 0x9
    OUTBIND = 0xB
    ENQUIRE_LINK = 0x15
    SUBMIT_MULTI = 0x21
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103


class Status(IntEnum):
    """command_status (section 5.1.3); the specification writes each with the prefix ESME_."""

    ROK = 0x00
    RINVMSGLEN = 0x01
    RINVCMDLEN = 0x02
    RINVCMDID = 0x03
    RINVBNDSTS = 0x04
    RALYBND = 0x05
    RINVPRTFLG = 0x06
    RINVREGDLVFLG = 0x07
    RSYSERR = 0x08
    RINVSRCADR = 0x0A
    RINVDSTADR = 0x0B
    RINVMSGID = 0x0C
    RBINDFAIL = 0x0D
    RINVPASWD = 0x0E
    RINVSYSID = 0x0F
    RCANCELFAIL = 0x11
    RREPLACEFAIL = 0x13
    RMSGQFUL = 0x14
    RINVSERTYP = 0x15
    RINVNUMDESTS = 0x33
    RINVDLNAME = 0x34
    RINVDESTFLAG = 0x40
    RINVSUBREP = 0x42
    RINVESMCLASS = 0x43
    RCNTSUBDL = 0x44
    RSUBMITFAIL = 0x45
    RINVSRCTON = 0x48
    RINVSRCNPI = 0x49
    RINVDSTTON = 0x50
    RINVDSTNPI = 0x51
    RINVSYSTYP = 0x53
    RINVREPFLAG = 0x54
    RINVNUMMSGS = 0x55
    RTHROTTLED = 0x58
    RINVSCHED = 0x61
    RINVEXPIRY = 0x62
    RINVDFTMSGID = 0x63
    RX_T_APPN = 0x64
    RX_P_APPN = 0x65
    RX_R_APPN = 0x66
    RQUERYFAIL = 0x67
    RINVOPTPARSTREAM = 0xC0
    ROPTPARNOTALLWD = 0xC1
    RINVPARLEN = 0xC2
    RMISSINGOPTPARAM = 0xC3
    RINVOPTPARAMVAL = 0xC4
    RDELIVERYFAILURE = 0xFE
    RUNKNOWNERR = 0xFF


_STATUS_NAMES: Final = {int(status): f"ESME_{status.name}" for status in Status}
TEMPORARY_STATUSES: Final = frozenset({Status.RMSGQFUL, Status.RTHROTTLED, Status.RX_T_APPN, Status.RSYSERR})
"""Worth another try by default; any other refusal, vendor ones included, is final unless a channel says otherwise."""


def status_name(status: int) -> str:
    """`ESME_RTHROTTLED` for 0x58; `0x00000450` for a number without a name."""
    return _STATUS_NAMES.get(status) or f"0x{status:08x}"


class MessageState(IntEnum):
    """message_state (section 5.2.28); 0 and 9 come from 5.0."""

    SCHEDULED = 0
    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8
    SKIPPED = 9


class Ton(IntEnum):
    """Type of number (section 5.2.5)."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6


class Npi(IntEnum):
    """Numbering plan (section 5.2.6)."""

    UNKNOWN = 0
    E164 = 1
    DATA = 3
    TELEX = 4
    LAND_MOBILE = 6
    NATIONAL = 8
    PRIVATE = 9
    ERMES = 10
    INTERNET = 14
    WAP = 18


class EsmClass:
    """Bits of esm_class (section 5.2.12)."""

    MODE_MASK: Final = 0x03
    DATAGRAM: Final = 0x01
    TRANSACTION: Final = 0x02
    STORE_AND_FORWARD: Final = 0x03
    TYPE_MASK: Final = 0x3C
    RECEIPT: Final = 0x04
    DELIVERY_ACK: Final = 0x08
    USER_ACK: Final = 0x10
    CONVERSATION_ABORT: Final = 0x18
    INTERMEDIATE: Final = 0x20
    UDHI: Final = 0x40
    REPLY_PATH: Final = 0x80


class RegisteredDelivery:
    """Bits of registered_delivery (section 5.2.17)."""

    NONE: Final = 0
    FINAL: Final = 1
    FAILURE_ONLY: Final = 2
    SUCCESS_ONLY: Final = 3
    """Reserved in 3.4, this in 5.0."""
    FINAL_MASK: Final = 0x03
    INTERMEDIATE: Final = 0x10
