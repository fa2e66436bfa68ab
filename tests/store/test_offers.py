"""Which texts to a number a reply may refer to, from either store; and that PostgreSQL has its short way to them."""

from __future__ import annotations

from importlib import resources

import asyncpg
import pytest

from gateway.content.offers import MARKS
from gateway.domain.recent import SentText
from gateway.store.migrations import migrate
from gateway.store.reader.tally_rows import MAY_OFFER, OFFERING
from tests.store.contract import Disk, Life, Maker, reborn
from tests.store.server import Server

N = "【示例商城】新品上架，回N退订"
PLAIN = "【示例商城】您的验证码是123456"


async def test_texts_that_may_offer_something_come_newest_first(disk: Disk, life: Life, make: Maker) -> None:
    """Of the account, to the number, since an id; one that offers nothing is passed over."""
    texts = [N, "【示例商城】拒收请回复R", PLAIN, "【示例商城】Reply STOP to unsubscribe"]
    made = [make.message(text) for text in texts]
    other = make.message("【示例商城】回T退订", destination="13800138001")
    for message in (*made, other):
        make.accept(life.journal, message)
    await life.committed()
    reader = (await reborn(disk, life)).reader
    found = await reader.offering("acme", "13800138000", 0, 8)
    assert found == [SentText("10690123", text) for text in (texts[3], texts[1], texts[0])]
    assert await reader.offering("acme", "13800138000", made[1].id, 8) == found[:2]
    assert await reader.offering("acme", "13800138000", 0, 1) == found[:1]
    assert await reader.offering("other", "13800138000", 0, 8) == []


def test_the_index_and_the_look_up_are_spelled_alike() -> None:
    """PostgreSQL takes a partial index only for the condition that it was made with."""
    sql = resources.files("gateway.store").joinpath("sql/0013_offers.sql").read_text("utf-8")
    assert f"WHERE {MAY_OFFER};" in sql
    assert MAY_OFFER.count("LIKE") == len(MARKS)


@pytest.mark.postgres
async def test_the_look_up_goes_by_the_index(server: Server) -> None:
    connection = await asyncpg.connect(await server.fresh_database())
    try:
        await migrate(connection)
        await connection.execute(
            "CREATE TABLE messages_one PARTITION OF messages FOR VALUES FROM (0) TO (1000000); SET enable_seqscan = off"
        )
        await connection.execute(f"PREPARE look_up(text, text, bigint, bigint) AS {OFFERING}")
        plan = await connection.fetch("EXPLAIN EXECUTE look_up('acme', '13800138000', 1, 8)")
        assert any("destination" in row[0] and "Index Cond" in row[0] for row in plan), plan
    finally:
        await connection.close()
