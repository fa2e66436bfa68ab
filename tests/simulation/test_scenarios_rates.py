"""Carriers that take less than they are offered, over both protocols: what they take gets through, little is wasted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.domain.channel import LinkAddress, Quirks
from gateway.simulator.fault_plan import FaultPlan
from tests.simulation.checked_runs import WIRES, destinations, end_well, taken
from tests.simulation.simulation import CARRIER_PORT, Simulation, account, channel

VENDOR = 0x450
SETTLE_S = 7.0


@dataclass
class Count:
    taken: int
    throttled: int


def counted(sim: Simulation) -> Count:
    ledger = sim.carriers["a"].ledger
    return Count(ledger.taken, ledger.counts["throttled"])


async def simulation_of(
    wire: str, *, links: int = 1, window: int = 32, quirks: Quirks | None = None, **terms: Any
) -> Simulation:
    one = channel(
        wire=WIRES[wire], addresses=(LinkAddress("carrier-a", CARRIER_PORT, links),), window_max=window,
        quirks=quirks or Quirks(),
    )
    times = {"answer_s": (0.02, 0.06), "receipt_s": (0.5, 1.0)}
    return await Simulation(accounts=[account(window_max=3_000)], channels=[one], terms={"a": times | terms}).start()


async def offer(sim: Simulation, client: Any, per_s: float, span_s: float, text: str = "") -> list[Any]:
    """Order so many messages a second."""
    orders, credit = list[Any](), 0.0
    for _ in range(int(span_s * 20)):
        credit += per_s / 20
        orders += sim.order(client, int(credit), text)
        credit -= int(credit)
        await sim.sleep(0.05)
    return orders


async def offer_and_check(
    sim: Simulation, client: Any, per_s: float, limit: float, span_s: float = 12.0, text: str = ""
) -> list[Any]:
    """Offer until it is settled and for a while; what the carrier takes gets through, 5 % at most is refused."""
    orders = await offer(sim, client, per_s, SETTLE_S, text)
    before = counted(sim)
    orders += await offer(sim, client, per_s, span_s, text)
    after = counted(sim)
    through, refused = after.taken - before.taken, after.throttled - before.throttled
    assert through >= 0.9 * limit * span_s, (through, limit * span_s)
    assert refused <= 0.05 * (through + refused), (through, refused)
    return orders


def check_near_order(sim: Simulation, orders: list[Any], places: int) -> None:
    """A message goes behind later ones by no more places than were in flight when it was thrown back."""
    place = {number: position for position, number in enumerate(destinations(orders))}
    highest = 0
    for number in taken(sim):
        assert highest - place[number] <= places, (number, highest - place[number])
        highest = max(highest, place[number])


LIMITED: dict[str, tuple[str, dict[str, Any]]] = {
    "smpp by the second": ("smpp", {"rate_window_s": 1.0}),
    "smpp queue full, small bucket": ("smpp", {"rate_burst": 8.0, "throttle_status": 0x14}),
    "smpp vendor status": (
        "smpp", {"throttle_status": VENDOR, "quirks": Quirks(temporary_statuses=frozenset({VENDOR}))},
    ),
    "cmpp20 bucket": ("cmpp20", {}),
    "cmpp30 by the second, slow answers": ("cmpp30", {"rate_window_s": 1.0, "answer_s": (0.1, 0.3)}),
    "smpp three links, one account": ("smpp", {"rate_window_s": 1.0, "links": 3}),
    "cmpp20 three links, one account": ("cmpp20", {"rate_burst": 12.0, "links": 3}),
}


@pytest.mark.parametrize("kind", LIMITED)
def test_a_quarter_too_much_is_offered_and_the_rest_gets_through(kind: str) -> None:
    wire, terms = LIMITED[kind]

    async def scenario() -> Simulation:
        sim = await simulation_of(wire, rate_per_s=60.0, **terms)
        client = await sim.client(window_max=2_000)
        # Slow answers make it swing: of 32 seeds two missed a bound over 12 s, and neither of them over 40 s.
        span_s = 40.0 if "answer_s" in terms else 12.0
        orders = await offer_and_check(sim, client, 75.0, 60.0, span_s)
        sender = sim.node.flows.dispatch.senders["a"]
        assert 48.0 < sender.learnt.per_s < 80.0
        await sim.until(lambda: not sender.queued, "the queue is drained", 60.0)
        await sim.rest()
        check_near_order(sim, orders, 32 * terms.get("links", 1) * 2)
        return sim

    end_well(scenario)


@pytest.mark.parametrize("wait_s", [0.3, 0.6, 0.8, 1.0])
def test_slow_answers_mislead_at_no_moment_of_the_carriers_second(wait_s: float) -> None:
    """What is measured is of two of its seconds then: too high, and the next throttles come below it, not by chance."""
    wire, terms = LIMITED["cmpp30 by the second, slow answers"]

    async def scenario() -> Simulation:
        sim = await simulation_of(wire, rate_per_s=60.0, **terms)
        client = await sim.client(window_max=2_000)
        await sim.sleep(wait_s)
        await offer_and_check(sim, client, 75.0, 60.0)
        await sim.rest()
        return sim

    end_well(scenario)


@pytest.mark.parametrize("wire", ["smpp", "cmpp20"])
def test_twenty_times_too_much_is_offered(wire: str) -> None:
    async def scenario() -> Simulation:
        sim = await simulation_of(wire, rate_per_s=20.0, rate_window_s=1.0)
        client = await sim.client(window_max=4_000)
        await offer_and_check(sim, client, 400.0, 20.0, 10.0)
        sim.carriers["a"].terms = replace(sim.carriers["a"].terms, rate_per_s=0.0)
        await sim.rest()
        return sim

    end_well(scenario)


@pytest.mark.parametrize("wire", ["smpp", "cmpp30"])
def test_each_link_has_its_limit_and_all_of_them_are_used(wire: str) -> None:
    async def scenario() -> Simulation:
        sim = await simulation_of(wire, links=3, rate_per_s=20.0, rate_per_link=True, rate_burst=8.0)
        client = await sim.client(window_max=2_000)
        await offer_and_check(sim, client, 80.0, 60.0)
        await sim.rest()
        return sim

    end_well(scenario)


@pytest.mark.parametrize("wire", ["smpp", "cmpp20"])
def test_long_messages_fill_what_the_carrier_takes(wire: str) -> None:
    """Three segments each, which leave together."""

    async def scenario() -> Simulation:
        sim = await simulation_of(wire, rate_per_s=45.0, rate_window_s=1.0)
        client = await sim.client(window_max=2_000)
        await offer_and_check(sim, client, 20.0, 45.0, text="长短信" * 60)
        await sim.rest()
        return sim

    end_well(scenario)


def test_the_limit_changes_down_and_up() -> None:
    async def scenario() -> Simulation:
        sim = await simulation_of("smpp", rate_per_s=60.0, rate_burst=10.0)
        client = await sim.client(window_max=4_000)
        for limit in (60.0, 20.0, 50.0):
            sim.carriers["a"].terms = replace(sim.carriers["a"].terms, rate_per_s=limit)
            await offer(sim, client, 70.0, 4.0)
            await offer_and_check(sim, client, 70.0, limit)
        await sim.rest()
        return sim

    end_well(scenario)


def test_congestion_state_is_heeded_before_anything_is_refused() -> None:
    async def scenario() -> Simulation:
        sim = await simulation_of("smpp", rate_per_s=60.0, rate_burst=12.0, tells_congestion=True)
        client = await sim.client(window_max=2_000)
        await offer(sim, client, 90.0, 10.0)
        before = counted(sim)
        await offer(sim, client, 90.0, 15.0)
        after = counted(sim)
        assert not after.throttled
        assert 0.85 * 60 <= (after.taken - before.taken) / 15.0 <= 1.1 * 60
        await sim.rest()
        return sim

    end_well(scenario)


def test_a_stray_throttle_costs_nothing_and_is_told() -> None:
    async def scenario() -> Simulation:
        sim = await simulation_of("cmpp20")
        client, sender = await sim.client(window_max=2_000), sim.node.flows.dispatch.senders["a"]
        await offer(sim, client, 100.0, 3.0)
        carrier = sim.carriers["a"]
        assert sender.learnt.per_s == 0.0
        carrier.fault_injector.follow(FaultPlan(throttled=1.0))
        sim.order(client, 1)
        await sim.until(lambda: carrier.ledger.counts["throttled"] > 0, "one throttle", step_s=0.01)
        carrier.heal(sim.now)
        before = counted(sim)
        await offer(sim, client, 100.0, 8.0)
        assert counted(sim).taken - before.taken > 0.95 * 800
        assert sender.learnt.per_s == 0.0
        events = [event for _, event, _ in sim.process.events if event.startswith("rate_")]
        assert events == ["rate_learnt", "rate_free"]
        await sim.rest()
        return sim

    end_well(scenario)


def test_the_agreed_rate_stays_the_cap_above_what_is_learnt() -> None:
    async def scenario() -> Simulation:
        sim = await simulation_of("smpp", rate_per_s=60.0, rate_burst=12.0)
        sender = sim.node.flows.dispatch.senders["a"]
        sender.change(replace(sender.channel, rate_per_s=36.0))
        client = await sim.client(window_max=2_000)
        await offer(sim, client, 90.0, 6.0)
        assert not counted(sim).throttled and sender.learnt.per_s == 0.0
        sender.change(replace(sender.channel, rate_per_s=300.0))
        await offer_and_check(sim, client, 90.0, 60.0)
        sender.limit(10.0)  # the complaint regime
        before = counted(sim)
        await offer(sim, client, 50.0, 5.0)
        assert counted(sim).taken - before.taken <= 10.0 * 5 + 2
        sender.limit(None)
        await sim.rest()
        return sim

    end_well(scenario)
