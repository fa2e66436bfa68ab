"""Billed segments: what a final text costs in segments under a profile (S0-4.1, S1-1b, S4-A2-6).

What goes out on the wire is another matter (quote, pipeline): billed 2 and sent 3 is possible and worth a warning.
"""

from __future__ import annotations

from typing import Final

from gateway.contracts.profile import Profile
from protocols.text.codings import Encoding, fits
from protocols.text.gsm7 import count_septets

BYTES_SINGLE: Final = 140
BYTES_MULTI: Final = 134  # S0-4.1b
SEPTETS_SINGLE: Final = 160
SEPTETS_MULTI: Final = 153  # abroad: 3GPP TS 23.040


def count_characters(text: str, profile: Profile) -> int:
    """Return the characters of a text by `count_unit`: UTF-16 units as on the wire, or code points."""
    if text.isascii() or profile.count_unit == "code_point":
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) >> 1


def choose_encoding(text: str, profile: Profile) -> Encoding:
    """Return the narrowest encoding that the profile's Latin rule knows and the text fits; else UCS2.

    One 【 makes a text Chinese (S0-4.1b). "chars" profiles bill Latin as Chinese but need not widen it on the wire.
    """
    if profile.latin_rule == "gsm7_160_153":
        return Encoding.GSM7 if fits(text, Encoding.GSM7) else Encoding.UCS2
    return Encoding.ASCII if text.isascii() else Encoding.UCS2


def billed_segments(text: str, profile: Profile, *, signature: str = "") -> int:
    """Return the billed segments of a final text, at least 1; 0 where the profile does not allow its length (LEN).

    `signature` is the signature in the text, brackets included, or empty: only a profile that does not count it, or
    counts its brackets otherwise, needs to know.
    """
    characters = count_characters(text, profile)
    if characters > profile.max_chars:
        return 0
    units, single, multi = _measure(text, characters, signature, profile)
    if units <= single:
        return 1
    if not multi:
        return 0
    billed = -(-units // multi)
    return billed if billed <= profile.max_segments else 0


def _measure(text: str, characters: int, signature: str, profile: Profile) -> tuple[int, int, int]:
    """Return units, units in a single segment, units in each of several."""
    rule = profile.latin_rule
    if rule == "bytes140_134" and text.isascii():
        counted = len(signature) if signature and not profile.count_signature else 0
        return len(text) - counted, BYTES_SINGLE, BYTES_MULTI
    if rule == "gsm7_160_153" and fits(text, Encoding.GSM7):
        counted = count_septets(signature) if signature and not profile.count_signature else 0
        return count_septets(text) - counted, SEPTETS_SINGLE, SEPTETS_MULTI
    if signature:
        if not profile.count_signature:
            characters -= count_characters(signature, profile)
        else:
            characters += profile.bracket_units - 2
    return characters, profile.bill_single, profile.bill_multi


def is_media_too_large(octets: int, profile: Profile) -> bool:
    """Tell whether rich media of that many bytes is refused as MEDIA, uncharged (S0-4.1e)."""
    return octets > profile.media_max_bytes
