"""A search finds what is stored, page by page, whatever lies how dense; and it walks the summaries."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from benchmarks.month import Kind, Month
from gateway.domain.china_time import start_of
from gateway.domain.ids import first_id_at
from gateway.domain.outcome import State
from gateway.queries.query import WrongRequest
from gateway.queries.search import SearchLine, SearchRequest, search
from gateway.queries.viewing import Viewer
from gateway.settings import load
from gateway.store.reader import message_search
from gateway.store.reader.message_search import SearchTerms, statement_of
from gateway.store.search_summaries import PAGES, SearchSummaries
from tests.store.server import ROOT, Server

pytestmark = pytest.mark.postgres

DAY = dt.date(2026, 11, 4)
SINCE, UNTIL = start_of(DAY) - 3 * 86_400, start_of(DAY) + 86_400
SETTINGS = load(ROOT / "config", environ={})
VIEWER = Viewer("tester", "here")
D, U = State.DELIVERED, State.UNDELIVERABLE




@pytest.fixture(scope="module")
def history(server: Server) -> str:
    """Make a history once: a dense hour, single messages at dawn, an account of few, refusals and MO; two channels."""

    async def make() -> str:
        dsn = await server.fresh_database()
        connection = await asyncpg.connect(dsn)
        shop, other = Month(connection, "shop"), Month(connection, "other", node=1)
        await shop.partitions(DAY - dt.timedelta(days=3), 5)
        noon = dt.datetime.combine(DAY, dt.time(12))
        await shop.add(Kind(700, (D,), 1, 1), noon)
        await shop.add(Kind(90, (U,), 1, 0), noon + dt.timedelta(minutes=5))
        await shop.add(Kind(3, (D, D), 2, 2), noon - dt.timedelta(days=2))
        await other.add(Kind(5, (D,), 1, 1), noon.replace(hour=5))
        low = first_id_at(start_of(DAY) + 30_000)
        await connection.execute(
            "INSERT INTO refusals SELECT $1::bigint + n * 977, 1, 'shop', 'smpp', '10690001', '13800000007', '',"
            " 'ucs2', 'lists', 'BLACK', 'S0-7.1', 'the number is on a blacklist' FROM generate_series(1, 4) n", low,
        )
        await connection.execute(
            "INSERT INTO inbound SELECT $1::bigint + n * 991, 'shop', 'down', '13800000007', '10690001', 'ucs2', 8, '',"
            " '', 'TD', '', 1 FROM generate_series(1, 3) n", low,
        )
        await connection.close()
        return dsn

    return asyncio.run(make())


@pytest.fixture
async def stored(history: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection whose changes are undone."""
    connection = await asyncpg.connect(history)
    undone = connection.transaction()
    await undone.start()
    yield connection
    await undone.rollback()
    await connection.close()


async def pages(connection: asyncpg.Connection, **terms: Any) -> list[SearchLine]:
    """Return all lines of a search, read page by page."""
    found: list[SearchLine] = []
    cursor = ""
    for _ in range(400):
        request = SearchRequest(**({"since": SINCE, "until": UNTIL, "cursor": cursor} | terms))
        page = await search(connection, SETTINGS, request, VIEWER, UNTIL)
        assert len(page.lines) <= request.limit + 2  # what shares an id stays together
        found += page.lines
        if page.cursor is None:
            return found
        assert cursor == "" or int(page.cursor) < int(cursor)
        cursor = page.cursor
    raise AssertionError("it does not end")


@pytest.mark.parametrize("read_max", [7, 60, 2_000])
async def test_pages_hold_everything_once_and_in_order(
    stored: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, read_max: int
) -> None:
    monkeypatch.setattr(message_search, "READ_MAX", read_max)
    rows = await stored.fetch(
        "SELECT id, account FROM messages UNION ALL SELECT segment_id, account FROM refusals"
        " UNION ALL SELECT seq, account FROM inbound ORDER BY id DESC"
    )
    rng = random.Random(read_max)
    for account in ("", "shop", "other", "nobody"):
        lines = await pages(stored, account=account, limit=rng.choice((3, 50, 200)) if account != "" else 200)
        assert [line.id for line in lines] == [str(row["id"]) for row in rows if account in ("", row["account"])]


