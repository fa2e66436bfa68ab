"""A writer that fails for a fault of ours is started again, and goes on with the batch that it failed over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from gateway.domain.meters import Meters
from gateway.node.supervisor import Supervisor
from gateway.store.journal.journal import PostgresJournal
from gateway.store.reader.reader import PostgresReader
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Life, PostgresDisk, find_account
from tests.store.load import Load, until
from tests.store.server import Server

pytestmark = pytest.mark.postgres


class Faulty:
    """A function of the journal's surroundings that raises at its next calls by the writer, as often as asked."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.failures = 0
        self.writer: asyncio.Task[None] | None = None

    def __call__(self, *args: Any) -> Any:
        if self.failures and asyncio.current_task() is self.writer:
            self.failures -= 1
            raise ZeroDivisionError("a fault of ours")
        return self._function(*args)


@pytest.mark.parametrize("place", ["before a batch is taken", "while its connection is lost"])
async def test_nothing_is_lost_or_doubled(server: Server, place: str) -> None:
    dsn = await server.fresh_database()
    disk, alarms, meters = PostgresDisk(dsn), [], Meters()
    clock, alarm = Faulty(lambda: NOON), Faulty(lambda event, problem: alarms.append(problem))
    journal = PostgresJournal(lambda: asyncpg.connect(dsn), node=3, clock=clock, meters=meters, alarm=alarm)
    await journal.open()
    told: list[str] = []
    supervisor = Supervisor(
        asyncio.get_running_loop(), meters, lambda event, **values: told.append(event), random.Random(1)
    )
    clock.writer = alarm.writer = writer = supervisor.keep("journal_writer", journal.run)
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        load = Load(Life(journal, PostgresReader(pool, find_account), alarms))
        for failures in (1, 2, 0):
            load.append()
            await until(lambda: load.ran == load.ids)
            if place.startswith("before"):
                clock.failures = failures
            else:
                alarm.failures = failures
                assert journal._connection is not None
                journal._connection.terminate()
        load.append()
        await load.check(disk)
        assert not clock.failures and not alarm.failures
        assert meters.task_restarts == {"journal_writer": len(told)} and len(told) >= 2
        await journal.stop()
        await writer
        await supervisor.stop(1.0)
    await journal.close()
    await disk.close()
