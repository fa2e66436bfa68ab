"""Encodings: text to octets and back, and what SMPP data_coding and CMPP Msg_Fmt say about them.

Sources: SMPP 3.4 section 5.2.19, CMPP 3.0 Msg_Fmt, 3GPP TS 23.038 section 4 (the SMS data coding scheme, DCS).
The coding number is one octet on the wire. A number that names no known alphabet reads as BINARY, and whoever passes
the message on keeps the number beside the octets.

    EncodingError   the text, or the wish for flash, does not go with the encoding asked for: the caller's choice
"""

import enum
from collections.abc import Callable, Iterable
from operator import methodcaller
from typing import Final, NamedTuple

from protocols.text import gsm7


class Encoding(enum.StrEnum):
    """How text lies in octets. GSM7 is one septet an octet, UCS2 is UTF-16BE with surrogate pairs."""

    GSM7 = "gsm7"
    ASCII = "ascii"
    LATIN1 = "latin1"
    GBK = "gbk"
    UCS2 = "ucs2"
    BINARY = "binary"


class Coding(NamedTuple):
    """What a coding number means: the encoding, and whether the message is class 0 (shown at once, "flash")."""

    encoding: Encoding
    flash: bool


class EncodingError(ValueError):
    """The encoding asked for cannot carry this.

    `character` and `index` name the first character that does not fit; both are None when it is the flash class that
    the encoding cannot express.
    """

    def __init__(
        self, problem: str, encoding: Encoding, *, character: str | None = None, index: int | None = None
    ) -> None:
        super().__init__(problem)
        self.encoding = encoding
        self.character = character
        self.index = index


# Bound once: an enum member costs a slow attribute lookup.
_GSM7: Final = Encoding.GSM7
_ASCII: Final = Encoding.ASCII
_LATIN1: Final = Encoding.LATIN1
_GBK: Final = Encoding.GBK
_UCS2: Final = Encoding.UCS2
_BINARY: Final = Encoding.BINARY


# --- text and octets ---------------------------------------------------------------------------------------------


def _decode_ucs2(octets: bytes, errors: str = "strict") -> str:
    """UTF-16BE without its byte order mark; a little-endian mark, seen from careless peers, is obeyed."""
    mark = octets[:2]
    if mark == b"\xfe\xff":
        octets = octets[2:]
    elif mark == b"\xff\xfe":
        return octets[2:].decode("utf-16-le", errors)
    return octets.decode("utf-16-be", errors)


_ENCODE: Final[dict[Encoding, Callable[[str], bytes]]] = {
    _GSM7: gsm7.encode,
    _ASCII: methodcaller("encode", "ascii"),
    _LATIN1: methodcaller("encode", "latin-1"),
    _GBK: methodcaller("encode", "gbk"),
    _UCS2: methodcaller("encode", "utf-16-be"),
    _BINARY: methodcaller("encode", "latin-1"),
}
# GBK is read as its superset GB18030: handsets send it under the same number.
_DECODE: Final[dict[Encoding, Callable[[bytes], str]]] = {
    _GSM7: gsm7.decode,
    _ASCII: methodcaller("decode", "ascii"),
    _LATIN1: methodcaller("decode", "latin-1"),
    _GBK: methodcaller("decode", "gb18030"),
    _UCS2: _decode_ucs2,
    _BINARY: methodcaller("decode", "latin-1"),
}
_SHOW: Final[dict[Encoding, Callable[[bytes], str]]] = {
    _GSM7: lambda octets: gsm7.decode(octets, "backslashreplace"),
    _ASCII: methodcaller("decode", "ascii", "backslashreplace"),
    _GBK: methodcaller("decode", "gb18030", "backslashreplace"),
    _UCS2: lambda octets: _decode_ucs2(octets, "backslashreplace"),
}
# What octets can be proven to be: text of several octets a character by chance is next to impossible in UTF-8, and
# in GBK unlikely. Latin-1 proves nothing, for any octets are.
_PROVABLE: Final = ("utf-8", "gbk")


def encode_text(text: str, encoding: Encoding) -> bytes:
    """Octets of `text`; BINARY takes characters U+0000-U+00FF as octets.

    Raises EncodingError at the first character that does not fit (for UCS2 that is a lone surrogate).
    """
    try:
        return _ENCODE[encoding](text)
    except UnicodeEncodeError as error:
        character = text[error.start]
        problem = f"character {error.start} (U+{ord(character):04X}) is not in {encoding.value}"
        raise EncodingError(problem, encoding, character=character, index=error.start) from None


def read_text(octets: bytes, encoding: Encoding) -> str | None:
    """Text of `octets`, None where they are none in this encoding: `why_unreadable` says why.

    A byte order mark is dropped, BINARY gives its octets as U+0000-U+00FF.
    """
    try:
        return _DECODE[encoding](octets)
    except UnicodeDecodeError:
        return None


def decode_text(octets: bytes, encoding: Encoding) -> str:
    """Text of `octets` to be shown; never raises: an octet that cannot be read stands as \\xNN in it."""
    text = read_text(octets, encoding)
    return _SHOW[encoding](octets) if text is None else text


def why_unreadable(octets: bytes, encoding: Encoding) -> str:
    """Why `read_text` gives None: where, and by which octet, but nothing else of a text."""
    try:
        _DECODE[encoding](octets)
    except UnicodeDecodeError as error:
        at = error.start
        if encoding is not _UCS2:
            return f"octet {at + 1} of {len(octets)} (0x{octets[at]:02X}) is not in {encoding.value}"
        is_odd = len(octets) % 2
        return f"{len(octets)} octets are no whole UCS-2" if is_odd else f"half a surrogate pair at octet {at + 1}"
    return ""


