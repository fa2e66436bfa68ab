"""One CMPP session, either role: `CmppSession(SP, now=t)` or `CmppSession(ISMG, now=t)`.

What CMPP adds to the engine: which side sends what, answers in its own words instead of nacks, and the version, which
settles the layouts of everything after CONNECT.

    ISMG   speaks the layouts of the CONNECT it gets; an account's setting may say otherwise (`speak`, before `respond`)
    SP     asks with its CONNECT, then speaks 3.0 only if the answer is both as wide as 3.0's and says so: a Version
           alone may mean "the highest I know", and ISMGs set to 2.0 answer a CONNECT of 3.0 in 2.0

There is no resending (the specification's N): TCP has done that already, and a SUBMIT sent twice may be sold twice.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import ClassVar, Final

from protocols.any_pdu import AnyPdu
from protocols.cmpp import constants, pdus, routing
from protocols.cmpp.codec import codec_of
from protocols.cmpp.constants import Command, ConnectStatus, Result, layout_version
from protocols.dialect import Dialect
from protocols.events import CloseReason, Fault
from protocols.session import Limits, Role, Session, State
from protocols.states import Rule

SP: Final = Role.INITIATOR
ISMG: Final = Role.ACCEPTOR

LIMITS: Final = Limits(
    window_max=constants.WINDOW_MAX,
    response_timeout_s=constants.RESPONSE_TIMEOUT_S,
    keepalive_idle_s=constants.KEEPALIVE_IDLE_S,
    keepalive_response_s=constants.RESPONSE_TIMEOUT_S,
    bind_timeout_s=30.0,
    frame_max_octets=constants.FRAME_MAX_OCTETS,
)
"""The specification's C, T and W; the time to CONNECT is what servers in service allow."""

_BOUND: Final = frozenset({State.BOUND_TRX})
_UNBOUND: Final = frozenset({State.OPEN, State.BINDING})

DIALECT: Final = Dialect(
    header_octets=constants.HEADER_OCTETS,
    head=Struct(">4xII").unpack_from,
    sequence_first=1,  # 0 is lawful, but some peers take it for "none"
    sequence_max=constants.SEQUENCE_MAX,
    keepalive_id=Command.ACTIVE_TEST,
    unbind_id=Command.TERMINATE,
    nack_id=None,
    binds={Command.CONNECT: State.BOUND_TRX},
    unanswered=frozenset(),
    rules=(
        Rule(Command.SUBMIT, SP, _BOUND),
        Rule(Command.QUERY, SP, _BOUND),
        Rule(Command.CANCEL, SP, _BOUND),
        Rule(Command.DELIVER, ISMG, _BOUND),
    ),
)

_write_header = Struct(">III").pack
_CONTROL_BODY: Final = {Command.ACTIVE_TEST_RESP.value: b"\0"}

_CONNECT_RESP: Final = int(Command.CONNECT_RESP)
_NARROW_CONNECT_RESP_OCTETS: Final = 30

_CANCEL_FAILED: Final = 1
_FWD_MSG_ID_AT: Final = 14  # behind Source_Id, Destination_Id, NodesCount and Msg_Fwd_Type


def _fwd_refused(result: int, body: bytes) -> pdus.Pdu:
    """Name the part that is refused, as far as the request says which it is."""
    named = body[_FWD_MSG_ID_AT : _FWD_MSG_ID_AT + 10].ljust(10, b"\0")
    return pdus.FwdResp(int.from_bytes(named[:8], "big"), named[8], named[9], result)


def _deliver_refused(result: int, body: bytes) -> pdus.Pdu:
    return pdus.DeliverResp(int.from_bytes(body[:8].ljust(8, b"\0"), "big"), result)


def _submit_refused(result: int, _body: bytes) -> pdus.Pdu:
    return pdus.SubmitResp(result=result)


def _cancel_refused(_result: int, _body: bytes) -> pdus.Pdu:
    return pdus.CancelResp(_CANCEL_FAILED)


