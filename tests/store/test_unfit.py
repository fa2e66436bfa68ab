"""Whose fault an error is: every class of SQLSTATE, at every table, at each position of a batch.

A trigger of the test raises the error. A row's own sets that row aside, with its unit, and nothing else; any other
stops the whole batch until it is over, and then all of it is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import date
from math import inf
from typing import Any

import asyncpg
import pytest

from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.domain.list_entry import ListFact, ListKind
from gateway.domain.message import Concat, Message
from gateway.domain.outcome import Answer, State, Unreadable
from gateway.domain.store_interfaces import AMENDMENT, CLAIM, ENDING, ENTRY, SUBMIT
from gateway.domain.verdict import Key, Reject
from gateway.store.journal.batch import COPIES, RARE
from gateway.store.journal.gathering import Gathering
from gateway.store.journal.writing import TABLES
from tests.gateway.pipeline.builders import NOON, submission
from tests.store.contract import Life, Maker, PostgresDisk
from tests.store.load import until
from tests.store.server import Server

pytestmark = pytest.mark.postgres

# One of each class of the appendix of PostgreSQL's documentation ("PostgreSQL Error Codes") that a statement can
# end with, several of those that matter, and one that nobody knows.
OWN = ("22000", "22001", "22003", "22012", "22021", "22P02", "23000", "23502", "23505", "23514", "23P01", "54000")
NOT_OWN = (
    "03000", "08000", "08006", "09000", "0A000", "0B000", "0F000", "0L000", "0P000", "0Z000", "20000", "21000", "24000",
    "25000", "25006", "26000", "27000", "28000", "2B000", "2D000", "2F000", "34000", "38000", "39000", "3B000", "3D000",
    "3F000", "40000", "40001", "40P01", "42000", "42501", "42703", "42P01", "44000", "53000", "53100", "53200", "53300",
    "54001", "54023", "55000", "55P03", "57014", "57P03", "58000", "58030", "58P01", "72000", "F0000", "HV000", "P0001",
    "XX000", "XX001", "XX002", "ZZ999",
)
ATTRIBUTES = [table for table, _ in COPIES if table != "short_messages"] + list(RARE)
POSITIONS = 3


class MixedBatch:
    """Three facts of every kind; the middle of each batch has others around it, first and last have not."""

    def __init__(self, life: Life, make: Maker) -> None:
        self.life, self.make = life, make
        self.tag = str(make.ids.take(NOON))  # what tells these rows from those of another batch
        self.journal: Gathering = life.journal
        self.withdrawn: list[tuple[str, Any]] = []
        self.journal.withdrawn = lambda table, record, entry: self.withdrawn.append((TABLES.get(table, table), record))
        self.said: dict[tuple[str, int], str] = {}
        self.ids: dict[str, list[int]] = {table: [] for table in ATTRIBUTES}
        self.plain = 0
        self.filler = 0  # with 200 more a batch is a large one, sent in one exchange
        self.old = [self.make.message() for _ in range(POSITIONS)]

    def prepare(self) -> None:
        """Messages that the facts are about."""
        for message in self.old:
            self.make.accept(self.journal, message)

    def upon(self, fact: str, id_: int) -> None:
        def stored(told: tuple[str, int]) -> None:
            assert told not in self.said
            self.said[told] = "stored"

        def otherwise(is_later: bool, told: tuple[str, int]) -> None:
            assert told not in self.said
            self.said[told] = "later" if is_later else "set aside"

        self.journal.upon(fact, id_, stored, otherwise, (fact, id_))

    def append(self) -> None:
        """One fact of every kind, three times."""
        for number in range(POSITIONS):
            self._append(number, self.old[number])
            self.journal.then(self._count)
        for _ in range(self.filler):
            self.journal.then(int)

    def _count(self) -> None:
        self.plain += 1

    def _append(self, number: int, old: Message) -> None:
        journal, make, id_ = self.journal, self.make, self.make.ids.take(NOON)
        message = make.message()
        make.accept(journal, message)
        self._note("messages", SUBMIT, message.id)
        old.link = "a/1"
        journal.claimed(old)
        self._note("claims", CLAIM, old.id)
        journal.answered(old, 0, Answer.ACCEPTED, f"c{self.tag}{number}", 0, NOON)
        self.ids["answers"].append(old.id)
        receipt = make.receipt(old, f"c{self.tag}{number}", State.ENROUTE)
        journal.received(old, 0, receipt, NOON)
        self.ids["receipts"].append(old.id)
        make.conclude(journal, old, State.DELIVERED)
        self._note("outcomes", ENDING, old.id)
        entry = Entry(id_, EntryKind.MAKEUP, "acme", 5, 0, NOON, "", (Draw("lot:1", 1, 0),))
        journal.entry(entry)
        journal.lot_opened(id_, "acme", "credits", 5, 1, 0.0, inf, "", 0.0)
        self._note("movements", ENTRY, id_)
        self.ids["lots"].append(id_)
        journal.adjusted(entry, date(2026, 3, 1), "D", "", "gateway", "")
        self.ids["adjustments"].append(id_)
        refused = make.ids.take(NOON)
        journal.refused(submission("x"), refused, "source", Reject(Key.SRC, "D"))
        self.ids["refusals"].append(refused)
        journal.amended(old, "approved", NOON)
        self._note("amendments", AMENDMENT, old.id)
        inbound = make.inbound("acme")
        journal.inbound(inbound)
        self.ids["inbound"].append(inbound.seq)
        journal.deliver_refused("acme", inbound.seq, "refused", "smpp", 8)
        self.ids["refused_delivers"].append(inbound.seq)
        journal.unmatched(make.receipt(old, f"u{self.tag}{number}"), NOON)
        journal.unreadable(Unreadable("a", "no state", f"{self.tag}{number}", "1069", 8, b"?"), NOON)
        part = make.ids.take(NOON)
        journal.part(submission("x", concat=Concat(7, 2, 1)), part)
        self._note("parts", SUBMIT, part)
        journal.parts_joined([part], 0)
        journal.matched("a", f"u{self.tag}{number}")
        journal.delivered("acme", inbound.seq)
        journal.listed(ListFact(ListKind.UNSUBSCRIBED, self.tag, 13800138000 + number, True, NOON, None))
        journal.price_announced("acme", f"v{self.tag}{number}", 1, 0.0, None, "", 0.0)
        journal.price_confirmed("acme", f"v{self.tag}{number}", 0.001, "", 0.0)
        journal.money_event("acme", "LOW", f"{self.tag}{number}", "", 0.0)
        journal.audited(NOON, "operator", "test", "accounts adjust", f"{self.tag}{number}", "done", "", "")

    def _note(self, table: str, fact: str, id_: int) -> None:
        self.ids[table].append(id_)
        self.upon(fact, id_)


# Which column, and which value of the n-th row, the trigger looks for.
def condition(batch: MixedBatch, table: str, position: int) -> str:
    named = {
        "unmatched": f"NEW.carrier_message_id = 'u{batch.tag}{position}'",
        "unreadable": f"NEW.source = '{batch.tag}{position}'",
        "adjustments": f"NEW.entry_id = {batch.ids['lots'][position]}",
        "listed": f"NEW.scope = '{batch.tag}' AND NEW.number = {13800138000 + position}",
        "price_versions": f"NEW.version = 'v{batch.tag}{position}'",
        "price_consents": f"NEW.version = 'v{batch.tag}{position}'",
        "money_events": f"NEW.subject = '{batch.tag}{position}'",
        "audit": f"NEW.subject = '{batch.tag}{position}'",
    }
    column = {
        "messages": "id", "movements": "id", "lots": "id", "outcomes": "segment_id", "parts": "segment_id",
        "refusals": "segment_id", "inbound": "seq", "refused_delivers": "seq",
    }.get(table, "message_id")
    return named.get(table) or f"NEW.{column} = {batch.ids[table][position]}"


async def append_with(
    batch: MixedBatch, connection: asyncpg.Connection, table: str, position: int | None, sqlstate: str
) -> None:
    """Append one batch, and see to it that a row of it meets an error; no position: that all of the table do."""
    await connection.execute("BEGIN; LOCK TABLE commits IN ACCESS EXCLUSIVE MODE")
    batch.append()
    await inject(connection, table, "true" if position is None else condition(batch, table, position), sqlstate)
    await connection.execute("COMMIT")


async def inject(connection: asyncpg.Connection, table: str, condition: str, sqlstate: str) -> None:
    await connection.execute(f"""
        CREATE OR REPLACE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {condition} THEN RAISE EXCEPTION 'odd' USING ERRCODE = '{sqlstate}'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER odd BEFORE INSERT ON {TABLES.get(table, table)} FOR EACH ROW EXECUTE FUNCTION odd()""")


async def heal(connection: asyncpg.Connection, table: str) -> None:
    """Take the error away, between two tries of the writer."""
    await connection.execute(f"""BEGIN; LOCK TABLE commits IN ACCESS EXCLUSIVE MODE;
        DROP TRIGGER odd ON {TABLES.get(table, table)}; COMMIT""")


async def counts(connection: asyncpg.Connection, tables: Sequence[str]) -> dict[str, int]:
    found = {}
    for table in tables:
        found[table] = await connection.fetchval(f"SELECT count(*) FROM {TABLES.get(table, table)}")
    return found


async def check_books(connection: asyncpg.Connection) -> None:
    """What the store sums is what its entries say."""
    wrong = await connection.fetch("""
        WITH moved AS (
            SELECT CASE kind WHEN 2 THEN amount_hao ELSE -(amount_hao + returned_hao) END AS held
            FROM entries WHERE kind IN (2, 3, 4, 5))
        SELECT coalesce(sum(held), 0) AS entries,
               coalesce((SELECT sum(amount_hao) FROM balances WHERE book LIKE 'held:%'), 0) AS books FROM moved""")
    assert wrong[0]["entries"] == wrong[0]["books"]
    assert await connection.fetchval("SELECT coalesce(sum(amount_hao), 0) FROM balances") == 0


PAID = ("movements", "lots", "adjustments")
UNITS = dict.fromkeys(PAID, PAID)
FACT = {
    "messages": SUBMIT, "parts": SUBMIT, "claims": CLAIM, "outcomes": ENDING, "amendments": AMENDMENT,
    "movements": ENTRY, "lots": ENTRY, "adjustments": ENTRY,
}


class StoreUnderTest:
    """One database, for one run of steps after another."""

    def __init__(self, disk: PostgresDisk, life: Life, connection: asyncpg.Connection) -> None:
        self.disk, self.life, self.connection = disk, life, connection
        self._make = Maker()

    async def batch(self, *, filler: int = 0) -> MixedBatch:
        batch = MixedBatch(self.life, self._make)
        batch.filler = filler
        batch.prepare()
        await self.life.committed()
        await self.connection.execute("DELETE FROM rows_set_aside")
        self.life.journal._meters.rows_set_aside = 0
        return batch


@contextlib.asynccontextmanager
async def staged(server: Server, **options: Any) -> AsyncIterator[StoreUnderTest]:
    disk = PostgresDisk(await server.fresh_database(), **options)
    connection = await asyncpg.connect(disk.direct_dsn)
    try:
        yield StoreUnderTest(disk, await disk.live(), connection)
    finally:
        await connection.close()
        await disk.close()


@pytest.fixture
async def store(server: Server) -> AsyncIterator[StoreUnderTest]:
    async with staged(server, commit_late_s=600.0) as found:  # nothing is late here, however slow the machine is
        yield found


@pytest.mark.parametrize("table", ATTRIBUTES)
async def test_only_the_rows_own_errors_set_it_aside(store: StoreUnderTest, table: str) -> None:
    """Each class of a row's own error, at each position; every other batch is a large one, sent in one exchange."""
    for number, sqlstate in enumerate(OWN):
        for position in range(POSITIONS):
            batch = await store.batch(filler=200 * (number % 2))
            await sets_aside(batch, store.connection, table, position, sqlstate)


