"""One spelling for a carrier's message id, so that receipt and answer meet by plain equality.

    text            lower case, leading zeros stripped: 000A1B -> a1b
    response_hex    answers in hex, receipts in decimal: both as decimal without leading zeros
    receipt_hex     the other way round: likewise

A receipt may carry two ids, in receipted_message_id and in its text, and carriers with two spellings often use one in
each. Where one read as a receipt's and the other read as an answer's are the same number, that is the id. No other
reading is tried: what looks decimal may be hex, and a wrong guess would end another message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.domain.channel import IdBase

DIGITS_MAX: Final = 64  # octets of a message_id: enough to be no denial of service, int() is quadratic
_HEX_DIGITS: Final = frozenset("0123456789abcdef")

Spell = Callable[[str], str]


def as_text(carrier_id: str) -> str:
    """Return lower case without leading zeros; "0" for zeros only, empty for nothing."""
    if carrier_id.isdecimal() and carrier_id[0] != "0":
        return carrier_id  # the common case
    plain = carrier_id.strip().lower()
    return plain.lstrip("0") or plain[:1]


def from_decimal(carrier_id: str) -> str:
    """Return a decimal id without leading zeros; what is not decimal is read as hex: it cannot be anything else."""
    text = as_text(carrier_id)
    return text if text.isdecimal() else _hex_to_decimal(text)


def from_hex(carrier_id: str) -> str:
    """Return a hex id in decimal; what is not hex stays text."""
    return _hex_to_decimal(as_text(carrier_id).removeprefix("0x"))


def _hex_to_decimal(text: str) -> str:
    if text and len(text) <= DIGITS_MAX and _HEX_DIGITS.issuperset(text):
        return str(int(text, 16))
    return text


RESPONSE_SPELL: dict[IdBase, Spell] = {
    IdBase.TEXT: as_text,
    IdBase.RESPONSE_HEX: from_hex,
    IdBase.RECEIPT_HEX: from_decimal,
}
RECEIPT_SPELL: dict[IdBase, Spell] = {
    IdBase.TEXT: as_text,
    IdBase.RESPONSE_HEX: from_decimal,
    IdBase.RECEIPT_HEX: from_hex,
}


def candidates(base: IdBase, in_parameter: str, in_text: str) -> tuple[str, ...]:
    """Return the spellings to look for, best first, at most two, none empty."""
    spell, spell_response = RECEIPT_SPELL[base], RESPONSE_SPELL[base]
    ids = tuple(dict.fromkeys(spell(each) for each in (in_parameter, in_text) if each.strip()))
    if len(ids) < 2 or base is IdBase.TEXT:
        return ids
    for ours, other in ((in_parameter, in_text), (in_text, in_parameter)):
        if spell(ours) == spell_response(other):
            return (spell(ours),)
    return ids
