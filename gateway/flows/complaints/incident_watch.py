"""Watches the channels: one without any link for long enough is an incident until it has one again (S0-6.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from gateway.domain.incident import Incident, IncidentStore
from gateway.domain.meters import ChannelMeters, Meters

DOWN = "down"


class IncidentWatch:
    """`start` once, then `observe` every second or so. What is not committed is tried again at the next look."""

    def __init__(
        self, store: IncidentStore, meters: Meters, clock: Callable[[], float], emit: Callable[..., None], *,
        after_s: float,
    ) -> None:
        self.store = store
        self._meters = meters
        self._clock = clock
        self._emit = emit
        self._after_s = after_s
        self._down_since: dict[str, float] = {}
        self._unknown_before: dict[str, int] = {}
        self._open: dict[str, Incident] = {}

    async def start(self) -> None:
        """Take up what had not ended when the last process did."""
        self._open = {incident.channel: incident for incident in await self.store.unended()}

    @property
    def open(self) -> Mapping[str, Incident]:
        return self._open

    async def observe(self, channels: Iterable[str]) -> None:
        """Look at the configured channels; one that is no longer configured ends its incident."""
        names = set(channels)
        for name in names:
            meters = self._meters.channel(name)
            if meters.binds:
                self._down_since.pop(name, None)
                if name in self._open:
                    await self._end(name, meters)
            else:
                await self._is_down(name, meters)
        for name in [name for name in self._open if name not in names]:
            await self._end(name, self._meters.channel(name))

    async def _is_down(self, name: str, meters: ChannelMeters) -> None:
        now = self._clock()
        if name not in self._down_since:
            self._down_since[name] = now
            self._unknown_before[name] = meters.unknown
        since = self._down_since[name]
        if name not in self._open and now - since >= self._after_s:
            number = await self.store.begin(name, DOWN, since, now)
            self._open[name] = Incident(number, name, DOWN, since)
            self._emit("incident_began", incident=number, channel=name, waited=meters.queue_depth)

    async def _end(self, name: str, meters: ChannelMeters) -> None:
        unknown = max(0, meters.unknown - self._unknown_before.get(name, meters.unknown))
        ended = replace(self._open[name], ended_at=self._clock(), waited=meters.queue_depth, unknown=unknown)
        await self.store.end(ended)
        del self._open[name]
        lasted_s = round((ended.ended_at or 0.0) - ended.started_at, 1)
        self._emit(
            "incident_ended", incident=ended.id, channel=name, lasted_s=lasted_s, waited=ended.waited, unknown=unknown
        )
