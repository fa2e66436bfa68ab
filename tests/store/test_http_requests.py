"""What requests over HTTP leave in the store: with their messages or not at all, the same in memory and PostgreSQL."""

from __future__ import annotations

import asyncpg

from gateway.domain.store_interfaces import SUBMIT
from gateway.store.facts.request_rows import AskedWith, PostgresRequests, RequestStore
from gateway.store.memory.memory_requests import MemoryRequests
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Disk, Life, Maker, MemoryDisk, reborn

KEY = ("acme", "k" * 64)


class Lending:
    """Lends a connection of its own each time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def __aenter__(self) -> asyncpg.Connection:
        self._connection = await asyncpg.connect(self._dsn)
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()


def requests_on(disk: Disk) -> RequestStore:
    if isinstance(disk, MemoryDisk):
        return MemoryRequests(disk.store)
    dsn: str = disk.dsn  # type: ignore[attr-defined]
    return PostgresRequests(lambda: Lending(dsn))


async def test_a_key_and_what_was_asked_are_stored_with_their_messages(disk: Disk, life: Life, make: Maker) -> None:
    requests, message = requests_on(disk), make.message()
    make.accept(life.journal, message)
    life.journal.asked_with(message, "订单 'x' \\", "https://client.example/?a=1", 3)
    life.journal.request_answered(*KEY, "b" * 64, 201, '{"messages":[]}', NOON)
    assert not await requests.answered([KEY])
    life = await reborn(disk, life)
    found = await requests.answered([KEY, ("acme", "other"), ("other", KEY[1])])
    assert set(found) == {KEY}
    assert (found[KEY].body_digest, found[KEY].status, found[KEY].answer) == ("b" * 64, 201, '{"messages":[]}')
    assert await requests.asked_with(message.id) == AskedWith("订单 'x' \\", "https://client.example/?a=1", 3)
    assert await requests.asked_with(message.id + 1) == AskedWith()
    assert await requests.stored([message.id, message.id + 1]) == {message.id}
    await requests.purge_answered(NOON)
    assert KEY in await requests.answered([KEY])
    await requests.purge_answered(NOON + 1)
    assert not await requests.answered([KEY])


async def test_a_second_row_of_a_key_changes_nothing_and_holds_up_nothing(disk: Disk, life: Life, make: Maker) -> None:
    requests = requests_on(disk)
    for at, answer in enumerate(("first", "second")):
        message = make.message()
        make.accept(life.journal, message)
        life.journal.request_answered(*KEY, str(at), 201, answer, NOON)
        await life.committed()
    assert (await requests.answered([KEY]))[KEY].answer == "first"
    assert len(await disk.rows("messages")) == 2
    assert not life.alarms


async def test_beside_a_row_that_is_set_aside_a_key_is_stored(disk: Disk, life: Life, make: Maker) -> None:
    """Unit by unit: the key tells of the messages that are there, and a repetition sees which are."""
    requests, first, second = requests_on(disk), make.message(), make.message()
    make.accept(life.journal, first)
    await life.committed()
    second_row_of_first = first
    make.accept(life.journal, second)
    make.accept(life.journal, second_row_of_first)
    life.journal.request_answered(*KEY, "b", 207, "{}", NOON)
    life.journal.asked_with(second, "r", "", 0)
    await life.committed()
    assert life.alarms
    assert KEY in await requests.answered([KEY])
    assert (await requests.asked_with(second.id)).reference == "r"


async def test_what_is_put_off_takes_its_key_along(disk: Disk, life: Life, make: Maker) -> None:
    requests, message, ran = requests_on(disk), make.message(), list[bool]()
    make.accept(life.journal, message)
    life.journal.upon(SUBMIT, message.id, lambda: ran.append(False), ran.append)
    life.journal.asked_with(message, "r", "", 0)
    life.journal.request_answered(*KEY, "b", 201, "{}", NOON)
    life.journal._put_off(life.journal._batch)
    await life.committed()
    assert ran == [True]
    assert not await requests.answered([KEY]) and not await disk.rows("messages")
    assert await requests.asked_with(message.id) == AskedWith()
