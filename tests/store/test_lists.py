"""Lists in PostgreSQL against plain sets: imports, replacements, evidence, what the recipients themselves ask for."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import asyncpg
import pytest

from gateway.domain.list_entry import EVERYWHERE, Evidence, ListFact, ListKind, carrier_scope, code_scope
from gateway.store.facts.list_store import (
    CHANGES_SHOWN_MAX,
    Action,
    Done,
    ListOrder,
    ListRefused,
    carry_out,
    request_evidence,
)
from gateway.store.reader.list_reader import (
    has_evidence,
    read_entries,
    read_history,
    read_optins,
    read_sets,
    read_subscribers,
    read_versions,
)
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import PostgresDisk
from tests.store.server import Server

pytestmark = pytest.mark.postgres
B, W, P = ListKind.BLACKLIST, ListKind.WHITELIST, ListKind.PORTED
AT = int(NOON * 1000)
ORDER = ListOrder(B, EVERYWHERE, Action.ADD, "tester", "file.csv", AT)
FORM = ("form", "2026-7")
FIRST = 13_800_000_000


@pytest.fixture
async def disk(server: Server) -> AsyncIterator[PostgresDisk]:
    found = PostgresDisk(await server.fresh_database())
    yield found
    await found.close()


@pytest.fixture
async def connection(disk: PostgresDisk) -> AsyncIterator[asyncpg.Connection]:
    found = await disk._connect()
    yield found
    await found.close()


async def take(
    connection: asyncpg.Connection, order: ListOrder, numbers: Iterable[int], *, proof: tuple[str, str] | None = FORM,
    scope: str = "",
) -> Done:
    async def lines() -> AsyncIterator[bytes]:
        for line, number in enumerate(numbers, 1):
            evidence = f"{proof[0]},{AT},{proof[1]}" if proof else ",,"
            yield f"{line},{number},{scope},{evidence}\n".encode()

    return await carry_out(connection, order, lines())


async def content(connection: asyncpg.Connection, kind: ListKind, scope: str = EVERYWHERE) -> set[int]:
    return set((await read_sets(connection)).get((kind, scope), ()))


async def test_a_long_list_is_replaced_in_one_pass(connection: asyncpg.Connection) -> None:
    """By half others: done in well under a second; comparing each with each would take minutes."""
    count = 40_000
    await take(connection, ORDER, range(FIRST, FIRST + count))
    await connection.execute("SET statement_timeout = '20s'")
    done = await take(
        connection, replace(ORDER, action=Action.REPLACE), range(FIRST + count // 2, FIRST + count * 3 // 2)
    )
    assert (done.added, done.removed) == (count // 2, count // 2)
    assert await content(connection, B) == set(range(FIRST + count // 2, FIRST + count * 3 // 2))


async def test_the_same_file_twice_changes_nothing(connection: asyncpg.Connection) -> None:
    done = await take(connection, ORDER, [FIRST, FIRST + 1, FIRST])
    assert (done.lines, done.added, done.renewed, done.removed) == (3, 2, 0, 0)
    assert done.changes == ((EVERYWHERE, FIRST, True), (EVERYWHERE, FIRST + 1, True))
    again = await take(connection, ORDER, [FIRST, FIRST + 1, FIRST])
    assert (again.version, again.added, again.renewed, again.removed, again.changes) == (0, 0, 0, 0, ())
    renewed = await take(connection, ORDER, [FIRST], proof=("form", "2026-8"))
    assert (renewed.added, renewed.renewed) == (0, 1)
    versions = await read_versions(connection, "blacklist", 10)
    assert [(row["version"], row["action"], row["uploader"], row["source"], row["lines"], row["added"])
            for row in versions] == [(renewed.version, "add", "tester", "file.csv", 1, 1),
                                     (done.version, "add", "tester", "file.csv", 3, 2)]
    history = await read_history(connection, FIRST)
    assert [row["evidence_ref"] for row in history] == ["2026-7", "2026-8"]


async def test_a_whitelist_entry_without_evidence_is_refused(connection: asyncpg.Connection) -> None:
    order = replace(ORDER, kind=W)
    with pytest.raises(ListRefused, match=r"line 1: .*S4-A2-2.*2 lines"):
        await take(connection, order, [FIRST, FIRST + 1], proof=None)
    assert await read_sets(connection) == {}
    assert await read_versions(connection, "", 10) == []
    assert (await take(connection, order, [FIRST])).added == 1
    assert (await take(connection, replace(order, action=Action.REMOVE), [FIRST], proof=None)).removed == 1


async def test_a_dry_run_counts_and_changes_nothing(connection: asyncpg.Connection) -> None:
    done = await take(connection, replace(ORDER, is_dry=True), [FIRST])
    assert (done.version, done.added) == (0, 1)
    assert await read_sets(connection) == {}


async def test_a_ported_number_is_in_one_network(connection: asyncpg.Connection) -> None:
    order = replace(ORDER, kind=P)
    await take(connection, order, [FIRST, FIRST + 1], scope=carrier_scope("telecom"))
    done = await take(connection, order, [FIRST], scope=carrier_scope("united"))
    assert (done.added, done.removed) == (1, 1)
    assert await content(connection, P, carrier_scope("telecom")) == {FIRST + 1}
    assert await content(connection, P, carrier_scope("united")) == {FIRST}
    back = await take(connection, replace(order, action=Action.REMOVE), [FIRST, FIRST + 1, FIRST + 2], scope="*")
    assert back.removed == 2
    assert await content(connection, P, carrier_scope("united")) == set()


@pytest.mark.parametrize("seed", range(4))
async def test_any_orders_leave_what_sets_would_hold(connection: asyncpg.Connection, seed: int) -> None:
    rng = random.Random(seed)
    model: dict[tuple[ListKind, str], set[int]] = {}
    for _ in range(15):
        kind, scope = rng.choice((B, W)), rng.choice((EVERYWHERE, "account:acme", code_scope("10690")))
        action = rng.choice(list(Action))
        numbers = {rng.randrange(FIRST, FIRST + 30) for _ in range(rng.randrange(25))}
        before = model.get((kind, scope), set())
        after = {Action.ADD: before | numbers, Action.REMOVE: before - numbers, Action.REPLACE: numbers}[action]
        done = await take(connection, replace(ORDER, kind=kind, scope=scope, action=action), numbers)
        assert (done.added, done.removed) == (len(after - before), len(before - after))
        model[(kind, scope)] = after
        stored = await read_sets(connection)
        assert {name: set(found) for name, found in stored.items() if len(found)} == {
            name: found for name, found in model.items() if found
        }
    for (kind, scope), numbers in model.items():
        assert [row["number"] async for row in read_entries(connection, kind, scope)] == sorted(numbers)


async def test_many_changes_are_not_listed_one_by_one(connection: asyncpg.Connection) -> None:
    done = await take(connection, ORDER, range(FIRST, FIRST + CHANGES_SHOWN_MAX + 1))
    assert (done.added, done.changes, done.scopes) == (CHANGES_SHOWN_MAX + 1, None, (EVERYWHERE,))
    found = await read_sets(connection, [(B, EVERYWHERE)])
    assert len(found[(B, EVERYWHERE)]) == CHANGES_SHOWN_MAX + 1


async def test_what_recipients_ask_for_is_committed_with_the_batch(disk: PostgresDisk) -> None:
    life, connection = await disk.live(), await disk._connect()
    code = code_scope("10690")
    said = Evidence("mo", NOON, "channel a, 7")
    await take(connection, replace(ORDER, kind=W, scope=code), [FIRST, FIRST + 9])
    for step, (number, is_added) in enumerate([(FIRST, True), (FIRST + 1, True), (FIRST + 1, False)]):
        life.journal.listed(ListFact(W, code, number, is_added, NOON + step, said))
    await life.committed()
    assert await content(connection, W, code) == {FIRST, FIRST + 9}
    assert set(await read_subscribers(connection, "10690", AT)) == {FIRST}
    assert set(await read_subscribers(connection, "10690", AT + 1)) == set()
    assert await read_optins(connection) == {}
    assert life.alarms == []
    await connection.close()


async def test_a_complaint_without_evidence_asks_the_client_once(connection: asyncpg.Connection) -> None:
    """S0-7.2: the proof of consent is on a list, or becomes a duty of the client."""
    scopes = (EVERYWHERE, "account:acme", code_scope("10690"))
    await take(connection, replace(ORDER, kind=W, scope="account:acme"), [FIRST])
    assert await has_evidence(connection, FIRST, scopes)
    assert not await has_evidence(connection, FIRST, scopes[:1])
    assert not await has_evidence(connection, FIRST + 1, scopes)
    await take(connection, replace(ORDER, kind=W, scope="account:acme", action=Action.REMOVE), [FIRST])
    assert not await has_evidence(connection, FIRST, scopes)
    asked = [await request_evidence(connection, "acme", FIRST, each, NOON, NOON + 3600) for each in ("7", "7", "8")]
    assert asked == [True, False, True]
    tasks = await connection.fetch("SELECT clause, account, subject, details, due_ms FROM tasks ORDER BY id")
    assert [row["subject"] for row in tasks] == ["complaint 7", "complaint 8"]
    assert (tasks[0]["clause"], tasks[0]["account"], tasks[0]["due_ms"]) == ("S0-7.2", "acme", AT + 3_600_000)
    assert str(FIRST) not in tasks[0]["details"]
    assert await connection.fetchval("SELECT count(*) FROM evidence_requests WHERE number = $1", FIRST) == 2
