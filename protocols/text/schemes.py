"""What a coding number says beside the alphabet: message class, automatic deletion, a message waiting.

Source: 3GPP TS 23.038 section 4. SMPP's data_coding and CMPP's Msg_Fmt are this octet from 16 on; below, each has
meanings of its own, none of which is one of these. A scheme is the octet without its alphabet:

    0             nothing
    0x10 - 0x13   class 0 to 3: shown at once, kept in the handset, on the card, in the terminal behind it
    0x40          deleted once it is read; with a class 0x50 - 0x53
    0xC0 - 0xCB   message waiting, its text may be discarded: bit 3 set or cleared, bits 1-0 what is waiting
    0xD0 - 0xDB   message waiting, its text is stored
"""

from __future__ import annotations

from typing import Final

from protocols.text.codings import Encoding

CLASS_0: Final = 0x10
DELETED: Final = 0x40
DISCARDED: Final = 0xC0
STORED: Final = 0xD0
FIRST: Final = 16  # below, a number has the protocol's own meaning
_CLASS_BITS: Final = 0x13
_WAITING_BITS: Final = 0x0B  # bit 2 is reserved
_GENERAL_ALPHABETS: Final = {Encoding.GSM7: 0x00, Encoding.BINARY: 0x04, Encoding.UCS2: 0x08}


def _scheme(number: int) -> int:
    group = number >> 4
    if number < FIRST:
        return 0
    if group < 0x8 and not number & 0x20 and number & 0x0C != 0x0C:  # not compressed, an alphabet that there is
        return number & DELETED | (number & _CLASS_BITS if number & CLASS_0 else 0)
    if group == 0xC:
        return DISCARDED | number & _WAITING_BITS
    if group in (0xD, 0xE):
        return STORED | number & _WAITING_BITS
    return CLASS_0 | number & 3 if group == 0xF and not number & 0x08 else 0


SCHEMES: Final[tuple[int, ...]] = tuple(_scheme(number) for number in range(256))
"""The scheme of each coding number."""
ALL: Final[tuple[int, ...]] = tuple(sorted(set(SCHEMES)))


def number_of(encoding: Encoding, scheme: int) -> int | None:
    """Return the coding number of text in `encoding` under `scheme`; None where the two have no number together."""
    if scheme < DISCARDED:
        alphabet = _GENERAL_ALPHABETS.get(encoding)
        return None if not scheme or alphabet is None else scheme | alphabet
    if encoding is Encoding.GSM7:
        return scheme
    return scheme + 0x10 if encoding is Encoding.UCS2 and scheme >= STORED else None


def class_of(scheme: int) -> int | None:
    """Return the message class in a scheme that is a class and nothing else."""
    return scheme & 3 if scheme & ~3 == CLASS_0 else None


def is_waiting(scheme: int) -> bool:
    """Tell whether a scheme says that a message is waiting."""
    return scheme >= DISCARDED
