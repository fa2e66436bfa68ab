"""What a session is told once: its limits, and what its protocol's wire looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from protocols.events import Fault
from protocols.states import Rule, State

RESPONSE_BIT = 0x80000000


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