def read_mislabelled(octets: bytes) -> str | None:
    """Text of octets under a wrong label, where they prove to be UTF-8, else GBK; None where they do not."""
    for codec in _PROVABLE:
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue  # it is not this one: the next may prove it
    return None


def fits(text: str, encoding: Encoding) -> bool:
    """Whether `encode_text` would succeed."""
    if encoding is _GSM7:
        return gsm7.fits(text)
    if text.isascii():
        return True
    if encoding is _ASCII:
        return False
    try:
        _ENCODE[encoding](text)
    except UnicodeEncodeError:
        return False
    return True


def choose_encoding(text: str, preferred: Iterable[Encoding]) -> Encoding:
    """The first of `preferred` that carries the whole text, else UCS2: one character outside decides for all."""
    for encoding in preferred:
        if fits(text, encoding):
            return encoding
    return _UCS2


# --- coding numbers ----------------------------------------------------------------------------------------------

_UNKNOWN: Final = Coding(_BINARY, flash=False)


def _read_dcs(dcs: int) -> Coding:
    """The GSM data coding scheme, 23.038 section 4; reserved and compressed forms are unknown."""
    group = dcs >> 4
    if group < 0x8 and not dcs & 0x20:  # 00xx general, 01xx the same with automatic deletion; bit 5 = compressed
        alphabet = (_GSM7, _BINARY, _UCS2, None)[dcs >> 2 & 3]
        has_class = bool(dcs & 0x10)
        return Coding(alphabet, flash=has_class and dcs & 3 == 0) if alphabet else _UNKNOWN
    if group in (0xC, 0xD):  # message waiting, GSM text
        return Coding(_GSM7, flash=False)
    if group == 0xE:  # message waiting, UCS2
        return Coding(_UCS2, flash=False)
    if group == 0xF and not dcs & 0x08:  # class; bit 2 = 8-bit data
        return Coding(_BINARY if dcs & 0x04 else _GSM7, flash=dcs & 3 == 0)
    return _UNKNOWN


# SMPP gives 0-15 meanings of its own (5-7, 9-14: alphabets we pass through); from 16 on peers use the GSM DCS.
_SMPP_LOW: Final = {1: _ASCII, 3: _LATIN1, 8: _UCS2, 15: _GBK}
# CMPP names 0, 3, 4, 8 and 15; the specification's 3 is "write to SIM", peers mean Latin-1, which keeps the octets too.
_CMPP_OWN: Final = {3: _LATIN1, 15: _GBK}


def _smpp_coding(number: int, default: Encoding) -> Coding:
    if number == 0:
        return Coding(default, flash=False)
    return Coding(_SMPP_LOW.get(number, _BINARY), flash=False) if number < 16 else _read_dcs(number)


def _cmpp_coding(number: int, default: Encoding) -> Coding:
    if number == 0:
        return Coding(default, flash=False)
    own = _CMPP_OWN.get(number)
    return Coding(own, flash=False) if own else _read_dcs(number)


_FROM_DATA_CODING: Final = {
    default: tuple(_smpp_coding(number, default) for number in range(256)) for default in Encoding
}
_FROM_MSG_FMT: Final = {default: tuple(_cmpp_coding(number, default) for number in range(256)) for default in Encoding}

# GSM7 where the default is another alphabet: 0xF1, class 1 (an ordinary message), always GSM text.
_NUMBER: Final = {_GSM7: 0xF1, _ASCII: 1, _LATIN1: 3, _GBK: 15, _UCS2: 8, _BINARY: 4}
_FLASH_NUMBER: Final = {_GSM7: 0x10, _UCS2: 0x18, _BINARY: 0x14}
# Number 0 may stand for a text alphabet only; UCS2, GBK and binary are always said outright.
_DEFAULTABLE: Final = frozenset({_GSM7, _ASCII, _LATIN1})


def from_data_coding(data_coding: int, default: Encoding = Encoding.GSM7) -> Coding:
    """What an SMPP data_coding (0-255) means on a link whose SMSC default alphabet is `default`."""
    return _FROM_DATA_CODING[default][data_coding]


def to_data_coding(encoding: Encoding, flash: bool = False, default: Encoding = Encoding.GSM7) -> int:
    """The SMPP data_coding for `encoding`; `from_data_coding` with the same default reads it back.

    Raises EncodingError for flash in ASCII, LATIN1 or GBK, which have no class form: choose GSM7 or UCS2.
    """
    if flash:
        return _flash_number(encoding)
    return 0 if encoding is default and encoding in _DEFAULTABLE else _NUMBER[encoding]


def from_msg_fmt(msg_fmt: int, default: Encoding = Encoding.ASCII) -> Coding:
    """What a CMPP Msg_Fmt (0-255) means; 0 is plain ASCII unless the link is set to another `default`."""
    return _FROM_MSG_FMT[default][msg_fmt]


def to_msg_fmt(encoding: Encoding, flash: bool = False, default: Encoding = Encoding.ASCII) -> int:
    """The CMPP Msg_Fmt for `encoding`; `from_msg_fmt` with the same default reads it back.

    ASCII is always 0: CMPP has no other number for it. Raises EncodingError as `to_data_coding` does.
    """
    if flash:
        return _flash_number(encoding)
    if encoding is _ASCII:
        return 0
    return 0 if encoding is default and encoding in _DEFAULTABLE else _NUMBER[encoding]


def _flash_number(encoding: Encoding) -> int:
    number = _FLASH_NUMBER.get(encoding)
    if number is None:
        raise EncodingError(f"{encoding.value} has no flash form; use gsm7 or ucs2", encoding)
    return number
