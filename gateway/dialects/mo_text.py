"""What an MO is to its client: the carrier's octets and number where they mean the same there, else written again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.domain.outcome import Inbound
from protocols.text.codings import Coding, Encoding, decode_text, encode_text, fits, read_mislabelled, read_text
from protocols.text.schemes import SCHEMES, number_of
from protocols.text.segments import segment_max, split_octets, with_concat_udh
from protocols.text.udh import concat_octets

_NARROW: Final = (Encoding.ASCII, Encoding.GSM7)
_BINARY: Final = Encoding.BINARY
_UCS2: Final = Encoding.UCS2
DATA_CODING_UCS2: Final = 8  # in both protocols


@dataclass(frozen=True, slots=True)
class MoReader:
    """How a client reads: what each coding number means to it, and the numbers of the encodings it is given."""

    codings: tuple[Coding, ...]
    numbers: Mapping[Encoding, int]


def as_told(
    octets: bytes, encoding: Encoding, number: int, *, reads_mislabelled: bool
) -> tuple[bytes, Encoding, int, str]:
    """Return (octets, encoding, number, text) of an MO: as the carrier wrote it, its text with \\xNN for what is none.

    With the channel's quirk `mislabelled_text` octets that are no text in what their number says become what they
    prove to be, in UCS2.
    """
    if encoding is _BINARY:
        return octets, encoding, number, ""
    text = read_text(octets, encoding)
    if text is not None:
        return octets, encoding, number, text
    proven = read_mislabelled(octets) if reads_mislabelled else None
    if proven is None:
        return octets, encoding, number, decode_text(octets, encoding)
    return encode_text(proven, _UCS2), _UCS2, number_of(_UCS2, SCHEMES[number]) or DATA_CODING_UCS2, proven


def for_client(inbound: Inbound, reader: MoReader) -> tuple[int, bytes, Encoding]:
    """Return (coding number, octets, encoding) of an MO for its client.

    Binary and unknown codings pass with number and octets untouched. A text whose encoding the client has no number
    for (GSM7 under CMPP) becomes ASCII or GSM7 where it fits, else UCS2. Octets that are no text in what their number
    says go as binary, as they came.
    """
    encoding, number = inbound.encoding, inbound.data_coding
    if reader.codings[number].encoding is encoding:
        return number, inbound.octets, encoding
    known = reader.numbers.get(encoding)
    if known is not None:
        return known, inbound.octets, encoding
    text = read_text(inbound.octets, encoding)
    if text is None:
        return reader.numbers[Encoding.BINARY], inbound.octets, Encoding.BINARY
    encoding = next((each for each in _NARROW if each in reader.numbers and fits(text, each)), Encoding.UCS2)
    return reader.numbers[encoding], encode_text(text, encoding), encoding


def segments_of(octets: bytes, encoding: Encoding, udh: bytes, reference: int) -> list[bytes]:
    """Return a long MO cut into segments of 140 octets, each behind a concatenation header and its other elements."""
    room = segment_max(encoding, concat_octets(8, udh))
    return with_concat_udh(split_octets(octets, encoding, first_max=room, multi_max=room), reference, 8, udh)