async def sets_aside(
    batch: MixedBatch, connection: asyncpg.Connection, table: str, position: int, sqlstate: str
) -> None:
    before = await counts(connection, ATTRIBUTES)
    await append_with(batch, connection, table, position, sqlstate)
    await batch.life.committed()
    await heal(connection, table)
    lost = UNITS.get(table, (table,))
    after = await counts(connection, ATTRIBUTES)
    assert after == {each: before[each] + POSITIONS - (each in lost) for each in ATTRIBUTES}
    kept = await connection.fetch("SELECT place, sqlstate FROM rows_set_aside ORDER BY number")
    assert {tuple(row) for row in kept} == {(TABLES.get(each, each), sqlstate) for each in lost}
    assert [each for each, _ in batch.withdrawn] == [row["place"] for row in kept]
    assert batch.said == {
        (fact, id_): "set aside" if (fact, index) == (FACT.get(table), position) and each in lost else "stored"
        for each, fact in FACT.items() if each not in PAID[1:] for index, id_ in enumerate(batch.ids[each])
    }
    assert batch.plain == POSITIONS
    assert batch.life.journal._meters.rows_set_aside == len(lost)
    await check_books(connection)


async def fails_whole(
    batch: MixedBatch, connection: asyncpg.Connection, table: str, position: int, sqlstate: str, *,
    least: int = 2,
) -> None:
    """While the error lasts nothing is stored and nobody hears anything; then all of it is, once."""
    before = await counts(connection, ATTRIBUTES)
    retries = batch.life.journal._meters.store_retries
    await append_with(batch, connection, table, position, sqlstate)
    await until(lambda: batch.life.journal._meters.store_retries >= retries + least)
    assert (batch.said, batch.plain, batch.withdrawn) == ({}, 0, [])
    assert await counts(connection, [*ATTRIBUTES, "rows_set_aside"]) == before | {"rows_set_aside": 0}
    await heal(connection, table)
    await batch.life.committed()
    assert set(batch.said.values()) == {"stored"}
    assert batch.plain == POSITIONS
    assert await counts(connection, ATTRIBUTES) == {each: before[each] + POSITIONS for each in ATTRIBUTES}
    assert batch.withdrawn == []
    await check_books(connection)


