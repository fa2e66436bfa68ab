"""Scenarios of the store: away, power lost, backlogs that spill, messages held over night."""

from __future__ import annotations

import pytest

from gateway.domain.account import MessageClass, UnknownPolicy
from gateway.flows.interfaces import FlowLimits
from gateway.store.memory.memory_journal import DIES_BEFORE, DIES_BEHIND
from tests.simulation.checked_runs import CARRIER, destinations, end_well
from tests.simulation.checkers import check_all, check_order
from tests.simulation.loop import play
from tests.simulation.world import World, account, channel

# --- the store -------------------------------------------------------------------------------------------------------


def test_store_away_then_back() -> None:
    """New submits are told later; what was accepted goes on when the store returns; binds stay."""

    async def scenario() -> World:
        world = await World(terms={"a": {"receipt_s": (1.0, 8.0)}}).start()
        client = await world.client()
        world.order(client, 100)
        await world.sleep(1.0)
        world.disk.is_away = True
        world.order(client, 20)
        await world.sleep(1.0)
        world.order(client, 80)
        await world.sleep(20.0)
        assert client.totals.throttled
        assert client.is_bound and world.links()[0].is_bound
        world.disk.is_away = False
        await world.rest()
        assert client.totals.outcomes == {"delivered": 200}
        assert client.totals.binds == 1
        return world

    end_well(scenario)


@pytest.mark.parametrize("fault", [DIES_BEFORE, DIES_BEHIND])
def test_power_lost_at_every_commit(fault: str) -> None:
    """The same traffic, the power gone at the 1st, 2nd, 3rd … commit, just before it or just after."""

    async def scenario(fail_at: int) -> bool:
        policy = UnknownPolicy.RESEND_ONCE
        world = World(accounts=[account(unknown_policy=policy)], terms={"a": {"receipt_s": (0.05, 0.1)}})
        await world.start()
        client = await world.client(window_max=2)
        journal = world.node.journal
        journal.faults[journal.commits + fail_at] = fault
        world.order(client, 6)
        world.order(client, 2, "断电时的长短信" * 20)
        world.carriers["a"].send_inbound("13900000000", "1069013", "MO", world.now)
        for _ in range(40):
            await world.sleep(0.1)
            if not journal.has_power:
                world.crash_node()
                await world.start_node()
                break
        has_died = not journal.has_power
        await world.rest()
        assert {heard.text for heard in client.heard} == {"MO"}
        check_all(world)
        await world.end()
        return has_died

    for fail_at in range(1, 200):
        died: list[bool] = []

        async def whole(fail_at: int = fail_at, died: list[bool] = died) -> None:
            died.append(await scenario(fail_at))

        play(whole)
        if not died[0]:
            break
    assert fail_at > 10


# --- queues ----------------------------------------------------------------------------------------------------------


def test_backlog_spills_and_drains_in_order() -> None:
    """30,000 messages for a channel that is down: memory stays small, and the carrier gets all in order."""

    async def scenario() -> World:
        limits = FlowLimits(active_max=500, refill_page=200)
        world = World(accounts=[account(window_max=2_000)], channels=[channel(window_max=500)], limits=limits)
        world.loop.net.take_away(CARRIER)
        await world.start()
        client = await world.client(window_max=2_000)
        orders = world.order(client, 30_000, wants_receipt=False)
        await world.until(lambda: client.totals.accepted == 30_000, "all accepted")
        sender = world.node.flows.dispatch.senders["a"]
        assert sender.queues.depth <= 500 + 1  # one was taken when the link went
        world.loop.net.bring_back(CARRIER)
        ledger, deepest = world.carriers["a"].ledger, 0
        while ledger.taken < 30_000:
            await world.sleep(0.1)
            deepest = max(deepest, sender.queues.depth)
        assert deepest <= 500 + 200 + 500  # what is active, a page, what was given back
        check_order(world, "a", destinations(orders))
        await world.rest()
        return world

    end_well(scenario)


def test_new_messages_wait_behind_a_backlog() -> None:
    """While the backlog drains others keep coming: none overtakes, none is sent twice."""

    async def scenario() -> World:
        limits = FlowLimits(active_max=20, refill_page=10)
        world = World(channels=[channel(rate_per_s=100.0)], limits=limits)
        world.loop.net.take_away(CARRIER)
        await world.start()
        client = await world.client()
        orders = world.order(client, 300, wants_receipt=False)
        await world.until(lambda: client.totals.accepted == 300, "all accepted")
        world.loop.net.bring_back(CARRIER)
        for _ in range(600):
            orders += world.order(client, 1, wants_receipt=False)
            await world.sleep(0.012)
        await world.rest()
        check_order(world, "a", destinations(orders))
        return world

    end_well(scenario)


@pytest.mark.parametrize("active_max", [1_000, 30])
def test_quiet_hours_hold_until_morning(active_max: int) -> None:
    """Batch messages of the night leave from 07:00 on, by the channel's rate, all of them, once."""

    async def scenario() -> World:
        batch = account(message_class=MessageClass.BATCH)
        limits = FlowLimits(active_max=active_max, refill_page=20, receipt_wait_s=72 * 3600.0)
        world = World(accounts=[batch], channels=[channel(rate_per_s=50.0)], limits=limits)
        await world.start()
        client = await world.client()
        await world.sleep(10 * 3600.0)  # from noon to 22:00
        world.order(client, 200)
        await world.sleep(60.0)
        assert client.totals.accepted == 200
        await world.sleep(8.9 * 3600.0)
        assert not world.carriers["a"].ledger.taken
        await world.sleep(0.2 * 3600.0)
        ledger = world.carriers["a"].ledger
        assert ledger.taken == 200
        hours = {(segment.taken_at + 8 * 3600) % 86_400 / 3600 for segment in ledger.segments}
        assert 7.0 <= min(hours) < max(hours) < 7.01
        await world.rest()
        assert client.totals.outcomes == {"delivered": 200}
        return world

    end_well(scenario)


def test_held_messages_survive_a_crash() -> None:
    async def scenario() -> World:
        batch = account(message_class=MessageClass.BATCH)
        limits = FlowLimits(active_max=30, refill_page=20, receipt_wait_s=72 * 3600.0)
        world = await World(accounts=[batch], limits=limits).start()
        client = await world.client()
        await world.sleep(10 * 3600.0)
        world.order(client, 100)
        await world.sleep(60.0)
        world.crash_node()
        await world.start_node()
        await world.until(lambda: client.is_bound, "bound again")
        world.order(client, 50)
        await world.sleep(9 * 3600.0)
        await world.rest()
        assert client.totals.outcomes == {"delivered": 150}
        return world

    end_well(scenario)
