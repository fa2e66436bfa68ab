"""Faults of our own in writing a batch: told as such, no outage, and all that can be written is written, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import uvloop

from gateway.domain.message import Message
from gateway.domain.store_interfaces import MONEY, SUBMIT
from gateway.store.journal.exchange import Answers, why_impossible
from tests.store.contract import PostgresDisk
from tests.store.load import Load, until
from tests.store.server import Server

pytestmark = [pytest.mark.postgres, pytest.mark.filterwarnings("ignore:Overriding the .event_loop_policy")]


@pytest.fixture(scope="module")
def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
    """The loop that the daemon runs on."""
    return uvloop.EventLoopPolicy()


@pytest.fixture
async def disk(server: Server, why_stepwise: str) -> AsyncIterator[PostgresDisk]:
    found = PostgresDisk(await server.fresh_database(), why_stepwise=why_stepwise)
    yield found
    await found.close()


class NoOctets(str):
    """A text that our encoder cannot write; asyncpg's own can."""

    fault: type[Exception]

    def encode(self, *words: Any) -> bytes:
        raise self.fault("no octets")


class NoWords(str):
    """A text that no writer of ours can write, so many times."""

    times: int

    def replace(self, *words: Any) -> str:
        if self.times:
            self.times -= 1
            raise AttributeError("no words")
        return str(self)


FAULTS = [AttributeError, AssertionError, RuntimeError, TypeError, KeyError]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_row_that_our_copier_fails_at_is_written_by_itself(disk: PostgresDisk, fault: type[Exception]) -> None:
    load = Load(await disk.live())
    journal = load.life.journal
    was_shut: list[bool] = []
    load.append()
    odd: Message = load.make.message()
    odd.profile = name = NoOctets("odd@1")
    name.fault = fault
    load.make.accept(journal, odd)
    journal.upon(SUBMIT, odd.id, was_shut.append, pytest.fail, False)
    load.append()
    await load.life.committed()
    assert load.ran == load.ids
    assert {row["id"] for row in await disk.rows("messages")} == {*load.ids, odd.id}
    assert was_shut == [False] and journal.is_open
    assert load.life.events == ["journal_failed"]
    assert "encode" in load.life.alarms[0] and "copy_octets (copying.py:" in load.life.alarms[0], "its traceback"
    assert journal._meters.store_bugs == 1


async def test_what_we_cannot_write_at_all_is_set_aside_and_its_client_told(disk: PostgresDisk) -> None:
    load = Load(await disk.live())
    journal, told, gone = load.life.journal, list[bool](), list[str]()
    journal.withdrawn = lambda table, record, entry: gone.append(table)
    odd = NoWords("odd")
    odd.times = 1 << 30
    load.append()
    journal.price_announced("acme", odd, 1, 0.0, None, "", 0.0)
    journal.upon(MONEY, 0, pytest.fail, told.append)
    load.append()
    await load.check(disk)
    assert (told, gone) == ([False], ["price_versions"])
    assert load.life.events == ["journal_failed", "journal_failed", "store_refused_row"]  # the batch, its row, the row
    (kept,) = await disk.rows("rows_set_aside")
    assert (kept["place"], kept["sqlstate"], kept["problem"]) == ("price_versions", "", "AttributeError: no words")
    load.append()
    await load.check(disk)
    assert len(load.life.events) == 3


async def test_of_two_rows_with_one_name_only_the_broken_one_is_set_aside(disk: PostgresDisk) -> None:
    load = Load(await disk.live())
    odd = NoWords("odd")
    odd.times = 1 << 30
    load.append()
    load.life.journal.money_event("acme", "LOW", odd, "", 0.0)
    load.life.journal.money_event("acme", "LOW", "fit", "", 0.0)
    await load.check(disk)
    assert [row["subject"] for row in await disk.rows("money_events")] == ["fit"]
    assert len(await disk.rows("rows_set_aside")) == 1