@pytest.mark.parametrize("table", ATTRIBUTES)
async def test_any_other_error_is_the_databases(store: StoreUnderTest, table: str) -> None:
    """At each position, and over the tables each class that there is."""
    first = ATTRIBUTES.index(table)
    for number, sqlstate in enumerate(NOT_OWN[first :: len(ATTRIBUTES)]):
        batch = await store.batch(filler=200 * (number % 2))
        await fails_whole(batch, store.connection, table, number % POSITIONS, sqlstate)
        assert batch.life.journal.is_open


async def test_each_of_the_databases_errors_at_a_message(store: StoreUnderTest) -> None:
    for number, sqlstate in enumerate(NOT_OWN):
        batch = await store.batch(filler=200 * (number % 2))
        await fails_whole(batch, store.connection, "messages", 1, sqlstate, least=1)


@pytest.mark.parametrize("sqlstate", ["22003", "58030"])
@pytest.mark.parametrize(
    "table", ["balances", "pool_uses", "outbox_cursors", "commits", "parts", "unmatched_receipts", "rows_set_aside"]
)
async def test_an_error_of_what_is_no_row_of_facts_is_the_databases(
    store: StoreUnderTest, table: str, sqlstate: str
) -> None:
    """Sums, cursors, numbers, and where rows are set aside: no row can be left out there, whatever the error is."""
    batch, connection = await store.batch(), store.connection
    before, retries = await counts(connection, ATTRIBUTES), batch.life.journal._meters.store_retries
    await connection.execute("BEGIN; LOCK TABLE commits IN ACCESS EXCLUSIVE MODE")
    batch.append()
    event = {"rows_set_aside": "INSERT", "pool_uses": "INSERT", "outbox_cursors": "INSERT"}.get(table, "UPDATE")
    if table == "rows_set_aside":
        await inject(connection, "messages", condition(batch, "messages", 1), "22003")
    await connection.execute(f"""
        CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '{sqlstate}'; END $$;
        CREATE TRIGGER broken BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION broken(); COMMIT""")
    await until(lambda: batch.life.journal._meters.store_retries >= retries + 3)
    assert (batch.said, batch.plain, batch.withdrawn) == ({}, 0, [])
    await connection.execute(f"BEGIN; LOCK TABLE commits; DROP TRIGGER broken ON {table}; COMMIT")
    await batch.life.committed()
    lost = table == "rows_set_aside"
    after = {each: before[each] + POSITIONS - (lost and each == "messages") for each in ATTRIBUTES}
    assert await counts(connection, ATTRIBUTES) == after
    await check_books(connection)