_REFUSALS: Final[dict[int, Callable[[int, bytes], pdus.Pdu]]] = {
    Command.SUBMIT: _submit_refused,
    Command.DELIVER: _deliver_refused,
    Command.CANCEL: _cancel_refused,
    Command.FWD: _fwd_refused,
}
"""The answers that can say no, by request, of (Result, the request's body). QUERY_RESP cannot: zeros in it would be a
lie, so a bad QUERY is left unanswered."""


class CmppSession(Session):
    """One session. `version` is the layout spoken, 0x20 or 0x30; before CONNECT it means nothing yet.

    `forced_version` is a setting that outranks what CONNECT and its answer say, for peers known to get it wrong.
    """

    DIALECT: ClassVar[Dialect] = DIALECT

    def __init__(self, role: Role, limits: Limits = LIMITS, *, forced_version: int | None = None, now: float) -> None:
        super().__init__(role, limits, now=now)
        self._forced_version = forced_version
        self._answer_octets = 0
        self.speak(constants.VERSION_30)

    def speak(self, version: int) -> None:
        """Use this version's layouts from here on (unless another is forced).

        An ISMG calls it between BindRequested and `respond` when the account is to be spoken to in one version.
        """
        codec = codec_of(self._forced_version or version)
        self.version = codec.version
        self._codec = codec

    # --- what the engine asks -----------------------------------------------------------------------------------

    def wire_decode(self, frame: bytes) -> pdus.Pdu:
        """As the codec, but remember how wide the answer to CONNECT was: with it an SP settles the version."""
        pdu = self._codec.decode(frame)
        if pdu.COMMAND_ID == _CONNECT_RESP:
            self._answer_octets = len(frame)
        return pdu

    def wire_encode(self, pdu: AnyPdu, sequence: int) -> bytes:
        assert isinstance(pdu, pdus.Pdu)
        return self._codec.encode(pdu, sequence)

    def wire_bind_seen(self, pdu: AnyPdu) -> None:
        if isinstance(pdu, pdus.Connect):
            self.speak(pdu.version)
            return
        assert isinstance(pdu, pdus.ConnectResp)
        is_narrow = self._answer_octets <= _NARROW_CONNECT_RESP_OCTETS
        self.speak(constants.VERSION_20 if is_narrow else layout_version(pdu.version))

    def wire_bind_status(self, response: AnyPdu) -> int:
        assert isinstance(response, pdus.ConnectResp)
        return int(response.status)

    def wire_control(self, command_id: int, sequence: int) -> bytes:
        body = _CONTROL_BODY.get(command_id, b"")
        return _write_header(constants.HEADER_OCTETS + len(body), command_id, sequence) + body

    def wire_refusal(self, fault: Fault, command_id: int, sequence: int, status: int, frame: bytes) -> bytes:
        """CMPP has no nack: what cannot be refused in its own response is skipped."""
        if command_id == Command.CONNECT:
            refused = ConnectStatus.OTHER if fault is Fault.ALREADY_BOUND else ConnectStatus.STRUCTURE
            return self.wire_encode(pdus.ConnectResp(refused, version=self.version), sequence)
        build = _REFUSALS.get(command_id)
        if build is None:
            routed = routing.refusal(command_id)
            return b"" if routed is None else self.wire_encode(pdus.UnknownPdu(*routed), sequence)
        result = Result.COMMAND if fault is Fault.WRONG_STATE else status
        return self.wire_encode(build(result, frame[constants.HEADER_OCTETS :]), sequence)

    # --- where CMPP is its own ----------------------------------------------------------------------------------

    def _refuse(self, fault: Fault, problem: str, status: int, frame: bytes) -> None:
        """Never answer a response, however it reads: what it answered will expire with its outcome unknown."""
        if self.DIALECT.head(frame)[0] & constants.RESPONSE_BIT:
            self._fault(Fault.UNMATCHED_RESPONSE, f"unreadable response: {problem}", status, frame)
        else:
            super()._refuse(fault, problem, status, frame)

    def _fault(self, fault: Fault, problem: str, status: int, frame: bytes) -> None:
        """Traffic without a CONNECT ends the session once it is answered; later, one misplaced request does not."""
        super()._fault(fault, problem, status, frame)
        if fault is Fault.WRONG_STATE and self.state in _UNBOUND:
            self._close(CloseReason.PEER_FAULT, f"{fault.value}: {problem}")
