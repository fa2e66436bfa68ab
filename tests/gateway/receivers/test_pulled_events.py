"""What an account fetches itself: pages and streams over the flows of a node, cursors, the lease, crashes, sessions."""

from __future__ import annotations

import asyncio

import pytest

from gateway.domain.outcome import Outcome
from gateway.flows.interfaces import FlowLimits
from gateway.receivers.pulled_events import HELD_MAX, LEASE_S, NotACursor, PulledEvents, ShownItem
from tests.gateway.flows.bench import Bench, Taker, run_on_bench
from tests.gateway.receivers.called_bench import delivered


def reading(bench: Bench, life: str = "a1") -> PulledEvents:
    return PulledEvents("acme", bench.flows.outbox, bench.loop, life)


def ids(shown: tuple[ShownItem, ...] | list[ShownItem]) -> list[int]:
    found = [each.item for each in shown]
    assert all(isinstance(item, Outcome) for item in found)
    return [item.message_id for item in found if isinstance(item, Outcome)]


async def page(pulled: PulledEvents, after: str = "", limit: int = 100, wait_s: float = 0.0) -> tuple[list[int], str]:
    """As GET /v1/events does it."""
    if after:
        pulled.acknowledge(after)
    pulled.begin()
    try:
        found = await pulled.page(limit, wait_s)
    finally:
        pulled.end()
    return ids(found.items), found.cursor


def owed(bench: Bench) -> int:
    return bench.meters.account("acme").outbox_depth


def test_each_page_acknowledges_the_one_before() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        pulled = reading(bench)
        made = await delivered(bench, 25)
        first, cursor = await page(pulled, limit=10)
        assert (await page(pulled, limit=10))[0] == first == made[:10]  # nothing was acknowledged: the same again
        assert owed(bench) == 25
        second, later = await page(pulled, cursor, limit=10)
        assert second == made[10:20] and owed(bench) == 15
        assert (await page(pulled, cursor, limit=10))[0] == second  # the answer got lost: the same request again
        third, last = await page(pulled, later, limit=10)
        assert third == made[20:]
        assert await page(pulled, last) == ([], last) and owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_a_page_waits_for_the_first_event() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        pulled = reading(bench)
        began = bench.loop.time()
        assert (await page(pulled, wait_s=20.0))[0] == [] and bench.loop.time() - began == pytest.approx(20.0, abs=0.1)
        waiting = asyncio.ensure_future(page(pulled, wait_s=20.0))
        await bench.settle(3.0)
        made = await delivered(bench, 1)
        assert (await waiting)[0] == made and bench.loop.time() - began < 25.0
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("cursor", ["", "x", "a1", "a1.", "a1.-1", "a1.9999999999999999999", ".5", "a1.5.5", "a1.٣"])
def test_a_cursor_that_nobody_gave(cursor: str) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        with pytest.raises(NotACursor):
            reading(bench).acknowledge(cursor)
        return bench

    run_on_bench(scenario)


def test_over_a_crash_the_last_page_is_told_again_and_nothing_is_lost() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        made = await delivered(bench, 6)
        pulled = reading(bench, "a1")
        _, cursor = await page(pulled, limit=2)
        second, later = await page(pulled, cursor, limit=2)
        await bench.settle()
        bench = await Bench(disk=await bench.die()).start()
        pulled = reading(bench, "b2")
        again, fresh = await page(pulled, later, limit=2)  # a cursor of the dead process acknowledges nothing
        assert again == second == made[2:4]
        assert (await page(pulled, fresh))[0] == made[4:]
        return bench

    run_on_bench(scenario)


def test_what_came_back_from_a_session_is_not_acknowledged_unseen() -> None:
    """An older event that a session gave back after a page was shown: the page's cursor does not mean it."""

    async def scenario() -> Bench:
        bench = await Bench().start()
        outbox = bench.flows.outbox
        session = Taker(window=1)
        reception = outbox.attach("acme", session, "smpp")
        made = await delivered(bench, 3)
        pulled = reading(bench)
        shown, cursor = await page(pulled)
        assert shown == made[1:]
        outbox.lost(session.has[0], reception)
        outbox.detach("acme", reception)
        await bench.settle()
        older, later = await page(pulled, cursor)
        assert older == made[:1]
        assert (await page(pulled, cursor))[0] == made[:1]  # the answer got lost
        assert (await page(pulled, later))[0] == [] and owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_behind_the_lease_somebody_else_may_have_it() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        made = await delivered(bench, 3)
        pulled = reading(bench)
        _, cursor = await page(pulled)
        taker = Taker()
        bench.flows.outbox.attach("acme", taker, "smpp")
        await bench.settle(LEASE_S - 1.0)
        assert taker.has == [] and not pulled.is_idle
        await bench.settle(2.0)
        assert [item.message_id for item in taker.has if isinstance(item, Outcome)] == made and pulled.is_idle
        assert pulled.acknowledge(cursor) == 0
        return bench

    run_on_bench(scenario)


def test_a_reader_that_goes_on_keeps_its_lease() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        await delivered(bench, 3)
        pulled = reading(bench)
        _, cursor = await page(pulled)
        for _ in range(5):
            await bench.settle(LEASE_S - 1.0)
            await page(pulled)
        assert pulled.acknowledge(cursor) == 3 and owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_what_lies_in_the_store_only_is_paged_too() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(outbox_active_max=8)).start()
        made = await delivered(bench, 60)
        pulled = reading(bench)
        seen: list[int] = []
        cursor = ""
        while True:
            shown, cursor = await page(pulled, cursor, limit=7)
            if not shown:
                break
            seen += shown
        assert seen == made and owed(bench) == 0
        return bench

    run_on_bench(scenario)


def test_a_stream_and_the_one_that_takes_its_place() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        pulled = reading(bench)
        pulled.begin()
        first = pulled.take_stream()
        made = await delivered(bench, 3)
        shown = list(await pulled.following(1.0))
        assert ids(shown) == made and pulled.is_stream(first)
        assert list(await pulled.following(1.0)) == []
        assert not pulled.wants_acknowledgement(30.0)
        pulled.begin()
        second = pulled.take_stream()
        assert not pulled.is_stream(first) and pulled.is_stream(second)
        pulled.leave_stream(first)
        pulled.end()
        assert pulled.is_stream(second)
        pulled.acknowledge(shown[1].cursor)  # Last-Event-ID
        assert ids(list(pulled.unacknowledged())) == made[2:]
        await bench.settle(31.0)
        assert pulled.wants_acknowledgement(30.0)
        pulled.leave_stream(second)
        pulled.end()
        await bench.settle(LEASE_S + 1.0)
        assert pulled.is_idle and owed(bench) == 1
        return bench

    run_on_bench(scenario)


def test_no_more_is_held_than_fits() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        made = await delivered(bench, HELD_MAX + 20)
        pulled = reading(bench)
        pulled.begin()
        shown = list(await pulled.following(1.0))
        assert ids(shown) == made[:HELD_MAX] and pulled.wants_acknowledgement(1e9) and pulled.room == 0
        pulled.acknowledge(shown[-1].cursor)
        assert ids(list(await pulled.following(1.0))) == made[HELD_MAX:]
        pulled.close()
        assert pulled.is_idle
        pulled.end()
        return bench

    run_on_bench(scenario)
