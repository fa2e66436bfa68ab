"""What a node sees of its own traffic: one contract, on the twin in memory and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from gateway.domain.delivery import DeliveryChange, DeliveryHour, MinuteSample, ObservationStore
from gateway.store.facts.observation_rows import PostgresObservations, read_figure
from gateway.store.memory.memory_observations import MemoryObservations
from tests.store.contract import Disk, MemoryDisk, PostgresDisk

HOUR = 500_000
FIRST = DeliveryHour(HOUR, "east", "shop", "【店】", 90, 8, 2)
FALL = DeliveryChange(HOUR * 3600.0 + 5.25, "east", "signature", "【店】", "low", 0.96, 0.41, 60)


@pytest.fixture
async def observed(disk: Disk) -> AsyncIterator[ObservationStore]:
    if isinstance(disk, MemoryDisk):
        yield MemoryObservations(disk.store)
        return
    assert isinstance(disk, PostgresDisk)
    async with asyncpg.create_pool(disk.dsn, min_size=1, max_size=2) as pool:
        yield PostgresObservations(pool.acquire, 3)


async def test_hours_are_added_up(observed: ObservationStore) -> None:
    other = replace(FIRST, account="bank", signature="")
    await observed.add_deliveries([FIRST, other], [])
    await observed.add_deliveries([replace(FIRST, delivered=1, failed=0, unknown=1)], [])
    await observed.add_deliveries([replace(FIRST, hour=HOUR - 1)], [])
    found = {(each.hour, each.account): each for each in await observed.deliveries(HOUR)}
    assert found == {(HOUR, "shop"): replace(FIRST, delivered=91, unknown=3), (HOUR, "bank"): other}


async def test_changes_come_back_in_their_order(observed: ObservationStore) -> None:
    end = replace(FALL, at=FALL.at + 60, state="usual", recent=0.95)
    await observed.add_deliveries([], [FALL, end])
    assert list(await observed.delivery_changes(FALL.at - 1)) == [FALL, end]
    assert list(await observed.delivery_changes(FALL.at + 1)) == [end]


async def test_a_minute_is_kept_once(observed: ObservationStore) -> None:
    samples = [MinuteSample(minute, {"node": {"pending": minute}, "channel/east": {"queue": 2.5}}) for minute in (7, 8)]
    for sample in (*samples, samples[0]):
        await observed.add_sample(sample)
    assert list(await observed.samples(7, 9)) == samples
    assert list(await observed.samples(8, 8)) == []


async def test_what_is_old_is_forgotten_and_nothing_else(observed: ObservationStore) -> None:
    at = HOUR * 3600.0
    old = replace(FALL, at=at - 1)
    await observed.add_deliveries([FIRST, replace(FIRST, hour=HOUR - 1)], [old, FALL])
    for minute in (HOUR * 60 - 1, HOUR * 60):
        await observed.add_sample(MinuteSample(minute, {}))
    await observed.forget_before(at)
    assert list(await observed.deliveries(0)) == [FIRST]
    assert list(await observed.delivery_changes(0)) == [FALL]
    assert [each.minute for each in await observed.samples(0, HOUR * 120)] == [HOUR * 60]


async def test_each_node_has_its_own_and_a_figure_is_read_alone(disk: Disk) -> None:
    if not isinstance(disk, PostgresDisk):
        pytest.skip("the twin holds one node")
    async with asyncpg.create_pool(disk.dsn, min_size=1, max_size=2) as pool:
        one, other = PostgresObservations(pool.acquire, 3), PostgresObservations(pool.acquire, 4)
        for minute in (7, 8):
            await one.add_sample(MinuteSample(minute, {"node": {"pending": minute / 2}}))
        await other.add_deliveries([FIRST], [FALL])
        assert not await other.samples(0, 100)
        assert not await one.deliveries(0)
        assert not await one.delivery_changes(0)
        async with pool.acquire() as connection:
            assert await read_figure(connection, 3, "node", "pending", 0, 100) == [(7, 3.5), (8, 4.0)]
            assert await read_figure(connection, 3, "channel/west", "queue", 0, 100) == []
            assert await read_figure(connection, 4, "node", "pending", 0, 100) == []
