"""Scenarios of the store: away, power lost, backlogs that spill, messages held over night."""

from __future__ import annotations

import pytest

from gateway.domain.account import MessageClass, UnknownPolicy
from gateway.flows.interfaces import FlowLimits
from gateway.store.memory.memory_journal import DIES_BEFORE, DIES_BEHIND
from tests.simulation.checked_runs import CARRIER, destinations, end_well
from tests.simulation.checkers import check_all, check_order
from tests.simulation.loop import simulate
from tests.simulation.simulation import Simulation, account, channel

# --- the store -------------------------------------------------------------------------------------------------------


def test_store_away_then_back() -> None:
    """New submits are told later; what was accepted goes on when the store returns; binds stay."""

    async def scenario() -> Simulation:
        sim = await Simulation(terms={"a": {"receipt_s": (1.0, 8.0)}}).start()
        client = await sim.client()
        sim.order(client, 100)
        await sim.sleep(1.0)
        sim.disk.is_away = True
        sim.order(client, 20)
        await sim.sleep(1.0)
        sim.order(client, 80)
        await sim.sleep(20.0)
        assert client.totals.throttled
        assert client.is_bound and sim.links()[0].is_bound
        sim.disk.is_away = False
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 200}
        assert client.totals.binds == 1
        return sim

    end_well(scenario)


@pytest.mark.parametrize("fault", [DIES_BEFORE, DIES_BEHIND])
def test_power_lost_at_every_commit(fault: str) -> None:
    """The same traffic, the power gone at the 1st, 2nd, 3rd … commit, just before it or just after."""

    async def scenario(fail_at: int) -> bool:
        policy = UnknownPolicy.RESEND_ONCE
        sim = Simulation(accounts=[account(unknown_policy=policy)], terms={"a": {"receipt_s": (0.05, 0.1)}})
        await sim.start()
        client = await sim.client(window_max=2)
        journal = sim.node.journal
        journal.faults[journal.commits + fail_at] = fault
        sim.order(client, 6)
        sim.order(client, 2, "断电时的长短信" * 20)
        sim.carriers["a"].send_inbound("13900000000", "1069013", "MO", sim.now)
        for _ in range(40):
            await sim.sleep(0.1)
            if not journal.has_power:
                sim.crash_node()
                await sim.start_node()
                break
        has_died = not journal.has_power
        await sim.rest()
        assert {heard.text for heard in client.heard} == {"MO"}
        check_all(sim)
        await sim.end()
        return has_died

    for fail_at in range(1, 200):
        died: list[bool] = []

        async def whole(fail_at: int = fail_at, died: list[bool] = died) -> None:
            died.append(await scenario(fail_at))

        simulate(whole)
        if not died[0]:
            break
    assert fail_at > 10


# --- queues ----------------------------------------------------------------------------------------------------------


def test_backlog_spills_and_drains_in_order() -> None:
    """30,000 messages for a channel that is down: memory stays small, and the carrier gets all in order."""

    async def scenario() -> Simulation:
        limits = FlowLimits(active_max=500, refill_page=200)
        sim = Simulation(accounts=[account(window_max=2_000)], channels=[channel(window_max=500)], limits=limits)
        sim.loop.net.take_away(CARRIER)
        await sim.start()
        client = await sim.client(window_max=2_000)
        orders = sim.order(client, 30_000, wants_receipt=False)
        await sim.until(lambda: client.totals.accepted == 30_000, "all accepted")
        sender = sim.node.flows.dispatch.senders["a"]
        assert sender.queues.depth <= 500 + 1  # one was taken when the link went
        sim.loop.net.bring_back(CARRIER)
        ledger, deepest = sim.carriers["a"].ledger, 0
        while ledger.taken < 30_000:
            await sim.sleep(0.1)
            deepest = max(deepest, sender.queues.depth)
        assert deepest <= 500 + 200 + 500  # what is active, a page, what was given back
        check_order(sim, "a", destinations(orders))
        await sim.rest()
        return sim

    end_well(scenario)


def test_new_messages_wait_behind_a_backlog() -> None:
    """While the backlog drains others keep coming: none overtakes, none is sent twice."""

    async def scenario() -> Simulation:
        limits = FlowLimits(active_max=20, refill_page=10)
        sim = Simulation(channels=[channel(rate_per_s=100.0)], limits=limits)
        sim.loop.net.take_away(CARRIER)
        await sim.start()
        client = await sim.client()
        orders = sim.order(client, 300, wants_receipt=False)
        await sim.until(lambda: client.totals.accepted == 300, "all accepted")
        sim.loop.net.bring_back(CARRIER)
        for _ in range(600):
            orders += sim.order(client, 1, wants_receipt=False)
            await sim.sleep(0.012)
        await sim.rest()
        check_order(sim, "a", destinations(orders))
        return sim

    end_well(scenario)


@pytest.mark.parametrize("active_max", [1_000, 30])
def test_quiet_hours_hold_until_morning(active_max: int) -> None:
    """Batch messages of the night leave from 07:00 on, by the channel's rate, all of them, once."""

    async def scenario() -> Simulation:
        batch = account(message_class=MessageClass.BATCH)
        limits = FlowLimits(active_max=active_max, refill_page=20, receipt_wait_s=72 * 3600.0)
        sim = Simulation(accounts=[batch], channels=[channel(rate_per_s=50.0)], limits=limits)
        await sim.start()
        client = await sim.client()
        await sim.sleep(10 * 3600.0)  # from noon to 22:00
        sim.order(client, 200)
        await sim.sleep(60.0)
        assert client.totals.accepted == 200
        await sim.sleep(8.9 * 3600.0)
        assert not sim.carriers["a"].ledger.taken
        await sim.sleep(0.2 * 3600.0)
        ledger = sim.carriers["a"].ledger
        assert ledger.taken == 200
        hours = {(segment.taken_at + 8 * 3600) % 86_400 / 3600 for segment in ledger.segments}
        assert 7.0 <= min(hours) < max(hours) < 7.01
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 200}
        return sim

    end_well(scenario)


def test_held_messages_survive_a_crash() -> None:
    async def scenario() -> Simulation:
        batch = account(message_class=MessageClass.BATCH)
        limits = FlowLimits(active_max=30, refill_page=20, receipt_wait_s=72 * 3600.0)
        sim = await Simulation(accounts=[batch], limits=limits).start()
        client = await sim.client()
        await sim.sleep(10 * 3600.0)
        sim.order(client, 100)
        await sim.sleep(60.0)
        sim.crash_node()
        await sim.start_node()
        await sim.until(lambda: client.is_bound, "bound again")
        sim.order(client, 50)
        await sim.sleep(9 * 3600.0)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 150}
        return sim

    end_well(scenario)
