"""The concatenation headers of the wire segments of a message: told by its id alone, so they are never stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from protocols.text.segments import with_concat_udh

_SECOND_STRIDE: Final = 37


def with_concat_headers(segments: Sequence[bytes], message_id: int, udh: bytes = b"") -> list[bytes]:
    """Return the wire segments of bodies: concatenation by the message's reference, then the client's elements.

    Bodies are cut once; after a restart their headers are made again.
    """
    return with_concat_udh(segments, reference_of(message_id), 8, udh)


def reference_of(message_id: int) -> int:
    """Return the 8-bit concatenation reference of a message.

    The sequence of an id starts again each second, so the second takes part: two messages to one phone in neighbouring
    seconds must not share a reference.
    """
    return (message_id + (message_id >> 32) * _SECOND_STRIDE) & 0xFF
