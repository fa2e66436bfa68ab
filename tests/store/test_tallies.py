"""What a restart counts again, from either store."""

from __future__ import annotations

from gateway.domain.account import MessageClass
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Disk, Life, Maker, reborn


async def test_recent_messages_come_newest_first(disk: Disk, life: Life, make: Maker) -> None:
    """Triggered and signed ones of the accounts that are asked for."""
    messages = [make.message() for _ in range(4)]
    batch, unsigned = make.message(), make.message()
    batch.message_class, unsigned.signature = MessageClass.BATCH, ""
    for message in (*messages, batch, unsigned):
        make.accept(life.journal, message)
    await life.committed()
    reader = (await reborn(disk, life)).reader
    last = unsigned.id + 1
    page = await reader.recent(["acme"], 0, last, 3)
    assert [row.id for row in page] == [message.id for message in reversed(messages[1:])]
    assert page[0].signature == messages[3].signature and page[0].destination == messages[3].destination
    assert page[0].at == NOON
    assert [row.id for row in await reader.recent(["acme"], 0, page[-1].id, 3)] == [messages[0].id]
    assert await reader.recent(["other"], 0, last, 3) == []


async def test_a_test_accounts_messages_are_counted_once(disk: Disk, life: Life, make: Maker) -> None:
    """However often it is asked, and from whichever settled point on."""
    messages = [make.message() for _ in range(5)]
    for message in messages:
        make.accept(life.journal, message)
    await life.committed()
    reader = (await reborn(disk, life)).reader
    first, last = messages[0].id, messages[4].id
    assert await reader.count_accepted("acme", first, messages[2].id, last) == 5
    assert await reader.count_accepted("acme", first, messages[3].id, last) == 5
    assert await reader.count_accepted("acme", first, messages[1].id, last) == 5
    assert await reader.count_accepted("acme", messages[1].id, messages[1].id, last) == 4
    assert await reader.count_accepted("other", first, last, last) == 0
