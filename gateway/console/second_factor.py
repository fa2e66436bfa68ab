"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for a day on which it is lost.

A code is good in its half minute, the one before and the one behind, and once: the step of the last code that was used
is stored, and no earlier one is taken again. Recovery codes are random and kept as digests.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from collections.abc import Sequence
from typing import Final

import pyotp
import segno

ISSUER: Final = "Hongyan"
STEP_S: Final = 30
DIGITS: Final = 6
_DRIFT_STEPS: Final = (0, -1, 1)
RECOVERY_CODES: Final = 10
_RECOVERY_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_PART: Final = 5
_DARK, _LIGHT = "#000000", "#ffffff"


def fresh_secret() -> str:
    """Return a secret of 160 bits in base 32."""
    return pyotp.random_base32(32)


def address_of(secret: str, user: str) -> str:
    """Return what an authenticator reads from the picture."""
    return pyotp.TOTP(secret, name=user, issuer=ISSUER).provisioning_uri()


def picture_of(secret: str, user: str) -> bytes:
    """Return the QR code as SVG, dark on light whatever the page's colours are."""
    octets = io.BytesIO()
    segno.make(address_of(secret, user), error="m").save(
        octets, kind="svg", scale=4, border=3, dark=_DARK, light=_LIGHT, xmldecl=True
    )
    return octets.getvalue()


def step_of(secret: str, code: str, now: float) -> int:
    """Return the step whose code this is, 0 for none."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return 0
    made = pyotp.HOTP(secret)
    here = int(now) // STEP_S
    fits = [here + drift for drift in _DRIFT_STEPS if hmac.compare_digest(made.at(here + drift), digits)]
    return fits[0] if fits else 0


def recovery_codes() -> list[str]:
    """Return fresh codes, each with 49 bits of chance."""
    return ["-".join(_part() for _ in range(2)) for _ in range(RECOVERY_CODES)]


def recovery_digests(codes: Sequence[str]) -> list[bytes]:
    return [recovery_digest(code) for code in codes]


def recovery_digest(code: str) -> bytes:
    """Return what is kept of a code, however it is spelled."""
    plain = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(plain.encode()).digest()


def _part() -> str:
    return "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_PART))
