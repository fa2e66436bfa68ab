"""An accepted message as its frequency is counted: what a restart reads back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recent:
    """A triggered message that was accepted: what its frequency is counted by."""

    id: int
    account: str
    destination: str
    signature: str
    at: float