@pytest.mark.parametrize("sqlstate", ["58030", "53100", "42501", "XX000"])
async def test_an_error_beside_an_odd_row_is_the_databases_first(store: StoreUnderTest, sqlstate: str) -> None:
    """The odd row is found while rows are tried one by one; the disk fails behind it: nothing of the try counts."""
    batch, connection = await store.batch(), store.connection
    await connection.execute("BEGIN; LOCK TABLE commits IN ACCESS EXCLUSIVE MODE")
    batch.append()
    odd, broken = condition(batch, "messages", 0), condition(batch, "parts", 2)
    await connection.execute(f"""
        CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {odd} THEN RAISE EXCEPTION 'odd' USING ERRCODE = '22003'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER odd BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION odd();
        CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {broken} THEN RAISE EXCEPTION 'broken' USING ERRCODE = '{sqlstate}'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER broken BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION broken(); COMMIT""")
    await until(lambda: batch.life.journal._meters.store_retries >= 3)
    assert (batch.said, batch.withdrawn) == ({}, [])
    await connection.execute("BEGIN; LOCK TABLE commits IN ACCESS EXCLUSIVE MODE; DROP TRIGGER broken ON parts; COMMIT")
    await batch.life.committed()
    assert [batch.said[SUBMIT, id_] for id_ in batch.ids["messages"]] == ["set aside", "stored", "stored"]
    await check_books(connection)


