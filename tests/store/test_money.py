"""Pools, lots, prices and what was said about money: in the transaction of their entries, found by a restart."""

from __future__ import annotations

from collections import Counter
from math import inf

from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.ledger.draws import parse_draws
from gateway.ledger.pools import PoolKind
from tests.gateway.pipeline.builders import NOON
from tests.store.contract import Disk, Life, Maker, reborn

DRAWS = (Draw("lot:71", 2, 600), Draw("lot:72", 1, 580))


async def test_what_a_message_draws_survives_with_it(disk: Disk, life: Life, make: Maker) -> None:
    message = make.message()
    message.billed, message.price_hao, message.draws = 3, 600, DRAWS
    message.amount_hao, message.price_version = 1_780, "v1[lot:71*2@600 lot:72*1@580]"
    message.hold = Entry(message.id, EntryKind.HOLD, "acme", 1_780, 0, NOON, "", DRAWS)
    life.journal.accepted(message)
    await life.committed()
    back = (Draw("lot:72", -1, 580),)
    life.journal.entry(Entry(message.id, EntryKind.SETTLE, "acme", 1_200, 580, NOON, "", back))
    again = await reborn(disk, life)
    found = await again.reader.find(message.id)
    assert found is not None
    assert (found.draws, found.amount_hao) == (DRAWS, 1_780)
    used = (await again.reader.restart()).money.used
    assert used == {("acme", "lot:71"): 2, ("acme", "lot:72"): 0}
    added: Counter[tuple[str, str]] = Counter()
    for row in await disk.rows("entries"):
        for pool, quantity, _ in parse_draws(row["note"] or ""):
            added[row["account"], pool] += quantity
    assert dict(added) == used, "the use of pools can be added up again from the entries"


async def test_rare_rows_are_stored_once(disk: Disk, life: Life) -> None:
    for _ in range(2):
        life.journal.lot_opened(71, "acme", "credits", 10_000, 600, NOON, inf, "payment 7", NOON)
        life.journal.price_announced("acme", "v2", 500, NOON + 5, None, "", NOON)
        life.journal.price_confirmed("acme", "v2", NOON, "mail of today", NOON)
        life.journal.money_event("acme", "LOW_BALANCE", "20@1", "", NOON)
        await life.committed()
    again = await reborn(disk, life)
    money = (await again.reader.restart()).money
    (pool,) = money.lots["acme"]
    assert (pool.name, pool.kind, pool.left({pool.name: 1})) == ("lot:71", PoolKind.CREDITS, 9_999)
    (known,) = money.versions["acme"]
    assert (known.name, known.price_hao, known.valid_from, known.confirmed_at) == ("v2", 500, NOON + 5, NOON)
    assert money.events == {("acme", "LOW_BALANCE", "20@1"): (NOON, "")}
    assert not life.alarms


async def test_rare_rows_die_with_their_batch(disk: Disk, life: Life) -> None:
    life.journal.money_event("acme", "LOW_BALANCE", "20@1", "", 0.001)
    draws = (Draw("lot:71", 1, 600),)
    life.journal.entry(Entry(9, EntryKind.VIOLATION_CHARGE, "acme", 600, 0, NOON, "keyword 3", draws))
    await disk.die(life)
    money = (await (await disk.live()).reader.restart()).money
    assert (money.used, money.events) == ({}, {})


async def test_of_what_comes_and_goes_the_last_of_each_is_known(disk: Disk, life: Life) -> None:
    for second in range(4):
        event = "SUSPENDED_ARREARS" if second % 2 else "RESUMED"
        life.journal.money_event("acme", event, str(second), "", second + 1.0)
    await life.committed()
    found = (await (await reborn(disk, life)).reader.restart()).money.events
    newest = {event: max(at for (_, told, _), (at, _) in found.items() if told == event) for _, event, _ in found}
    assert newest == {"RESUMED": 3.0, "SUSPENDED_ARREARS": 4.0}


async def test_words_that_look_like_draws_move_nothing(disk: Disk, life: Life) -> None:
    life.journal.entry(Entry(9, EntryKind.TOP_UP, "acme", 600, 0, NOON, "payment [lot:1*2@600] of May"))
    await life.committed()
    (row,) = await disk.rows("entries")
    assert parse_draws(row["note"]) == ()
    assert row["note"].startswith("payment")
