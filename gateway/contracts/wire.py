"""How a final text is cut on the wire: concatenated, as separate whole messages, or not at all (`split`).

The 8-bit contracts (140/134 bytes) are cut as they are billed, although a handset leg would take 160 septets.
"""

from __future__ import annotations

from typing import Final

from gateway.contracts.billing import BYTES_MULTI, BYTES_SINGLE
from gateway.contracts.profile import Profile
from protocols.text.codings import Encoding
from protocols.text.segments import split, split_plain
from protocols.text.udh import concat_octets

HEADER_OCTETS: Final = concat_octets()
_WHOLE_UNITS: Final = 17_000  # more than any profile's max_chars in any encoding


def cut(text: str, encoding: Encoding, profile: Profile) -> list[bytes]:
    """Return the user data of each wire segment without headers; several belong together by a header under "udh67".

    Under "plain70" each is a message of its own, the signature in the first only (S4-A2-6). Raises EncodingError.
    """
    is_octets = encoding is Encoding.ASCII
    if profile.split == "none":
        return split(text, encoding, first_max=_WHOLE_UNITS)
    if profile.split == "plain70":
        return split_plain(text, encoding, multi_max=_plain_units(encoding, profile))
    if is_octets:
        return split(text, encoding, first_max=BYTES_SINGLE, multi_max=BYTES_MULTI)
    return split(text, encoding)


def has_header(parts: int, profile: Profile) -> bool:
    """Tell whether a text of that many wire segments carries concatenation headers."""
    return parts > 1 and profile.split == "udh67"


def wire_octets(parts: list[bytes], profile: Profile) -> list[int]:
    """Return the octets of each wire segment, header included."""
    header = HEADER_OCTETS if has_header(len(parts), profile) else 0
    return [len(part) + header for part in parts]


def _plain_units(encoding: Encoding, profile: Profile) -> int | None:
    if encoding is Encoding.UCS2 or profile.latin_rule == "chars":
        return min(70, profile.bill_multi or profile.bill_single)
    return BYTES_SINGLE if encoding is Encoding.ASCII else None