@pytest.mark.parametrize("filler", [0, 200])
async def test_an_error_that_stays_puts_submits_off_and_nothing_else(server: Server, filler: int) -> None:
    """Of a batch that the server refuses each time it is certain that it is not stored: its submits hear "later"."""
    async with staged(server, commit_late_s=0.3) as store:
        batch, connection = await store.batch(filler=filler), store.connection
        before = await counts(connection, ATTRIBUTES)
        await append_with(batch, connection, "claims", None, "58030")
        submits = [(SUBMIT, id_) for id_ in (*batch.ids["messages"], *batch.ids["parts"])]
        await until(lambda: set(batch.said) == set(submits))
        assert set(batch.said.values()) == {"later"}
        assert sorted({table for table, _ in batch.withdrawn}) == ["messages", "parts"]
        assert batch.life.journal.is_open is False
        await heal(connection, "claims")
        await batch.life.committed()
        stored = {each: before[each] + POSITIONS * (each not in ("messages", "parts")) for each in ATTRIBUTES}
        assert await counts(connection, ATTRIBUTES) == stored
        assert len(batch.said) == sum(len(batch.ids[each]) for each in FACT if each not in PAID[1:])
        assert batch.life.journal.is_open
        await check_books(connection)


@pytest.mark.sources  # it stands in for a method of the journal
async def test_what_was_set_aside_is_known_when_the_answer_to_its_commit_was_lost(store: StoreUnderTest) -> None:
    batch, connection, journal = await store.batch(), store.connection, store.life.journal
    commits = journal._commits

    def cut() -> None:
        """The commit leaves, and what the server says of it never comes."""
        commits()
        journal._commits = commits
        wire = journal._connection
        asyncio.get_running_loop().call_soon(wire._transport.pause_reading)
        asyncio.get_running_loop().call_later(0.2, wire.terminate)

    journal._commits = cut
    await append_with(batch, connection, "messages", 1, "22003")
    await batch.life.committed()
    assert [batch.said[SUBMIT, id_] for id_ in batch.ids["messages"]] == ["stored", "set aside", "stored"]
    assert len(await connection.fetch("SELECT FROM rows_set_aside")) == 1


@pytest.mark.parametrize("value", ["nul\0", "half \ud800"])
async def test_a_carriers_id_is_stored_whatever_it_holds(store: StoreUnderTest, value: str) -> None:
    batch = await store.batch()
    old = batch.old[0]
    batch.journal.answered(old, 0, Answer.ACCEPTED, value, 0, NOON)
    batch.journal.unmatched(batch.make.receipt(old, value), NOON)
    await batch.life.committed()
    batch.journal.matched("a", value)
    await batch.life.committed()
    found = await batch.life.reader.find_answered("a", [value])
    assert found[value][0].id == old.id
    open_ = await store.connection.fetchval("SELECT count(*) FROM unmatched_receipts WHERE matched_ms IS NULL")
    assert open_ == 0
    assert batch.life.alarms == []
