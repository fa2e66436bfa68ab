"""What every answer forbids browsers to do: other origins, frames, scripts and styles inside a page, keeping pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.settings.node_keys import Console

POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
YEAR_S: Final = 31_536_000
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NOT_KEPT: Final = "no-store"


def is_over_tls(keys: Console) -> bool:
    """Tell whether browsers reach the console over TLS only."""
    return keys.is_behind_tls or keys.certificate_file is not None


def headers_of(*, is_secure: bool, is_kept: bool) -> dict[str, str]:
    """Return the headers of an answer. `is_kept`: a file whose name has its hash; pages are kept nowhere."""
    found = {**HEADERS, "Cache-Control": f"public, max-age={YEAR_S}, immutable" if is_kept else NOT_KEPT}
    if is_secure:
        found["Strict-Transport-Security"] = f"max-age={YEAR_S}"
    return found
