"""Ten million messages of one day beside a week of less: what searches take, and what their summaries cost.

    search.fill             s to write them, one INSERT a table
    search.summarise        us a message to summarise what was written (gateway.store.search_summaries)
    search.index            octets a message of the summaries
    search.number           ms to the first page of a number: the median of several, one of them without a message
    search.number_worst     ms, the worst of them
    search.account_day      ms to the first page of an account's day: of a large one, a small one, one of dawn only
    search.account_worst    ms, the worst of them
    search.state            ms to the first page of failures of the large account
    search.carrier_id       ms to find a message by its carrier's id
    search.write_without    CPU us of PostgreSQL a message, by COPY of 100, as the tables were before migration 0022
    search.write_with       the same with the summaries, being summarised in passing
    search.wal_without      octets of WAL a message
    search.wal_with
Plans are printed as comments.
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import uvloop

from benchmarks.figures import ROOT, Figure, Scale, middle
from benchmarks.month import Month
from benchmarks.processes import tree_cpu_s
from gateway.domain.china_time import start_of
from gateway.domain.ids import first_id_at
from gateway.queries.search import SearchPage, SearchRequest, search
from gateway.queries.viewing import Viewer
from gateway.settings import Settings, load
from gateway.store import migrations
from gateway.store.private_postgres.embedded import PrivatePostgres
from gateway.store.reader.message_search import SearchTerms, statement_of
from gateway.store.search_summaries import SUMMARIES, SearchSummaries

DAY: Final = dt.date(2026, 11, 4)
TEXT: Final = "【鸿雁】您的验证码是 123456，请在五分钟内使用。若非本人操作，请忽略此短信。"
ACCOUNTS: Final = ("large", "small", "dawn")
# n counts the messages of the day; every 5,000th is of `small`, the first 200 of `dawn`, one in 40 fails
_MESSAGES = """
INSERT INTO messages (id, accepted_ms, account, protocol, source, destination, service_id, message_class, encoding,
  text, has_udh, data_coding, wish, billed, price_hao, amount_hao, profile, price_version, channel, link)
SELECT $1::bigint + ((n * $3 / $4) << 32) + n % 30000, (1577836800 + (($1::bigint >> 32) + n * $3 / $4)) * 1000,
  CASE WHEN n < 200 THEN 'dawn' WHEN n % 5000 = 7 THEN 'small' ELSE 'large' END, 'smpp', '10690001',
  (13000000000 + (hashint8(n)::bigint & 1073741823))::text, '', 'batch', 'ucs2', $2, false, 8, 1, 1, 450, 450,
  'prepaid-general@1', 'v1', 'up', 'up/1'
FROM generate_series(0, $4::bigint - 1) n
"""
_OUTCOMES = """
INSERT INTO outcomes (segment_id, message_id, account, seq, state, error, done_ms, is_owed, at_ms, kind, charged_hao,
  returned_hao)
SELECT id, id, account, id, CASE WHEN id % 40 = 3 THEN 5 ELSE 2 END, '', accepted_ms + 5000, false, accepted_ms + 5000,
  3, 450, 0 FROM messages WHERE id >= $1 AND id < $2
