"""One contract, two stores: what PostgreSQL does, the twin in memory does, and a restart finds all of it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import asyncpg
import pytest

from gateway.domain.china_time import SHANGHAI
from gateway.domain.entry import Entry, EntryKind
from gateway.domain.outcome import Answer, State
from gateway.ledger.book import legs
from gateway.store import partitions
from tests.gateway.pipeline.builders import NOON, policy
from tests.store.contract import Disk, Life, Maker, PostgresDisk, reborn, run_in_order
from tests.store.server import Server


# ── commits ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_continuations_run_once_in_order_behind_their_commit(disk: Disk, life: Life, make: Maker) -> None:
    ran: list[int] = []
    message = make.message()
    make.accept(life.journal, message)
    run_in_order(ran, 200, life.journal)
    assert ran == []
    await life.committed()
    assert ran == list(range(200))
    assert [row["id"] for row in await disk.rows("messages")] == [message.id]
    life.journal.then(life.journal.then, ran.append, 200)  # one that appends another
    await life.committed()
    await life.committed()
    assert ran == list(range(201))


async def test_what_one_step_appends_is_stored_whole_or_not_at_all(disk: Disk, life: Life, make: Maker) -> None:
    """A death between two commits leaves no message without its hold, and nothing of what was not committed."""
    kept, ran = make.message(), []
    make.accept(life.journal, kept)
    await life.committed()
    lost = make.message()
    make.accept(life.journal, lost)
    life.journal.then(ran.append, lost.id)
    await disk.die(life)
    assert [row["id"] for row in await disk.rows("messages")] == [kept.id]
    assert [row["id"] for row in await disk.rows("entries")] == [kept.id]
    assert ran == []
    again = await disk.live()
    assert (await again.reader.restart()).balances["held:acme"] == kept.amount_hao


async def test_numbering_and_floor_survive(disk: Disk, life: Life, make: Maker) -> None:
    life.journal.watch(make.ids, make.seqs)
    make.accept(life.journal, make.message())
    seq = make.seqs.take(NOON)
    life.journal.floor = 17
    again = await reborn(disk, life)
    assert (again.journal.last_id, again.journal.last_seq, again.journal.floor) == (make.ids.last, seq, 17)
    assert again.journal.committed_id == make.ids.last


async def test_a_second_outcome_or_resolution_is_refused_and_others_go_through(
    disk: Disk, life: Life, make: Maker
) -> None:
    message, other = make.message(), make.message()
    make.accept(life.journal, message)
    make.conclude(life.journal, message, State.DELIVERED)
    await life.committed()
    make.conclude(life.journal, message, State.UNDELIVERABLE)
    make.accept(life.journal, other)
    await life.committed()
    outcomes = await disk.rows("outcomes")
    assert [(row["segment_id"], row["state"]) for row in outcomes] == [(message.id, State.DELIVERED)]
    assert life.alarms
    kinds = Counter((row["id"], row["kind"]) for row in await disk.rows("entries"))
    assert kinds == {
        (message.id, EntryKind.HOLD): 1, (message.id, EntryKind.SETTLE): 1, (other.id, EntryKind.HOLD): 1,
    }
    balances = (await life.reader.restart()).balances
    assert balances == await sum_of_entries(disk)


async def sum_of_entries(disk: Disk) -> dict[str, int]:
    from gateway.domain.entry import Entry

    books: Counter[str] = Counter()
    for row in await disk.rows("entries"):
        entry = Entry(
            row["id"], EntryKind(row["kind"]), row["account"], row["amount_hao"], row["returned_hao"], NOON
        )
        for book, delta in legs(entry):
            books[book] += delta
    return dict(books)


async def test_balances_are_the_sum_of_entries(disk: Disk, life: Life, make: Maker) -> None:
    for number in range(30):
        message = make.message()
        make.accept(life.journal, message)
        if number % 3:
            make.conclude(life.journal, message, State.DELIVERED if number % 2 else State.EXPIRED)
        if number % 7 == 0:
            await life.committed()
    again = await reborn(disk, life)
    balances = (await again.reader.restart()).balances
    assert balances == await sum_of_entries(disk)
    assert balances["held:acme"] == 10 * make.message().amount_hao
    assert await again.reader.ledger_sum_hao() == 0


async def test_accounts_open_once_and_days_are_counted(disk: Disk, life: Life, make: Maker) -> None:
    opening = Entry(make.ids.take(NOON), EntryKind.TOP_UP, "acme", 5_000, 0, NOON, "opening balance")
    assert await life.reader.open_account("acme", 1, opening) is True
    assert await life.reader.open_account("acme", 2, opening) is False
    again = await reborn(disk, life)  # power lost right behind it: both facts are there, once
    restart = await again.reader.restart()
    assert restart.suspended == {"acme": False}
    assert restart.balances == {"available:acme": 5_000, "cash:acme": -5_000} == await sum_of_entries(disk)
    life = again
    for number in range(6):
        message = make.message()
        make.accept(life.journal, message)
        if number < 4:
            make.conclude(life.journal, message, State.DELIVERED if number < 3 else State.EXPIRED)
    life.journal.inbound(make.inbound("acme"))
    await life.committed()
    today = f"{datetime.fromtimestamp(NOON, SHANGHAI):%Y%m%d}"
    counts = {"total": 6, "sent": 3, "waiting": 2, "failed": 1, "inbound": 1}
    assert await life.reader.day_counts("acme", today, None) == counts
    assert await life.reader.day_counts("acme", today, "none") == counts | {
        "total": 0, "sent": 0, "waiting": 0, "failed": 0,
    }
    assert not any((await life.reader.day_counts("acme", "20260301", None)).values())


# ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
MIDNIGHT = datetime(2026, 3, 3, tzinfo=SHANGHAI).timestamp()


async def test_a_day_ends_at_midnight_in_china(disk: Disk, life: Life) -> None:
    before, behind = Maker(now=MIDNIGHT - 1), Maker(now=MIDNIGHT)
    messages = [before.message(), before.message(), behind.message()]
    for message in messages:
        before.accept(life.journal, message, link="a/1")
        life.journal.answered(message, 0, Answer.ACCEPTED, str(message.id), 0, MIDNIGHT + 5)
    before.conclude(life.journal, messages[0], State.DELIVERED)
    await life.committed()
    assert (await life.reader.day_counts("acme", "20260302", None))["total"] == 2
    assert (await life.reader.day_counts("acme", "20260303", None))["total"] == 1
    found = await life.reader.find_answered("a", [str(message.id) for message in messages])
    assert len(found) == 3


@pytest.mark.postgres
async def test_rows_lie_in_the_partition_of_their_day_or_in_the_other(server: Server) -> None:
    disk = PostgresDisk(await server.fresh_database())
    life = await disk.live()
    days = {MIDNIGHT - 1: "messages_20260302", MIDNIGHT: "messages_20260303", NOON + 400 * 86_400: "messages_other"}
    made = {}
    for now, place in days.items():
        maker = Maker(now=now)
        maker.policy = policy(now=now)
        message = maker.message()
        maker.accept(life.journal, message)
        made[message.id] = place
    await life.committed()
    connection = await asyncpg.connect(disk.dsn)
    rows = await connection.fetch("SELECT id, tableoid::regclass::text AS place FROM messages")
    assert {row["id"]: row["place"] for row in rows} == made
    assert await partitions.ensure(connection, NOON, days_ahead=1) == 0
    ahead = NOON + timedelta(days=1).total_seconds()
    assert await partitions.ensure(connection, ahead, days_ahead=1) == len(partitions.PARTITIONED)
    await connection.close()
    await disk.close()
