"""Turns: each batch once, one process a node, and a batch before what follows from the last."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from gateway.domain.entry import Entry, EntryKind
from gateway.domain.outcome import Answer
from gateway.store.journal.batch import Batch
from gateway.store.journal.writing import Standing, TurnTaken, Writing
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import PostgresDisk
from tests.store.load import PATIENCE_S, Load, until
from tests.store.server import Server

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("rows", [1, 5000])
async def test_a_batch_that_arrives_a_second_time_writes_nothing(server: Server, rows: int) -> None:
    """Sent over a connection given up since, and read after its twin: rows without a key must not double."""
    connection = await asyncpg.connect(await server.fresh_database())
    await connection.execute("INSERT INTO commits VALUES (3, 6, 0, 0, 0)")
    batch = Batch()
    batch.answers.extend((number, 0, "a", "a/1", Answer.ACCEPTED, "x", 0, 0) for number in range(rows))
    batch.move(Entry(1, EntryKind.TOP_UP, "acme", 500, 0, NOON))
    writing, standing = Writing(), Standing(3, 7, 1, 1, 0, 0)
    await writing.learn(connection)
    await writing.begin(connection, batch, standing).end()
    with pytest.raises(TurnTaken):
        await writing.begin(connection, batch, standing).end()
    assert await connection.fetchval("SELECT count(*) FROM answers") == rows
    assert await connection.fetchval("SELECT amount_hao FROM balances WHERE book = 'available:acme'") == 500
    await connection.close()


# ── whoever wrote as this node before ────────────────────────────────────────────────────────────────────────────────
async def test_of_two_processes_as_one_node_the_older_is_stopped(server: Server) -> None:
    disk = PostgresDisk(await server.fresh_database())
    older = Load(await disk.live())
    older.append()
    await older.check(disk)
    younger = Load(await disk.live(), after_id=older.make.ids.last + 1_000)
    older.append()
    await until(lambda: not older.life.journal.is_open)
    assert any("another process" in alarm for alarm in older.life.alarms)
    for _ in range(5):
        younger.append()
        await younger.life.committed()
    assert younger.ran == younger.ids
    assert younger.life.alarms == []
    assert len(older.ran) == 1
    stored = {row["id"] for row in await disk.rows("messages")}
    assert stored == {older.ids[0], *younger.ids}
    await disk.close()


@pytest.mark.parametrize(("messages", "is_stored"), [(1, False), (40, True)])
async def test_a_batch_that_outlives_its_process_is_waited_for(
    server: Server, messages: int, is_stored: bool
) -> None:
    """The server is still at it, held up by a lock, when the next life begins: none of its own is mixed up with it.

    A small batch sends its commit when all else is answered: of that one nothing is stored.
    """
    dsn = await server.fresh_database()
    disk = PostgresDisk(dsn)
    dead = Load(await disk.live())
    dead.append()
    await dead.life.committed()
    holder = await asyncpg.connect(dsn)

    async def waiting(number: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < number:
                await asyncio.sleep(0)

    await holder.execute("BEGIN; LOCK TABLE balances IN ACCESS EXCLUSIVE MODE")
    for _ in range(messages):
        dead.append()
    await waiting(1)
    await disk.die(dead.life)
    coming = asyncio.create_task(disk.live())
    await waiting(2)
    await holder.execute("ROLLBACK")
    life = await coming
    alive = Load(life, after_id=life.journal.last_id)
    assert {row["id"] for row in await disk.rows("messages")} == set(dead.ids if is_stored else dead.ids[:1])
    message = alive.append()
    await alive.life.committed()
    assert message.id in {row["id"] for row in await disk.rows("messages")}
    assert alive.life.alarms == []
    await holder.close()
    await disk.close()


async def test_a_batch_that_never_ends_keeps_the_next_life_from_beginning(server: Server) -> None:
    disk = PostgresDisk(await server.fresh_database(), commit_timeout_s=0.3)
    dead = Load(await disk.live())
    dead.append()
    await dead.life.committed()
    await disk.die(dead.life)
    holder = await asyncpg.connect(disk.direct_dsn)
    await holder.execute("BEGIN; SELECT FROM commits FOR UPDATE")
    with pytest.raises(TimeoutError, match="still at a batch of whoever was node 3"):
        await disk.live()
    await holder.execute("ROLLBACK")
    await disk.live()
    await holder.close()
    await disk.close()


# ── what follows from a commit ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("rows", "wanted"), [(1, ["continued", "begun"]), (200, ["begun", "continued"])])
async def test_a_large_batch_is_begun_before_what_follows_from_the_last(
    server: Server, monkeypatch: pytest.MonkeyPatch, rows: int, wanted: list[str]
) -> None:
    disk = PostgresDisk(await server.fresh_database())
    journal = (await disk.live()).journal
    begin, said = journal._writing.begin, []

    def note_and_begin(*args: Any) -> Any:
        if not said:
            for _ in range(rows):  # gathers while the first is on its way
                journal.then(int)
        said.append("begun")
        return begin(*args)

    monkeypatch.setattr(journal._writing, "begin", note_and_begin)
    journal.then(said.append, "continued")
    await until(lambda: len(said) == 3)
    assert said[1:] == wanted
    await disk.close()
