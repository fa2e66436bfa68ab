"""Message ids: 63 bits, ordered by time, spelled in decimal to SMPP and as a Msg_Id to CMPP.

    bit 62..32  seconds since 2020-01-01 00:00 UTC
    bit 31..16  node number
    bit 15..0   sequence within the second

The same three numbers make the CMPP Msg_Id (month 4, day 5, hour 5, minute 6, second 6, gateway 22, sequence 16,
in China time), so either spelling gives back the other: the year is the latest that is not in the future.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from gateway.domain.china_time import SHANGHAI

EPOCH_S: Final = 1_577_836_800
_SEQUENCE_BITS: Final = 16
_NODE_BITS: Final = 16
_SECOND_SHIFT: Final = _SEQUENCE_BITS + _NODE_BITS
LAST_SECOND: Final = (1 << 31) - 1  # since EPOCH_S
_SEQUENCE_MASK: Final = (1 << _SEQUENCE_BITS) - 1


class IdSource:
    """Gives ids that only grow; when a second's 65,536 are used up it borrows from the next second.

    `take(n)` returns the first of n consecutive ids that share one second, so that a CMPP answer can stand for the
    range Msg_Id .. Msg_Id+n-1 (QB-GF-028 appendix 1) without a carry.
    """

    __slots__ = ("_after_id", "_end", "_next", "_node_bits", "_second")

    def __init__(self, node: int, *, after_id: int = 0) -> None:
        if not 0 <= node < 1 << _NODE_BITS:
            raise ValueError(f"node {node} is not within 0..65535")
        self._node_bits = node << _SEQUENCE_BITS
        self._after_id = after_id
        self._second = after_id >> _SECOND_SHIFT
        self._next = self._end = 0

    @property
    def last(self) -> int:
        """The highest id given out so far."""
        return self._next - 1 if self._next else self._after_id

    def take(self, now: float, n: int = 1) -> int:
        first = self._next
        if first + n <= self._end and self._second >= int(now) - EPOCH_S:
            self._next = first + n
            return first
        return self._roll(now, n)

    def _roll(self, now: float, n: int) -> int:
        self._second = max(self._second + 1, int(now) - EPOCH_S)
        first = self._second << _SECOND_SHIFT | self._node_bits
        self._next, self._end = first + n, first + (1 << _SEQUENCE_BITS)
        return first


def accepted_at(message_id: int) -> int:
    """Return the unix second that the id carries."""
    return (message_id >> _SECOND_SHIFT) + EPOCH_S


def first_id_at(second: float) -> int:
    """Return the smallest id of a unix second: the bound of a time range in the store.

    Before 2020 there are none, and none behind 2088, whose seconds no longer fit.
    """
    return min(max(0, int(second) - EPOCH_S), LAST_SECOND) << _SECOND_SHIFT


# The date part of a Msg_Id changes once a second; every id of that second shares it.
_stamp_second = -1
_stamp = 0


def to_msg_id(message_id: int) -> int:
    """Return the unsigned 64-bit CMPP Msg_Id of an id."""
    global _stamp_second, _stamp
    second = message_id >> _SECOND_SHIFT
    if second != _stamp_second:
        local = datetime.fromtimestamp(second + EPOCH_S, SHANGHAI)
        _stamp = (
            local.month << 60 | local.day << 55 | local.hour << 50 | local.minute << 44 | local.second << 38
        )
        _stamp_second = second
    return _stamp | (message_id & 0xFFFFFFFF)


def from_msg_id(msg_id: int, *, now: float) -> int | None:
    """Return the id behind a Msg_Id of ours, or None where the octets are no date or no id of ours."""
    gateway = msg_id >> _SEQUENCE_BITS & 0x3FFFFF
    if gateway >= 1 << _NODE_BITS:
        return None
    fields = (msg_id >> 60 & 15, msg_id >> 55 & 31, msg_id >> 50 & 31, msg_id >> 44 & 63, msg_id >> 38 & 63)
    this_year = datetime.fromtimestamp(now, SHANGHAI).year
    for year in range(this_year + 1, this_year - 5, -1):
        try:
            moment = datetime(year, *fields, tzinfo=SHANGHAI)
        except ValueError:  # 29 February, or fields that are no date
            continue
        second = int(moment.astimezone(UTC).timestamp())
        if second <= now + 60:
            return (second - EPOCH_S) << _SECOND_SHIFT | gateway << _SEQUENCE_BITS | msg_id & _SEQUENCE_MASK
    return None


def parse_id(text: str, *, now: float) -> int | None:
    """Read an id as a person types it: our decimal, a decimal Msg_Id, or a Msg_Id in hex."""
    text = text.strip().lower().removeprefix("0x")
    if text.isdecimal() and len(text) <= 20:
        value = int(text)
        looks_ours = 0 <= accepted_at(value) - EPOCH_S <= now - EPOCH_S + 86_400
        return value if looks_ours else from_msg_id(value, now=now)
    try:
        return from_msg_id(int(text, 16), now=now) if len(text) <= 16 else None
    except ValueError:
        return None


def carrier_id_spellings(id_: str) -> list[str]:
    """Return how a carrier's id may be stored: as given, in either case, decimal or hex, with leading zeros."""
    plain = id_.lower().removeprefix("0x")
    found = {id_, id_.lower(), id_.upper(), plain}
    if not plain or not plain.isascii() or any(digit not in "0123456789abcdef" for digit in plain):
        return sorted(found)
    values = {int(plain, 16)} | ({int(plain)} if plain.isdecimal() else set())
    for value in values:
        spelled = f"{value:x}"
        found |= {str(value), spelled, spelled.upper(), spelled.zfill(8), spelled.zfill(8).upper()}
    return sorted(found)
