"""The GSM 03.38 default alphabet with its extension: characters to septets and back.

Source: 3GPP TS 23.038 (GSM 03.38) sections 6.1.2.1 (packing), 6.2.1 (alphabet) and 6.2.1.1 (extension).
SMPP and CMPP carry septets unpacked, one to an octet with the top bit clear; `encode` and `decode` speak that form
and `pack` / `unpack` convert it to the eight-septets-in-seven-octets form of the radio leg.
National language tables (header elements 24 and 25) are not interpreted.
"""

import codecs
import re
from typing import Final

ESCAPE: Final = 0x1B

# Row = high three bits, column = low four; 0x1B holds the escape itself. 0x09 is the capital Ç.
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

# ESC followed by the code: two septets for one character, never to be parted.
EXTENSION: Final = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\",
    0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}


def _encoding_table() -> str:
    """Each character at one octet: extension codes in the low half, basic codes in the high half (code + 0x80).

    One pass of the C charmap encoder then yields both kinds, told apart by the top bit. The compact (fast) form of that
    encoder wants NUL at 0; `encode` refuses NUL beforehand. U+FFFE marks an unused place.
    """
    low = "\0" + "".join(EXTENSION.get(code, "\ufffe") for code in range(1, 0x80))
    return low + BASIC.replace("\x1b", "\ufffe")


_MARKED_CODES: Final = codecs.charmap_build(_encoding_table())
_SEVEN_BITS: Final = bytes(octet & 0x7F for octet in range(256))
_EXTENSION_CODE: Final = re.compile(rb"[\x00-\x7f]")

_CHARACTERS: Final = (set(BASIC) - {"\x1b"}) | set(EXTENSION.values())
_FOREIGN: Final = re.compile(f"[^{re.escape(''.join(sorted(_CHARACTERS)))}]")
_EXTENDED: Final = re.compile(f"[{re.escape(''.join(EXTENSION.values()))}]")
# ASCII octets: in the alphabet at all; one septet with the same code; taking two septets.
_ASCII_KNOWN: Final = bytes(ord(char) for char in _CHARACTERS if char.isascii())
_ASCII_SAME: Final = bytes(code for code, char in enumerate(BASIC) if ord(char) == code and code != ESCAPE)
_ASCII_SINGLE: Final = bytes(code for code in range(0x80) if chr(code) not in EXTENSION.values())

_ESCAPED: Final = re.compile("\x1b(.?)", re.DOTALL)
_BY_BASIC: Final = {BASIC[code]: char for code, char in EXTENSION.items()} | {"": " ", "\x1b": " "}


def encode(text: str) -> bytes:
    """Septets of `text`, one an octet; an extension character gives two.

    Raises UnicodeEncodeError at the first character outside the alphabet (the escape itself is one).
    """
    if text.isascii():
        octets = text.encode()
        if not octets.translate(None, _ASCII_SAME):
            return octets  # the common case: every code is its ASCII code
    if "\0" in text:  # the table's placeholder: not for the encoder to see, nor always the first foreign character
        at = next(_FOREIGN.finditer(text)).start()
        raise UnicodeEncodeError("gsm7", text, at, at + 1, "not in the GSM alphabet")
    marked = codecs.charmap_encode(text, "strict", _MARKED_CODES)[0]
    return _EXTENSION_CODE.sub(b"\x1b\\g<0>", marked).translate(_SEVEN_BITS)


def decode(octets: bytes, errors: str = "strict") -> str:
    """Text of unpacked septets.

    An octet above 0x7F is impossible: UnicodeDecodeError, or as `errors` says. ESC with an unassigned code reads as
    that code's basic character, ESC with ESC or with nothing after it as a space (23.038 section 6.2.1.1, notes).
    """
    text = codecs.charmap_decode(octets, errors, BASIC)[0]
    if "\x1b" not in text:
        return text
    return _ESCAPED.sub(lambda pair: _BY_BASIC.get(pair[1], pair[1]), text)


def fits(text: str) -> bool:
    """Whether every character of `text` is in the alphabet or its extension."""
    if text.isascii():
        return not text.encode().translate(None, _ASCII_KNOWN)
    return _FOREIGN.search(text) is None


def count_septets(text: str) -> int:
    """Septets that a text which fits takes: one a character, two for an extension character."""
    if text.isascii():
        return len(text) + len(text.encode().translate(None, _ASCII_SINGLE))
    return len(text) + len(_EXTENDED.findall(text))


def fill_bits(header_octets: int) -> int:
    """Bits to leave empty after a header of that many octets so that packed text starts on a septet boundary."""
    return -8 * header_octets % 7


def pack(septets: bytes, *, skip_bits: int = 0) -> bytes:
    """Septets (values below 0x80) packed low bit first, after `skip_bits` (0-6) empty bits; spare bits are zero."""
    bits = 0
    for septet in reversed(septets):
        bits = bits << 7 | septet
    return (bits << skip_bits).to_bytes((len(septets) * 7 + skip_bits + 7) // 8, "little")


def unpack(octets: bytes, septet_count: int | None = None, *, skip_bits: int = 0) -> bytes:
    """Septets of the packed form, one an octet; at most as many as the octets hold.

    Without `septet_count`, as in SMPP where the length counts octets, seven spare bits look like one more septet:
    a last septet of zero or CR that ends exactly at the octets' end is taken for such filling and dropped.
    """
    bits = int.from_bytes(octets, "little") >> skip_bits
    room = max(0, len(octets) * 8 - skip_bits)
    count = room // 7 if septet_count is None else min(septet_count, room // 7)
    septets = bytes(bits >> 7 * index & 0x7F for index in range(count))
    if septet_count is None and room % 7 == 0 and septets.endswith((b"\0", b"\r")):
        return septets[:-1]
    return septets
