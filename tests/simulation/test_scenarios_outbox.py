"""Scenarios of sessions that hang, stall, throttle and refuse what they are delivered."""

from __future__ import annotations

import pytest

from gateway.flows.outbox.outbox import RETRY_S
from gateway.simulator.client import SimulatedClient
from gateway.simulator.fault_plan import FaultPlan
from tests.simulation.checked_runs import end_well
from tests.simulation.simulation import Simulation, account

OVERDUE_S = 5.0  # tests.simulation.node.OVERDUE_S
PROTOCOLS = ["smpp", "cmpp20", "cmpp30"]
HUNG = FaultPlan(lost=1.0)  # keepalives are answered, delivers never
THROTTLES = FaultPlan(throttled=1.0)
SLOW = FaultPlan(late=1.0, late_s=8.0)


def told(*clients: SimulatedClient) -> int:
    return sum(client.totals.receipts for client in clients)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("plan", [HUNG, THROTTLES, SLOW], ids=["hung", "throttles", "slow"])
def test_one_bad_session_delays_its_own_share_by_seconds(plan: FaultPlan, protocol: str) -> None:
    """Two healthy ones are bound: each receipt is with one of them a few seconds after it was owed."""

    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(sessions_max=4)]).start()
        sender = await sim.client(protocol=protocol)
        other = await sim.client(protocol=protocol)
        bad = await sim.client(protocol=protocol, plan=plan)
        for _ in range(20):
            sim.order(sender, 20)
            await sim.sleep(0.5)
        await sim.until(lambda: told(sender, other) >= 400 - told(bad), "nothing is held up", OVERDUE_S + 4.0)
        await sim.until(lambda: sender.is_settled, "all receipts came", OVERDUE_S + 4.0)
        sim.heal()
        await sim.rest()
        return sim

    end_well(scenario, may_tell_twice=True)


def test_a_process_that_reads_nothing_holds_nobody_up() -> None:
    """Its socket takes what the kernel takes; what was written there goes to the others, and it is cut off."""

    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(sessions_max=4)]).start()
        sender, other, bad = [await sim.client() for _ in range(3)]
        sim.stop_reading(bad)
        sim.order(sender, 400)
        await sim.until(lambda: sender.is_settled, "all receipts came", OVERDUE_S + 4.0)
        assert told(other) > 100
        await sim.until(lambda: bad.totals.binds > 1, "it was closed and came back", 60.0)
        await sim.rest()
        return sim

    end_well(scenario, may_tell_twice=True)


@pytest.mark.parametrize("seed", range(12))
def test_among_hung_slow_refusing_and_deaf_ones_a_healthy_one_gets_all(seed: int) -> None:
    """Whatever mixture: what one does not take another one is asked for, so the healthy one after so many at most."""
    plans = [HUNG, THROTTLES, SLOW, FaultPlan(busy=0.3), FaultPlan(lost=0.2)]

    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(sessions_max=9)], seed=seed).start()
        healthy = await sim.client()
        bad = [await sim.client(plan=plan) for plan in sim.rng.sample(plans, 3)]
        deaf = await sim.client()
        sim.stop_reading(deaf)
        for _ in range(10):
            sim.order(healthy, 15)
            await sim.sleep(1.0)
        # Four others may be asked first, each for five seconds, with the first delays of a retry in between.
        await sim.until(lambda: healthy.is_settled, "all receipts came", 4 * OVERDUE_S + sum(RETRY_S[:3]))
        assert told(healthy) > told(*bad) / 10
        sim.heal()
        await sim.rest()
        return sim

    end_well(scenario, may_tell_twice=True)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_only_session_hangs_and_is_closed(protocol: str) -> None:
    """It gets no more than its window, is closed, and what it left unanswered is owed to the next one."""

    async def scenario() -> Simulation:
        sim = await Simulation().start()
        client = await sim.client(protocol=protocol, plan=HUNG)
        sim.order(client, 300)
        await sim.until(lambda: not sim.open_messages and sim.owed == 300, "all are owed")
        await sim.sleep(10.0)
        assert told(client) == 100  # account.window_max
        await sim.until(lambda: client.totals.binds > 1, "it was closed", 15.0)
        assert sim.owed == 300
        sim.heal()
        await sim.until(lambda: client.is_settled, "the next session gets all", 30.0)
        await sim.rest()
        return sim

    end_well(scenario, may_tell_twice=True)


