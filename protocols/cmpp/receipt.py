"""The status report inside a DELIVER with Registered_Delivery 1: read under every width met, written by the tables.

Source: CMPP 2.0 and 3.0, the table of Msg_Content of a status report: Msg_Id 8, Stat 7, Submit_time 10, Done_time 10,
Dest_terminal_Id 21 (2.0) or 32 (3.0), SMSC_sequence 4; 60 or 71 octets. Peers send either form in either version, so
the width of the number is what Msg_Length leaves for it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from protocols.cmpp.constants import VERSION_30

_HEAD: Final = struct.Struct(">Q7s10s10s")
_SEQUENCE: Final = struct.Struct(">I")
_BARE_OCTETS: Final = _HEAD.size + _SEQUENCE.size
_NUMBER_OCTETS_20: Final = 21
_NUMBER_OCTETS_30: Final = 32

DELIVERED: Final = "DELIVRD"
INTERMEDIATE: Final = "ACCEPTD"
STATS = (DELIVERED, "EXPIRED", "DELETED", "UNDELIV", INTERMEDIATE, "UNKNOWN", "REJECTD")
"""The words of the specification; everything else (MK:0012, BLACK, MC00055 ...) is a failure kept as it came."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message. Times are YYMMDDhhmm by the ISMG's wall clock, kept as they came."""

    msg_id: int
    stat: str
    submit_time: str
    done_time: str
    dest_terminal_id: str
    smsc_sequence: int = 0

    @property
    def is_delivered(self) -> bool:
        """Only DELIVRD, as spelled: synonyms are a channel's setting."""
        return self.stat == DELIVERED

    @property
    def is_final(self) -> bool:
        """ACCEPTD is a step on the way; every other word, known or not, is an end."""
        return self.stat != INTERMEDIATE


def read_receipt(content: bytes) -> Receipt | None:
    """The receipt in Msg_Content; None when it has fewer than the 39 octets that every form shares."""
    number_octets = len(content) - _BARE_OCTETS
    if number_octets < 0:
        return None
    msg_id, stat, submit_time, done_time = _HEAD.unpack_from(content)
    number = content[_HEAD.size : _HEAD.size + number_octets]
    (smsc_sequence,) = _SEQUENCE.unpack_from(content, _HEAD.size + number_octets)
    return Receipt(msg_id, _text(stat), _text(submit_time), _text(done_time), _text(number), smsc_sequence)


def write_receipt(receipt: Receipt, version: int) -> bytes:
    """Msg_Content of this receipt in a version's layout: 60 octets below 3.0, 71 from 3.0 on.

    Raises ValueError when a text is longer than its field or a number larger.
    """
    number_octets = _NUMBER_OCTETS_30 if version >= VERSION_30 else _NUMBER_OCTETS_20
    try:
        return b"".join(
            (
                receipt.msg_id.to_bytes(8, "big"),
                _padded("Stat", receipt.stat, 7),
                _padded("Submit_time", receipt.submit_time, 10),
                _padded("Done_time", receipt.done_time, 10),
                _padded("Dest_terminal_Id", receipt.dest_terminal_id, number_octets),
                receipt.smsc_sequence.to_bytes(4, "big"),
            )
        )
    except OverflowError as error:
        raise ValueError(f"Msg_Id or SMSC_sequence out of range: {error}") from None


def _text(octets: bytes) -> str:
    """A fixed-width string: cut at the first NUL (garbage may follow), then trailing spaces go."""
    return octets.split(b"\0", 1)[0].rstrip(b" ").decode("latin-1")


def _padded(name: str, text: str, width: int) -> bytes:
    octets = text.encode("latin-1")
    if len(octets) > width:
        raise ValueError(f"{name} {text!r} is longer than {width} octets")
    return octets.ljust(width, b"\0")
