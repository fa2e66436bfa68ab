"""CMPP's numbers: command ids, Status, Result, versions, sizes and the times the specification names.

Source: CMPP 2.0 and 3.0, the tables of commands and of CONNECT_RESP, SUBMIT_RESP and DELIVER_RESP. Numbers outside
a table are data: peers send them, so fields hold plain integers and these enums only give names.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

HEADER_OCTETS: Final = 12
FRAME_MAX_OCTETS: Final = 4096
"""Longest frame read. The longest lawful one, a 3.0 SUBMIT of 255 octets to 99 numbers, has 3586."""

VERSION_20: Final = 0x20
VERSION_21: Final = 0x21
VERSION_30: Final = 0x30
VERSION_MAX: Final = 0x3F
"""Highest Version octet that 3.0's layouts answer: its minor number is no other layout."""

RESPONSE_BIT: Final = 0x8000_0000
SEQUENCE_MAX: Final = 0xFFFF_FFFF
DESTINATIONS_MAX: Final = 99
LEVEL_MAX: Final = 9
"""Highest Msg_level."""

PORT_LONG: Final = 7890
PORT_SHORT: Final = 7900

KEEPALIVE_IDLE_S: Final = 180.0
"""C: silence after which ACTIVE_TEST goes out. In the field 5 to 60 s is usual."""
RESPONSE_TIMEOUT_S: Final = 60.0
"""T: wait for any response."""
WINDOW_MAX: Final = 16
"""W: unanswered requests in each direction."""


class Command(IntEnum):
    """Command_Id. FWD and the routing family (0x10 to 0x17) run between ISMGs and are not for an SP."""

    CONNECT = 0x0000_0001
    TERMINATE = 0x0000_0002
    SUBMIT = 0x0000_0004
    DELIVER = 0x0000_0005
    QUERY = 0x0000_0006
    CANCEL = 0x0000_0007
    ACTIVE_TEST = 0x0000_0008
    FWD = 0x0000_0009
    CONNECT_RESP = 0x8000_0001
    TERMINATE_RESP = 0x8000_0002
    SUBMIT_RESP = 0x8000_0004
    DELIVER_RESP = 0x8000_0005
    QUERY_RESP = 0x8000_0006
    CANCEL_RESP = 0x8000_0007
    ACTIVE_TEST_RESP = 0x8000_0008
    FWD_RESP = 0x8000_0009


class ConnectStatus(IntEnum):
    """Status of CONNECT_RESP; 5 and above is "other", and 5 is what a refused extra session gets."""

    OK = 0
    STRUCTURE = 1
    SOURCE_ADDRESS = 2
    AUTHENTICATION = 3
    VERSION_TOO_HIGH = 4
    OTHER = 5


class Result(IntEnum):
    """Result of SUBMIT_RESP and DELIVER_RESP. 14 to 99 are reserved, 100 to 199 the vendor's."""

    OK = 0
    STRUCTURE = 1
    COMMAND = 2
    REPEATED_SEQUENCE = 3
    MESSAGE_LENGTH = 4
    FEE_CODE = 5
    TOO_LONG = 6
    SERVICE_CODE = 7
    FLOW_CONTROL = 8
    NOT_SERVED = 9
    SRC_ID = 10
    MSG_SRC = 11
    FEE_TERMINAL = 12
    DEST_TERMINAL = 13


class MsgFmt(IntEnum):
    """Msg_Fmt as the specification lists it; anything else is read as a GSM data coding octet."""

    ASCII = 0
    SIM_WRITE = 3
    BINARY = 4
    UCS2 = 8
    GBK = 15


class RegisteredDelivery(IntEnum):
    """Registered_Delivery: what a SUBMIT asks for (2 is 2.0's alone); in a DELIVER, 0 is an MO and 1 a receipt."""

    NONE = 0
    RECEIPT = 1
    CHARGING_RECORD = 2


class FeeUserType(IntEnum):
    """Fee_UserType: who pays."""

    DESTINATION = 0
    SOURCE = 1
    SP = 2
    FEE_TERMINAL = 3


_RESULT_NAMES: Final = {int(result): result.name for result in Result}


def layout_version(version: int) -> int:
    """The layouts that a Version octet stands for: 0x30 from 3.0 on, 0x20 for 2.x and for the 0 and 1 of old peers."""
    return VERSION_30 if version >= VERSION_30 else VERSION_20


def result_name(result: int) -> str:
    """`FLOW_CONTROL` for 8; `Result 150` for a number without a name."""
    return _RESULT_NAMES.get(result) or f"Result {result}"


def is_temporary(result: int) -> bool:
    """Whether the same request may be sent again later: flow control alone; a vendor's number needs a setting."""
    return result == Result.FLOW_CONTROL
