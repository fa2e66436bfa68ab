"""Scenarios of accounts, links and channels."""

from __future__ import annotations

from dataclasses import replace

from gateway.dialects.cmpp.protocol_rows import CMPP30
from gateway.domain.account import ServiceCode
from gateway.flows.interfaces import FlowLimits
from gateway.simulator.fault_plan import FaultPlan
from tests.simulation.checked_runs import end_well, taken
from tests.simulation.checkers import check_inbound
from tests.simulation.simulation import Simulation, account, channel

# --- accounts --------------------------------------------------------------------------------------------------------


def test_slow_account_does_not_delay_another() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(), account("slow")]).start()
        quick = await sim.client()
        slow = await sim.client("slow", plan=FaultPlan(lost=1.0), window_max=4)
        sim.order(slow, 200)
        sim.order(quick, 200)
        await sim.until(lambda: quick.is_settled, "the quick one has all its receipts", 10.0)
        assert not slow.is_settled
        sim.heal()
        await sim.until(lambda: slow.is_settled, "the slow one too")
        await sim.rest()
        return sim

    end_well(scenario, may_tell_twice=True)


def test_away_account_gets_everything_in_order() -> None:
    """Receipts and MO wait while nobody is bound, spill beyond memory, and come in the order they happened."""

    async def scenario() -> Simulation:
        sim = await Simulation(limits=FlowLimits(outbox_active_max=20)).start()
        client = await sim.client(mode="tx")
        texts = [f"MO {number}" for number in range(150)]
        sim.order(client, 100)
        for text in texts:
            sim.carriers["a"].send_inbound("13900000000", "1069013", text, sim.now)
            await sim.sleep(0.01)
        await sim.until(lambda: not sim.open_messages, "all final")
        assert sim.owed == 250
        receiver = await sim.client(mode="rx")
        await sim.rest()
        sim.clients["acme"].heard = receiver.heard
        check_inbound(sim, "acme", texts)
        return sim

    end_well(scenario)


def test_receiver_comes_and_goes() -> None:
    """Cut in the middle of its delivers again and again: nothing is lost, nothing is out of order at first hearing."""

    async def scenario() -> Simulation:
        sim = await Simulation(limits=FlowLimits(outbox_active_max=20)).start()
        client = await sim.client()
        sim.order(client, 300)
        texts = [f"MO {number}" for number in range(100)]
        for number, text in enumerate(texts):
            sim.carriers["a"].send_inbound("13900000000", "1069013", text, sim.now)
            await sim.sleep(0.02)
            if number % 9 == 0:
                sim.loop.net.cut(("gateway", 2775))
        await sim.rest()
        heard = {heard.text for heard in client.heard}
        assert heard == set(texts)
        return sim

    end_well(scenario, may_tell_twice=True)


def test_a_receiver_that_refuses_for_a_while() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation().start()
        client = await sim.client(plan=FaultPlan(throttled=0.3))
        sim.order(client, 100)
        await sim.sleep(30.0)
        sim.heal()
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 100}
        return sim

    end_well(scenario)


def test_paced_account_is_slowed_not_refused() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(rate_per_s=50.0)]).start()
        client = await sim.client()
        sim.order(client, 300)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 300}
        return sim

    end_well(scenario)


# --- links and channels ----------------------------------------------------------------------------------------------


def test_parts_of_a_long_message_leave_over_one_link() -> None:
    async def scenario() -> Simulation:
        one = channel(window_max=2)
        many = replace(one, addresses=(replace(one.addresses[0], count=4),))
        sim = await Simulation(channels=[many], terms={"a": {"answer_s": (0.01, 0.1)}}).start()
        client = await sim.client()
        sim.order(client, 40, "同一条链路" * 40)
        await sim.rest()
        links_of: dict[str, set[int]] = {}
        for segment in sim.carriers["a"].ledger.segments:
            links_of.setdefault(segment.destination, set()).add(segment.link)
        assert len(links_of) == 40
        assert {len(links) for links in links_of.values()} == {1}
        assert len(set().union(*links_of.values())) == 4
        return sim

    end_well(scenario)


def test_failover_by_class_of_error() -> None:
    """A channel that cannot serve a message passes it on; a final refusal ends it."""

    async def scenario() -> Simulation:
        sim = await Simulation(channels=[channel(weight=10), channel("b", CMPP30)]).start()
        words = sim.carriers["a"].words
        words.refusal = 0x0A  # the source is not open at this carrier
        sim.carriers["a"].fault_injector.follow(FaultPlan(refused=1.0))
        client = await sim.client()
        sim.order(client, 22)
        sim.order(client, 3, "换一条通道的长短信" * 20)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 25}
        assert not sim.carriers["a"].ledger.taken
        assert len(set(taken(sim, "b"))) == 25
        words.refusal = 0x0B  # the number does not exist: nobody else would know better
        sim.order(client, 22)
        await sim.rest()
        assert client.totals.outcomes["failed"] > 15
        return sim

    end_well(scenario)


def test_two_accounts_by_service_code() -> None:
    """An MO goes to the account whose code it begins with, the longest first."""

    async def scenario() -> Simulation:
        longer = account("longer", service_codes=(ServiceCode("10690155"),))
        sim = await Simulation(accounts=[account(), longer]).start()
        await sim.client()
        await sim.client("longer")
        for number in range(20):
            sim.carriers["a"].send_inbound("13900000000", "1069015512", f"long {number}", sim.now)
            sim.carriers["a"].send_inbound("13900000000", "1069013", f"short {number}", sim.now)
        await sim.sleep(5.0)
        check_inbound(sim, "acme", [f"short {number}" for number in range(20)])
        check_inbound(sim, "longer", [f"long {number}" for number in range(20)])
        return sim

    end_well(scenario)
