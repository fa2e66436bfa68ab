"""The text of an SMPP receipt: its alphabet as the octets show it, and the fields of annex B.

Receipts are ASCII under data_coding 0 nearly everywhere. But SMSCs copy the message's data_coding onto ASCII octets, or
write UCS-2 and say 0; a header may be there and not marked, or marked and not there. So each reading is tried, the
likeliest first, and the first that shows an id and a stat is it, else the first that shows one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.dialects import user_data
from protocols.smpp.receipt import parse_text
from protocols.text.codings import Encoding, decode_text, from_data_coding

Fields = tuple[str, str, str, str, str, str]
"""Id, submit date, done date, stat, err, text; empty: not said."""
NOTHING: Final[Fields] = ("", "", "", "", "", "")

read_usual: Final = re.compile(
    r"id:(\S*) sub:\S* dlvrd:\S* submit date:(\S*) done date:(\S*) stat:(\S*) err:(\S*) text:(.*)",
    re.IGNORECASE | re.DOTALL,
).match
# Letters, digits and blanks, so the keys and nearly every value, are the same octets in all of these.
_LIKE_ASCII: Final = frozenset({Encoding.ASCII, Encoding.LATIN1, Encoding.GSM7})


def is_read(fields: Fields) -> bool:
    """Tell whether a reading shows an id or a stat. (No question of identity: compiled, a tuple has none.)"""
    return bool(fields[0] or fields[3])


class TextReader:
    """Reads receipt texts; `encoding` is what data_coding 0 means for them on this channel."""

    __slots__ = ("_codings", "_first", "is_plain")

    def __init__(self, encoding: Encoding) -> None:
        self._codings = tuple(from_data_coding(number, encoding).encoding for number in range(256))
        # By data_coding: whether Latin-1 is the first reading to try.
        self.is_plain = tuple(each is not Encoding.GSM7 for each in self._codings)
        self._first = tuple(each if each in _LIKE_ASCII else Encoding.LATIN1 for each in self._codings)

    def read(self, octets: bytes, data_coding: int, has_header: bool) -> Fields:
        """Return the fields of a text; NOTHING where no reading shows an id or a state."""
        if not octets:
            return NOTHING
        first = self._first[data_coding]
        best = NOTHING
        for content in _contents(octets, has_header):
            for text in _texts(content, first, self._codings[data_coding]):
                fields = _fields(text)
                if fields[0] and fields[3]:
                    return fields
                if not is_read(best):
                    best = fields
        return best


def _contents(octets: bytes, has_header: bool) -> Iterator[bytes]:
    """Yield the octets as their header says, then the other way."""
    behind, header = user_data.cut(octets)
    yield behind if has_header else octets
    if header:
        yield octets if has_header else behind


def _texts(octets: bytes, first: Encoding, declared: Encoding) -> Iterator[str]:
    yield _plainly(octets, first)
    yield octets.decode("utf-16-be", "replace")
    yield octets.decode("utf-16-le", "replace")
    if declared is not first:
        yield decode_text(octets, declared)


def _plainly(octets: bytes, encoding: Encoding) -> str:
    """Return one character an octet, so that an odd one hides no key."""
    return decode_text(octets, encoding) if encoding is Encoding.GSM7 else octets.decode("latin-1")


def _fields(text: str) -> Fields:
    text = text.lstrip("\ufeff")
    usual = read_usual(text)
    if usual is not None:
        return usual.groups()  # type: ignore[return-value]  # six groups, none optional
    get = parse_text(text.replace("\0", " ")).get  # padding, or an end of string
    found = (
        get("id", ""), get("submit date", ""), get("done date", ""), get("stat", ""), get("err", ""), get("text", "")
    )
    return found if is_read(found) else NOTHING
