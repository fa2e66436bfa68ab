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

from protocols.errors import PduError
from protocols.smpp.constants import HEADER_OCTETS, RESPONSE_BIT
from protocols.smpp.pdus import BY_ID, Pdu, UnknownPdu
from protocols.smpp.wire import CODECS

__all__ = ["CODECS", "bare", "decode", "encode"]

HEADER: Final = Struct(">IIII")
_DECODERS: Final[dict[int, Callable[[bytes, int, int], Any]]] = {n: codec.decode_body for n, codec in CODECS.items()}
_ENCODERS: Final[dict[int, Callable[[Any], bytes]]] = {n: codec.encode_body for n, codec in CODECS.items()}

_REFUSAL_BODIES: Final = {n: _ENCODERS[n](BY_ID[n]()) for n in CODECS if n & RESPONSE_BIT}
"""What a response with nothing to say has for a body; a refusal leaves it out (section 4.4.2 and others)."""
_pack_header: Final = HEADER.pack


def decode(
    frame: bytes,
    *,
    _header: Callable[[bytes], tuple[int, int, int, int]] = HEADER.unpack_from,
    _decoders: dict[int, Callable[[bytes, int, int], Any]] = _DECODERS,
) -> Pdu:
    """The PDU in one whole frame; a command_id that is not ours gives an UnknownPdu."""
    length, command_id, status, sequence = _header(frame)
    decode_body = _decoders.get(command_id)
    pdu: Pdu
    if decode_body is None:
        return UnknownPdu(command_id, frame[HEADER_OCTETS:], sequence=sequence, status=status)
    try:
        pdu = decode_body(frame, HEADER_OCTETS, length)
    except PduError:
        if not command_id & RESPONSE_BIT:
            raise
        pdu = BY_ID[command_id]()
    pdu.sequence = sequence
    pdu.status = status
    return pdu


def encode(pdu: Pdu, sequence: int) -> bytes:
    """The frame of a PDU under this sequence. A refusal with nothing to add is its header alone."""
    command_id = pdu.COMMAND_ID
    encode_body = _ENCODERS.get(command_id)
    if encode_body is not None:
        body = encode_body(pdu)
        if pdu.status and body == _REFUSAL_BODIES.get(command_id):
            body = b""
    else:
        assert isinstance(pdu, UnknownPdu)
        command_id, body = pdu.command_id, pdu.body
    return _pack_header(HEADER_OCTETS + len(body), command_id, pdu.status, sequence) + body


def bare(command_id: int, status: int, sequence: int) -> bytes:
    """A PDU that is only a header: keepalives, refusals, nacks."""
    return _pack_header(HEADER_OCTETS, command_id, status, sequence)