"""
_ANSWERS = """
INSERT INTO answers (message_id, index, channel, link, answer, carrier_message_id, status, at_ms)
SELECT id, 0, 'up', 'up/1', 1, 'c' || id, 0, accepted_ms FROM messages WHERE id >= $1 AND id < $2
"""
_COPIED: Final = (
    "id", "accepted_ms", "account", "protocol", "source", "destination", "service_id", "message_class", "encoding",
    "text", "has_udh", "data_coding", "wish", "billed", "price_hao", "amount_hao", "profile", "price_version",
    "channel", "link",
)
VIEWER: Final = Viewer("benchmark", "here")


async def fill(connection: asyncpg.Connection, total: int) -> float:
    """Write a day of `total` messages and six days of a hundredth each; return the seconds it took."""
    began = time.perf_counter()
    await Month(connection, "large").partitions(DAY - dt.timedelta(days=6), 8)
    for back in range(6, -1, -1):
        day = DAY - dt.timedelta(days=back)
        low, high = first_id_at(start_of(day)), first_id_at(start_of(day) + 86_400)
        count = total if back == 0 else total // 100
        await connection.execute(_MESSAGES, low, TEXT, 86_000, count, timeout=1_800)
        await connection.execute(_OUTCOMES, low, high, timeout=1_800)
        await connection.execute(_ANSWERS, low, high, timeout=1_800)
    taken = time.perf_counter() - began
    await connection.execute("VACUUM (ANALYZE) messages, outcomes, answers", timeout=1_800)
    await connection.execute("CHECKPOINT", timeout=1_800)
    return taken


async def first_pages(
    connection: asyncpg.Connection, settings: Settings, requests: list[SearchRequest], *, must_find: bool = True
) -> list[float]:
    """Return the milliseconds of each search."""
    taken = []
    for request in requests:
        began = time.perf_counter()
        page: SearchPage = await search(connection, settings, request, VIEWER, start_of(DAY) + 86_400)
        taken.append((time.perf_counter() - began) * 1e3)
        assert page.lines or not must_find, request
    return taken


def of(**terms: str) -> SearchRequest:
    """Return a search of the full day for an account, of the week for a number."""
    since = start_of(DAY) - (0 if "account" in terms else 6 * 86_400)
    return SearchRequest(since=since, until=start_of(DAY) + 86_400, **terms)  # type: ignore[arg-type]


async def plan(connection: asyncpg.Connection, terms: SearchTerms) -> list[str]:
    """Return how PostgreSQL reads the day for some terms."""
    low, high = first_id_at(start_of(DAY)), first_id_at(start_of(DAY) + 86_400)
    statement, *values = statement_of("sent", terms, low, high, in_order=False)
    rows = await connection.fetch(f"EXPLAIN (COSTS OFF) {statement}", *values)
    return [row[0] for row in rows]


async def write_cost(server: PrivatePostgres, connection: asyncpg.Connection, batches: int) -> tuple[float, float]:
    """Return (CPU us of PostgreSQL, octets of WAL) of a message written by COPY of 100, behind what is there."""
    rng = random.Random(7)
    last = await connection.fetchval("SELECT max(id) FROM messages")
    first = ((last >> 32) + 1) << 32
    rows = [
        [(first + (n // 500 << 32) + n % 500 * 100 + place, 0, "large", "smpp", "10690001",
          str(13_000_000_000 + rng.getrandbits(30)), "", "batch", "ucs2", TEXT, False, 8, 1, 1, 450, 450,
          "prepaid-general@1", "v1", "up", "up/1") for place in range(100)]
        for n in range(batches)
    ]
    summaries = SearchSummaries()
    await summaries.advance(connection, start_of(DAY) + 86_399)
    await connection.execute("CHECKPOINT", timeout=600)
    begun = await connection.fetchval("SELECT pg_current_wal_lsn()")
    assert server.pid is not None
    cpu = tree_cpu_s(server.pid)
    for number, batch in enumerate(rows):
        await connection.copy_records_to_table("messages", records=batch, columns=_COPIED)
        if number % 1_000 == 999:
            await summaries.advance(connection, start_of(DAY) + 86_399)
    cpu = tree_cpu_s(server.pid) - cpu
    wal = await connection.fetchval("SELECT pg_current_wal_lsn() - $1::pg_lsn", begun)
    return cpu / (batches * 100) * 1e6, float(wal) / (batches * 100)


async def figures_of(server: PrivatePostgres, connection: asyncpg.Connection, scale: Scale) -> AsyncIterator[Figure]:
    total, settings = scale.of(10_000_000, 20_000), load(ROOT / "config", environ={})
    yield Figure("search.fill", await fill(connection, total), "s")
    assert server.pid is not None
    cpu = tree_cpu_s(server.pid)
    await connection.execute(f"REINDEX INDEX {SUMMARIES[0]}", timeout=600)
    yield Figure("search.summarise", (tree_cpu_s(server.pid) - cpu) / total * 1e6, "us")
    octets = await connection.fetchval(
        "SELECT sum(pg_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = $1::text::regclass", SUMMARIES[0]
    )
    yield Figure("search.index", float(octets) / total, "octets")
    some = await connection.fetch(
        "SELECT destination FROM messages WHERE id >= $1 AND account = 'large' ORDER BY id LIMIT 8",
        first_id_at(start_of(DAY) + 40_000),
    )
    numbers = [row["destination"] for row in some]
    taken = await first_pages(connection, settings, [of(number=number) for number in numbers])
    taken += await first_pages(connection, settings, [of(number="19912345678")], must_find=False)
    yield Figure("search.number", middle(taken), "ms")
    yield Figure("search.number_worst", max(taken), "ms")
    taken = await first_pages(connection, settings, [of(account=account) for account in ACCOUNTS])
    yield Figure("search.account_day", middle(taken), "ms")
    yield Figure("search.account_worst", max(taken), "ms")
    yield Figure("search.state", *await first_pages(connection, settings, [of(account="large", state="UNDELIV")]), "ms")
    id_ = await connection.fetchval("SELECT carrier_message_id FROM answers LIMIT 1")
    yield Figure("search.carrier_id", *await first_pages(connection, settings, [of(id=id_)]), "ms")
    for terms in (SearchTerms(numbers=numbers[:1]), SearchTerms(account="small")):
        print("\n".join(f"# {line}" for line in await plan(connection, terms)))
    batches = scale.of(3_000, 20)
    cpu_with, wal_with = await write_cost(server, connection, batches)
    for name in SUMMARIES:
        await connection.execute(f"DROP INDEX {name}")
    cpu_without, wal_without = await write_cost(server, connection, batches)
    yield Figure("search.write_without", cpu_without, "us")
    yield Figure("search.write_with", cpu_with, "us")
    yield Figure("search.wal_without", wal_without, "octets")
    yield Figure("search.wal_with", wal_with, "octets")


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    server = PrivatePostgres(folder)
    await server.start()
    try:
        connection = await asyncpg.connect(server.dsn)
        await migrations.migrate(connection)
        found = [figure async for figure in figures_of(server, connection, scale)]
        await connection.close()
    finally:
        await server.stop()
    return found


def run(scale: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
        yield from uvloop.run(measure(scale, folder))
