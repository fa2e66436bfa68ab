"""Every form proves that it is ours: a token made of the visitor's own cookie, in a hidden field or htmx's header.

The cookie is the session's token, or before a sign-in one of its own; nobody else can read it, so nobody can make the
token. Besides, browsers say where a form comes from (`Sec-Fetch-Site`, `Origin`): from elsewhere it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

FIELD: Final = "form_token"
HEADER: Final = "X-Form-Token"
_PURPOSE: Final = b"form token 1"
_OWN_SITES: Final = ("", "same-origin", "none")


def token_of(cookie: str) -> str:
    """Return the token for a visitor's cookie; empty for none."""
    return hmac.new(cookie.encode(), _PURPOSE, hashlib.sha256).hexdigest() if cookie else ""


def is_ours(cookie: str, given: str, headers: Mapping[str, str], host: str) -> bool:
    """Tell whether a form with a token comes from a page that this visitor got from us."""
    wanted = token_of(cookie)
    if not wanted or not hmac.compare_digest(wanted.encode(), given.encode()):
        return False
    origin = headers.get("Origin", "")
    if headers.get("Sec-Fetch-Site", "") not in _OWN_SITES:
        return False
    return origin in ("", "null") or urlsplit(origin).netloc == host
