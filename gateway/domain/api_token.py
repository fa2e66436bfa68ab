"""Tokens by which programs use the HTTP API: for one account, with scopes, until they expire or are revoked.

The text of a token is shown once, when it is made. What is kept is its SHA-256: 32 octets of chance need no salt and
no slow digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PREFIX: Final = "hy_"  # so that scanners of repositories know one
ENDING_DIGITS: Final = 4


class Scope(StrEnum):
    """What a token may be used for."""

    SUBMIT = "submit"  # send and cancel messages
    READ = "read"  # messages, quotes, the balance
    RECEIVE = "receive"  # receipts and MO: by poll, as a stream, by callback


ALL_SCOPES: Final = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is kept. Times are unix seconds; `ending` are the last characters of its text."""

    id: int
    account: str
    digest: bytes
    scopes: frozenset[Scope]
    ending: str
    note: str
    created_at: float
    expires_at: float
    revoked_at: float | None = None

    def is_live(self, now: float) -> bool:
        return self.revoked_at is None and now < self.expires_at


def digest_of(text: str) -> bytes:
    """Return what is kept of a token's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
