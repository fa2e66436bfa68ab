"""A database that does not answer: whoever submits hears "later" in time, unless it may be stored after all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.store.contract import PostgresDisk
from tests.store.load import until
from tests.store.proxy import AtStep, Proxy
from tests.store.server import Server
from tests.store.submitters import Submitters

pytestmark = pytest.mark.postgres

LATE_S = 0.5
SLACK_S = 1.5  # of a machine that does other things as well


@pytest.fixture
async def disk(server: Server, why_stepwise: str) -> AsyncIterator[PostgresDisk]:
    found = PostgresDisk(await server.fresh_database(), commit_late_s=LATE_S, why_stepwise=why_stepwise)
    yield found
    await found.close()


@pytest.fixture
def frozen(server: Server) -> Iterator[Server]:
    """The server goes on behind the test, whatever that did."""
    yield server
    server.signal(signal.SIGCONT)


async def test_a_stopped_server_makes_new_submits_wait_no_longer_than_they_may(
    frozen: Server, disk: PostgresDisk
) -> None:
    """As a client that asks one thing after another: none of its submits is in doubt, all hear "later"."""
    submitters = Submitters(await disk.live())
    submitters.submit()
    await submitters.life.committed()
    frozen.signal(signal.SIGSTOP)
    first = submitters.submit()
    await until(lambda: first.answer)
    assert first.answer == "later"
    assert first.answered_at - first.at < LATE_S + SLACK_S
    assert not submitters.life.journal.is_open
    second = submitters.submit()
    assert second.answer == "turned away"
    assert [alarm for alarm in submitters.life.alarms if "longer than" in alarm]
    frozen.signal(signal.SIGCONT)
    await until(lambda: submitters.life.journal.is_open)
    third = submitters.submit()
    await submitters.life.committed()
    assert third.answer == "stored"
    await submitters.check(disk)


@pytest.mark.parametrize("size", [1, 40])
async def test_a_server_that_stops_under_load(frozen: Server, disk: PostgresDisk, size: int) -> None:
    """Whatever it was at: who was told "later" is not stored, who waited hears what became of him."""
    submitters, stop = Submitters(await disk.live(), size=size), asyncio.Event()
    running = asyncio.create_task(submitters.run(stop))
    for _ in range(3):
        before = submitters.answers["stored"]
        await until(lambda: submitters.answers["stored"] > before + 20 * size)  # noqa: B023
        frozen.signal(signal.SIGSTOP)
        await until(lambda: not submitters.life.journal.is_open)
        turned = submitters.answers["turned away"]
        await until(lambda: submitters.answers["turned away"] > turned + 10 * size)  # noqa: B023
        frozen.signal(signal.SIGCONT)
        await until(lambda: submitters.life.journal.is_open)
    stop.set()
    await running
    await submitters.check(disk)


async def test_a_batch_that_is_held_up_by_a_lock_is_put_off(disk: PostgresDisk) -> None:
    """The server answers others; the batch waits, and its commit was not sent."""
    submitters = Submitters(await disk.live())
    holder = await asyncpg.connect(disk.direct_dsn)
    await holder.execute("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
    submit = submitters.submit()
    await until(lambda: submit.answer)
    assert submit.answer == "later"
    await holder.execute("ROLLBACK")
    await submitters.check(disk)
    await holder.close()


async def test_a_large_batch_in_doubt_waits_and_hears_the_truth(disk: PostgresDisk, why_stepwise: str) -> None:
    """In one exchange it may be stored whenever the lock goes, so nobody is told to come again; else none of it is."""
    submitters = Submitters(await disk.live())
    holder = await asyncpg.connect(disk.direct_dsn)
    await holder.execute("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
    submits = [submitters.submit() for _ in range(200)]
    await until(lambda: not submitters.life.journal.is_open)
    assert {submit.answer for submit in submits} == {"later" if why_stepwise else ""}
    await holder.execute("ROLLBACK")
    await submitters.check(disk)
    assert {submit.answer for submit in submits} == {"later" if why_stepwise else "stored"}
    await holder.close()


async def test_no_step_of_a_commit_leaves_a_wrong_answer(server: Server, why_stepwise: str) -> None:
    """Cut at each step, and no new connection until submits are late: "later" only where nothing is stored."""
    dsn = await server.fresh_database()
    proxy = Proxy(dsn)
    disk = PostgresDisk(
        await proxy.open(), direct_dsn=dsn, commit_timeout_s=5.0, commit_late_s=0.1, why_stepwise=why_stepwise
    )
    submitters, step, heard = Submitters(await disk.live()), 0, set()
    while True:
        await submitters.life.committed()
        await until(lambda: submitters.life.journal.is_open)
        proxy.judge = judge = AtStep(step)
        submit = submitters.submit()
        await until(lambda: judge.is_done or submit.answer)  # noqa: B023
        if not judge.is_done:
            break
        proxy.is_shut = True
        await until(lambda: submit.answer or submitters.life.journal._is_late)  # noqa: B023
        proxy.is_shut = False
        await until(lambda: submit.answer)  # noqa: B023
        heard.add(submit.answer)
        step += 1
    await submitters.check(disk)
    assert heard == {"later", "stored"}
    await disk.close()
    await proxy.close()


