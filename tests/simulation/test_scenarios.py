"""One named scenario for each promise: throttling, outcomes unknown, receipts. Each ends with the same checkers."""

from __future__ import annotations

import pytest

from gateway.domain.account import UnknownPolicy
from gateway.domain.wire import Wire
from gateway.flows.interfaces import FlowLimits
from gateway.simulator.fault_plan import FaultPlan
from tests.simulation.checked_runs import CARRIER, WIRES, destinations, end_well, taken
from tests.simulation.checkers import check_order
from tests.simulation.simulation import Simulation, account, channel


@pytest.mark.parametrize("ours", WIRES)
@pytest.mark.parametrize("theirs", ["smpp", "cmpp20", "cmpp30"])
def test_everything_calm(ours: str, theirs: str) -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(channels=[channel(wire=WIRES[theirs])]).start()
        client = await sim.client(protocol=ours)
        orders = sim.order(client, 100)
        sim.order(client, 10, "长短信" * 50)
        sim.order(client, 10, wants_receipt=False)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 110, "accepted": 10}
        check_order(sim, "a", destinations(orders) + taken(sim)[100:])
        return sim

    end_well(scenario)


# --- throttling ------------------------------------------------------------------------------------------------------


def test_throttling_keeps_the_order() -> None:
    """Everything in flight is thrown back, several answers apart; it leaves again in the order it came."""

    async def scenario() -> Simulation:
        plan = FaultPlan(throttled=1.0)
        sim = await Simulation(plans={"a": plan}, terms={"a": {"answer_s": (0.01, 0.3)}}).start()
        client = await sim.client()
        orders = sim.order(client, 60)
        await sim.sleep(8.0)
        assert not sim.carriers["a"].ledger.taken
        sim.carriers["a"].heal(sim.now)
        await sim.rest()
        check_order(sim, "a", destinations(orders))
        return sim

    end_well(scenario)


def test_a_slow_carrier_by_its_own_rate_takes_everything() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(channels=[channel(window_max=4)], terms={"a": {"rate_per_s": 20.0}}).start()
        client = await sim.client()
        sim.order(client, 200)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 200}
        return sim

    end_well(scenario)


def test_our_own_rate_is_kept() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(channels=[channel(rate_per_s=30.0)]).start()
        client = await sim.client()
        orders = sim.order(client, 300)
        started_at = sim.now
        await sim.rest()
        assert 9.0 < sim.now - started_at < 16.0
        check_order(sim, "a", destinations(orders))
        return sim

    end_well(scenario)


def test_long_messages_over_a_slow_channel() -> None:
    """Three parts leave together though the rate's burst is one segment; on the whole the rate is kept."""

    async def scenario() -> Simulation:
        sim = await Simulation(channels=[channel(rate_per_s=2.0)]).start()
        client = await sim.client()
        sim.order(client, 10, "慢慢来的长短信" * 25)
        started_at = sim.now
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 10}
        assert sim.now - started_at > 26 / 2
        return sim

    end_well(scenario, late_answers=True)  # a whole message may be larger than the burst


def test_rate_is_kept_after_the_store_stalled() -> None:
    """What was claimed while nothing committed does not leave in one burst."""

    async def scenario() -> Simulation:
        sim = await Simulation(channels=[channel(rate_per_s=40.0, window_max=100)]).start()
        client = await sim.client()
        sim.order(client, 100)
        for _ in range(4):
            await sim.sleep(0.5)
            sim.disk.is_away = True
            await sim.sleep(1.5)
            sim.disk.is_away = False
        await sim.rest()
        return sim

    end_well(scenario)


def test_part_throttled_while_others_are_in_flight() -> None:
    """The part that was thrown back waits until the others are answered, and only it is sent again."""

    async def scenario() -> Simulation:
        plan = FaultPlan(throttled=0.3)
        sim = await Simulation(plans={"a": plan}, terms={"a": {"answer_s": (0.05, 3.0)}}).start()
        client = await sim.client()
        sim.order(client, 30, "有一段被退回的长短信" * 20)
        await sim.sleep(60.0)
        sim.heal()
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 30}
        return sim

    end_well(scenario)


# --- outcome unknown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", UnknownPolicy)
@pytest.mark.parametrize("text", ["", "三段长短信" * 30])
def test_link_lost_in_flight(policy: UnknownPolicy, text: str) -> None:
    """The carrier took them and could not say so. Each policy does what it says, for every part."""

    async def scenario() -> Simulation:
        sim = Simulation(accounts=[account(unknown_policy=policy)], terms={"a": {"answer_s": (1.0, 1.0)}})
        await sim.start()
        client = await sim.client()
        sim.order(client, 5, text)
        await sim.sleep(0.5)
        in_flight = sim.carriers["a"].ledger.taken
        assert in_flight
        sim.loop.net.cut(CARRIER)
        await sim.rest()
        ledger = sim.carriers["a"].ledger
        parts = 3 if text else 1
        if policy is UnknownPolicy.FAIL:
            assert client.totals.outcomes == {"failed": 5}
        else:
            assert client.totals.outcomes == {"delivered": 5}
        assert ledger.taken == 5 * parts + (in_flight if policy is UnknownPolicy.RESEND_ONCE else 0)
        return sim

    end_well(scenario)


