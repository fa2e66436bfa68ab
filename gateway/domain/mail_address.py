"""Addresses of electronic mail: what we take for one, and how it is shown where it need not be read.

Taken is local@domain of RFC 5321 in ASCII, without quoted local parts, comments and address literals: what every
mail server takes, and what cannot smuggle a line or a second recipient into a header. A domain in other letters is
written in its ASCII form (xn--…).
"""

from __future__ import annotations

import re
from typing import Final

LOCAL_OCTETS_MAX: Final = 64
DOMAIN_OCTETS_MAX: Final = 253
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS_IN_WORDS: Final = re.compile(r"[^\s<>,;:]+@[^\s<>,;:]+")
_DOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def address_fault(address: str) -> str | None:
    """Return what is wrong with an address, or None."""
    local, at, domain = address.rpartition("@")
    if not at:
        return "is no address of electronic mail: it has no @"
    if not address.isascii():
        return "is not in ASCII; a domain in other letters is written as xn--…"
    if not _LOCAL.fullmatch(local) or len(local) > LOCAL_OCTETS_MAX:
        return f"is no address of electronic mail: {local!r} before the @"
    if not _DOMAIN.fullmatch(domain) or len(domain) > DOMAIN_OCTETS_MAX:
        return f"is no address of electronic mail: {domain!r} behind the @"
    return None


def masked_in(words: str) -> str:
    """Return words with each address in them masked: what a relay says quotes whom it refuses."""
    return _ADDRESS_IN_WORDS.sub(lambda found: masked_address(found[0]), words)


def masked_address(address: str) -> str:
    """Return an address as logs show it: a***@example.com."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
