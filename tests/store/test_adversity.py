"""The journal against a database that goes away at every step: each fact once, each continuation once, in order."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import uvloop

from gateway.domain.fault_words import said
from gateway.domain.store_interfaces import StoreAway
from tests.store.contract import PostgresDisk
from tests.store.load import PATIENCE_S, Load, until
from tests.store.proxy import AtRandom, AtStep, Proxy
from tests.store.server import Server

pytestmark = [pytest.mark.postgres, pytest.mark.filterwarnings("ignore:Overriding the .event_loop_policy")]


@pytest.fixture(scope="module")
def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
    """The loop that the daemon runs on: its transports fail in words of their own."""
    return uvloop.EventLoopPolicy()


@pytest.fixture
async def proxied(server: Server, why_stepwise: str) -> AsyncIterator[tuple[Proxy, PostgresDisk, Load]]:
    dsn = await server.fresh_database()
    proxy = Proxy(dsn)
    disk = PostgresDisk(await proxy.open(), direct_dsn=dsn, commit_timeout_s=0.5, why_stepwise=why_stepwise)
    yield proxy, disk, Load(await disk.live())
    await disk.close()
    await proxy.close()


# ── the connection ends ──────────────────────────────────────────────────────────────────────────────────────────────
async def test_cut_at_every_step_of_a_commit(
    proxied: tuple[Proxy, PostgresDisk, Load], why_stepwise: str
) -> None:
    """Before the text, in and behind each COPY, before each answer and the last: one step further each time."""
    proxy, disk, load = proxied
    step, words = 0, ""
    while True:
        load.append()
        proxy.judge = judge = AtStep(step)
        async with asyncio.timeout(PATIENCE_S):
            await load.life.journal.touch()
        words = "".join(judge.words)
        if not judge.is_done:
            break
        step += 1
    assert step == proxy.cuts > 20
    assert words.startswith(">Q<" if why_stepwise else ">Q>d>c"), words
    await load.check(disk)
    assert load.life.journal._meters.store_bugs == 0, "a lost connection is no fault of ours, in whatever words"
    assert [alarm for alarm in load.life.alarms if "refused" in alarm] == []


@pytest.mark.parametrize("seed", range(3))
async def test_cut_at_random_under_load(proxied: tuple[Proxy, PostgresDisk, Load], seed: int) -> None:
    proxy, disk, load = proxied
    stop, seen = asyncio.Event(), set()
    running = asyncio.create_task(load.run(stop))
    proxy.judge = AtRandom(seed, 400)

    def enough() -> bool:
        seen.add(load.life.journal.is_open)
        return proxy.cuts >= 6 and len(load.ran) > 200

    await until(enough)
    proxy.judge = None
    stop.set()
    await running
    await load.check(disk)
    assert seen == {True, False}
    assert load.life.journal._meters.store_bugs == 0


async def test_a_cut_while_rows_are_tried_one_by_one_writes_nothing_twice(
    proxied: tuple[Proxy, PostgresDisk, Load],
) -> None:
    proxy, disk, load = proxied
    step, refused = 0, 0
    while True:
        odd = load.make.message()
        odd.price_hao = 1 << 40  # no column holds it
        load.make.accept(load.life.journal, odd)
        load.append()
        refused += 1
        proxy.judge = judge = AtStep(step)
        async with asyncio.timeout(PATIENCE_S):
            await load.life.journal.touch()
        if not judge.is_done:
            break
        step += 13  # a prime, so that every kind of message is met in the end
    await load.check(disk)
    assert refused > 8


async def test_a_silent_database_counts_as_lost(proxied: tuple[Proxy, PostgresDisk, Load]) -> None:
    """Nothing is closed, nothing answers: the deadline of a commit notices, in each state of the writer."""
    proxy, disk, load = proxied
    load.append()
    proxy.is_silent = True
    await until(lambda: not load.life.journal.is_open)
    load.append()
    proxy.is_silent = False
    await load.check(disk)
    proxy.judge = swallow = AtStep(3)
    load.append()
    await until(lambda: swallow.is_done)
    proxy.is_silent = True  # also the question whether the commit had happened gets no answer
    await until(lambda: len(load.life.alarms) >= 2)
    await asyncio.sleep(0.6)
    proxy.is_silent = False
    proxy.cut()
    await load.check(disk)


async def test_no_database_for_a_while(proxied: tuple[Proxy, PostgresDisk, Load]) -> None:
    proxy, disk, load = proxied
    proxy.is_shut = True
    proxy.cut()
    for _ in range(50):
        load.append()
    await until(lambda: not load.life.journal.is_open)
    assert load.ran == []
    assert load.life.journal.pending >= 50
    proxy.is_shut = False
    await load.check(disk)
    assert load.life.journal.pending == 0


async def test_what_a_batch_is_stored_with_is_of_when_it_was_taken(
    proxied: tuple[Proxy, PostgresDisk, Load],
) -> None:
    """The floor rises with the claims that gather behind it: stored before them, it would hide those messages."""
    proxy, disk, load = proxied
    proxy.is_shut = True
    proxy.cut()
    load.append()
    load.life.journal.then(setattr, proxy, "is_silent", True)  # nothing behind this batch is stored
    await until(lambda: not load.life.journal.is_open)
    load.life.journal.floor = 7
    proxy.is_shut = False
    await until(lambda: proxy.is_silent)
    assert [row["floor"] for row in await disk.rows("commits")] == [0]
    proxy.is_silent = False
    await load.check(disk)
    assert [row["floor"] for row in await disk.rows("commits")] == [7]


# ── rows that do not fit ─────────────────────────────────────────────────────────────────────────────────────────────
UNFIT: dict[str, tuple[str, Any]] = {
    "too big a number": ("price_hao", 1 << 40),
    "no number": ("billed", "two"),
    "no text": ("profile", 7),
    "half a pair": ("profile", "\ud800"),
    "a nul": ("price_version", "\0"),
    "null": ("channel", None),
}


@pytest.mark.parametrize("name", UNFIT)
async def test_a_row_that_does_not_fit_holds_up_no_other(server: Server, why_stepwise: str, name: str) -> None:
    disk = PostgresDisk(await server.fresh_database(), why_stepwise=why_stepwise)
    load = Load(await disk.live())
    attribute, value = UNFIT[name]
    load.append()
    odd = load.make.message()
    setattr(odd, attribute, value)
    load.make.accept(load.life.journal, odd)
    load.append()
    await load.check(disk)
    assert any("messages" in alarm and str(odd.id) in alarm for alarm in load.life.alarms)
    load.append()
    await load.check(disk)
    await disk.close()


async def test_a_rare_row_that_does_not_fit_holds_up_no_other(server: Server, why_stepwise: str) -> None:
    disk = PostgresDisk(await server.fresh_database(), why_stepwise=why_stepwise)
    load = Load(await disk.live())
    load.append()
    load.life.journal.price_announced("acme", "odd", 1 << 40, 0.0, None, "", 0.0)
    load.life.journal.price_announced("acme", "fit", 1, 0.0, None, "", 0.0)
    load.append()
    await load.check(disk)
    assert [row["version"] for row in await disk.rows("price_versions")] == ["fit"]
    assert any("price_versions" in alarm for alarm in load.life.alarms)
    await disk.close()


class Odd(str):
    """A text that cannot be written out, so many times."""

    times: int
    fault: type[Exception]

    def replace(self, *words: Any) -> str:
        if self.times:
            self.times -= 1
            raise self.fault("odd")
        return str(self)


@pytest.mark.parametrize("fault", [BufferError, MemoryError, RecursionError])
async def test_a_fault_that_nobody_thought_of_does_not_end_the_writer(
    server: Server, why_stepwise: str, fault: type[Exception]
) -> None:
    disk = PostgresDisk(await server.fresh_database(), why_stepwise=why_stepwise)
    load = Load(await disk.live())
    odd = Odd("odd")
    odd.times, odd.fault = 4, fault
    load.append()
    load.life.journal.price_announced("acme", odd, 1, 0.0, None, "", 0.0)
    await load.check(disk)
    assert [row["version"] for row in await disk.rows("price_versions")] == ["odd"]
    (alarm,) = load.life.alarms
    assert alarm.startswith(said(fault("odd")))
    is_ours = fault is not MemoryError  # that is the machine's
    assert load.life.events == ["journal_failed" if is_ours else "store_away"]
    assert load.life.journal._meters.store_bugs == is_ours
    await disk.close()


async def test_a_rare_row_that_cannot_be_written_out_holds_up_no_other(server: Server, why_stepwise: str) -> None:
    disk = PostgresDisk(await server.fresh_database(), why_stepwise=why_stepwise)
    load = Load(await disk.live())
    load.append()
    load.life.journal.price_announced("acme", 1.5, 1, 0.0, None, "", 0.0)
    await load.check(disk)
    assert await disk.rows("price_versions") == []
    await disk.close()


async def test_a_server_that_is_not_the_primary_any_more_is_left(server: Server, why_stepwise: str) -> None:
    """It refuses every row; that is no row's fault, and the next connection may lead to the one that is."""
    disk = PostgresDisk(await server.fresh_database(), why_stepwise=why_stepwise)
    other = await asyncpg.connect(disk.direct_dsn)
    name = await other.fetchval("SELECT current_database()")
    load = Load(await disk.live())
    load.append()
    await load.check(disk)
    await other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = $1", name
    )
    load.append()
    await until(lambda: any("read-only" in alarm for alarm in load.life.alarms) or not load.life.journal.is_open)
    await other.execute("SET default_transaction_read_only = off")
    await other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await load.check(disk)
    assert not any("refused" in alarm or "messages id" in alarm for alarm in load.life.alarms)
    await other.close()
    await disk.close()


