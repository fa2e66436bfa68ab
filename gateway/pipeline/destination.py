"""Where the message goes: one spelling for each number.

Domestic mobile numbers become their 11 digits, whatever stood before them: 13800138000, 8613800138000,
+8613800138000, 008613800138000. Numbers abroad (accounts that may write to them) become 00, country code, number, so
that no foreign number looks like a domestic one; channels that serve them have prefixes that begin with 00.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.domain.message import Message
from gateway.domain.verdict import ACCEPT, Key, Verdict
from gateway.pipeline.policy import Policy

_is_domestic: Final = re.compile(r"1[3-9][0-9]{9}").fullmatch
_DOMESTIC_LONG: Final = re.compile(r"(?:\+|00)?86(1[3-9][0-9]{9})")
# E.164: at most 15 digits, no leading zero; without + or 00 only where it cannot be a domestic number cut short.
_ABROAD: Final = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")
_ABROAD_BARE: Final = re.compile(r"([2-9][0-9]{6,14}|1[2-9][0-9]{9})")


def check_destination(message: Message, policy: Policy, now: float) -> Verdict:
    """Write the number in its one spelling on the submission, or refuse it (DEST)."""
    submission = message.submission
    if _is_domestic(submission.destination):
        return ACCEPT
    number = normalise(submission.destination)
    if number is None:
        return policy.refuse(Key.DEST, f"{submission.destination!r} is no number")
    if number.startswith("00") and not policy.international:
        return policy.refuse(Key.DEST, f"{submission.destination!r} is no mobile number of mainland China")
    submission.destination = number
    return ACCEPT


def normalise(number: str) -> str | None:
    """Return the one spelling of a number, or None where it is none."""
    if _is_domestic(number):
        return number
    domestic = _DOMESTIC_LONG.fullmatch(number)
    if domestic:
        return domestic[1]
    abroad = _ABROAD.fullmatch(number) or _ABROAD_BARE.fullmatch(number)
    if abroad is None or abroad[1].startswith("86"):
        return None
    return f"00{abroad[1]}"