def test_resend_is_once_across_a_crash() -> None:
    """Lost in flight, sent again, lost again by a crash: not sent a third time."""

    async def scenario() -> Simulation:
        policy = UnknownPolicy.RESEND_ONCE
        sim = Simulation(accounts=[account(unknown_policy=policy)], terms={"a": {"answer_s": (2.0, 2.0)}})
        await sim.start()
        client = await sim.client()
        sim.order(client, 3)
        await sim.sleep(0.5)
        sim.loop.net.cut(CARRIER)
        await sim.until(lambda: sim.carriers["a"].ledger.taken == 6, "sent again")
        sim.crash_node()
        await sim.start_node()
        await sim.rest()
        assert sim.carriers["a"].ledger.taken == 6
        return sim

    end_well(scenario)


def test_late_answers_after_the_deadline() -> None:
    """An answer that comes after its deadline still names its segment; a late refusal does not undo a second try."""

    async def scenario() -> Simulation:
        policy = UnknownPolicy.RESEND_ONCE
        late = FaultPlan(late=0.5, late_s=14.0, throttled=0.2, busy=0.1, refused=0.1)
        sim = Simulation(
            accounts=[account(unknown_policy=policy)], channels=[channel(response_timeout_s=3.0)], plans={"a": late}
        )
        await sim.start()
        client = await sim.client()
        sim.order(client, 300)
        await sim.sleep(60.0)
        sim.heal()
        await sim.rest()
        return sim

    end_well(scenario, late_answers=True)


def test_half_closed_link_counts_as_lost() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(terms={"a": {"answer_s": (0.5, 0.5)}}).start()
        client = await sim.client()
        sim.order(client, 20)
        await sim.sleep(0.3)
        sim.loop.net.half_close(CARRIER)
        await sim.rest()
        return sim

    end_well(scenario)


def test_carrier_unbinds_while_claims_commit() -> None:
    """A goodbye at any moment refuses nothing: what was not written goes when the link is back."""

    async def scenario() -> Simulation:
        sim = await Simulation(plans={"a": FaultPlan(unbind=0.1)}).start()
        client = await sim.client()
        sim.order(client, 300)
        await sim.sleep(60.0)
        sim.heal()
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 300}
        return sim

    end_well(scenario)


# --- receipts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [
        FaultPlan(receipt_early=1.0, late=1.0),
        FaultPlan(receipt_doubled=1.0),
        FaultPlan(receipt_stray=1.0),
        FaultPlan(receipt_garbled=1.0),
        FaultPlan(receipt_early=1.0, late=1.0, receipt_doubled=1.0, receipt_stray=1.0),
        FaultPlan(receipt_reordered=1.0, reorder_s=5.0),
        FaultPlan(doubled=1.0),
    ],
    ids=str,
)
@pytest.mark.parametrize("wire", WIRES.values(), ids=WIRES)
def test_odd_receipts(plan: FaultPlan, wire: Wire) -> None:
    """Early, doubled, stray, garbled, reordered: each segment gets its one outcome and the client one receipt."""

    async def scenario() -> Simulation:
        sim = await Simulation(channels=[channel(wire=wire)], plans={"a": plan}).start()
        client = await sim.client()
        sim.order(client, 100)
        sim.order(client, 10, "早到的长短信" * 30)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 110}
        return sim

    end_well(scenario)


def test_receipts_told_again_after_a_crash() -> None:
    """Memory is gone, the carrier tells twice: the store finds each segment, and it ends once."""

    async def scenario() -> Simulation:
        plan = FaultPlan(receipt_doubled=1.0)
        sim = await Simulation(plans={"a": plan}, terms={"a": {"receipt_s": (5.0, 5.0)}}).start()
        client = await sim.client()
        sim.order(client, 60)
        sim.order(client, 10, "要等回执的长短信" * 20)
        await sim.sleep(4.0)
        sim.crash_node()
        await sim.start_node()
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 70}
        return sim

    end_well(scenario)


def test_unknown_receipt_is_kept_and_found_by_its_answer() -> None:
    """The receipt came, the gateway died, the answer never came: in doubt by destination, or kept in the table."""

    async def scenario() -> Simulation:
        plan = FaultPlan(receipt_early=1.0, lost=1.0)
        sim = await Simulation(plans={"a": plan}).start()
        client = await sim.client()
        sim.order(client, 5)
        await sim.sleep(2.0)
        sim.crash_node()
        await sim.start_node()
        sim.heal()
        await sim.rest()
        return sim

    end_well(scenario)


def test_no_receipt_ends_as_unknown_and_uncharged() -> None:
    """What waited too long is closed; a receipt that comes after all changes nothing."""

    async def scenario() -> Simulation:
        sim = Simulation(terms={"a": {"receipt_s": (1_200.0, 1_210.0)}}, limits=FlowLimits(receipt_wait_s=900.0))
        await sim.start()
        client = await sim.client()
        sim.order(client, 10)
        sim.order(client, 3, "无回执的长短信" * 20)
        await sim.rest()
        assert client.totals.outcomes == {"unknown": 13}
        await sim.sleep(600.0)
        assert sim.carriers["a"].ledger.counts["receipt_acked"] == 10 + 3 * 3
        await sim.rest()
        return sim

    end_well(scenario)