async def test_a_continuation_that_fails_keeps_no_other_from_running(server: Server) -> None:
    disk = PostgresDisk(await server.fresh_database())
    load = Load(await disk.live())

    def fail() -> None:
        raise RuntimeError("a flow's fault")

    load.append()
    load.life.journal.then(fail)
    load.append()
    await load.check(disk)
    assert any("a flow's fault" in alarm for alarm in load.life.alarms)
    await disk.close()


# ── the server ends ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("how", ["stopped", "frozen", "killed", "backend"])
async def test_server_ends_and_comes_back_under_load(server: Server, why_stepwise: str, how: str) -> None:
    disk = PostgresDisk(await server.fresh_database(), why_stepwise=why_stepwise, commit_timeout_s=0.5)
    load = Load(await disk.live())
    stop = asyncio.Event()
    running = asyncio.create_task(load.run(stop))
    for _ in range(2):
        before = len(load.ran)
        await until(lambda: len(load.ran) > before + 100)  # noqa: B023
        pid = server.pid
        if how == "stopped":
            os.kill(pid, signal.SIGTERM)  # no new connections…
            os.kill(pid, signal.SIGINT)  # …and an end to those there are
        elif how == "killed":
            os.kill(pid, signal.SIGKILL)
        elif how == "backend":
            await kill_backend(disk)
        else:
            await freeze(disk, load)
        if how in ("stopped", "killed"):
            await until(lambda: server.pid not in (0, pid))  # noqa: B023
        await until(lambda: len(load.ran) > before + 200)  # noqa: B023
    stop.set()
    await running
    await until(lambda: load.life.journal.is_open)
    await load.check(disk)


async def writer_pid(disk: PostgresDisk, load: Load | None = None) -> int:
    life, _, _ = disk._lives[-1]
    connection = life.journal._connection
    return int(connection.get_server_pid()) if connection is not None else 0


async def kill_backend(disk: PostgresDisk) -> None:
    """SIGTERM to the writer's own backend, as an administrator's pg_terminate_backend does."""
    os.kill(await writer_pid(disk), signal.SIGTERM)


async def freeze(disk: PostgresDisk, load: Load) -> None:
    """Stop the writer's backend until the journal gives it up, then let it go on: its commit must not count twice."""
    pid = await writer_pid(disk)
    os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: not load.life.journal.is_open)
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_look_ups_say_that_the_store_is_away(server: Server) -> None:
    disk = PostgresDisk(await server.fresh_database())
    life = await disk.live()
    pid = server.pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(StoreAway):
        for _ in range(100):
            await life.reader.outbox("acme", 0, 1)
            await asyncio.sleep(0.01)
    await until(lambda: server.pid not in (0, pid))
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                assert await life.reader.outbox("acme", 0, 1) == []
                break
            except StoreAway:
                await asyncio.sleep(0.05)
    await disk.close()
