"""Numbers, texts and secrets of a frame hidden in place: it keeps its length, its layout and all that is not theirs.

What stays readable is what a fault is looked for with: names, sequences, statuses, ids of messages, codings, places of
long messages, times, receipts' states. Of a body that fits no layout nothing stays.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.telemetry.mask import mask_number
from gateway.telemetry.recordings.frame_layout import HEADERS, Field, Frame, take_apart
from protocols.smpp.tlv import TAGS

FILL: Final = 0x2A  # an asterisk in every alphabet of both protocols
NUMBERS: Final = frozenset({
    "source_addr", "destination_addr", "dest_address", "esme_addr", "unsuccess_sme", "fee_terminal_id",
    "dest_terminal_id", "src_terminal_id", "src_id", "dest_id", "address_range",
})
SECRETS: Final = frozenset({"password", "authenticator_source", "authenticator_ismg"})
TEXTS: Final = frozenset({"short_message", "msg_content"})
OPAQUE: Final = frozenset({"rest", "reserve", "link_id"})  # nobody says what stands there
LOGIN: Final = "CMPP_CONNECT"  # its source_addr is the login, no number
KEPT_TAGS: Final = frozenset(
    number for number, tag in TAGS.items()
    if tag.kind == "uint" or tag.name in ("receipted_message_id", "network_error_code")
)
PAYLOAD: Final = next(number for number, tag in TAGS.items() if tag.name == "message_payload")
UCS2: Final = 8
_LOOKS_LIKE_A_NUMBER: Final = re.compile(rb"\d{7,}")
_UDH_BIT, _RECEIPT_BITS = 0x40, 0x3C
_CMPP_RECEIPT_HEAD: Final = 35  # octets before the number of a receipt
_CMPP_RECEIPT_TAIL: Final = 4


def mask_frame(protocol: str, octets: bytes, version: int = 0) -> bytes:
    """Return a whole frame with what it says of people hidden; it has the same length."""
    header = HEADERS[protocol]
    frame = take_apart(protocol, octets, version)
    hidden = bytearray(octets)
    if not frame.is_read:
        hidden[header:] = bytes([FILL]) * (len(hidden) - header)
        return bytes(hidden)
    read_to = header
    for field in frame.fields:
        _mask_field(hidden, field, frame)
        read_to = max(read_to, field.end)
    _fill(hidden, read_to, len(hidden))
    return bytes(hidden)


def _mask_field(hidden: bytearray, field: Field, frame: Frame) -> None:
    name = field.name
    if name in SECRETS:
        _fill(hidden, field.start, field.end, keeps_nul=name == "password")
    elif name in TEXTS:
        _mask_text(hidden, field.start + 1, field.end, frame)  # the first octet counts the others
    elif name == "tlvs":
        _mask_tlvs(hidden, field, frame)
    elif name in OPAQUE:
        _fill(hidden, field.start, field.end, keeps_nul=True)
    elif name in NUMBERS and frame.name != LOGIN:
        _mask_numbers(hidden, field.start, field.end)


def _fill(hidden: bytearray, start: int, end: int, *, keeps_nul: bool = False) -> None:
    for at in range(start, end):
        if hidden[at] or not keeps_nul:
            hidden[at] = FILL


def _mask_numbers(hidden: bytearray, start: int, end: int) -> None:
    for match in _LOOKS_LIKE_A_NUMBER.finditer(bytes(hidden[start:end])):
        hidden[start + match.start() : start + match.end()] = mask_number(match[0].decode()).encode()


def _mask_text(hidden: bytearray, start: int, end: int, frame: Frame) -> None:
    if _is_receipt(frame):
        _mask_receipt(hidden, start, end, is_cmpp=frame.status is None)
        return
    if _has_udh(frame) and start < end:
        start = min(end, start + 1 + hidden[start])
    fill = b"\0*" if _coding(frame) & 0x0F == UCS2 else b"*"
    hidden[start:end] = (fill * (end - start))[: end - start]


def _has_udh(frame: Frame) -> bool:
    return bool(_number(frame, "esm_class") & _UDH_BIT or _number(frame, "tp_udhi"))


def _coding(frame: Frame) -> int:
    return _number(frame, "data_coding") or _number(frame, "msg_fmt")


def _number(frame: Frame, name: str) -> int:
    value = frame.value(name)
    return value if isinstance(value, int) else 0


def _is_receipt(frame: Frame) -> bool:
    if frame.name == "CMPP_DELIVER":
        return _number(frame, "registered_delivery") == 1
    return frame.name in ("deliver_sm", "data_sm") and bool(_number(frame, "esm_class") & _RECEIPT_BITS)


def _mask_receipt(hidden: bytearray, start: int, end: int, *, is_cmpp: bool) -> None:
    """Keep id, state and times of a receipt; hide the number, and the first characters of the message."""
    if is_cmpp:
        if end - start < _CMPP_RECEIPT_HEAD + _CMPP_RECEIPT_TAIL:
            _fill(hidden, start, end)
        else:
            _mask_numbers(hidden, start + _CMPP_RECEIPT_HEAD, end - _CMPP_RECEIPT_TAIL)
        return
    words = bytes(hidden[start:end])
    begins = words.lower().startswith(b"id:")
    text_at = words.lower().find(b"text:")
    if not begins:
        _fill(hidden, start, end)
    elif text_at >= 0:
        _fill(hidden, start + text_at + len(b"text:"), end)


def _mask_tlvs(hidden: bytearray, field: Field, frame: Frame) -> None:
    at = field.start
    while at + 4 <= field.end:
        tag, size = int.from_bytes(hidden[at : at + 2], "big"), int.from_bytes(hidden[at + 2 : at + 4], "big")
        start, end = at + 4, min(at + 4 + size, field.end)
        if tag == PAYLOAD:
            _mask_text(hidden, start, end, frame)
        elif tag not in KEPT_TAGS:
            _fill(hidden, start, end, keeps_nul=True)
        at += 4 + size
    _fill(hidden, min(at, field.end), field.end)
