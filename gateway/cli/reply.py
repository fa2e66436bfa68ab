"""What a first message brings back, alike for both protocols: answers, receipts, and when all is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from gateway.domain.verdict import Key


@dataclass(frozen=True, slots=True)
class SendOrder:
    """What to send, as whom, where to. `wait_s` bounds the whole, receipts included."""

    host: str
    tcp_port: int
    account: str
    password: str = field(repr=False)
    source: str
    destination: str
    text: str
    wait_s: float
    is_flash: bool = False
    version: int = 0x30  # CMPP only


@dataclass(slots=True)
class SentSegment:
    """One submit: our gateway's answer to it and its receipt. `status` None: no answer came."""

    id: str = ""
    status: int | None = None
    reason: str = ""
    state: str = ""
    error: str = ""

    @property
    def outcome(self) -> str:
        if self.status is None:
            return "unknown"
        return "accepted" if self.status == 0 else "refused"

    @property
    def is_settled(self) -> bool:
        """Nothing more is to be expected for it."""
        return bool(self.state) if self.status == 0 else self.status is not None


class Reply:
    """Gathers what comes back; `done` is set when every segment is settled or the session failed."""

    def __init__(self) -> None:
        self.problem = ""
        self.segments: list[SentSegment] = []
        self.done = asyncio.Event()
        self._early: dict[str, tuple[str, str]] = {}

    def fail(self, problem: str) -> None:
        """The session ended or never began; the first reason is the one that counts."""
        self.problem = self.problem or problem
        self.done.set()

    def answer(self, segment: SentSegment, id_: str, status: int, reason: str = "") -> None:
        segment.id, segment.status, segment.reason = id_, status, reason
        if id_ in self._early:
            segment.state, segment.error = self._early.pop(id_)
        self._look()

    def receipt(self, id_: str, state: str, error: str) -> None:
        """Note a receipt; one that overtook its answer waits for it."""
        for segment in self.segments:
            if segment.id == id_ and segment.status == 0:
                segment.state, segment.error = state, error
                break
        else:
            self._early[id_] = (state, error)
        self._look()

    def _look(self) -> None:
        if self.segments and all(segment.is_settled for segment in self.segments):
            self.done.set()

    @property
    def is_delivered(self) -> bool:
        return bool(self.segments) and all(segment.state == "DELIVRD" for segment in self.segments)

    def document(self) -> dict[str, Any]:
        """Return the document of `hongyan send`."""
        return {
            "delivered": self.is_delivered,
            "problem": self.problem or None,
            "segments": [
                {
                    "id": segment.id or None, "outcome": segment.outcome, "status": segment.status,
                    "reason": segment.reason or None, "state": segment.state or None, "error": segment.error or None,
                }
                for segment in self.segments
            ],
        }


def name_of(words: type[IntEnum], number: int) -> str:
    """Name a number by the specification's list, or give it in hex."""
    try:
        return words(number).name
    except ValueError:
        return f"0x{number:X}"


def key_names(keys: Iterable[Key]) -> str:
    """Name the reject keys that share a code."""
    return " or ".join(key.name for key in keys)