async def test_a_number_in_any_spelling_with_what_was_refused_and_received(stored: asyncpg.Connection) -> None:
    for spelling in ("13800000007", "+8613800000007", "8613800000007", "008613800000007"):
        lines = await pages(stored, number=spelling, limit=4)
        assert [line.kind for line in lines].count("sent") == 2
        assert [line.kind for line in lines].count("refused") == 4
        assert [line.kind for line in lines].count("received") == 3
    assert {line.destination for line in lines if line.kind == "sent"} == {"138****0007"}
    assert await pages(stored, number="13900000000") == []
    assert len(await pages(stored, number="13800000007", account="other")) == 0


@pytest.mark.parametrize(
    ("terms", "count"),
    [
        ({"state": "UNDELIV"}, 90), ({"state": "REFUSED"}, 4), ({"state": "DELIVRD", "account": "other"}, 5),
        ({"state": "OPEN"}, 0), ({"channel": "up", "account": "other"}, 5), ({"channel": "down"}, 3),
        ({"kind": "received"}, 3), ({"kind": "refused", "account": "shop"}, 4), ({"state": "EXPIRED"}, 0),
    ],
)
async def test_terms_narrow_it(stored: asyncpg.Connection, terms: dict[str, str], count: int) -> None:
    lines = await pages(stored, **terms)
    assert len(lines) == count
    state = terms.get("state", "")
    assert all(line.state == state for line in lines if state not in ("", "REFUSED"))


async def test_a_carriers_id_in_another_spelling(stored: asyncpg.Connection) -> None:
    id_ = await stored.fetchval("SELECT id FROM messages WHERE account = 'other' ORDER BY id LIMIT 1")
    await stored.execute(
        "INSERT INTO answers VALUES ($1, 0, 'up', 'up/1', 1, '00AB12CD', 0, 1)", id_,
    )
    for spelling in ("00AB12CD", "ab12cd", str(0xAB12CD), "0x00ab12cd", str(id_)):
        lines = await pages(stored, id=spelling)
        assert [line.id for line in lines] == [str(id_)]
    assert await pages(stored, id=str(id_), account="shop") == []
    await stored.execute("INSERT INTO asked_with VALUES ($1, 'other', '订单-7', '', 0)", id_)
    assert [line.id for line in await pages(stored, id="订单-7")] == [str(id_)]
    assert await pages(stored, id="ffff0000ffff") == []


async def test_it_walks_the_summaries(stored: asyncpg.Connection) -> None:
    """Only with so many rows does the planner need them; forbidding it to read tables whole shows that they fit."""
    await stored.execute("ANALYZE messages")
    await stored.execute("SET enable_seqscan = off")
    low, high = first_id_at(start_of(DAY)), first_id_at(UNTIL)
    for terms in (SearchTerms(numbers=["13800000007"]), SearchTerms(account="other")):
        statement, *values = statement_of("sent", terms, low, high, in_order=False)
        plan = "\n".join(row[0] for row in await stored.fetch(f"EXPLAIN {statement}", *values))
        assert "Bitmap Index Scan on messages_20261104_id_account_channel_destination_idx" in plan


async def test_full_blocks_are_summarised_in_passing(stored: asyncpg.Connection) -> None:
    index = "messages_20261104_id_account_channel_destination_idx"

    async def unsummarised() -> int:
        return int(await stored.fetchval("SELECT brin_summarize_new_values($1::text::regclass)", index))

    summaries, now = SearchSummaries(), start_of(DAY) + 50_000
    await summaries.advance(stored, now)
    assert await summaries.advance(stored, now) == 0
    later = dt.datetime.combine(DAY, dt.time(13))
    await Month(stored, "shop", node=2).add(Kind(4_000, (D,), 1, 1), later, text="x" * 400)
    size = await stored.fetchval("SELECT pg_relation_size('messages_20261104') / 8192")
    made = await summaries.advance(stored, now)
    assert made >= size // PAGES - 2 > 3
    assert await summaries.advance(stored, now) == 0
    assert len(await pages(stored, number="13800003999")) == 1  # of the block that still fills
    assert await unsummarised() == 1  # that one; a row into a summarised block would write its summary anew
    assert await SearchSummaries().advance(stored, now + 86_400) == 0


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"number": "12a"}, "no number"), ({"since": UNTIL}, "ends before"), ({"state": "GONE"}, "no state"),
        ({"kind": "mail"}, "no kind"), ({"cursor": "-1"}, "no cursor"), ({"limit": 0}, "1 to 200"),
        ({"id": "x" * 65}, "no message id"),
    ],
)
def test_what_cannot_be_looked_for_is_said(terms: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongRequest, match=words):
        SearchRequest(**({"since": SINCE, "until": UNTIL} | terms))
