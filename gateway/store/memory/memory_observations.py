"""The in-memory twin of PostgresObservations, for tests and simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.delivery import HOUR_S, DeliveryChange, DeliveryHour, MinuteSample
from gateway.store.memory.memory_journal import MemoryStore


class MemoryObservations:
    """The `ObservationStore` over dictionaries."""

    def __init__(self, disk: MemoryStore) -> None:
        self._disk = disk
        self._hours: dict[tuple[int, str, str, str], DeliveryHour] = {}
        self._changes: list[DeliveryChange] = []
        self._samples: dict[int, MinuteSample] = {}

    async def add_deliveries(self, hours: Sequence[DeliveryHour], changes: Sequence[DeliveryChange]) -> None:
        self._disk.reach()
        for each in hours:
            key = each.hour, each.channel, each.account, each.signature
            before = self._hours.get(key)
            self._hours[key] = each if before is None else replace(
                each, delivered=before.delivered + each.delivered, failed=before.failed + each.failed,
                unknown=before.unknown + each.unknown,
            )
        self._changes.extend(changes)

    async def deliveries(self, since_hour: int) -> Sequence[DeliveryHour]:
        self._disk.reach()
        return sorted((each for each in self._hours.values() if each.hour >= since_hour), key=lambda each: each.hour)

    async def delivery_changes(self, since: float) -> Sequence[DeliveryChange]:
        self._disk.reach()
        return sorted((each for each in self._changes if each.at >= since), key=lambda each: each.at)

    async def add_sample(self, sample: MinuteSample) -> None:
        self._disk.reach()
        self._samples[sample.minute] = sample

    async def samples(self, since_minute: int, until_minute: int) -> Sequence[MinuteSample]:
        self._disk.reach()
        return [self._samples[minute] for minute in sorted(self._samples) if since_minute <= minute < until_minute]

    async def forget_before(self, at: float) -> None:
        self._disk.reach()
        self._hours = {key: each for key, each in self._hours.items() if each.hour >= int(at // HOUR_S)}
        self._changes = [each for each in self._changes if each.at >= at]
        self._samples = {minute: each for minute, each in self._samples.items() if minute >= int(at // 60)}
