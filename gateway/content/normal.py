"""The one spelling in which texts are compared: narrow, lower case, simplified, without symbols, spaces and accents.

`squeeze` costs one table look-up a character. Rare ideographs of the planes above stay as they are; what else lies
there is invisible and falls away.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from hashlib import blake2b
from typing import Final

from gateway.content.variants import SIMPLIFIED

Table = list[int | str | None]
_TABLE_SIZE: Final = 0xE0200  # up to the last invisible character
_IDEOGRAPHS_END: Final = 0x323B0
# What has other spellings or falls away lies here; beyond are letters that nothing is taken from.
_SPELLED: Final = (
    range(0x3400), range(0x4DC0, 0x4E00), range(0xA000, 0xAC00), range(0xD7A4, 0xD800), range(0xE000, 0x10000),
    range(0x1D000, 0x1D800), range(0x1F000, 0x20000),
)
_KEPT: Final = frozenset("LN")  # letters and numbers, by the first letter of the general category
_TOKEN: Final = re.compile(r"[a-z]*[0-9][a-z0-9]*")
_DIGEST_OCTETS: Final = 16


@cache
def table() -> Table:
    """Return what each character becomes: another, some others, or None where it falls away. Made at the first use."""
    made: Table = [*range(_IDEOGRAPHS_END), *[None] * (_TABLE_SIZE - _IDEOGRAPHS_END)]
    for code in (code for codes in _SPELLED for code in codes):
        made[code] = _spelling(chr(code), code)
    for old, new in SIMPLIFIED.items():
        made[ord(old)] = ord(new)
    return made


def _spelling(character: str, code: int) -> int | str | None:
    wide = unicodedata.normalize("NFKC", character).casefold()
    parts = (part for one in wide for part in unicodedata.normalize("NFKD", one))
    kept = "".join(part for part in parts if unicodedata.category(part)[0] in _KEPT)
    if not kept:
        return None
    return code if kept == character else ord(kept) if len(kept) == 1 else kept


def squeeze(text: str) -> str:
    """Return the spelling in which texts are compared."""
    return text.translate(table())


def origins(text: str) -> list[int]:
    """Return for each character of `squeeze(text)` the index in `text` that it comes from."""
    known = table()
    found: list[int] = []
    for index, character in enumerate(text):
        code = ord(character)
        spelling = known[code] if code < _TABLE_SIZE else code
        if isinstance(spelling, str):
            found.extend([index] * len(spelling))
        elif spelling is not None:
            found.append(index)
    return found


def fingerprint(squeezed: str) -> str:
    """Return what texts have in common that differ in digits and codes only: 32 hexadecimal digits.

    A run of Latin letters and digits that holds a digit is a variable: a code, an amount, the tail of a link.
    """
    return blake2b(_TOKEN.sub("0", squeezed).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_OCTETS).hexdigest()
