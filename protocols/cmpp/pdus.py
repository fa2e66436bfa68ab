"""Every CMPP PDU as one table of fields, for 2.0 and 3.0 at once.

Source: CMPP 2.0 and 3.0, the tables of each command. Attributes are the tables' names in snake case, in wire order;
DestUsr_tl and Msg_Length have no attribute of their own, they come with the values they count. What one version lacks
keeps its default there. A fault in a field is answered with the Result named beside it, 1 (structure) if none is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final

from protocols.cmpp.constants import DESTINATIONS_MAX, RESPONSE_BIT, VERSION_20, Command, Result
from protocols.fields import U8, U32, U64, ByVersion, Counted, Fixed, Octets, Repeated, Tail, only_20, only_30

TERMINAL = ByVersion(Fixed(21), Fixed(32))
"""A number: 3.0 made room for pseudo codes."""
STATUS = ByVersion(U8, U32)
"""Status, Result, Success_Id: widened by 3.0. When reading, the body's length decides, not the version."""
CONTENT = Counted("Msg_Length", status=Result.MESSAGE_LENGTH)
DESTINATIONS = ByVersion(
    Repeated(Fixed(21), "DestUsr_tl", DESTINATIONS_MAX, status=Result.DEST_TERMINAL),
    Repeated(Fixed(32), "DestUsr_tl", DESTINATIONS_MAX, status=Result.DEST_TERMINAL),
)
REST = Tail(lambda buf, start, end: buf[start:end], bytes, b"", name="octets, kept as they came")


@dataclass(slots=True)
class Pdu:
    """What all have: a sequence (set by the session) and, per class, a Command_Id and a name."""

    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    IS_RESPONSE: ClassVar[bool] = False
    sequence: int = field(default=0, kw_only=True)


@dataclass(slots=True)
class Connect(Pdu):
    """An SP logs in. `timestamp` is MMDDhhmmss as a number."""

    COMMAND_ID = Command.CONNECT.value
    NAME = "CMPP_CONNECT"
    source_addr: Annotated[str, Fixed(6)] = ""
    authenticator_source: Annotated[bytes, Octets(16)] = bytes(16)
    version: Annotated[int, U8] = VERSION_20
    timestamp: Annotated[int, U32] = 0


@dataclass(slots=True)
class ConnectResp(Pdu):
    """The ISMG's answer: ConnectStatus, its own proof (zeros when refused), the highest version it speaks."""

    COMMAND_ID = Command.CONNECT_RESP.value
    NAME = "CMPP_CONNECT_RESP"
    IS_RESPONSE = True
    status: Annotated[int, STATUS] = 0
    authenticator_ismg: Annotated[bytes, Octets(16)] = bytes(16)
    version: Annotated[int, U8] = VERSION_20


@dataclass(slots=True)
class Terminate(Pdu):
    """Either side ends the session."""

    COMMAND_ID = Command.TERMINATE.value
    NAME = "CMPP_TERMINATE"


@dataclass(slots=True)
class TerminateResp(Pdu):
    """The other side agrees; the connection closes."""

    COMMAND_ID = Command.TERMINATE_RESP.value
    NAME = "CMPP_TERMINATE_RESP"
    IS_RESPONSE = True


@dataclass(slots=True)
class Submit(Pdu):
    """An MT message, or one part of it, for 1 to 99 numbers."""

    COMMAND_ID = Command.SUBMIT.value
    NAME = "CMPP_SUBMIT"
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


@dataclass(slots=True)
class SubmitResp(Pdu):
    """The first Msg_Id of the message and a Result."""

    COMMAND_ID = Command.SUBMIT_RESP.value
    NAME = "CMPP_SUBMIT_RESP"
    IS_RESPONSE = True
    msg_id: Annotated[int, U64] = 0
    result: Annotated[int, STATUS] = 0


@dataclass(slots=True)
class Deliver(Pdu):
    """An MO message, or with registered_delivery 1 a receipt (cmpp.receipt reads its content)."""

    COMMAND_ID = Command.DELIVER.value
    NAME = "CMPP_DELIVER"
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


@dataclass(slots=True)
class DeliverResp(Pdu):
    """The DELIVER's Msg_Id and a Result."""

    COMMAND_ID = Command.DELIVER_RESP.value
    NAME = "CMPP_DELIVER_RESP"
    IS_RESPONSE = True
    msg_id: Annotated[int, U64] = 0
    result: Annotated[int, STATUS] = 0


