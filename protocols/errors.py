"""Errors of the protocols: each says whose fault it is and whether the peer can be answered.

    ProtocolError
    ├── LocalError            we are wrong: the call is refused, nothing was sent, the session stays as it was
    │   ├── UnencodableError  a value does not fit its field
    │   ├── NotBound          this state and role may not send that PDU
    │   └── WindowFull        as many requests are unanswered as the window allows: wait for an answer
    └── RemoteError           the peer is wrong
        ├── PduError          one PDU is bad, the next can be read: answer with `status`, stay
        │   └── FieldError    and this field is the reason
        └── FrameError        the stream cannot be read any further: say so if the protocol can, close

Callers of a session meet only `LocalError`; what the peer does wrong becomes a `PeerFault` event.
"""

from __future__ import annotations

__all__ = [
    "FieldError",
    "FrameError",
    "LocalError",
    "NotBound",
    "PduError",
    "ProtocolError",
    "RemoteError",
    "UnencodableError",
    "WindowFull",
]


class ProtocolError(Exception):
    """Anything wrong with a protocol exchange. Never raised itself: use one of its children."""


class LocalError(ProtocolError):
    """Our side asked for something the protocol forbids; nothing has been sent."""


class UnencodableError(LocalError):
    """A value does not fit its field. `field` is the wire name, `problem` the reason."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class NotBound(LocalError):
    """The session's state or role does not allow this PDU to be sent."""


class WindowFull(LocalError):
    """The window has no free slot; try again after the next ResponseReceived or RequestExpired."""


class RemoteError(ProtocolError):
    """The peer broke the protocol."""


class PduError(RemoteError):
    """One PDU is bad but the stream is intact. `status` is the command_status or Result to answer with."""

    def __init__(self, problem: str, status: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status


class FieldError(PduError):
    """One field of a PDU is bad. `field` is its wire name."""

    def __init__(self, field: str, problem: str, status: int) -> None:
        super().__init__(f"{field}: {problem}", status)
        self.field = field


class FrameError(RemoteError):
    """A length that no frame can have: there is no way to find the next one."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
