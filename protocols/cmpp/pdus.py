"""Every CMPP PDU as one table of fields, for 2.0 and 3.0 at once.

Source: CMPP 2.0 and 3.0, the tables of each command. Attributes are the tables' names in snake case, in wire order;
DestUsr_tl and Msg_Length have no attribute of their own, they come with the values they count. What one version lacks
keeps its default there. A fault in a field is answered with the Result named beside it, 1 (structure) if none is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from protocols.any_pdu import AnyPdu
from protocols.cmpp.constants import RESPONSE_BIT, VERSION_20, Command
from protocols.cmpp.message_pdus import Deliver, DeliverResp, Submit, SubmitResp
from protocols.cmpp.pdu import STATUS, Pdu, UnknownPdu
from protocols.fields import U8, U32, U64, Fixed, Octets, Tail

__all__ = [
    "BY_ID",
    "REQUESTS",
    "RESPONSES",
    "ActiveTest",
    "ActiveTestResp",
    "Cancel",
    "CancelResp",
    "Connect",
    "ConnectResp",
    "Deliver",
    "DeliverResp",
    "Fwd",
    "FwdResp",
    "Pdu",
    "Query",
    "QueryResp",
    "Submit",
    "SubmitResp",
    "Terminate",
    "TerminateResp",
    "UnknownPdu",
    "response_to",
]


def take_rest(buf: bytes, start: int, end: int) -> bytes:
    """Whatever is left."""
    return buf[start:end]


REST: Final = Tail(take_rest, bytes, b"", name="octets, kept as they came")


@dataclass(slots=True, repr=False)
class Connect(Pdu):
    """An SP logs in. `timestamp` is MMDDhhmmss as a number."""

    source_addr: Annotated[str, Fixed(6)] = ""
    authenticator_source: Annotated[bytes, Octets(16)] = bytes(16)
    version: Annotated[int, U8] = VERSION_20
    timestamp: Annotated[int, U32] = 0


@dataclass(slots=True, repr=False)
class ConnectResp(Pdu):
    """The ISMG's answer: ConnectStatus, its own proof (zeros when refused), the highest version it speaks."""

    status: Annotated[int, STATUS] = 0
    authenticator_ismg: Annotated[bytes, Octets(16)] = bytes(16)
    version: Annotated[int, U8] = VERSION_20


@dataclass(slots=True, repr=False)
class Terminate(Pdu):
    """Either side ends the session."""


@dataclass(slots=True, repr=False)
class TerminateResp(Pdu):
    """The other side agrees; the connection closes."""


@dataclass(slots=True, repr=False)
class Query(Pdu):
    """How many messages on a day (YYYYMMDD): in all (type 0) or for one Service_Id (type 1)."""

    time: Annotated[str, Fixed(8)] = ""
    query_type: Annotated[int, U8] = 0
    query_code: Annotated[str, Fixed(10)] = ""
    reserve: Annotated[str, Fixed(8)] = ""


@dataclass(slots=True, repr=False)
class QueryResp(Pdu):
    """The day's counts: MT from the SP in messages and users, then sent, waiting, failed; MO likewise."""

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


@dataclass(slots=True, repr=False)
class Cancel(Pdu):
    """Take back a message not yet sent."""

    msg_id: Annotated[int, U64] = 0


@dataclass(slots=True, repr=False)
class CancelResp(Pdu):
    """success_id: 0 taken back, 1 failed."""

    success_id: Annotated[int, STATUS] = 0


@dataclass(slots=True, repr=False)
class ActiveTest(Pdu):
    """Are you there?"""


@dataclass(slots=True, repr=False)
class ActiveTestResp(Pdu):
    """Yes. Old peers leave out `reserved`."""

    reserved: Annotated[int, U8] = 0


@dataclass(slots=True, repr=False)
class Fwd(Pdu):
    """One ISMG hands a message to another. We are no relay between ISMGs: known well enough to be refused."""

    source_id: Annotated[str, Fixed(6)] = ""
    destination_id: Annotated[str, Fixed(6)] = ""
    nodes_count: Annotated[int, U8] = 0
    msg_fwd_type: Annotated[int, U8] = 0
    msg_id: Annotated[int, U64] = 0
    pk_total: Annotated[int, U8] = 1
    pk_number: Annotated[int, U8] = 1
    rest: Annotated[bytes, REST] = b""


@dataclass(slots=True, repr=False)
class FwdResp(Pdu):
    """The answer to a FWD; ours is always Result 2."""

    msg_id: Annotated[int, U64] = 0
    pk_total: Annotated[int, U8] = 1
    pk_number: Annotated[int, U8] = 1
    result: Annotated[int, STATUS] = 0


_CLASSES: Final[dict[Command, type[Pdu]]] = {
    Command.CONNECT: Connect, Command.CONNECT_RESP: ConnectResp,
    Command.TERMINATE: Terminate, Command.TERMINATE_RESP: TerminateResp,
    Command.SUBMIT: Submit, Command.SUBMIT_RESP: SubmitResp,
    Command.DELIVER: Deliver, Command.DELIVER_RESP: DeliverResp,
    Command.QUERY: Query, Command.QUERY_RESP: QueryResp,
    Command.CANCEL: Cancel, Command.CANCEL_RESP: CancelResp,
    Command.ACTIVE_TEST: ActiveTest, Command.ACTIVE_TEST_RESP: ActiveTestResp,
    Command.FWD: Fwd, Command.FWD_RESP: FwdResp,
}
BY_ID: Final[dict[int, type[Pdu]]] = {int(command): cls for command, cls in _CLASSES.items()}

for _command, _cls in _CLASSES.items():
    _cls.COMMAND_ID, _cls.NAME = int(_command), f"CMPP_{_command.name}"
    _cls.IS_RESPONSE = bool(_command & RESPONSE_BIT)

REQUESTS: Final[tuple[type[Pdu], ...]] = tuple([cls for cls in BY_ID.values() if not cls.IS_RESPONSE])
RESPONSES: Final[tuple[type[Pdu], ...]] = tuple([cls for cls in BY_ID.values() if cls.IS_RESPONSE])


def response_to(request: AnyPdu, **fields: Any) -> Pdu:
    """A response of the class that answers `request`, with its sequence and, to a DELIVER, its Msg_Id."""
    if isinstance(request, Deliver):
        fields.setdefault("msg_id", request.msg_id)
    return BY_ID[request.COMMAND_ID | RESPONSE_BIT](sequence=request.sequence, **fields)
