"""What a client did not fetch within its term is owed no more: the cursor moves over it, and the gauge with it."""

from __future__ import annotations

import pytest

from gateway.domain.ids import first_id_at
from gateway.domain.outcome import NotTaken, Outcome
from gateway.flows.interfaces import FlowLimits
from gateway.flows.outbox.account_queue import Reception
from tests.gateway.flows.bench import Bench, Taker, run_on_bench

KEEP_S = 1_000.0
NAME = "acme"


async def owe(bench: Bench, count: int) -> list[int]:
    """Let so many messages end; return their ids, in the order in which their receipts are owed."""
    ids = await bench.submit(*(bench.made() for _ in range(count)))
    link = bench.hands[0] if bench.hands else bench.link()
    await bench.settle()
    for number in range(count):
        await link.answer(carrier_id=f"{ids[number]}")
        await bench.receive(f"{ids[number]}")
    assert all(isinstance(each, int) for each in ids)
    return [each for each in ids if isinstance(each, int)]


async def give_up(bench: Bench) -> None:
    """As housekeeping does now and then."""
    await bench.flows.outbox.give_up_before(first_id_at(bench.now - KEEP_S))
    await bench.settle()


def depth(bench: Bench) -> int:
    return bench.meters.account(NAME).outbox_depth


def still_owed(bench: Bench) -> int:
    """What a restart would find behind the cursor."""
    cursor = bench.disk.cursors.get(NAME, 0)
    return sum(row["is_owed"] and row["seq"] > cursor for row in bench.disk.rows["outcomes"].values())


async def fetch(bench: Bench, taker: Taker, place: Reception) -> list[int]:
    """Acknowledge all that comes; return the ids in order."""
    heard = []
    await bench.settle()
    while taker.has:
        item = taker.has.pop(0)
        assert isinstance(item, Outcome)
        heard.append(item.segment_id)
        bench.flows.outbox.acked(item, place)
        await bench.settle()
    return heard


@pytest.mark.parametrize("in_memory", [1, 3, 100])
def test_the_old_is_dropped_and_the_young_delivered(in_memory: int) -> None:
    """Whether it waits in memory or in the store."""

    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(outbox_active_max=2 * in_memory)).start()
        await owe(bench, 7)
        await bench.settle(KEEP_S)
        young = await owe(bench, 5)
        await bench.settle(2.0)
        await give_up(bench)
        assert depth(bench) == still_owed(bench) == 5
        assert ("outbox_given_up", {"account": NAME, "items": 7}) in bench.events
        taker = Taker()
        place = bench.flows.outbox.attach(NAME, taker)
        assert await fetch(bench, taker, place) == young
        assert depth(bench) == still_owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_after_a_restart_everything_lies_in_the_store() -> None:
    async def scenario() -> Bench:
        first = await Bench().start()
        await owe(first, 4)
        await first.settle(KEEP_S)
        young = await owe(first, 3)
        bench = await Bench(disk=await first.die()).start()
        assert depth(bench) == 7
        await bench.settle(2.0)
        await give_up(bench)
        assert depth(bench) == still_owed(bench) == 3
        taker = Taker()
        place = bench.flows.outbox.attach(NAME, taker)
        assert await fetch(bench, taker, place) == young
        return bench

    run_on_bench(scenario)


def test_nothing_is_dropped_while_older_items_are_in_flight() -> None:
    """The cursor may not pass what the client may still acknowledge; the next round finds it."""

    async def scenario() -> Bench:
        bench = await Bench().start()
        taker = Taker(window=2)
        place = bench.flows.outbox.attach(NAME, taker)
        ids = await owe(bench, 5)
        await bench.settle(KEEP_S + 2.0)
        await give_up(bench)
        assert depth(bench) == still_owed(bench) == 5
        bench.flows.outbox.detach(NAME, place)
        for item in taker.has:
            bench.flows.outbox.lost(item, place)
        await give_up(bench)
        assert depth(bench) == still_owed(bench) == 0
        last = Taker()
        place = bench.flows.outbox.attach(NAME, last)
        assert await fetch(bench, last, place) == [] and len(ids) == 5
        return bench

    run_on_bench(scenario)


def test_younger_items_in_flight_do_not_hold_up_the_old() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await owe(bench, 2)
        await bench.settle(KEEP_S + 2.0)
        await owe(bench, 1)
        taker = Taker()
        place = bench.flows.outbox.attach(NAME, taker)
        first, second, young = taker.has
        bench.flows.outbox.is_draining = True  # what comes back stays until the round is over
        bench.flows.outbox.lost(second, place)
        bench.flows.outbox.lost(first, place)
        await give_up(bench)
        assert depth(bench) == still_owed(bench) == 1
        bench.flows.outbox.acked(young, place)
        await bench.settle()
        assert depth(bench) == still_owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_a_client_that_comes_back_during_the_round_gets_nothing_twice() -> None:
    """It reads the same pages at the same time; whichever is first, the count is right."""

    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(outbox_active_max=2)).start()
        await owe(bench, 6)
        await bench.settle(KEEP_S + 2.0)
        round_ = bench.loop.create_task(give_up(bench))
        taker = Taker()
        place = bench.flows.outbox.attach(NAME, taker)
        heard = await fetch(bench, taker, place)
        await round_
        heard += await fetch(bench, taker, place)
        await give_up(bench)
        assert len(set(heard)) == len(heard)
        assert depth(bench) == still_owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_with_nothing_old_nothing_moves() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(outbox_active_max=2)).start()
        await owe(bench, 6)
        cursors = dict(bench.disk.cursors)
        await give_up(bench)
        assert bench.disk.cursors == cursors and depth(bench) == 6
        assert not any(event == "outbox_given_up" for event, _ in bench.events)
        return bench

    run_on_bench(scenario)


def test_a_store_that_is_away_leaves_all_as_it_is() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(outbox_active_max=2)).start()
        await owe(bench, 6)
        await bench.settle(KEEP_S + 2.0)
        bench.disk.is_away = True
        await give_up(bench)
        assert depth(bench) == 6
        bench.disk.is_away = False
        await bench.settle(1.0)
        await give_up(bench)
        assert depth(bench) == still_owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_what_is_replayed_has_a_term_of_its_own() -> None:
    """It is old by its seq; what counts is when it was ordered again, over a restart, too."""

    async def scenario() -> Bench:
        first = await Bench().start()
        taker = Taker()
        place = first.flows.outbox.attach(NAME, taker, "smpp")
        await owe(first, 2)
        for item in tuple(taker.has):
            first.flows.outbox.not_taken(item, place, NotTaken.REFUSED, 0x65, "ESME_RX_P_APPN")
        await first.settle(2 * KEEP_S)
        first.flows.outbox.detach(NAME, place)
        seqs = [row["seq"] for row in first.disk.refused_delivers]
        assert first.flows.outbox.replay(NAME, seqs, first.now) == 2
        await first.settle(1.0)
        await give_up(first)
        assert depth(first) == 2
        bench = await Bench(disk=await first.die()).start()
        await give_up(bench)
        assert depth(bench) == 2
        taker = Taker()
        place = bench.flows.outbox.attach(NAME, taker)
        await bench.settle()
        assert len(taker.has) == 2
        bench.flows.outbox.acked(taker.has[0], place)
        bench.flows.outbox.detach(NAME, place)
        bench.flows.outbox.lost(taker.has[1], place)
        await give_up(bench)
        assert depth(bench) == 1
        await bench.settle(KEEP_S + 2.0)
        await give_up(bench)
        assert depth(bench) == 0 and not bench.disk.outbox_aside
        return bench

    run_on_bench(scenario)
