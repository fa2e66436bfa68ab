"""One SMPP session, either role: `SmppSession(ESME, limits, now=t)` or `SmppSession(SMSC, limits, now=t)`.

The table of who sends what when is section 2.3 of SMPP 3.4, with two openings taken from 5.0 and the field: an
enquire_link is answered in every state, and replace_sm is allowed on a transceiver.
"""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final

from protocols.any_pdu import AnyPdu
from protocols.dialect import Dialect
from protocols.events import Fault
from protocols.session import Limits, Role, Session, State
from protocols.smpp.codec import bare, decode, encode
from protocols.smpp.constants import HEADER_OCTETS, RESPONSE_BIT, SEQUENCE_MAX, VERSION_34, CommandId, Status
from protocols.smpp.pdus import BY_ID, Bind, GenericNack, Pdu
from protocols.states import Rule

ESME: Final = Role.INITIATOR
SMSC: Final = Role.ACCEPTOR

_OPEN: Final = frozenset({State.OPEN})
_TX: Final = frozenset({State.BOUND_TX, State.BOUND_TRX})
_RX: Final = frozenset({State.BOUND_RX, State.BOUND_TRX})

RULES: Final = (
    Rule(CommandId.OUTBIND, SMSC, _OPEN),
    Rule(CommandId.SUBMIT_SM, ESME, _TX),
    Rule(CommandId.SUBMIT_MULTI, ESME, _TX),
    Rule(CommandId.QUERY_SM, ESME, _TX),
    Rule(CommandId.CANCEL_SM, ESME, _TX),
    Rule(CommandId.REPLACE_SM, ESME, _TX),
    Rule(CommandId.DELIVER_SM, SMSC, _RX),
    Rule(CommandId.ALERT_NOTIFICATION, SMSC, _RX),
    Rule(CommandId.DATA_SM, None, _TX | _RX),
)

_read_head = Struct(">4xI4xI").unpack_from

DIALECT: Final = Dialect(
    header_octets=HEADER_OCTETS,
    head=_read_head,
    sequence_first=1,
    sequence_max=SEQUENCE_MAX,
    keepalive_id=CommandId.ENQUIRE_LINK,
    unbind_id=CommandId.UNBIND,
    nack_id=CommandId.GENERIC_NACK,
    binds={
        CommandId.BIND_TRANSMITTER: State.BOUND_TX,
        CommandId.BIND_RECEIVER: State.BOUND_RX,
        CommandId.BIND_TRANSCEIVER: State.BOUND_TRX,
    },
    unanswered=frozenset({CommandId.OUTBIND, CommandId.ALERT_NOTIFICATION}),
    rules=RULES,
)

_FAULT_STATUS: Final = {
    Fault.BAD_LENGTH: Status.RINVCMDLEN,
    Fault.UNKNOWN_COMMAND: Status.RINVCMDID,
    Fault.WRONG_STATE: Status.RINVBNDSTS,
    Fault.ALREADY_BOUND: Status.RALYBND,
}


class SmppSession(Session):
    """One SMPP 3.4 session. `version` is what the initiator announced in its bind, 0x34 before."""

    DIALECT: ClassVar[Dialect] = DIALECT

    def __init__(self, role: Role, limits: Limits | None = None, *, now: float) -> None:
        super().__init__(role, limits or Limits(), now=now)
        self.version = VERSION_34

    def wire_decode(self, frame: bytes) -> Pdu:
        return decode(frame)

    def wire_encode(self, pdu: AnyPdu, sequence: int) -> bytes:
        assert isinstance(pdu, Pdu)
        return encode(pdu, sequence)

    def wire_control(self, command_id: int, sequence: int) -> bytes:
        return bare(command_id, 0, sequence)

    def wire_nack(self, pdu: AnyPdu) -> AnyPdu:
        assert isinstance(pdu, Pdu)
        if not pdu.status:
            # Quirk "nack without a status" (aiosmpplib): a refusal all the same, and must not read as a success.
            pdu.status = int(Status.RUNKNOWNERR)
        return pdu

    def wire_refusal(self, fault: Fault, command_id: int, sequence: int, status: int, frame: bytes) -> bytes:
        """A nack where the request cannot be named (4.3), else its own response, which then has no body."""
        status = _FAULT_STATUS.get(fault, status)
        response_id = command_id | RESPONSE_BIT
        if fault in (Fault.BAD_LENGTH, Fault.UNKNOWN_COMMAND) or response_id not in BY_ID:
            response_id = GenericNack.COMMAND_ID
        return bare(response_id, status, sequence)

    def wire_bind_status(self, response: AnyPdu) -> int:
        assert isinstance(response, Pdu)
        return int(response.status)

    def wire_bind_seen(self, pdu: AnyPdu) -> None:
        if isinstance(pdu, Bind):
            self.version = pdu.interface_version
