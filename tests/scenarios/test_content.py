"""Contents that are stopped while they wait, and messages that wait for an operator's word (S1-5)."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from gateway.content.kills import Kill, KillKind
from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.domain.outcome import State
from gateway.flows.compliance.contents import Swept
from gateway.flows.interfaces import FlowLimits
from tests.gateway.contracts.shipped import S0
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation

DOUBT = ContentLists(Lexicon([Category("doubt", "存疑", "S1-5(7) S0-7.5", WordAction.REVIEW, ("待审样例",))]))
FEW = FlowLimits(active_max=50, refill_page=20, receipt_wait_s=900.0)
SLOW = {"a": {"rate_per_s": 0.0}}
HOUR_S = 3600.0


async def stop(sim: Simulation, text: str, kind: KillKind = KillKind.TEXT, account: str = "acme") -> Swept:
    """What the command does: store it, put it in force, end what waits."""
    contents = sim.node.flows.contents
    await contents.store.add_kill(Kill(0, kind, text, account, reason="举报", at=sim.now), None)
    await contents.restore()
    await sim.node.journal.touch()
    return await contents.sweep(lambda message: message.account.name == account)


def states(sim: Simulation) -> Counter[State]:
    return Counter(State(row["state"]) for row in sim.disk.outcomes.values())


def submit_many(sim: Simulation) -> None:
    """Let nothing leave: the channel pauses."""
    sim.node.flows.dispatch.senders["a"].is_paused = True


def clear(sim: Simulation) -> None:
    sim.node.flows.dispatch.senders["a"].is_paused = False
    sim.node.flows.dispatch.senders["a"].claim_waiting()


def test_the_rest_of_a_batch_stops_and_its_holds_come_back() -> None:
    """S1-5(6): of 500 messages 100 are gone; the other 400, most of them in the store only, end as REJECTD."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        sim.order(client, 100, "全新活动开始了")
        await sim.rest()
        before = sim.node.flows.book.available("acme")
        submit_many(sim)
        orders = sim.order(client, 400, "全新活动开始了")
        other = sim.order(client, 5, "另一件事")
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all accepted")
        held = before - sim.node.flows.book.available("acme")
        swept = await stop(sim, "000001 全新活动开始了")
        assert (swept.messages, swept.segments) == (400, 400)
        assert swept.released_hao == held * 400 // 405
        again = await ask(sim, client, "999999 全新，活动开始了！")
        assert refusal_of(again)[1] == "CONTENT S0-6.5"
        clear(sim)
        await sim.rest()
        assert states(sim) == {State.DELIVERED: 105, State.REJECTED: 400}
        assert {part.stat for order in orders for part in order.parts} == {"REJECTD"}
        assert {part.stat for order in other for part in order.parts} == {"DELIVRD"}

    simulate_with(scenario, accounts=[account_under(S0, window_max=500)], limits=FEW)


def test_a_stopped_content_stays_stopped_after_a_crash_wherever_it_waited() -> None:
    """Nothing is swept here: what the store brings back ends as it is taken from its queue."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        submit_many(sim)
        sim.order(client, 300, "样例活动")
        sim.order(client, 5, "另一件事")
        await sim.until(lambda: not client.waiting and not sim.in_flight, "all accepted")
        kill = Kill(0, KillKind.PHRASE, "样例活动", "", at=sim.now)
        await sim.node.flows.contents.store.add_kill(kill, None)
        sim.crash_node()
        await sim.start_node()
        await sim.until(lambda: client.is_bound, "bound again")
        assert refusal_of(await ask(sim, client, "样-例-活-动"))[1] == "CONTENT S0-6.5"
        await sim.rest()
        assert states(sim) == {State.DELIVERED: 5, State.REJECTED: 300}

    simulate_with(scenario, limits=FEW)


def test_stopping_while_messages_leave_and_pages_are_read() -> None:
    """Whatever races with the sweep: each message ends once, and none leaves after that."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        sim.order(client, 600, "样例活动")
        await sim.sleep(0.4)
        await asyncio.gather(stop(sim, "样例活动", KillKind.PHRASE), stop(sim, "活动", KillKind.PHRASE))
        await sim.rest()
        found = states(sim)
        refused = sum(refusal_of(order)[0] == 0x413 for order in client.book.orders)
        assert found.keys() <= {State.DELIVERED, State.REJECTED}
        assert found.total() + refused == 600
        assert found[State.DELIVERED] == len(sim.carriers["a"].ledger.segments)

    for seed in (1, 2, 3):
        simulate_with(scenario, limits=FEW, seed=seed, terms={"a": {"answer_s": (0.01, 0.05)}})


# ── review ──
@pytest.mark.parametrize("crash", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize(("word", "end"), [("approve", State.DELIVERED), ("reject", State.REJECTED),
                                           ("", State.EXPIRED)])
def test_a_doubtful_message_waits_for_a_word(word: str, end: State, crash: bool) -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        before = sim.node.flows.book.available("acme")
        for _ in range(3):
            assert refusal_of(await ask(sim, client, "这是待审样例"))[0] == 0
        await sim.sleep(600.0)
        assert not sim.disk.outcomes and not sim.carriers["a"].ledger.segments
        if crash:
            sim.crash_node()
            await sim.start_node()
            await sim.until(lambda: client.is_bound, "bound again")
            await sim.sleep(10.0)
        reviews = sim.node.flows.reviews
        for message_id in list(sim.disk.messages) if word else []:
            await getattr(reviews, word)(message_id)
            with pytest.raises(LookupError):
                await getattr(reviews, word)(message_id)
                await sim.node.journal.touch()
                await getattr(reviews, word)(message_id)
        if not word:
            await sim.sleep(4 * HOUR_S)
        await sim.rest()
        assert states(sim) == {end: 3}
        cost = 3 * 500 if end is State.DELIVERED else 0
        assert sim.node.flows.book.available("acme") == before - cost
        with pytest.raises(LookupError):
            await reviews.approve(12345)

    simulate_with(scenario, profiles=[variant(S0, review_h=4)], content=DOUBT, limits=FEW)


def test_an_approved_message_survives_a_crash_and_keeps_its_hours() -> None:
    """Approved at night, a batch message leaves in the morning, whatever happened in between."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await sim.sleep(14 * HOUR_S)  # the simulation begins in the morning
        assert refusal_of(await ask(sim, client, "这是待审样例"))[0] == 0
        await sim.sleep(60.0)
        (message_id,) = sim.disk.messages
        await sim.node.flows.reviews.approve(message_id)
        await sim.node.journal.touch()
        sim.crash_node()
        await sim.start_node()
        await sim.sleep(HOUR_S)
        assert not sim.disk.outcomes and not sim.carriers["a"].ledger.segments
        await sim.sleep(12 * HOUR_S)
        await sim.rest()
        assert states(sim) == {State.DELIVERED: 1}

    night = account_under(S0, message_class="batch")
    simulate_with(scenario, profiles=[variant(S0, review_h=72)], accounts=[night], content=DOUBT, limits=FEW)