async def test_what_is_no_row_keeps_the_journal_shut_until_it_can_be_written(disk: PostgresDisk) -> None:
    """Without it the batch would say something else; so nothing is committed, and the alert says whose fault it is."""
    load = Load(await disk.live())
    odd = NoWords("none")
    odd.times = 8
    load.append()
    load.life.journal.matched("a", odd)
    await until(lambda: not load.life.journal.is_open)
    await load.check(disk)
    assert load.life.events == ["journal_failed"]
    assert load.life.journal._meters.store_bugs == 1


async def test_a_row_of_another_width_keeps_the_journal_shut_and_is_told_as_ours(disk: PostgresDisk) -> None:
    """Nobody can tell which columns it has, so it cannot be set aside either."""
    load = Load(await disk.live())
    journal = load.life.journal
    load.append()
    journal._batch.refusals.append((1, 2))
    await until(lambda: not journal.is_open)
    assert load.life.events == ["journal_failed"]
    journal._taken.refusals.clear()
    await load.check(disk)
    assert load.life.events == ["journal_failed"]


async def test_a_listener_that_fails_does_not_end_the_writer(disk: PostgresDisk) -> None:
    load = Load(await disk.live())

    def fail(table: str, record: object, entry: object) -> None:
        raise AttributeError("a flow's fault")

    load.life.journal.withdrawn = fail
    load.life.journal.price_announced("acme", "odd", 1 << 40, 0.0, None, "", 0.0)
    load.append()
    await load.check(disk)
    assert load.life.events == ["store_refused_row", "continuation_failed"]


# ── asyncpg's connection ─────────────────────────────────────────────────────────────────────────────────────────────
class Other:
    """Something of another asyncpg: all of what it stands for, but what is changed."""

    def __init__(self, stands_for: Any, **changes: Any) -> None:
        self._stands_for, self._changes = stands_for, changes

    def __getattr__(self, name: str) -> Any:
        if name in self._changes:
            if self._changes[name] is None:
                raise AttributeError(name)
            return self._changes[name]
        return getattr(self._stands_for, name)


class OtherDisk(PostgresDisk):
    """Connects by another asyncpg."""

    def change(self, connection: asyncpg.Connection) -> Any:
        return Other(connection, _transport=None)

    async def _connect(self) -> Any:
        return self.change(await super()._connect())


def without(connection: asyncpg.Connection, owner: str, name: str) -> Any:
    if not owner:
        return Other(connection, **{name: None})
    return Other(connection, **{owner: Other(getattr(connection, owner), **{name: None})})


@pytest.mark.parametrize(("owner", "name"), [
    ("", "_protocol"), ("", "_transport"), ("_transport", "set_protocol"), ("_transport", "write"),
    ("_transport", "get_protocol"), ("_transport", "is_closing"), ("_transport", "set_write_buffer_limits"),
    ("_protocol", "connection_lost"), ("_protocol", "data_received"),
])
async def test_the_probe_says_what_is_missing(server: Server, owner: str, name: str) -> None:
    connection = await asyncpg.connect(await server.fresh_database())
    assert await why_impossible(connection) == ""
    missing = ".".join(filter(None, ("Connection", owner, name)))
    assert await why_impossible(without(connection, owner, name)) == f"asyncpg {asyncpg.__version__} has no {missing}"
    assert await connection.fetchval("SELECT 2") == 2
    await connection.close()


async def test_the_probe_says_which_behaviour_is_another(server: Server) -> None:
    connection = await asyncpg.connect(await server.fresh_database())
    found = await why_impossible(Other(connection, _protocol=Other(connection._protocol)))
    assert "does not report to Connection._protocol" in found
    deaf = Other(connection._transport, set_protocol=lambda protocol: None)
    found = await why_impossible(Other(connection, _transport=deaf), timeout_s=0.2)
    assert "no answer within 0.2 s" in found
    assert connection.is_closed()