@dataclass(slots=True)
class Query(Pdu):
    """How many messages on a day (YYYYMMDD): in all (type 0) or for one Service_Id (type 1)."""

    COMMAND_ID = Command.QUERY.value
    NAME = "CMPP_QUERY"
    time: Annotated[str, Fixed(8)] = ""
    query_type: Annotated[int, U8] = 0
    query_code: Annotated[str, Fixed(10)] = ""
    reserve: Annotated[str, Fixed(8)] = ""


@dataclass(slots=True)
class QueryResp(Pdu):
    """The day's counts: MT from the SP in messages and users, then sent, waiting, failed; MO likewise."""

    COMMAND_ID = Command.QUERY_RESP.value
    NAME = "CMPP_QUERY_RESP"
    IS_RESPONSE = True
    time: Annotated[str, Fixed(8)] = ""
    query_type: Annotated[int, U8] = 0
    query_code: Annotated[str, Fixed(10)] = ""
    mt_tl_msg: Annotated[int, U32] = 0
    mt_tl_usr: Annotated[int, U32] = 0
    mt_scs: Annotated[int, U32] = 0
    mt_wt: Annotated[int, U32] = 0
    mt_fl: Annotated[int, U32] = 0
    mo_scs: Annotated[int, U32] = 0
    mo_wt: Annotated[int, U32] = 0
    mo_fl: Annotated[int, U32] = 0


@dataclass(slots=True)
class Cancel(Pdu):
    """Take back a message not yet sent."""

    COMMAND_ID = Command.CANCEL.value
    NAME = "CMPP_CANCEL"
    msg_id: Annotated[int, U64] = 0


@dataclass(slots=True)
class CancelResp(Pdu):
    """success_id: 0 taken back, 1 failed."""

    COMMAND_ID = Command.CANCEL_RESP.value
    NAME = "CMPP_CANCEL_RESP"
    IS_RESPONSE = True
    success_id: Annotated[int, STATUS] = 0


@dataclass(slots=True)
class ActiveTest(Pdu):
    """Are you there?"""

    COMMAND_ID = Command.ACTIVE_TEST.value
    NAME = "CMPP_ACTIVE_TEST"


@dataclass(slots=True)
class ActiveTestResp(Pdu):
    """Yes. Old peers leave out `reserved`."""

    COMMAND_ID = Command.ACTIVE_TEST_RESP.value
    NAME = "CMPP_ACTIVE_TEST_RESP"
    IS_RESPONSE = True
    reserved: Annotated[int, U8] = 0


@dataclass(slots=True)
class Fwd(Pdu):
    """One ISMG hands a message to another. We are no relay between ISMGs: known well enough to be refused."""

    COMMAND_ID = Command.FWD.value
    NAME = "CMPP_FWD"
    source_id: Annotated[str, Fixed(6)] = ""
    destination_id: Annotated[str, Fixed(6)] = ""
    nodes_count: Annotated[int, U8] = 0
    msg_fwd_type: Annotated[int, U8] = 0
    msg_id: Annotated[int, U64] = 0
    pk_total: Annotated[int, U8] = 1
    pk_number: Annotated[int, U8] = 1
    rest: Annotated[bytes, REST] = b""


@dataclass(slots=True)
class FwdResp(Pdu):
    """The answer to a FWD; ours is always Result 2."""

    COMMAND_ID = Command.FWD_RESP.value
    NAME = "CMPP_FWD_RESP"
    IS_RESPONSE = True
    msg_id: Annotated[int, U64] = 0
    pk_total: Annotated[int, U8] = 1
    pk_number: Annotated[int, U8] = 1
    result: Annotated[int, STATUS] = 0


@dataclass(slots=True)
class UnknownPdu(Pdu):
    """Any other command: a vendor's, or the routing family. Its body is kept octet for octet."""

    NAME = "unknown"
    command_id: int = 0
    body: bytes = b""


REQUESTS: Final[tuple[type[Pdu], ...]] = (Connect, Terminate, Submit, Deliver, Query, Cancel, ActiveTest, Fwd)
RESPONSES: Final[tuple[type[Pdu], ...]] = (
    ConnectResp,
    TerminateResp,
    SubmitResp,
    DeliverResp,
    QueryResp,
    CancelResp,
    ActiveTestResp,
    FwdResp,
)
BY_ID: Final[dict[int, type[Pdu]]] = {cls.COMMAND_ID: cls for cls in (*REQUESTS, *RESPONSES)}


def response_to(request: Pdu, **fields: Any) -> Pdu:
    """A response of the class that answers `request`, with its sequence and, to a DELIVER, its Msg_Id."""
    if isinstance(request, Deliver):
        fields.setdefault("msg_id", request.msg_id)
    return BY_ID[request.COMMAND_ID | RESPONSE_BIT](sequence=request.sequence, **fields)
