"""Segments: how many units a text takes, cutting it so that no character is parted, joining it again.

Sources: 3GPP TS 23.040 section 9.2.3.24.1 (concatenation), 23.038 (septets). User data is 140 octets.

    encoding         unit              whole   8-bit ref   16-bit ref
    GSM7 ASCII       septet / octet    160     153         152
    LATIN1 BINARY    octet             140     134         133
    UCS2 GBK         UTF-16 unit       70      67          66

ASCII counts like GSM7, and GBK like UCS2, because that is what the handset leg carries (ASCII's `[ ] { } ~ \\ ^ |` take
two septets there: a text bound for a GSM7 route is counted as GSM7). Surrogate pairs and ESC pairs stay whole, so a
segment may be one unit short; combining marks may be parted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from protocols.text import gsm7, udh
from protocols.text.codings import Encoding, encode_text

USER_DATA_OCTETS_MAX: Final = 140

_GSM7: Final = Encoding.GSM7
_GBK: Final = Encoding.GBK
_UCS2: Final = Encoding.UCS2
# Octets a unit, then mask and value of the octet that begins a pair's first unit: high surrogate D800-DBFF, escape.
_PAIR_LEADS: Final = {_UCS2: (2, 0xFC, 0xD8), _GSM7: (1, 0xFF, gsm7.ESCAPE)}
_UNIT_BITS: Final = {
    Encoding.GSM7: 7,
    Encoding.ASCII: 7,
    Encoding.LATIN1: 8,
    Encoding.BINARY: 8,
    Encoding.UCS2: 16,
    Encoding.GBK: 16,
}
_WHOLE_MAX: Final = {encoding: USER_DATA_OCTETS_MAX * 8 // bits for encoding, bits in _UNIT_BITS.items()}


class SegmentError(ValueError):
    """The segments given do not make one message, or a text cannot be cut as asked; says which."""


def segment_max(encoding: Encoding, header_octets: int = 0) -> int:
    """Units that fit in one segment beside a header of that many octets (`udh.concat_octets`); 0 when none do."""
    return max(0, USER_DATA_OCTETS_MAX - header_octets) * 8 // _UNIT_BITS[encoding]


def count_units(text: str, encoding: Encoding) -> int:
    """Units of a text that fits the encoding: septets, octets or UTF-16 units by the table above; never raises."""
    if encoding is _GSM7:
        return gsm7.count_septets(text)
    if encoding is _UCS2:
        return len(text.encode("utf-16-be", "surrogatepass")) // 2
    return len(text)


def split(text: str, encoding: Encoding, *, first_max: int | None = None, multi_max: int | None = None) -> list[bytes]:
    """Octets of each segment of `text`, without headers; one segment (perhaps empty) when it takes `first_max` units.

    `first_max` (default: 160/140/70) bounds a text sent whole, `multi_max` (default: 153/134/67) each segment
    otherwise. Raises EncodingError for a character that does not fit, SegmentError for a `multi_max` below 2.
    """
    octets = encode_text(text, encoding)
    if encoding is _GBK and len(text) <= (_WHOLE_MAX[encoding] if first_max is None else first_max):
        return [octets]  # one unit a character here, known without walking the octets
    return split_octets(octets, encoding, first_max=first_max, multi_max=multi_max)


def split_plain(text: str, encoding: Encoding, *, multi_max: int | None = None) -> list[bytes]:
    """Octets of separate whole messages (160/140/70 units each) that need no header: the "70/70" contracts."""
    limit = _WHOLE_MAX[encoding] if multi_max is None else multi_max
    return split_octets(encode_text(text, encoding), encoding, first_max=limit, multi_max=limit)


def split_octets(
    octets: bytes, encoding: Encoding, *, first_max: int | None = None, multi_max: int | None = None
) -> list[bytes]:
    """As `split`, for text already in octets, well-formed or not: nothing is lost or changed, only cut."""
    limit = _WHOLE_MAX[encoding] if first_max is None else first_max
    if len(octets) <= (limit * 2 if encoding is _UCS2 else limit):
        return [octets]
    if encoding is _GBK and len(_cut_gbk(octets, limit)) == 1:
        return [octets]
    size = segment_max(encoding, udh.concat_octets()) if multi_max is None else multi_max
    if size < 2:
        raise SegmentError(f"multi_max is {size}; a surrogate or ESC pair needs 2")
    if encoding in _PAIR_LEADS:
        return _cut_pairs(octets, encoding, size)
    if encoding is _GBK:
        return _cut_gbk(octets, size)
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def _cut_pairs(octets: bytes, encoding: Encoding, units: int) -> list[bytes]:
    """Cut at every `units` units, one earlier where the first half of a pair would come last."""
    width, mask, lead = _PAIR_LEADS[encoding]
    size = units * width
    segments = []
    start = 0
    while start + size < len(octets):
        end = start + size
        if octets[end - width] & mask == lead:
            end -= width
        segments.append(octets[start:end])
        start = end
    segments.append(octets[start:])
    return segments


def _cut_gbk(octets: bytes, units: int) -> list[bytes]:
    """Cut between characters: those of one or two octets count one unit, GB18030's of four octets two.

    Counting so bounds the octets as well: `units` units are at most 2 * `units` octets.
    """
    segments = []
    start = at = used = 0
    while at < len(octets):
        width = _gbk_width(octets, at)
        cost = 2 if width == 4 else 1
        if used + cost > units:
            segments.append(octets[start:at])
            start, used = at, 0
        at += width
        used += cost
    segments.append(octets[start:])
    return segments


def _gbk_width(octets: bytes, at: int) -> int:
    if octets[at] < 0x81 or at + 1 >= len(octets):
        return 1
    return 4 if 0x30 <= octets[at + 1] <= 0x39 else 2


def with_concat_udh(segments: Sequence[bytes], ref: int, bits: udh.RefBits = 8, other_udh: bytes = b"") -> list[bytes]:
    """Each segment behind its header: concatenation `ref` (modulo its width), then the elements of `other_udh`.

    A single segment gets no concatenation, only `other_udh`. The caller has cut to
    `segment_max(encoding, udh.concat_octets(bits, other_udh))`. Raises SegmentError above 255 segments.
    """
    total = len(segments)
    if total == 1:
        return [other_udh + segments[0]]
    if total > udh.TOTAL_MAX:
        raise SegmentError(f"{total} segments; a header counts at most {udh.TOTAL_MAX}")
    headers = udh.concat_headers(ref, total, bits, other_udh)
    return [header + segment for header, segment in zip(headers, segments, strict=True)]


def join(segments: Iterable[bytes]) -> bytes:
    """Octets of the message whose segments, each behind its header, are given in any order; the undoing of the above.

    Join octets, then decode: some peers part a character. Equal numbers are one segment received twice: the first
    counts. Raises SegmentError for a segment without concatenation, for two messages mixed, or for one incomplete.
    """
    bodies: dict[int, bytes] = {}
    first: udh.Concat | None = None
    for segment in segments:
        header = udh.read(segment)
        if header is None or header.concat is None:
            raise SegmentError("a segment has no concatenation header")
        concat = header.concat
        first = first or concat
        if concat._replace(number=first.number) != first:
            raise SegmentError(f"segments of two messages: {first} and {concat}")
        bodies.setdefault(concat.number, segment[header.octets :])
    if first is None:
        raise SegmentError("no segments")
    return join_bodies(bodies, first.total)


def join_bodies(bodies: Mapping[int, bytes], total: int) -> bytes:
    """Octets of the message from its segments' octets without headers, by number 1..total. Raises SegmentError."""
    missing = [number for number in range(1, total + 1) if number not in bodies]
    if missing or len(bodies) != total:
        raise SegmentError(f"numbers {sorted(bodies)} of {total}; missing {missing}")
    return b"".join(bodies[number] for number in range(1, total + 1))
