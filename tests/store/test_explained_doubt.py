"""explain shows what an ambiguous receipt may mean, and what one told in place of an answer."""

from __future__ import annotations

import asyncpg
import pytest

from gateway.domain.outcome import TOLD_BY_ONE_OF_SEVERAL, TOLD_BY_RECEIPT, Answer, State
from gateway.queries.explain import life_document
from gateway.store.reader.message_history import read_life
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Maker, PostgresDisk
from tests.store.server import Server

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    ("status", "words"), [(TOLD_BY_RECEIPT, "its receipt"), (TOLD_BY_ONE_OF_SEVERAL, "one of as many receipts")]
)
async def test_ambiguous_and_told_by_receipt(server: Server, make: Maker, status: int, words: str) -> None:
    disk = PostgresDisk(await server.fresh_database())
    life = await disk.live()
    first, second, other = (make.message() for _ in range(3))
    for message in (first, second, other):
        make.accept(life.journal, message, "a/1")
    for message in (first, second):
        life.journal.answered(message, 0, Answer.UNKNOWN, "", 0, NOON + 1)
    life.journal.unmatched(make.receipt(first, "c9"), NOON + 2, True)
    life.journal.unmatched(make.receipt(first, "c8"), NOON + 3)  # means nothing that is known: no word on it
    await life.committed()
    connection = await asyncpg.connect(disk.dsn)
    try:

        async def events(id_: int) -> list[str]:
            found = await read_life(connection, id_)
            assert found is not None
            return [event.what for event in life_document(found, mask=str).events]

        may_mean = "ambiguous: receipt DELIVRD may mean this or another message to the number"
        for message in (first, second):
            assert [what for what in await events(message.id) if what.startswith("ambiguous")] == [may_mean]
        assert not [what for what in await events(other.id) if "ambiguous" in what]
        life.journal.matched("a", "c9")
        life.journal.answered(first, 0, Answer.ACCEPTED, "c9", status, NOON + 4)
        make.conclude(life.journal, first, State.DELIVERED)
        await life.committed()
        told = await events(first.id)
        assert f"{may_mean}, decided since" in told
        assert [what for what in told if words in what and what.endswith("a took it")]
    finally:
        await connection.close()
        await disk.close()
