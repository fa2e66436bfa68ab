"""Frame octets to PDU and back.

    decode(frame) -> Pdu          raises PduError (FieldError) for a request that cannot be read
    encode(pdu, sequence) -> frame   raises UnencodableError

Responses never fail: there is no way to answer a response with an error, so one whose body is missing, cut or broken
is read as far as its header (quirk "bare response").
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any, Final

from librt.strings import BytesWriter, read_i64_be, write_i64_be

from protocols.errors import PduError
from protocols.framing import with_length
from protocols.smpp.constants import HEADER_OCTETS, RESPONSE_BIT
from protocols.smpp.pdus import BY_ID, Pdu, UnknownPdu
from protocols.smpp.wire import CODECS

__all__ = ["CODECS", "bare", "decode", "encode"]

Decode = Callable[[bytes, int, int], Pdu]
Write = Callable[[Any, BytesWriter], None]  # Any: each takes the one class it is looked up by

HEADER: Final = Struct(">IIII")
_DECODERS: Final[dict[int, Decode]] = {number: codec.decode_body for number, codec in CODECS.items()}
_WRITERS: Final[dict[int, Write]] = {number: codec.write_body for number, codec in CODECS.items()}

_REFUSAL_BODIES: Final = {n: CODECS[n].encode_body(BY_ID[n]()) for n in CODECS if n & RESPONSE_BIT}
"""What a response with nothing to say has for a body; a refusal leaves it out (section 4.4.2 and others)."""
_pack_header: Final = HEADER.pack


def decode(frame: bytes) -> Pdu:
    """The PDU in one whole frame; a command_id that is not ours gives an UnknownPdu."""
    head: int = read_i64_be(frame, 0)  # length, command_id
    numbers: int = read_i64_be(frame, 8)  # status, sequence
    command_id = head & 0xFFFFFFFF
    decode_body = _DECODERS.get(command_id)
    pdu: Pdu
    if decode_body is None:
        pdu = UnknownPdu(command_id, frame[HEADER_OCTETS:])
    else:
        try:
            pdu = decode_body(frame, HEADER_OCTETS, head >> 32)
        except PduError:
            if not command_id & RESPONSE_BIT:
                raise
            pdu = BY_ID[command_id]()
    pdu.sequence = numbers & 0xFFFFFFFF
    pdu.status = numbers >> 32 & 0xFFFFFFFF
    return pdu


def encode(pdu: Pdu, sequence: int) -> bytes:
    """The frame of a PDU under this sequence. A refusal with nothing to add is its header alone."""
    command_id = pdu.COMMAND_ID
    write_body = _WRITERS.get(command_id)
    if write_body is None:
        assert isinstance(pdu, UnknownPdu)
        return _encode_unknown(pdu, sequence)
    w = BytesWriter()
    numbers = pdu.status << 32 | sequence
    if numbers >> 63 or sequence >> 32:  # a status with its high bit set; what does not fit is told
        w.write(_pack_header(0, command_id, pdu.status, sequence))
    else:
        write_i64_be(w, command_id)  # the length comes last
        write_i64_be(w, numbers)
    try:
        write_body(pdu, w)
    except Exception:  # whatever failed, the walk names the field
        w.truncate(HEADER_OCTETS)
        w.write(CODECS[command_id].plain.write(pdu))
    if pdu.status and w.getvalue()[HEADER_OCTETS:] == _REFUSAL_BODIES.get(command_id):
        w.truncate(HEADER_OCTETS)
    return with_length(w)


def _encode_unknown(pdu: UnknownPdu, sequence: int) -> bytes:
    return _pack_header(HEADER_OCTETS + len(pdu.body), pdu.command_id, pdu.status, sequence) + pdu.body


def bare(command_id: int, status: int, sequence: int) -> bytes:
    """A PDU that is only a header: keepalives, refusals, nacks."""
    return _pack_header(HEADER_OCTETS, command_id, status, sequence)