def test_a_late_answer_counts() -> None:
    """The only session takes up to eight seconds: nothing is told twice, for nobody else could be asked."""

    async def scenario() -> Simulation:
        sim = await Simulation().start()
        client = await sim.client(plan=FaultPlan(late=1.0, late_s=8.0))
        sim.order(client, 250)
        await sim.until(lambda: client.is_settled, "all receipts came", 60.0)
        sim.heal()
        await sim.rest()
        assert client.totals.receipts_doubled == 0
        assert client.totals.binds == 1
        return sim

    end_well(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_refused_for_good_ends_and_nobody_waits(protocol: str) -> None:
    """Kept, counted, never told again but by command, neither now nor after a restart."""

    async def scenario() -> Simulation:
        sim = await Simulation().start()
        client = await sim.client(protocol=protocol, plan=FaultPlan(refused=0.2))
        sim.order(client, 300)
        await sim.until(lambda: told(client) + len(sim.disk.refused_delivers) == 300, "each was answered", 20.0)
        assert sim.owed == 0
        refused = [row["seq"] for row in sim.disk.refused_delivers]
        assert 30 < len(refused) < 100 and len(set(refused)) == len(refused)
        assert {row["protocol"] for row in sim.disk.refused_delivers} == {protocol[:4]}
        assert {row["status"] for row in sim.disk.refused_delivers} == {0x66 if protocol == "smpp" else 9}
        assert told(client) == 300 - len(refused)
        assert sim.node.meters.account("acme").refused_delivers == len(refused)
        sim.heal()
        sim.crash_node()
        await sim.start_node()
        sim.order(client, 1)
        await sim.until(lambda: told(client) == 301 - len(refused), "the new one is told", 20.0)
        await sim.sleep(30.0)
        assert told(client) == 301 - len(refused) and sim.owed == 0
        assert sim.replay_refused() == len(refused)
        await sim.rest()
        assert told(client) == 301
        return sim

    end_well(scenario)


def test_an_item_wanted_later_waits_alone_and_ends_after_its_tries() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation().start()
        client = await sim.client(plan=FaultPlan(busy=1.0))
        sim.order(client, 5)
        await sim.until(lambda: not sim.open_messages and sim.owed == 5, "five are owed")
        await sim.until(lambda: len(sim.disk.outbox_aside) == 5, "they wait alone")
        client.heal(sim.now)
        sim.order(client, 200)
        await sim.until(lambda: told(client) >= 200, "the others did not wait", 5.0)
        await sim.until(lambda: client.is_settled, "the five come at their next try", 10.0)
        assert not sim.disk.outbox_aside
        client.fault_injector.follow(FaultPlan(busy=1.0))
        sim.order(client, 3)
        await sim.until(lambda: len(sim.disk.refused_delivers) == 3, "given up", 6_000.0)
        assert sim.owed == 0
        client.heal(sim.now)
        assert sim.replay_refused() == 3
        await sim.rest()
        return sim

    end_well(scenario)


def test_what_waits_alone_survives_a_crash() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation().start()
        client = await sim.client(plan=FaultPlan(busy=1.0))
        sim.order(client, 40)
        await sim.until(lambda: len(sim.disk.outbox_aside) == 40, "they wait alone")
        sim.crash_node()
        client.heal(sim.now)
        await sim.start_node()
        await sim.until(lambda: client.is_settled, "all come", 30.0)
        await sim.rest()
        assert not sim.disk.outbox_aside
        return sim

    end_well(scenario)
