"""Standard Webhooks: the secret of an endpoint, and the headers that prove who calls and that nothing was changed.

    webhook-id         the same over all tries
    webhook-timestamp  unix seconds of this try
    webhook-signature  "v1,BASE64" for each secret that is valid, blanks between: HMAC-SHA256 of id.timestamp.body

Source: the Standard Webhooks specification, sections "Signature scheme" and "Secret rotation".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET_OCTETS: Final = 32  # the specification asks for 24 to 64


def secret_of(octets: bytes) -> str:
    """Return drawn octets in the spelling that receivers take."""
    return PREFIX + base64.b64encode(octets).decode()


def signed_headers(id: str, at: float, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the three headers of a call at `at`, in unix seconds."""
    timestamp = str(int(at))
    signed = f"{id}.{timestamp}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_digest(secret, signed)}" for secret in secrets),
    }


def _digest(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
