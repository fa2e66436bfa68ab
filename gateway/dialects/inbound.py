"""What an MO is to its client: the carrier's octets and number where they mean the same there, else written anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.outcome import Inbound
from protocols.text.codings import Coding, Encoding, decode_text, encode_text, fits
from protocols.text.segments import segment_max, split_octets, with_concat_udh
from protocols.text.udh import concat_octets


@dataclass(frozen=True, slots=True)
class Reader:
    """How a client reads: what each coding number means to it, and the numbers of the encodings it is given."""

    codings: tuple[Coding, ...]
    numbers: Mapping[Encoding, int]


def for_client(inbound: Inbound, reader: Reader) -> tuple[int, bytes, Encoding]:
    """Return (coding number, octets, encoding) of an MO for its client.

    Binary and unknown codings pass with number and octets untouched. A text whose encoding the client has no number
    for (GBK under SMPP, GSM7 under CMPP) becomes ASCII where it fits, else UCS2.
    """
    encoding, number = inbound.encoding, inbound.data_coding
    if reader.codings[number].encoding is encoding:
        return number, inbound.octets, encoding
    known = reader.numbers.get(encoding)
    if known is not None:
        return known, inbound.octets, encoding
    text = inbound.text or decode_text(inbound.octets, encoding)
    encoding = Encoding.ASCII if fits(text, Encoding.ASCII) else Encoding.UCS2
    return reader.numbers[encoding], encode_text(text, encoding), encoding


def segments_of(octets: bytes, encoding: Encoding, udh: bytes, reference: int) -> list[bytes]:
    """Return a long MO cut into segments of 140 octets, each behind a concatenation header and its other elements."""
    room = segment_max(encoding, concat_octets(8, udh))
    return with_concat_udh(split_octets(octets, encoding, first_max=room, multi_max=room), reference, 8, udh)
