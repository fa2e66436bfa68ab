"""A stage's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.domain.reject_keys import Key, Retry

__all__ = ["ACCEPT", "Accept", "Defer", "Key", "Reject", "Retry", "Verdict", "Violation"]


@dataclass(frozen=True, slots=True)
class Reject:
    """Refused: why, under which clause, and a sentence for the person who reads it."""

    key: Key
    clause: str
    detail: str = ""

    @property
    def text(self) -> str:
        """Key, clause, detail: what `explain` and a client that asks for words are told."""
        words = f"{self.key.name} {self.clause}"
        return f"{words}: {self.detail}" if self.detail else words


@dataclass(frozen=True, slots=True)
class Violation(Reject):
    """Refused for a forbidden content, whose category is named: the contract may have more follow (S1-6)."""

    category: str = ""


@dataclass(frozen=True, slots=True)
class Defer:
    """Accepted, but not to leave before `until` (unix seconds), under `clause`."""

    until: float
    clause: str


@dataclass(frozen=True, slots=True)
class Accept:
    """Nothing stands against it."""


ACCEPT: Final = Accept()
Verdict = Accept | Reject | Defer
