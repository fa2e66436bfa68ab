"""An incident: a channel was away, from when to when, and whom it touched (S0-6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Incident:
    """Times are unix seconds; `ended_at` is None while it lasts.

    `waited` counts the messages that waited for the channel at the end, `unknown` the segments that were left without
    an answer meanwhile.
    """

    id: int
    channel: str
    kind: str
    started_at: float
    ended_at: float | None = None
    waited: int = 0
    unknown: int = 0


class IncidentStore(Protocol):
    """Where incidents are kept. `begin` and `end` MUST be committed when they return."""

    async def begin(self, channel: str, kind: str, started_at: float, now: float) -> int: ...
    async def end(self, incident: Incident) -> None: ...
    async def incidents(self, since: float, until: float) -> Sequence[Incident]: ...
    async def unended(self) -> Sequence[Incident]: ...
