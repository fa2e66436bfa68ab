"""One named scenario for each promise: throttling, outcomes unknown, receipts. Each ends with the same checkers."""

from __future__ import annotations

import pytest

from gateway.domain.account import UnknownPolicy
from gateway.domain.wire import Wire
from gateway.flows.interfaces import FlowLimits
from gateway.simulator.fault_plan import FaultPlan
from tests.simulation.checked_runs import CARRIER, WIRES, destinations, end_well, taken
from tests.simulation.checkers import check_order
from tests.simulation.world import World, account, channel


@pytest.mark.parametrize("ours", WIRES)
@pytest.mark.parametrize("theirs", ["smpp", "cmpp20", "cmpp30"])
def test_everything_calm(ours: str, theirs: str) -> None:
    async def scenario() -> World:
        world = await World(channels=[channel(wire=WIRES[theirs])]).start()
        client = await world.client(protocol=ours)
        orders = world.order(client, 100)
        world.order(client, 10, "长短信" * 50)
        world.order(client, 10, wants_receipt=False)
        await world.rest()
        assert client.totals.outcomes == {"delivered": 110, "accepted": 10}
        check_order(world, "a", destinations(orders) + taken(world)[100:])
        return world

    end_well(scenario)


# --- throttling ------------------------------------------------------------------------------------------------------


def test_throttling_keeps_the_order() -> None:
    """Everything in flight is thrown back, several answers apart; it leaves again in the order it came."""

    async def scenario() -> World:
        plan = FaultPlan(throttled=1.0)
        world = await World(plans={"a": plan}, terms={"a": {"answer_s": (0.01, 0.3)}}).start()
        client = await world.client()
        orders = world.order(client, 60)
        await world.sleep(8.0)
        assert not world.carriers["a"].ledger.taken
        world.carriers["a"].heal(world.now)
        await world.rest()
        check_order(world, "a", destinations(orders))
        return world

    end_well(scenario)


def test_a_slow_carrier_by_its_own_rate_takes_everything() -> None:
    async def scenario() -> World:
        world = await World(channels=[channel(window_max=4)], terms={"a": {"rate_per_s": 20.0}}).start()
        client = await world.client()
        world.order(client, 200)
        await world.rest()
        assert client.totals.outcomes == {"delivered": 200}
        return world

    end_well(scenario)


def test_our_own_rate_is_kept() -> None:
    async def scenario() -> World:
        world = await World(channels=[channel(rate_per_s=30.0)]).start()
        client = await world.client()
        orders = world.order(client, 300)
        started_at = world.now
        await world.rest()
        assert 9.0 < world.now - started_at < 16.0
        check_order(world, "a", destinations(orders))
        return world

    end_well(scenario)


def test_long_messages_over_a_slow_channel() -> None:
    """Three parts leave together though the rate's burst is one segment; on the whole the rate is kept."""

    async def scenario() -> World:
        world = await World(channels=[channel(rate_per_s=2.0)]).start()
        client = await world.client()
        world.order(client, 10, "慢慢来的长短信" * 25)
        started_at = world.now
        await world.rest()
        assert client.totals.outcomes == {"delivered": 10}
        assert world.now - started_at > 26 / 2
        return world

    end_well(scenario, late_answers=True)  # a whole message may be larger than the burst


def test_rate_is_kept_after_the_store_stalled() -> None:
    """What was claimed while nothing committed does not leave in one burst."""

    async def scenario() -> World:
        world = await World(channels=[channel(rate_per_s=40.0, window_max=100)]).start()
        client = await world.client()
        world.order(client, 100)
        for _ in range(4):
            await world.sleep(0.5)
            world.disk.is_away = True
            await world.sleep(1.5)
            world.disk.is_away = False
        await world.rest()
        return world

    end_well(scenario)


def test_part_throttled_while_others_are_in_flight() -> None:
    """The part that was thrown back waits until the others are answered, and only it is sent again."""

    async def scenario() -> World:
        plan = FaultPlan(throttled=0.3)
        world = await World(plans={"a": plan}, terms={"a": {"answer_s": (0.05, 3.0)}}).start()
        client = await world.client()
        world.order(client, 30, "有一段被退回的长短信" * 20)
        await world.sleep(60.0)
        world.heal()
        await world.rest()
        assert client.totals.outcomes == {"delivered": 30}
        return world

    end_well(scenario)


# --- outcome unknown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", UnknownPolicy)
@pytest.mark.parametrize("text", ["", "三段长短信" * 30])
def test_link_lost_in_flight(policy: UnknownPolicy, text: str) -> None:
    """The carrier took them and could not say so. Each policy does what it says, for every part."""

    async def scenario() -> World:
        world = World(accounts=[account(unknown_policy=policy)], terms={"a": {"answer_s": (1.0, 1.0)}})
        await world.start()
        client = await world.client()
        world.order(client, 5, text)
        await world.sleep(0.5)
        in_flight = world.carriers["a"].ledger.taken
        assert in_flight
        world.loop.net.cut(CARRIER)
        await world.rest()
        ledger = world.carriers["a"].ledger
        parts = 3 if text else 1
        if policy is UnknownPolicy.FAIL:
            assert client.totals.outcomes == {"failed": 5}
        else:
            assert client.totals.outcomes == {"delivered": 5}
        assert ledger.taken == 5 * parts + (in_flight if policy is UnknownPolicy.RESEND_ONCE else 0)
        return world

    end_well(scenario)


