"""Memory and store are compared while the gateway runs: no false alarm under load, a true one for each kind."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.ledger.book import Book
from gateway.store.reader.agreement import Agreement
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Disk, Life, MemoryDisk, PostgresDisk
from tests.store.load import until
from tests.store.server import Server
from tests.store.submitters import Submitters

NODE = 3
PLACE = ("acme", "lot:1")


class Watched:
    """A journal and a book side by side, and what is said about them."""

    def __init__(self, life: Life) -> None:
        self.life, self.book, self.told = life, Book(), []
        life.journal.withdrawn = lambda table, record, entry: self.book.withdraw(entry) if entry is not None else None
        self.agreement = Agreement(life.journal, life.reader, self.book, NODE, self.hear)
        self._id = 0

    def hear(self, event: str, **values: Any) -> None:
        self.told.append((event, values))

    def pay(self, amount_hao: int, *draws: Draw) -> Entry:
        self._id += 1
        kind = EntryKind.MAKEUP if draws else EntryKind.TOP_UP
        entry = self.book.book(kind, "acme", self._id, amount_hao, NOON, "", draws)
        self.life.journal.entry(entry)
        return entry


async def change(disk: Disk, sql: str, table: str, key: Any, delta: int) -> None:
    """Somebody changes a table by hand."""
    if isinstance(disk, MemoryDisk):
        getattr(disk.store, table)[key] += delta
        return
    assert isinstance(disk, PostgresDisk)
    connection = await asyncpg.connect(disk.direct_dsn)
    await connection.execute(sql)
    await connection.close()


BOOKS_SQL = "UPDATE balances SET amount_hao = amount_hao + 10000 WHERE book = 'available:acme'"
POOLS_SQL = "UPDATE pool_uses SET used = used + 2"


async def test_what_is_committed_and_what_is_not_agree(disk: Disk, life: Life) -> None:
    watched = Watched(life)
    watched.pay(500, Draw("lot:1", 3, 0))
    await life.committed()
    assert not await watched.agreement.compare()
    watched.pay(700)
    watched.pay(5, Draw("lot:1", 1, 0))
    assert not await watched.agreement.compare()
    await life.committed()
    assert not await watched.agreement.look(0.0)
    assert watched.told == []


@pytest.mark.parametrize("what", ["memory", "store", "pool in memory", "pool in the store", "a book too many"])
async def test_what_stays_apart_is_told(disk: Disk, life: Life, what: str) -> None:
    watched = Watched(life)
    watched.pay(500, Draw("lot:1", 3, 0))
    await life.committed()
    if what == "memory":
        watched.book.purse("acme").available_hao += 10_000
    elif what == "store":
        await change(disk, BOOKS_SQL, "balances", "available:acme", 10_000)
    elif what == "pool in memory":
        watched.book.purse("acme").used["lot:1"] += 2
    elif what == "pool in the store":
        await change(disk, POOLS_SQL, "used", PLACE, 2)
    else:
        watched.book.purse("ghost").held_hao = 10_000
    watched.pay(700)  # the sum over all books may stay zero: it says nothing
    await watched.agreement.look(0.0)
    await watched.agreement.look(0.0)  # the same again is no news
    agreement = watched.agreement
    is_pool = what.startswith("pool")
    assert (agreement.apart_hao, agreement.apart_segments) == ((0, 2) if is_pool else (10_000, 0))
    ((event, values),) = watched.told
    assert event == "books_apart"
    wanted = {
        "memory": {"available:acme": "1.00"}, "store": {"available:acme": "-1.00"},
        "a book too many": {"held:ghost": "1.00"},
    }.get(what, {})
    assert values["books"] == wanted
    assert values["pools"] == ({} if not is_pool else {"acme lot:1": 2 if what == "pool in memory" else -2})
    assert values["number"] == 1


async def test_what_agrees_again_is_zero_again(disk: Disk, life: Life) -> None:
    watched = Watched(life)
    watched.pay(500)
    await life.committed()
    watched.book.purse("acme").available_hao += 1
    await watched.agreement.look(0.0)
    assert watched.agreement.apart_hao == 1
    watched.book.purse("acme").available_hao -= 1
    await watched.agreement.look(0.0)
    assert watched.agreement.apart_hao == 0


async def test_what_is_apart_for_a_moment_is_not_told(disk: Disk, life: Life) -> None:
    watched = Watched(life)
    watched.pay(500)
    await life.committed()
    watched.book.purse("acme").available_hao += 1
    asyncio.get_running_loop().call_soon(setattr, watched.book.purse("acme"), "available_hao", 500)
    await watched.agreement.look(0.0)
    assert watched.told == []


async def test_a_check_that_cannot_be_made_grows_old(disk: Disk, life: Life) -> None:
    now = 100.0
    agreement = Agreement(life.journal, life.reader, Book(), NODE, lambda *_, **__: None, lambda: now)
    await agreement.look(0.0)
    now = 700.0
    assert agreement.age_s == 600.0


@pytest.mark.postgres
async def test_under_load_they_agree_at_every_moment(server: Server) -> None:
    """Looked at without pause, while batches of all sizes commit and some of their rows are set aside."""
    disk = PostgresDisk(await server.fresh_database())
    submitters, stop = Submitters(await disk.live(), size=20), asyncio.Event()
    connection = await asyncpg.connect(disk.direct_dsn)
    await connection.execute("""
        CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.id % 37 = 0 THEN RAISE EXCEPTION 'odd' USING ERRCODE = '22003'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER odd BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION odd()""")
    told: list[Any] = []
    agreement = Agreement(
        submitters.life.journal, submitters.life.reader, submitters.book, NODE,
        lambda event, **values: told.append(values),
    )
    running = asyncio.create_task(submitters.run(stop))
    looks = 0

    async def look() -> None:
        nonlocal looks
        while not stop.is_set():
            await agreement.look(0.05)
            looks += 1

    looking = asyncio.create_task(look())
    await until(lambda: submitters.answers["stored"] > 400 and submitters.answers["set aside"] > 5 and looks > 15)
    stop.set()
    await asyncio.gather(running, looking)
    assert told == []
    await submitters.check(disk)
    await connection.close()
    await disk.close()
