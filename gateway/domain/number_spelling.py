"""One spelling for each phone number.

    domestic   11 digits, whatever stood before them: 13800138000, 8613800138000, +8613800138000, 008613800138000
    abroad     00, country code, number, so that no foreign number looks like a domestic one; channels that serve them
               have prefixes that begin with 00

A type of number says what a prefix does: international (TON 1) is +, national (TON 2) is +86. Digits of no stated type
and without a prefix are as dialled in China.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers

INTERNATIONAL_TON: Final = 1
NATIONAL_TON: Final = 2
# A match where these digits, bare, are a mobile number of mainland China, else None.
is_domestic: Final = re.compile(r"1[3-9][0-9]{9}").fullmatch
_DOMESTIC_LONG: Final = re.compile(r"(?:\+|00)?86(1[3-9][0-9]{9})")
# E.164: at most 15 digits, no leading zero; without + or 00 only where it cannot be a domestic number cut short.
_ABROAD: Final = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")
_ABROAD_BARE: Final = re.compile(r"([2-9][0-9]{6,14}|1[2-9][0-9]{9})")


def normalise(number: str) -> str | None:
    """Return the one spelling of a number, or None where it is none."""
    if is_domestic(number):
        return number
    domestic = _DOMESTIC_LONG.fullmatch(number)
    if domestic:
        return domestic[1]
    abroad = _ABROAD.fullmatch(number) or _ABROAD_BARE.fullmatch(number)
    if abroad is None or abroad[1].startswith("86"):
        return None
    return _abroad(abroad[1])


def spellings_of_code(destination: str) -> tuple[str, ...]:
    """Return what an MO's destination may be as a service code: as it came, then without +, 00, and 86.

    A code never begins with a country code, but carriers write one before it, as before a number.
    """
    bare = destination.removeprefix("+")
    if bare == destination:
        bare = destination.removeprefix("00")
    return tuple(dict.fromkeys((destination, bare, bare.removeprefix("86"))))


def as_typed(number: str, ton: int, *, bare_is_domestic: bool = False) -> str:
    """Return a number with the prefix that its type of number stands for (SMPP 3.4 5.2.5); other types say nothing."""
    if ton == INTERNATIONAL_TON:
        is_told = number.startswith(("86", "+", "00")) or (bare_is_domestic and is_domestic(number) is not None)
        return number if is_told else f"+{number}"
    if ton == NATIONAL_TON and not number.startswith(("+86", "0086")) and not _DOMESTIC_LONG.fullmatch(number):
        return f"+86{number}"
    return number


@lru_cache(maxsize=16_384)
def _abroad(digits: str) -> str | None:
    """Return the spelling of an E.164 number abroad, None where no country has it.

    What looks like a domestic number behind a + must be valid there; else a length that the country has is enough, for
    new ranges come up faster than tables do.
    """
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    is_known = phonenumbers.is_valid_number if is_domestic(digits) else phonenumbers.is_possible_number
    if not is_known(parsed):
        return None
    return f"00{phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:]}"


@lru_cache(maxsize=16_384)
def of_one_plan(digits: str) -> str | None:
    """Return what eleven bare digits are, in China or in North America; None where they are a number in both plans."""
    abroad = _abroad(digits)
    if abroad is None:
        return digits
    is_domestic = phonenumbers.is_valid_number(phonenumbers.parse(f"+86{digits}"))
    return None if is_domestic else abroad
