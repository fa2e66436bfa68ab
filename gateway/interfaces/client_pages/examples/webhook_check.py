"""Whether a callback is the gateway's own, unchanged and not an old one played again (Standard Webhooks)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

OLDEST_S = 300.0


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """Tell whether one of the signatures is ours. `headers` by lower-case name; `secret` is whsec_ and BASE64."""
    id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(now - int(stamp)) > OLDEST_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
    ours = "v1," + base64.b64encode(mac).decode()
    return any(hmac.compare_digest(ours, each) for each in headers.get("webhook-signature", "").split())
