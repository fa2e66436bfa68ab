"""The in-memory twin of PostgresIncidents, for tests and simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.incident import Incident
from gateway.store.memory.memory_journal import MemoryStore


class MemoryIncidents:
    """The `IncidentStore` over a list; what it holds survives a process as long as somebody keeps it."""

    def __init__(self, disk: MemoryStore) -> None:
        self._disk = disk
        self._incidents: list[Incident] = []

    async def begin(self, channel: str, kind: str, started_at: float, now: float) -> int:
        self._disk.reach()
        self._incidents.append(Incident(len(self._incidents) + 1, channel, kind, started_at))
        return len(self._incidents)

    async def end(self, incident: Incident) -> None:
        self._disk.reach()
        before = self._incidents[incident.id - 1]
        if before.ended_at is None:
            ended_at = incident.started_at if incident.ended_at is None else incident.ended_at
            self._incidents[incident.id - 1] = replace(
                before, ended_at=ended_at, waited=incident.waited, unknown=incident.unknown
            )

    async def incidents(self, since: float, until: float) -> Sequence[Incident]:
        self._disk.reach()
        found = [incident for incident in self._incidents if since <= incident.started_at < until]
        return sorted(found, key=lambda incident: incident.started_at)

    async def unended(self) -> Sequence[Incident]:
        self._disk.reach()
        return [incident for incident in self._incidents if incident.ended_at is None]
