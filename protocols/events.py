"""What a session tells its owner: slotted values, one queue, in the order things happened.

A token given to `Session.submit` comes back exactly once, in ResponseReceived, RequestExpired or Closed; before that a
RequestOverdue may name it. An answer after its RequestExpired is told once more, as LateResponse. Closed is the last
event of a session and comes once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from protocols.any_pdu import AnyPdu, AnyToken


class Fault(Enum):
    """What a peer did wrong."""

    BAD_LENGTH = "a length that no frame can have"
    MALFORMED = "a request that cannot be read"
    UNKNOWN_COMMAND = "a request with a command that is not ours"
    WRONG_STATE = "a request that this state or this side may not send"
    ALREADY_BOUND = "a second bind"
    UNMATCHED_RESPONSE = "a response to nothing we asked"


class CloseReason(Enum):
    """Why a session ended."""

    UNBOUND = "orderly end"
    PEER_GONE = "the connection ended without an unbind"
    BIND_REFUSED = "the peer refused our bind"
    BIND_TIMEOUT = "no bind, or no answer to ours, in time"
    KEEPALIVE_TIMEOUT = "the peer did not answer a keepalive"
    INACTIVE = "no traffic for too long"
    SILENT = "the peer answered none of our requests in time"
    PEER_FAULT = "the peer broke the protocol beyond repair"
    ABORTED = "our own side gave it up"


@dataclass(slots=True)
class BindRequested:
    """The peer wants to bind: check it, then `respond`. Status OK binds the session."""

    pdu: AnyPdu


@dataclass(slots=True)
class Bound:
    """The peer accepted our bind."""

    pdu: AnyPdu


@dataclass(slots=True)
class BindRefused:
    """The peer refused our bind; Closed follows."""

    pdu: AnyPdu
    status: int


@dataclass(slots=True)
class RequestReceived:
    """A request this state allows; answer it with `respond`, unless its kind has no response."""

    pdu: AnyPdu

    # Written out, here and below: compiled, it is machine code then, which the one a dataclass makes is not.
    def __init__(self, pdu: AnyPdu) -> None:
        self.pdu = pdu


@dataclass(slots=True)
class ResponseReceived:
    """The answer to the request that carried `token`: its response, or in SMPP a GenericNack."""

    token: AnyToken
    pdu: AnyPdu

    def __init__(self, token: AnyToken, pdu: AnyPdu) -> None:
        self.token = token
        self.pdu = pdu


@dataclass(slots=True)
class RequestOverdue:
    """No answer for `Limits.overdue_s`; the slot stays open. `is_silent`: nothing else was answered since either."""

    token: AnyToken
    is_silent: bool


@dataclass(slots=True)
class RequestExpired:
    """No answer in time; the slot is free, the outcome unknown."""

    token: AnyToken


@dataclass(slots=True)
class LateResponse:
    """The answer to an expired request."""

    token: AnyToken
    pdu: AnyPdu


@dataclass(slots=True)
class UnbindRequested:
    """The peer ends the session. Send nothing more; the engine answers and closes once all is answered or time is up.
    """


@dataclass(slots=True)
class PeerFault:
    """The peer did something wrong; answered already as the protocol demands.

    `status` is the one of the field at fault, 0 for other faults. `frame` says what the frame was, "0x00000004, 53
    octets": its command and length, none of its octets, which may be a password even where the frame cannot be read.
    """

    fault: Fault
    problem: str
    status: int
    frame: str


@dataclass(slots=True)
class Closed:
    """The end. Write what `data_to_send` still holds, then close. `in_flight` are tokens whose outcome is unknown."""

    reason: CloseReason
    detail: str
    in_flight: tuple[object, ...]


Event = (
    BindRequested
    | Bound
    | BindRefused
    | RequestReceived
    | ResponseReceived
    | RequestOverdue
    | RequestExpired
    | LateResponse
    | UnbindRequested
    | PeerFault
    | Closed
)
