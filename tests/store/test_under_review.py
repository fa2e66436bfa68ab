"""What waits for an operator's word says so in a column of its own; rows of before that are read as they were meant."""

from __future__ import annotations

import asyncpg
import pytest

from gateway.domain.ids import IdSource
from gateway.domain.message import Message
from gateway.store import migrations, partitions
from gateway.store.facts.content_decisions import list_under_review
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Disk, Life, Maker, PostgresDisk, reborn
from tests.store.server import Server

UNTIL = NOON + 3600


def under_review(make: Maker) -> Message:
    message = make.message()
    message.not_before = message.expires_at = UNTIL
    message.is_under_review = True
    message.clauses = ("doubt S0-7.5",)
    return message


async def test_it_waits_on_after_a_restart_until_the_word_is_said(disk: Disk, life: Life, make: Maker) -> None:
    message, other = under_review(make), make.message()
    for each in (message, other):
        make.accept(life.journal, each)
    life = await reborn(disk, life)
    assert [(await life.reader.find(each.id)).is_under_review for each in (message, other)] == [True, False]
    message.not_before, message.expires_at, message.is_under_review = NOON, 0.0, False
    life.journal.amended(message, "approved", NOON)
    again = await (await reborn(disk, life)).reader.find(message.id)
    assert (again.is_under_review, again.not_before, again.expires_at) == (False, NOON, 0.0)


async def test_times_within_one_millisecond_are_no_review(disk: Disk, life: Life, make: Maker) -> None:
    """Hours that open just before the client's own end: stored in milliseconds the two are equal."""
    message = make.message()
    message.not_before, message.expires_at = UNTIL + 0.0001, UNTIL + 0.0009
    message.clauses = ("window D",)
    make.accept(life.journal, message)
    again = await (await reborn(disk, life)).reader.find(message.id)
    assert again.not_before == again.expires_at
    assert not again.is_under_review


ROW = """
INSERT INTO messages (id, accepted_ms, account, protocol, source, destination, service_id, message_class, encoding,
                      text, data_coding, wish, billed, price_hao, amount_hao, profile, price_version, not_before_ms,
                      expires_ms, clauses, channel)
VALUES ($1, $2, 'acme', 'smpp', '10690123', '8613800138000', '', 'triggered', 'ucs2', '您的验证码是123456',
        8, 1, 1, 500, 500, 'd@1', 'v1', $3, $4, $5, 'a')
"""


@pytest.mark.postgres
async def test_rows_of_before_the_column_are_read_as_they_were_meant(server: Server) -> None:
    dsn = await server.empty_database()
    connection = await asyncpg.connect(dsn)
    await migrations.migrate(connection, up_to=15)
    await partitions.ensure(connection, NOON, days_ahead=1)
    ids, now_ms, until_ms = IdSource(3), int(NOON * 1000), int(UNTIL * 1000)
    waits, decided, by_chance, plain, over = (ids.take(NOON) for _ in range(5))
    for id_, times, clauses in (
        (waits, (until_ms, until_ms), "sign S2b-5\ndoubt S0-7.5\nown_times 1.000 0.000"),
        (decided, (until_ms, until_ms), "doubt S0-7.5"),
        (by_chance, (until_ms, until_ms), "window D"),
        (plain, (None, None), None),
        (over, (now_ms - 1, now_ms - 1), "doubt S0-7.5"),
    ):
        await connection.execute(ROW, id_, now_ms, *times, clauses)
    await connection.execute(
        "INSERT INTO amendments (message_id, what, text, encoding, has_udh, wish, at_ms, not_before_ms, expires_ms)"
        " VALUES ($1, 'approved', 'x', 'ucs2', false, 1, $2, $2, 0)", decided, now_ms,
    )
    before = await connection.fetch("SELECT * FROM messages ORDER BY id")
    assert await migrations.migrate(connection, up_to=16) == ["0016 reviews"]
    behind = await connection.fetch("SELECT * FROM messages ORDER BY id")
    await migrations.migrate(connection)
    assert [dict(row) for row in behind] == [{**row, "is_under_review": None} for row in before], "nothing is edited"
    disk = PostgresDisk(dsn)
    life = await disk.live()
    make = Maker(after_id=over)
    new, short = under_review(make), make.message()
    for each in (new, short):
        make.accept(life.journal, each)
    await life.committed()
    found = {id_: (await life.reader.find(id_)).is_under_review for id_ in (waits, decided, by_chance, plain, over)}
    assert found == {waits: True, decided: False, by_chance: False, plain: False, over: True}
    listed = await list_under_review(connection, "acme", now=NOON)
    assert [row["id"] for row in listed] == [waits, new.id]
    assert await list_under_review(connection, "other", now=NOON) == []
    assert await connection.fetchval("SELECT is_under_review FROM messages WHERE id = $1", short.id) is False
    await connection.close()
    await disk.close()
