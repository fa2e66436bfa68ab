"""Frame ↔ PDU for one version of CMPP: `CMPP20` (also 2.1) and `CMPP30`.

Requests are read strictly by the version: too few octets, too many, or a count past the end is a FieldError with the
Result to answer. (An ACTIVE_TEST or TERMINATE says nothing but its name, whatever hangs on it.) Responses are read by
their length, since peers answer in the other version's width and an answer cannot be refused; what they carry behind
their last field is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any, Final

from librt.strings import BytesWriter, read_i32_be, write_i32_be, write_i64_be

from protocols.cmpp import pdus
from protocols.cmpp.constants import HEADER_OCTETS, VERSION_20, VERSION_30, Result, layout_version
from protocols.cmpp.pdus import Pdu, UnknownPdu
from protocols.cmpp.wire import BODIES_20, BODIES_30
from protocols.errors import FieldError
from protocols.fields import Codec
from protocols.framing import with_length

Decode = Callable[[bytes, int, int], Pdu]
Write = Callable[[Any, BytesWriter], None]  # Any: each takes the one class it is looked up by

_pack_header: Final = Struct(">III").pack


class CmppCodec:
    """Both directions of every PDU in one version's layouts."""

    __slots__ = ("_decoders", "_other", "_other_bodies", "_writers", "bodies", "version")

    def __init__(self, version: int, bodies: Mapping[int, Mapping[type[Pdu], Codec[Any]]]) -> None:
        self.version: Final = version
        self.bodies: Final = bodies[version]
        self._writers: dict[type[Pdu], tuple[int, Write]] = {
            cls: (cls.COMMAND_ID, body.write_body) for cls, body in self.bodies.items()
        }
        self._decoders: dict[int, Decode] = {}
        for cls, body in self.bodies.items():
            if cls.IS_RESPONSE:
                decode = _by_length(bodies[VERSION_20][cls], bodies[VERSION_30][cls])
            elif cls is pdus.Submit:
                decode = _with_destinations(body.decode_body)
            else:
                decode = body.decode_body
            self._decoders[cls.COMMAND_ID] = decode
        self._other = VERSION_20 if version == VERSION_30 else VERSION_30
        self._other_bodies = {cls.COMMAND_ID: bodies[self._other][cls] for cls in (pdus.Submit, pdus.Deliver)}

    def decode(self, frame: bytes) -> Pdu:
        """The PDU in one whole frame (12 octets of header at least). Raises FieldError."""
        command_id: int = read_i32_be(frame, 4)
        command_id &= 0xFFFFFFFF
        sequence: int = read_i32_be(frame, 8)
        sequence &= 0xFFFFFFFF
        decode_body = self._decoders.get(command_id)
        if decode_body is None:
            return UnknownPdu(command_id, frame[HEADER_OCTETS:], sequence=sequence)
        try:
            pdu: Pdu = decode_body(frame, HEADER_OCTETS, len(frame))
        except FieldError as fault:
            raise self._explained(fault, command_id, frame) from None
        pdu.sequence = sequence
        return pdu

    def _explained(self, fault: FieldError, command_id: int, frame: bytes) -> FieldError:
        """The fault, or that the whole SUBMIT or DELIVER is in the other version's layout."""
        body = self._other_bodies.get(command_id)
        if body is None:
            return fault
        try:
            body.decode_body(frame, HEADER_OCTETS, len(frame))
        except FieldError:
            return fault
        problem = f"the layout is {self._other >> 4}.0's, not this session's ({fault})"
        return FieldError("Total_Length", problem, Result.STRUCTURE)

    def encode(self, pdu: Pdu, sequence: int) -> bytes:
        """The frame of a PDU under this sequence. Raises UnencodableError when a value does not fit its field."""
        row = self._writers.get(pdu.__class__)
        if row is None:
            return _encode_unknown(pdu, sequence)
        command_id, write_body = row
        w = BytesWriter()
        write_i64_be(w, command_id)  # the length comes last
        write_i32_be(w, sequence - (sequence >> 31 << 32))
        try:
            write_body(pdu, w)
        except Exception:  # whatever failed, the walk names the field
            w.truncate(HEADER_OCTETS)
            w.write(self.bodies[pdu.__class__].plain.write(pdu))
        return with_length(w)


def _encode_unknown(pdu: Pdu, sequence: int) -> bytes:
    """The frame of a command without a table. Raises TypeError for what is no PDU of CMPP at all."""
    if not isinstance(pdu, UnknownPdu):
        raise TypeError(f"{type(pdu).__name__} is no PDU of CMPP")
    return _pack_header(HEADER_OCTETS + len(pdu.body), pdu.command_id, sequence) + pdu.body


def _by_length(narrow: Codec[Any], wide: Codec[Any]) -> Decode:
    """Read a response as 3.0's form when it is long enough for it, else as 2.0's."""
    wide_octets = sum(kind.size or 0 for _, kind in wide.rows)
    decode_narrow: Decode = narrow.decode_body
    decode_wide: Decode = wide.decode_body
    if narrow.rows == wide.rows:
        # ACTIVE_TEST_RESP without its one octet, as old peers send it, is an empty response: all defaults.
        return decode_wide if narrow.pdu_class is not pdus.ActiveTestResp else _decode_active_test_resp

    def decode(buf: bytes, start: int, end: int) -> Pdu:
        return decode_wide(buf, start, end) if end - start >= wide_octets else decode_narrow(buf, start, end)

    return decode


def _decode_active_test_resp(buf: bytes, start: int, end: int) -> pdus.ActiveTestResp:
    return pdus.ActiveTestResp(buf[start] if start < end else 0)


def _with_destinations(decode_submit: Callable[[bytes, int, int], pdus.Submit]) -> Decode:
    """Read a SUBMIT; one to nobody is a fault with a Result of its own."""

    def decode(buf: bytes, start: int, end: int) -> Pdu:
        pdu = decode_submit(buf, start, end)
        if pdu.dest_terminal_id:
            return pdu
        raise FieldError("DestUsr_tl", "no destination", Result.DEST_TERMINAL)

    return decode


_BODIES: Final = {VERSION_20: BODIES_20, VERSION_30: BODIES_30}
CMPP20: Final = CmppCodec(VERSION_20, _BODIES)
CMPP30: Final = CmppCodec(VERSION_30, _BODIES)


def codec_of(version: int) -> CmppCodec:
    """The codec for a Version octet: 3.0's layouts from 0x30 on, 2.0's below."""
    return CMPP30 if layout_version(version) == VERSION_30 else CMPP20
