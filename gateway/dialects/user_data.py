"""User data: the text behind a header, and the SMPP parameters that say the same as a header or a coding number.

An impossible header (longer than the octets) is no header: the octets are passed on as they are.
"""

from __future__ import annotations

from typing import Final

from gateway.domain.message import Concat
from protocols.smpp.tlv import SAR_MSG_REF_NUM, SAR_SEGMENT_SEQNUM, SAR_TOTAL_SEGMENTS, TAGS, Tlvs, get_int
from protocols.text import udh
from protocols.text.codings import Encoding
from protocols.text.schemes import CLASS_0, STORED, number_of

DESTINATION_PORT: Final = TAGS[0x020B]
SOURCE_PORT: Final = TAGS[0x020A]
WAITING_INDICATOR: Final = 0x80
WAITING_SET: Final = 0x08


def split(octets: bytes) -> tuple[bytes, Concat | None, bytes]:
    """Return (text octets, place in a long message, the header's other elements as a header or empty)."""
    if len(octets) > 6 and octets[:3] == b"\x05\x00\x03" and 0 < octets[5] <= octets[4]:
        return octets[6:], Concat(octets[3], octets[4], octets[5]), b""  # nearly all headers there are
    header = udh.read(octets)
    if header is None:
        return octets, None, b""
    concat = header.concat
    place = Concat(concat.ref, concat.total, concat.number) if concat else None
    return octets[header.octets :], place, header.without_concat()


def cut(octets: bytes) -> tuple[bytes, bytes]:
    """Return (text octets, the whole header or empty)."""
    header = udh.read(octets)
    return (octets, b"") if header is None else (octets[header.octets :], octets[: header.octets])


def sar_place(tlvs: Tlvs) -> Concat | None:
    """Return what the three sar_ parameters say; they count only together and in range (SMPP 3.4 5.3.2.22)."""
    reference = get_int(tlvs, SAR_MSG_REF_NUM)
    total = get_int(tlvs, SAR_TOTAL_SEGMENTS)
    number = get_int(tlvs, SAR_SEGMENT_SEQNUM)
    if reference is None or not total or not number or number > total or total > udh.TOTAL_MAX:
        return None
    return Concat(reference & 0xFFFF, total, number)


def ports_header(tlvs: Tlvs) -> bytes:
    """Return the 16-bit port element of destination_port and source_port as a header; empty without a destination."""
    destination = get_int(tlvs, DESTINATION_PORT)
    if destination is None:
        return b""
    ports = (destination & 0xFFFF) << 16 | (get_int(tlvs, SOURCE_PORT) or 0) & 0xFFFF
    return udh.write([udh.Element(udh.PORTS_16, ports.to_bytes(4, "big"))])


def header_of(place: Concat | None, other: bytes) -> bytes:
    """Return a header with a 16-bit concatenation and other elements; empty for neither."""
    if place is None:
        return other
    return udh.write_concat(udh.Concat(place.reference, place.total, place.number, 16), other)


def coding_of_parameters(data_coding: int, encoding: Encoding, subunit: int, waiting: int | None) -> int:
    """Return the coding number that says what dest_addr_subunit or ms_msg_wait_facilities say, else the number itself.

    A subunit 1 to 4 is a class (SMPP 3.4 5.3.2.1); of the other, bit 7 is set or cleared, bits 1-0 what is waiting
    (5.3.2.13). An alphabet without such a number takes the GSM one's: the octets are read by `encoding`.
    """
    if waiting is not None:
        scheme = STORED | (WAITING_SET if waiting & WAITING_INDICATOR else 0) | waiting & 3
    elif 1 <= subunit <= 4:
        scheme = CLASS_0 | subunit - 1
    else:
        return data_coding
    return number_of(encoding, scheme) or scheme
