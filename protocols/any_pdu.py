"""What the engine, and every shell above it, asks of a PDU, of whatever protocol, and of a token.

Not compiled, on purpose: compiled modules then take any object for such a PDU, and ask it by name.
"""

from __future__ import annotations

from typing import ClassVar, Protocol


class AnyPdu(Protocol):
    """A PDU of any protocol. `sequence` is the session's: it sets what comes in and ignores what goes out."""

    COMMAND_ID: ClassVar[int]
    NAME: ClassVar[str]
    sequence: int


class AnyToken(Protocol):
    """Whatever the owner of a session gave with a request, and gets back with its answer: nothing is asked of it.

    (Not `object`: a compiled dataclass looks the name of each field's type up among those of its own module.)
    """
