"""Numbers of documents: one after another in each year, without a gap, none twice, whoever asks at the same time."""

from __future__ import annotations

import asyncio
import datetime as dt

import asyncpg
import pytest

from gateway.store import migrations
from gateway.store.facts import document_rows
from tests.store.server import Server

pytestmark = pytest.mark.postgres
DAY = dt.date(2026, 12, 31)


async def issue(connection: asyncpg.Connection, subject: str, dated: dt.date = DAY, series: str = "letter") -> int:
    found = await document_rows.issue(
        connection, series=series, account="shop", subject=subject, dated=dated, document="{}", now=7.0, actor="eve"
    )
    return found.number


async def test_numbers_of_a_year(server: Server) -> None:
    dsn = await server.fresh_database()
    pool = await asyncpg.create_pool(dsn, min_size=5, max_size=5)

    async def one(subject: str) -> int:
        async with pool.acquire() as connection, connection.transaction():
            return await issue(connection, subject)

    assert sorted(await asyncio.gather(*(one(f"a{n}") for n in range(12)))) == list(range(1, 13))
    async with pool.acquire() as connection:
        with pytest.raises(RuntimeError):
            async with connection.transaction():
                assert await issue(connection, "given up") == 13
                raise RuntimeError
        assert await issue(connection, "again") == 13, "what was rolled back leaves no gap"
        assert await issue(connection, "next year", dt.date(2027, 1, 1)) == 1
        assert await issue(connection, "other series", series="statement") == 1
        with pytest.raises(asyncpg.UniqueViolationError):
            await issue(connection, "again")
        assert await issue(connection, "") == 14, "a document of its own"
        found = await document_rows.issued_for(connection, "letter", ["again", "none"])
        assert (found["again"].number, found["again"].dated, found["again"].actor) == (13, DAY, "eve")
        listed = await document_rows.newest(connection, "letter", "shop")
        assert listed[0].subject == "2026-14" and len(listed) == 15
    await pool.close()


async def test_statements_of_before_have_numbers_by_the_order_in_which_they_were_sent(server: Server) -> None:
    connection = await asyncpg.connect(await server.empty_database())
    await migrations.migrate(connection, up_to=16)
    for sent_ms in (1_798_732_800_000 - 1, 1_798_732_800_000, 1_798_732_800_001):  # about the midnight of 2027 in China
        await connection.execute(
            "INSERT INTO statements (account, month, version, profile, document, digest, total_hao, sent_ms, sent_by,"
            " evidence) VALUES ('shop', '2026-11-01', $1, 'x@1', '{}', '', 0, $2, 'eve', 'mail')",
            sent_ms % 7, sent_ms,
        )
    await migrations.migrate(connection)
    rows = await connection.fetch("SELECT year, number FROM issued_documents ORDER BY id")
    assert [tuple(row) for row in rows] == [(2026, 1), (2027, 1), (2027, 2)]
    await connection.close()
