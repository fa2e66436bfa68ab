"""The fields of a frame with their places in it, by the tables that the protocols are read and written by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from protocols.any_pdu import AnyPdu
from protocols.cmpp import codec as cmpp_codec
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.constants import HEADER_OCTETS as CMPP_HEADER
from protocols.fields import Kind
from protocols.kinds import Tail
from protocols.smpp import codec as smpp_codec
from protocols.smpp import pdus as smpp
from protocols.smpp.constants import HEADER_OCTETS as SMPP_HEADER
from protocols.smpp.constants import RESPONSE_BIT

HEADERS: Final = {"smpp": SMPP_HEADER, "cmpp": CMPP_HEADER}
_CMPP: Final = (cmpp_codec.CMPP30, cmpp_codec.CMPP20)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a frame: where its octets are (those of its count and of its end included), and what they say."""

    name: str
    kind: Kind
    start: int
    end: int
    value: object


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame taken apart. `is_read` is False where its body fits no layout; `fields` are those before the fault.

    `status` is None in CMPP, whose answers have theirs among the fields.
    """

    name: str
    command_id: int
    sequence: int
    status: int | None
    is_response: bool
    is_read: bool
    fields: tuple[Field, ...]

    def value(self, name: str) -> object:
        """Return the value of a field, None where it is not there."""
        return next((each.value for each in self.fields if each.name == name), None)


def take_apart(protocol: str, octets: bytes, version: int = 0) -> Frame:
    """Return the fields of a whole frame; raises ValueError for one that is shorter than its header.

    `version` is the session's, 0 where it is not known: a CMPP body is then read by whichever layout it fits.
    """
    header = HEADERS[protocol]
    if len(octets) < header:
        raise ValueError(f"{len(octets)} octets are no frame of {protocol}")
    command_id = int.from_bytes(octets[4:8], "big")
    if protocol == "smpp":
        status, sequence = int.from_bytes(octets[8:12], "big"), int.from_bytes(octets[12:16], "big")
        codec = smpp_codec.CODECS.get(command_id)
        rows: list[Sequence[tuple[str, Kind]]] = [] if codec is None else [codec.rows]
        name = smpp.BY_ID[command_id].NAME if command_id in smpp.BY_ID else f"0x{command_id:08x}"
    else:
        status, sequence = None, int.from_bytes(octets[8:12], "big")
        cls = cmpp.BY_ID.get(command_id)
        name = f"0x{command_id:08x}" if cls is None else cls.NAME
        rows = [] if cls is None else [codec.bodies[cls].rows for codec in _by_version(version)]
    is_response = bool(command_id & RESPONSE_BIT)
    read = [_walk(each, octets, header, is_response=is_response) for each in rows]
    fields, is_read = next((each for each in read if each[1]), read[0] if read else ((), len(octets) == header))
    return Frame(name, command_id, sequence, status, is_response, is_read, fields)


def _by_version(version: int) -> Sequence[cmpp_codec.CmppCodec]:
    first = cmpp_codec.codec_of(version) if version else _CMPP[0]
    return sorted(_CMPP, key=lambda each: each is not first)


def _walk(
    rows: Sequence[tuple[str, Kind]], octets: bytes, start: int, *, is_response: bool
) -> tuple[tuple[Field, ...], bool]:
    """Return the fields, and whether the body is just these. A response may end early, as peers leave bodies out."""
    found: list[Field] = []
    at, end = start, len(octets)
    for name, kind in rows:
        if at == end and is_response and not isinstance(kind, Tail):
            return tuple(found), True
        try:
            value, after = kind.read(octets, at, end)
        except ValueError:
            return tuple(found), False
        found.append(Field(name, kind, at, after, value))
        at = after
    return tuple(found), at == end


def decoded(protocol: str, octets: bytes, version: int = 0) -> AnyPdu:
    """Return the PDU in a frame; raises PduError."""
    if protocol == "smpp":
        return smpp_codec.decode(octets)
    return cmpp_codec.codec_of(version or 0x30).decode(octets)
