"""A sentence on the next page: a key of the catalogue and its values, in a cookie that only we can write.

No address ever has it, so nobody can be sent a link that makes our page say something.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

import orjson

COOKIE: Final = "hongyan_notice"
AGE_S: Final = 60
_PURPOSE: Final = b"notice 1"
_OCTETS_MAX: Final = 2_000


def packed(visitor: str, key: str, values: Mapping[str, Any]) -> str:
    """Return the cookie of a notice for a visitor; "" where it would be too long."""
    octets = orjson.dumps([key, dict(values)], default=str)
    return f"{base64.urlsafe_b64encode(octets).decode()}.{_seal(visitor, octets)}" if len(octets) <= _OCTETS_MAX else ""


def unpacked(visitor: str, cookie: str) -> tuple[str, dict[str, Any]] | None:
    """Return key and values of a cookie that we wrote for this visitor; None for any other."""
    text, _, seal = cookie.partition(".")
    try:
        octets = base64.urlsafe_b64decode(text.encode())
    except ValueError:
        return None
    if not octets or not hmac.compare_digest(seal.encode(), _seal(visitor, octets).encode()):
        return None
    key, values = orjson.loads(octets)
    return key, values


def _seal(visitor: str, octets: bytes) -> str:
    return hmac.new(visitor.encode() + _PURPOSE, octets, hashlib.sha256).hexdigest()
