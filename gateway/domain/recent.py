"""An accepted message as a restart reads it back to count, and as a reply looks it up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecentMessage:
    """A triggered message that was accepted: what its frequency is counted by."""

    id: int
    account: str
    destination: str
    signature: str
    at: float


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that may have offered something to whoever replies, and the number that its phone shows."""

    source: str
    text: str
