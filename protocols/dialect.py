"""What differs between the protocols: limits, a table of the wire's facts, and a few methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from protocols.any_pdu import AnyPdu
from protocols.events import Fault
from protocols.states import Rule, State

RESPONSE_BIT: Final = 0x80000000


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one session. Seconds; None switches a timer off."""

    window_max: int = 10
    response_timeout_s: float = 30.0
    keepalive_idle_s: float | None = 30.0
    keepalive_response_s: float = 10.0
    bind_timeout_s: float = 10.0
    inactivity_s: float | None = None
    unbind_timeout_s: float = 5.0
    frame_max_octets: int = 70_000
    overdue_s: float | None = None
    """A request of ours that is unanswered for so long may go over another session; None: it waits for its answer."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one protocol's wire looks like to the engine. Responses are request ids with bit 31 set in both."""

    header_octets: int
    head: Callable[[bytes], tuple[int, int]]
    """(command id, sequence) of a frame that is at least a header long."""
    sequence_first: int
    sequence_max: int
    keepalive_id: int
    unbind_id: int
    nack_id: int | None
    binds: Mapping[int, State]
    """Bind commands and the state each leads to."""
    unanswered: frozenset[int]
    """Requests that have no response."""
    rules: tuple[Rule, ...]
    closing: frozenset[Fault] = frozenset({Fault.BAD_LENGTH})
    """Faults that end the session, after the answer if there is one."""


class Wire(ABC):
    """What a protocol's session class writes itself; the engine calls these and nothing else of it."""

    DIALECT: ClassVar[Dialect]

    @abstractmethod
    def wire_decode(self, frame: bytes) -> AnyPdu:
        """The PDU of a frame; raises PduError. An unknown command is a PDU with COMMAND_ID 0."""

    @abstractmethod
    def wire_encode(self, pdu: AnyPdu, sequence: int) -> bytes:
        """The frame of a PDU; raises UnencodableError."""

    @abstractmethod
    def wire_control(self, command_id: int, sequence: int) -> bytes:
        """The frame of a keepalive or unbind, or the answer to one."""

    @abstractmethod
    def wire_refusal(self, fault: Fault, command_id: int, sequence: int, status: int, frame: bytes) -> bytes:
        """What answers this fault in the request `command_id`, its frame as it came; b"" for nothing."""

    @abstractmethod
    def wire_bind_status(self, response: AnyPdu) -> int:
        """0 when a bind response says yes."""

    @abstractmethod
    def wire_bind_seen(self, pdu: AnyPdu) -> None:
        """Look at a bind request or response before anything is done with it (to settle the version)."""

    def wire_nack(self, pdu: AnyPdu) -> AnyPdu:
        """The nack that is handed over for the one that came."""
        return pdu
