"""What duties ask of a store: one contract, on the twin in memory and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from gateway.documents.task import Task
from gateway.domain.incident import IncidentStore
from gateway.domain.outcome import State
from gateway.duties.duty_interfaces import DutyStore
from gateway.store.facts import terminations
from gateway.store.facts.duty_facts import PostgresDuties
from gateway.store.facts.incident_rows import PostgresIncidents
from gateway.store.memory.memory_duties import MemoryDuties
from gateway.store.memory.memory_incidents import MemoryIncidents
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Disk, Maker, MemoryDisk, PostgresDisk


@dataclass
class Stores:
    """A disk with what duties and the incident watch ask of it."""

    disk: Disk
    duties: DutyStore
    incidents: IncidentStore
    pool: Any = None

    async def ask_for_end(self, account: str, ends_at: float) -> None:
        if isinstance(self.duties, MemoryDuties):
            self.duties.ask_for_end(account, ends_at=ends_at, clause="S2bA-7")
        else:
            async with self.pool.acquire() as connection:
                await terminations.add(
                    connection, account, asked_at=NOON, ends_at=ends_at, clause="S2bA-7", actor="op", evidence="1",
                    now=NOON,
                )


@pytest.fixture
async def stores(disk: Disk) -> AsyncIterator[Stores]:
    if isinstance(disk, MemoryDisk):
        yield Stores(disk, MemoryDuties(disk.store), MemoryIncidents(disk.store))
        return
    assert isinstance(disk, PostgresDisk)
    async with asyncpg.create_pool(disk.dsn, min_size=1, max_size=2) as pool:
        yield Stores(disk, PostgresDuties(pool.acquire), PostgresIncidents(pool.acquire), pool)


async def test_a_task_is_added_once_told_once_for_either_and_done(stores: Stores) -> None:
    duties = stores.duties
    early = Task("CAP_NOTICE", "S4-11.1", "cap", NOON + 100, remind_at=NOON + 50)
    late = Task("BILL", "S2c-3", "bill", NOON + 10, remind_at=NOON + 5, key="bill:1")
    assert await duties.add_tasks([early, late, early], NOON) == 2
    assert await duties.add_tasks([early], NOON + 1) == 0
    told = []
    for after_s in (0, 5, 10, 10.001, 50, 100, 101, 200):
        rows = await duties.newly_due(NOON + after_s)
        told += [(after_s, row["kind"], row["told"]) for row in rows]
    assert told == [(5, "BILL", 1), (10.001, "BILL", 2), (50, "CAP_NOTICE", 1), (101, "CAP_NOTICE", 2)]
    assert await duties.count_tasks(NOON + 50) == ({"S4-11.1": 1, "S2c-3": 1}, {"S4-11.1": 0, "S2c-3": 1})
    done = {"now": NOON + 60, "actor": "op", "evidence": "sent"}
    assert await duties.finish_task("bill:1", **done)
    assert not await duties.finish_task("bill:1", **done)
    assert not await duties.finish_task("bill:2", **done)
    assert await duties.count_tasks(NOON + 60) == ({"S4-11.1": 1}, {"S4-11.1": 0})


async def test_every_task_that_is_due_is_told_in_one_round(stores: Stores) -> None:
    tasks = [Task("BILL", "S2c-3", f"bill {day}", NOON + day, remind_at=NOON) for day in (3, 1, 2)]
    await stores.duties.add_tasks(tasks, NOON)
    assert sorted(row["subject"] for row in await stores.duties.newly_due(NOON)) == ["bill 1", "bill 2", "bill 3"]


async def test_accounts_without_a_statement_are_those_opened_before(stores: Stores) -> None:
    life = await stores.disk.live()
    for name, at in (("old", NOON - 1), ("new", NOON)):
        await life.reader.open_account(name, int(at * 1000))
    assert await stores.duties.not_sent(dt.date(2026, 2, 1), opened_before=NOON) == {"old": NOON - 1}
    assert await stores.duties.nonrenewals() == {}
    assert await stores.duties.unpaid(["old"]) == []
    assert await stores.duties.known_statements("old", dt.date(2026, 2, 1)) == []


async def test_a_service_ends_once_and_stays_suspended(stores: Stores) -> None:
    life = await stores.disk.live()
    await life.reader.open_account("acme", int(NOON * 1000))
    await stores.ask_for_end("acme", NOON + 5)
    assert await stores.duties.ends_due(NOON + 4.9) == []
    (due,) = await stores.duties.ends_due(NOON + 5)
    assert (due["account"], due["clause"], due["ends_ms"]) == ("acme", "S2bA-7", int((NOON + 5) * 1000))
    await stores.duties.suspend_ended("acme", NOON + 5)
    await stores.duties.end_service(due["id"], now=NOON + 6, dropped=1, released_hao=500)
    assert await stores.duties.ends_due(NOON + 100) == []
    assert (await life.reader.restart()).suspended == {"acme": True}


async def test_what_waits_is_what_no_link_was_claimed_for(stores: Stores, make: Maker) -> None:
    life = await stores.disk.live()
    waiting, claimed, ended = (make.message() for _ in range(3))
    for message in (waiting, claimed, ended):
        make.accept(life.journal, message)
    claimed.link = "a/1"
    life.journal.claimed(claimed)
    make.conclude(life.journal, ended, State.DELETED)
    await life.committed()
    assert await stores.duties.waiting_ids("acme", 0, 10) == [waiting.id]
    assert await stores.duties.waiting_ids("acme", waiting.id, 10) == []
    assert await stores.duties.waiting_ids("other", 0, 10) == []
    assert await stores.duties.returned_hao([waiting.id, claimed.id]) == 0
    assert await stores.duties.returned_hao([ended.id]) == ended.amount_hao


async def test_an_incident_begins_and_ends_once(stores: Stores) -> None:
    incidents = stores.incidents
    number = await incidents.begin("a", "down", NOON, NOON + 60)
    (open_one,) = await incidents.unended()
    assert (open_one.id, open_one.channel, open_one.started_at, open_one.ended_at) == (number, "a", NOON, None)
    for ended_at in (NOON + 70, NOON + 80):
        await incidents.end(type(open_one)(number, "a", "down", NOON, ended_at, waited=3, unknown=2))
    assert await incidents.unended() == []
    (ended,) = await incidents.incidents(NOON, NOON + 1)
    assert (ended.ended_at, ended.waited, ended.unknown) == (NOON + 70, 3, 2)
    assert await incidents.incidents(NOON + 1, NOON + 2) == []
