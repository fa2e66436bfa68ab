"""The user data header: walk its elements, read, write and remove concatenation.

Source: 3GPP TS 23.040 section 9.2.3.24.

    +------+----+-----+-----------+----+-----+-----------+------------
    | UDHL | id | len | len octets| id | len | len octets| text ...
    +------+----+-----+-----------+----+-----+-----------+------------
             '------------ UDHL octets ------------------'

Concatenation, total and number counting from 1:  8-bit  05 00 03 ref total number
                                                 16-bit  06 08 04 ref ref total number
A header that cannot be (it ends past the octets, or an element ends past the header) reads as None: such a message is
delivered as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

CONCAT_8: Final = 0x00
PORTS_8: Final = 0x04
PORTS_16: Final = 0x05
CONCAT_16: Final = 0x08
NATIONAL_SINGLE_SHIFT: Final = 0x24
NATIONAL_LOCKING_SHIFT: Final = 0x25

UDHL_MAX: Final = 139  # header and text share 140 octets of user data
TOTAL_MAX: Final = 255  # segments in a set: one octet

RefBits = Literal[8, 16]


class Element(NamedTuple):
    """One information element: its identifier and its octets (0-255 of them)."""

    id: int
    data: bytes


class Concat(NamedTuple):
    """This segment is `number` (from 1) of `total` under `ref`; the width of the reference is part of the key."""

    ref: int
    total: int
    number: int
    bits: RefBits = 8


class Udh(NamedTuple):
    """A header as read: its elements in order, its size with the length octet, and its concatenation if it has one."""

    elements: tuple[Element, ...]
    octets: int
    concat: Concat | None

    def without_concat(self) -> bytes:
        """The header again (with its length octet) less every concatenation element; empty when nothing is left."""
        return write(element for element in self.elements if element.id not in (CONCAT_8, CONCAT_16))


def read(octets: bytes) -> Udh | None:
    """The header at the start of `octets`, or None when it is impossible. The text begins at `octets[udh.octets:]`.

    A concatenation element of the wrong length, with total 0, or with a number of 0 or above the total is kept among
    the elements but not believed. Of several good ones the last counts (23.040: later ones override).
    """
    if not octets:
        return None
    end = octets[0] + 1
    if end > len(octets) or end > UDHL_MAX + 1:
        return None
    elements = []
    concat = None
    at = 1
    while at < end:
        if at + 2 > end or at + 2 + octets[at + 1] > end:
            return None
        id_, size = octets[at], octets[at + 1]
        data = octets[at + 2 : at + 2 + size]
        elements.append(Element(id_, data))
        concat = _read_concat(id_, data) or concat
        at += 2 + size
    return Udh(tuple(elements), end, concat)


def _read_concat(id_: int, data: bytes) -> Concat | None:
    bits: RefBits
    if id_ == CONCAT_8 and len(data) == 3:
        bits = 8
    elif id_ == CONCAT_16 and len(data) == 4:
        bits = 16
    else:
        return None
    total, number = data[-2], data[-1]
    if not 1 <= number <= total:
        return None
    return Concat(int.from_bytes(data[:-2], "big"), total, number, bits)


def write(elements: Iterable[Element]) -> bytes:
    """A header with its length octet; no elements, no header. Raises ValueError over 139 octets of elements."""
    body = b"".join(bytes((element.id, len(element.data))) + element.data for element in elements)
    if len(body) > UDHL_MAX:
        raise ValueError(f"header elements take {len(body)} octets, at most {UDHL_MAX} fit")
    return bytes((len(body),)) + body if body else b""


def concat_octets(bits: RefBits = 8, other_udh: bytes = b"") -> int:
    """Size of the header that `write_concat` makes: 6 or 7, and the elements of `other_udh` beside it."""
    return (6 if bits == 8 else 7) + max(0, len(other_udh) - 1)


def write_concat(concat: Concat, other_udh: bytes = b"") -> bytes:
    """A header of this concatenation followed by the elements of `other_udh`, a whole header or nothing.

    The reference is taken modulo its width, so a running counter will do. Raises ValueError when total or number is
    out of range or the header grows over 140 octets.
    """
    if not 1 <= concat.number <= concat.total:
        raise ValueError(f"segment {concat.number} of {concat.total}: numbers run from 1 to the total")
    head = _concat_head(concat.ref, concat.total, concat.bits, other_udh)
    return head + bytes((concat.number,)) + other_udh[1:]


def concat_headers(ref: int, total: int, bits: RefBits = 8, other_udh: bytes = b"") -> list[bytes]:
    """The headers of a whole set, numbers 1 to `total`, each as `write_concat` makes it. Raises ValueError."""
    head = _concat_head(ref, total, bits, other_udh)
    tail = other_udh[1:]
    return [head + bytes((number,)) + tail for number in range(1, total + 1)]


def _concat_head(ref: int, total: int, bits: RefBits, other_udh: bytes) -> bytes:
    """All octets before the segment's number."""
    if not 1 <= total <= TOTAL_MAX:
        raise ValueError(f"{total} segments: a header counts 1 to {TOTAL_MAX}")
    udhl = concat_octets(bits, other_udh) - 1
    if udhl > UDHL_MAX:
        raise ValueError(f"header elements take {udhl} octets, at most {UDHL_MAX} fit")
    if bits == 8:
        return bytes((udhl, CONCAT_8, 3, ref & 0xFF, total))
    return bytes((udhl, CONCAT_16, 4, ref >> 8 & 0xFF, ref & 0xFF, total))
