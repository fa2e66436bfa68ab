"""Secrets that must be read again (a callback's key, a client's new password, a second factor), encrypted at rest.

    box = SecretBox(key)                       32 octets, from a file that only the node and the console may read
    kept = box.seal("secret", "callback:7")    the row that it belongs to is authenticated with it
    box.open(kept, "callback:7")               raises SecretUnreadable for another key, another row, changed octets

AES-GCM with 256 bits; `kept` is one octet of version, 12 of nonce, the ciphertext and its tag. `draw` gives the nonce.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
_VERSION: Final = b"\x01"


class SecretUnreadable(ValueError):
    """What is kept does not open: the key is another one, or the octets are."""


class SecretBox:
    """Seals and opens secrets with one key."""

    def __init__(self, key: bytes, draw: Callable[[int], bytes] = os.urandom) -> None:
        if len(key) != KEY_OCTETS:
            raise ValueError(f"a key has {KEY_OCTETS} octets, this one {len(key)}")
        self._cipher = AESGCM(key)
        self._draw = draw

    def seal(self, secret: str, belongs_to: str) -> bytes:
        """Return the octets to keep."""
        nonce = self._draw(_NONCE_OCTETS)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret.encode(), belongs_to.encode())

    def open(self, kept: bytes, belongs_to: str) -> str:
        """Return the secret; raises SecretUnreadable."""
        if kept[:1] != _VERSION or len(kept) <= 1 + _NONCE_OCTETS:
            raise SecretUnreadable(f"the secret of {belongs_to} has no form that is known")
        nonce, sealed = kept[1 : 1 + _NONCE_OCTETS], kept[1 + _NONCE_OCTETS :]
        try:
            return self._cipher.decrypt(nonce, sealed, belongs_to.encode()).decode()
        except InvalidTag:
            raise SecretUnreadable(f"the secret of {belongs_to} does not open with this key") from None