def test_resend_is_once_across_a_crash() -> None:
    """Lost in flight, sent again, lost again by a crash: not sent a third time."""

    async def scenario() -> World:
        policy = UnknownPolicy.RESEND_ONCE
        world = World(accounts=[account(unknown_policy=policy)], terms={"a": {"answer_s": (2.0, 2.0)}})
        await world.start()
        client = await world.client()
        world.order(client, 3)
        await world.sleep(0.5)
        world.loop.net.cut(CARRIER)
        await world.until(lambda: world.carriers["a"].ledger.taken == 6, "sent again")
        world.crash_node()
        await world.start_node()
        await world.rest()
        assert world.carriers["a"].ledger.taken == 6
        return world

    end_well(scenario)


def test_late_answers_after_the_deadline() -> None:
    """An answer that comes after its deadline still names its segment; a late refusal does not undo a second try."""

    async def scenario() -> World:
        policy = UnknownPolicy.RESEND_ONCE
        late = FaultPlan(late=0.5, late_s=14.0, throttled=0.2, busy=0.1, refused=0.1)
        world = World(
            accounts=[account(unknown_policy=policy)], channels=[channel(response_timeout_s=3.0)], plans={"a": late}
        )
        await world.start()
        client = await world.client()
        world.order(client, 300)
        await world.sleep(60.0)
        world.heal()
        await world.rest()
        return world

    end_well(scenario, late_answers=True)


def test_half_closed_link_counts_as_lost() -> None:
    async def scenario() -> World:
        world = await World(terms={"a": {"answer_s": (0.5, 0.5)}}).start()
        client = await world.client()
        world.order(client, 20)
        await world.sleep(0.3)
        world.loop.net.half_close(CARRIER)
        await world.rest()
        return world

    end_well(scenario)


def test_carrier_unbinds_while_claims_commit() -> None:
    """A goodbye at any moment refuses nothing: what was not written goes when the link is back."""

    async def scenario() -> World:
        world = await World(plans={"a": FaultPlan(unbind=0.1)}).start()
        client = await world.client()
        world.order(client, 300)
        await world.sleep(60.0)
        world.heal()
        await world.rest()
        assert client.totals.outcomes == {"delivered": 300}
        return world

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

    async def scenario() -> World:
        world = await World(channels=[channel(wire=wire)], plans={"a": plan}).start()
        client = await world.client()
        world.order(client, 100)
        world.order(client, 10, "早到的长短信" * 30)
        await world.rest()
        assert client.totals.outcomes == {"delivered": 110}
        return world

    end_well(scenario)


def test_receipts_told_again_after_a_crash() -> None:
    """Memory is gone, the carrier tells twice: the store finds each segment, and it ends once."""

    async def scenario() -> World:
        plan = FaultPlan(receipt_doubled=1.0)
        world = await World(plans={"a": plan}, terms={"a": {"receipt_s": (5.0, 5.0)}}).start()
        client = await world.client()
        world.order(client, 60)
        world.order(client, 10, "要等回执的长短信" * 20)
        await world.sleep(4.0)
        world.crash_node()
        await world.start_node()
        await world.rest()
        assert client.totals.outcomes == {"delivered": 70}
        return world

    end_well(scenario)


def test_unknown_receipt_is_kept_and_found_by_its_answer() -> None:
    """The receipt came, the gateway died, the answer never came: in doubt by destination, or kept in the table."""

    async def scenario() -> World:
        plan = FaultPlan(receipt_early=1.0, lost=1.0)
        world = await World(plans={"a": plan}).start()
        client = await world.client()
        world.order(client, 5)
        await world.sleep(2.0)
        world.crash_node()
        await world.start_node()
        world.heal()
        await world.rest()
        return world

    end_well(scenario)


def test_no_receipt_ends_as_unknown_and_uncharged() -> None:
    """What waited too long is closed; a receipt that comes after all changes nothing."""

    async def scenario() -> World:
        world = World(terms={"a": {"receipt_s": (1_200.0, 1_210.0)}}, limits=FlowLimits(receipt_wait_s=900.0))
        await world.start()
        client = await world.client()
        world.order(client, 10)
        world.order(client, 3, "无回执的长短信" * 20)
        await world.rest()
        assert client.totals.outcomes == {"unknown": 13}
        await world.sleep(600.0)
        assert world.carriers["a"].ledger.counts["receipt_acked"] == 10 + 3 * 3
        await world.rest()
        return world

    end_well(scenario)
