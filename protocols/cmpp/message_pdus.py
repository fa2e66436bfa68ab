"""PDUs that carry a message and their responses: SUBMIT and DELIVER, for 2.0 and 3.0 at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from protocols.cmpp.constants import DESTINATIONS_MAX, Result
from protocols.cmpp.pdu import STATUS, Pdu
from protocols.fields import U8, U64, ByVersion, Counted, Fixed, Repeated, only_20, only_30

TERMINAL: Final = ByVersion(Fixed(21), Fixed(32))
"""A number: 3.0 made room for pseudo codes."""
CONTENT: Final = Counted("Msg_Length", status=Result.MESSAGE_LENGTH)
DESTINATIONS: Final = ByVersion(
    Repeated(Fixed(21), "DestUsr_tl", DESTINATIONS_MAX, status=Result.DEST_TERMINAL),
    Repeated(Fixed(32), "DestUsr_tl", DESTINATIONS_MAX, status=Result.DEST_TERMINAL),
)


@dataclass(slots=True, repr=False)
class Submit(Pdu):
    """An MT message, or one part of it, for 1 to 99 numbers."""

    msg_id: Annotated[int, U64] = 0
    pk_total: Annotated[int, U8] = 1
    pk_number: Annotated[int, U8] = 1
    registered_delivery: Annotated[int, U8] = 0
    msg_level: Annotated[int, U8] = 0
    service_id: Annotated[str, Fixed(10)] = ""
    fee_user_type: Annotated[int, U8] = 0
    fee_terminal_id: Annotated[str, TERMINAL] = ""
    fee_terminal_type: Annotated[int, only_30(U8)] = 0
    tp_pid: Annotated[int, U8] = 0
    tp_udhi: Annotated[int, U8] = 0
    msg_fmt: Annotated[int, U8] = 0
    msg_src: Annotated[str, Fixed(6)] = ""
    fee_type: Annotated[str, Fixed(2)] = ""
    fee_code: Annotated[str, Fixed(6)] = ""
    valid_time: Annotated[str, Fixed(17)] = ""
    at_time: Annotated[str, Fixed(17)] = ""
    src_id: Annotated[str, Fixed(21)] = ""
    dest_terminal_id: Annotated[tuple[str, ...], DESTINATIONS] = ()
    dest_terminal_type: Annotated[int, only_30(U8)] = 0
    msg_content: Annotated[bytes, CONTENT] = b""
    reserve: Annotated[str, only_20(Fixed(8))] = ""
    link_id: Annotated[str, only_30(Fixed(20))] = ""

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(
        self, msg_id: int = 0, pk_total: int = 1, pk_number: int = 1, registered_delivery: int = 0,
        msg_level: int = 0, service_id: str = "", fee_user_type: int = 0, fee_terminal_id: str = "",
        fee_terminal_type: int = 0, tp_pid: int = 0, tp_udhi: int = 0, msg_fmt: int = 0, msg_src: str = "",
        fee_type: str = "", fee_code: str = "", valid_time: str = "", at_time: str = "", src_id: str = "",
        dest_terminal_id: tuple[str, ...] = (), dest_terminal_type: int = 0, msg_content: bytes = b"",
        reserve: str = "", link_id: str = "", *, sequence: int = 0,
    ) -> None:
        self.msg_id = msg_id
        self.pk_total = pk_total
        self.pk_number = pk_number
        self.registered_delivery = registered_delivery
        self.msg_level = msg_level
        self.service_id = service_id
        self.fee_user_type = fee_user_type
        self.fee_terminal_id = fee_terminal_id
        self.fee_terminal_type = fee_terminal_type
        self.tp_pid = tp_pid
        self.tp_udhi = tp_udhi
        self.msg_fmt = msg_fmt
        self.msg_src = msg_src
        self.fee_type = fee_type
        self.fee_code = fee_code
        self.valid_time = valid_time
        self.at_time = at_time
        self.src_id = src_id
        self.dest_terminal_id = dest_terminal_id
        self.dest_terminal_type = dest_terminal_type
        self.msg_content = msg_content
        self.reserve = reserve
        self.link_id = link_id
        self.sequence = sequence


@dataclass(slots=True, repr=False)
class SubmitResp(Pdu):
    """The first Msg_Id of the message and a Result."""

    msg_id: Annotated[int, U64] = 0
    result: Annotated[int, STATUS] = 0

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(self, msg_id: int = 0, result: int = 0, *, sequence: int = 0) -> None:
        self.msg_id = msg_id
        self.result = result
        self.sequence = sequence


@dataclass(slots=True, repr=False)
class Deliver(Pdu):
    """An MO message, or with registered_delivery 1 a receipt (cmpp.receipt reads its content)."""

    msg_id: Annotated[int, U64] = 0
    dest_id: Annotated[str, Fixed(21)] = ""
    service_id: Annotated[str, Fixed(10)] = ""
    tp_pid: Annotated[int, U8] = 0
    tp_udhi: Annotated[int, U8] = 0
    msg_fmt: Annotated[int, U8] = 0
    src_terminal_id: Annotated[str, TERMINAL] = ""
    src_terminal_type: Annotated[int, only_30(U8)] = 0
    registered_delivery: Annotated[int, U8] = 0
    msg_content: Annotated[bytes, CONTENT] = b""
    reserve: Annotated[str, only_20(Fixed(8))] = ""
    link_id: Annotated[str, only_30(Fixed(20))] = ""

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(
        self, msg_id: int = 0, dest_id: str = "", service_id: str = "", tp_pid: int = 0, tp_udhi: int = 0,
        msg_fmt: int = 0, src_terminal_id: str = "", src_terminal_type: int = 0, registered_delivery: int = 0,
        msg_content: bytes = b"", reserve: str = "", link_id: str = "", *, sequence: int = 0,
    ) -> None:
        self.msg_id = msg_id
        self.dest_id = dest_id
        self.service_id = service_id
        self.tp_pid = tp_pid
        self.tp_udhi = tp_udhi
        self.msg_fmt = msg_fmt
        self.src_terminal_id = src_terminal_id
        self.src_terminal_type = src_terminal_type
        self.registered_delivery = registered_delivery
        self.msg_content = msg_content
        self.reserve = reserve
        self.link_id = link_id
        self.sequence = sequence


@dataclass(slots=True, repr=False)
class DeliverResp(Pdu):
    """The DELIVER's Msg_Id and a Result."""

    msg_id: Annotated[int, U64] = 0
    result: Annotated[int, STATUS] = 0

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(self, msg_id: int = 0, result: int = 0, *, sequence: int = 0) -> None:
        self.msg_id = msg_id
        self.result = result
        self.sequence = sequence
