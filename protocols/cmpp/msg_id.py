"""Msg_Id: 64 bits that tell when and by which ISMG a message was taken; packed, unpacked, made and counted on.

Source: CMPP 3.0, table of CMPP_SUBMIT_RESP and appendix 1. From the top bit down:

    month 4 | day 5 | hour 5 | minute 6 | second 6 | ISMG code 22 | sequence 16

Always unsigned: from August on the top bit is set. Relays fill the eight octets with anything, so a foreign Msg_Id is
an opaque number; `unpack` only describes it. The answer to a SUBMIT for n numbers stands for n ids, in the order of
the numbers, and only the low 16 bits count on: they wrap without a carry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

from protocols.cmpp.auth import CHINA

SEQUENCES: Final = 1 << 16
"""How many ids one ISMG has in one second."""
ISMG_CODE_MAX: Final = (1 << 22) - 1
MSG_ID_MAX: Final = (1 << 64) - 1
_SEQUENCE_MASK: Final = SEQUENCES - 1


@dataclass(frozen=True, slots=True)
class MsgIdParts:
    """The fields of a Msg_Id. Any that came from the wire may be nonsense (month 0, second 63)."""

    month: int
    day: int
    hour: int
    minute: int
    second: int
    ismg_code: int
    sequence: int


def pack(parts: MsgIdParts) -> int:
    """The Msg_Id of these parts. Raises ValueError when one does not fit its bits."""
    msg_id = 0
    for name, bits in _LAYOUT:
        value = getattr(parts, name)
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{name} {value} does not fit {bits} bits")
        msg_id = msg_id << bits | value
    return msg_id


def unpack(msg_id: int) -> MsgIdParts:
    """The parts of any 64-bit number."""
    values = {}
    for name, bits in reversed(_LAYOUT):
        values[name] = msg_id & (1 << bits) - 1
        msg_id >>= bits
    return MsgIdParts(**values)


_LAYOUT = (("month", 4), ("day", 5), ("hour", 5), ("minute", 6), ("second", 6), ("ismg_code", 22), ("sequence", 16))


def nth(first: int, index: int) -> int:
    """The id of destination `index` (from 0) of a SUBMIT that was answered with `first`."""
    return first & ~_SEQUENCE_MASK | first + index & _SEQUENCE_MASK


def ids_of(first: int, count: int) -> Iterator[int]:
    """All `count` ids that the answer `first` stands for, in the order of the destinations."""
    return (nth(first, index) for index in range(count))


def index_of(msg_id: int, first: int, count: int) -> int | None:
    """Which destination of a SUBMIT answered with `first` this id belongs to (from 0); None when to none."""
    if (msg_id ^ first) & ~_SEQUENCE_MASK:
        return None
    index = (msg_id - first) & _SEQUENCE_MASK
    return index if index < count else None


class MsgIdSource:
    """Makes the Msg_Ids of one ISMG code: none twice within a year, however the clock moves.

    A second that has given all its 65,536 ids lends from the next one, and a clock that steps back does not take the
    ids back with it. Start `sequence` anywhere (a restart within one second must not start where the last run did).
    """

    __slots__ = ("_prefix", "_second", "_sequence", "_taken", "_zone", "ismg_code")

    def __init__(self, ismg_code: int, *, sequence: int = 0, zone: timezone = CHINA) -> None:
        if not 0 <= ismg_code <= ISMG_CODE_MAX:
            raise ValueError(f"ISMG code {ismg_code} is not in 0..{ISMG_CODE_MAX}")
        self.ismg_code = ismg_code
        self._zone = zone
        self._sequence = sequence & _SEQUENCE_MASK
        self._second = -1
        self._taken = SEQUENCES
        self._prefix = 0

    def take(self, now: float, count: int = 1) -> int:
        """Reserve `count` ids (1 to 65,536) and return the first; the others follow by `nth`. `now`: unix seconds."""
        second = int(now)
        if second > self._second:
            self._begin(second)
        if self._taken + count > SEQUENCES:
            self._begin(self._second + 1)
        first = self._prefix | self._sequence
        self._sequence = self._sequence + count & _SEQUENCE_MASK
        self._taken += count
        return first

    def _begin(self, second: int) -> None:
        moment = datetime.fromtimestamp(second, self._zone)
        parts = MsgIdParts(
            moment.month, moment.day, moment.hour, moment.minute, moment.second, self.ismg_code, sequence=0
        )
        self._second, self._taken, self._prefix = second, 0, pack(parts)