@pytest.mark.parametrize("is_seen", [False, True])
async def test_a_database_that_is_away_is_no_fault_of_asyncpg(server: Server, is_seen: bool) -> None:
    """Whether asyncpg has read the end of the connection before the probe begins, or reads it as the probe's answer."""
    connection = await asyncpg.connect(await server.fresh_database())
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    other = await asyncpg.connect(server.dsn)
    await other.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    if is_seen:
        await ended.wait()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await why_impossible(connection)
    await other.close()


async def test_without_asyncpgs_private_names_all_is_written_step_by_step(server: Server) -> None:
    disk = OtherDisk(await server.fresh_database())
    load = Load(await disk.live())
    assert load.life.journal.why_stepwise == f"asyncpg {asyncpg.__version__} has no Connection._transport"
    for _ in range(3):
        load.append()
        await load.check(disk)
    assert load.life.events == []
    await disk.close()


class BrokenDisk(OtherDisk):
    """Its transport fails by a fault of a program once it is told to."""

    is_broken = False

    def change(self, connection: asyncpg.Connection) -> Any:
        def write(octets: bytes) -> None:
            assert not self.is_broken, "the frontend half"
            connection._transport.write(octets)

        return Other(connection, _transport=Other(connection._transport, write=write))


async def test_an_exchange_that_fails_in_our_half_is_given_up_for_good(server: Server) -> None:
    disk = BrokenDisk(await server.fresh_database())
    load = Load(await disk.live())
    load.append()
    await load.check(disk)
    assert load.life.journal.why_stepwise == ""
    disk.is_broken = True
    for _ in range(3):
        load.append()
        await load.check(disk)
    assert load.life.events == ["journal_failed"], "no store_away: nothing was away"
    assert "AssertionError" in load.life.alarms[0] and "write (test_own_faults.py:" in load.life.alarms[0]
    assert load.life.journal._meters.store_bugs == 1
    assert "AssertionError" in load.life.journal.why_stepwise
    await disk.close()


class WrongArguments(OtherDisk):
    """One kind of row is given with wrong arguments, as asyncpg says."""

    def change(self, connection: asyncpg.Connection) -> Any:
        async def execute(sql: str, *values: Any, **options: Any) -> str:
            if sql.startswith("INSERT INTO inbound"):
                raise asyncpg.InterfaceError("the server expects 12 arguments for this query, 11 were passed")
            return str(await connection.execute(sql, *values, **options))

        return Other(connection, execute=execute)


async def test_wrong_arguments_are_no_lost_connection(server: Server) -> None:
    disk = WrongArguments(await server.fresh_database())
    load = Load(await disk.live())
    odd = load.make.message()
    odd.price_hao = 1 << 40  # so that all is written row by row
    load.make.accept(load.life.journal, odd)
    message = load.append()
    await load.life.committed()
    assert [row["id"] for row in await disk.rows("messages")] == [message.id]
    kept = {(row["place"], row["problem"].partition(":")[0]) for row in await disk.rows("rows_set_aside")}
    assert ("inbound", "InterfaceError") in kept and len(kept) == 2
    assert "store_away" not in load.life.events and load.life.journal.is_open
    await disk.close()


class Uncopied(bytes):
    """Octets that nobody can join to others."""

    def __add__(self, other: object) -> bytes:
        raise AssertionError("the reading half")

    __radd__ = __add__


async def test_a_fault_in_reading_an_answer_is_told_as_it_is() -> None:
    hung_up: list[bool] = []
    answers = Answers(
        asyncio.get_running_loop().create_future(), asyncio.Protocol(), lambda: hung_up.append(True)
    )
    answers.data_received(b"C")
    answers.data_received(Uncopied(b"\0\0\0\7COPY"))
    with pytest.raises(AssertionError, match="the reading half"):
        await answers.done
    assert hung_up == [True]
