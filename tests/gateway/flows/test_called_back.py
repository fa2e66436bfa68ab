"""Claims that come to nothing: a channel's rate forgets them, else it would let nothing out any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from gateway.domain.account import MessageClass
from gateway.domain.outcome import State
from tests.gateway.flows.bench import Bench, Hand, channel, run_on_bench
from tests.gateway.pipeline.builders import account

CLOSES_S = 9 * 3600.0  # scenarios begin at noon; batch messages leave until 21:00 and from 07:00 on
BATCH = account(message_class=MessageClass.BATCH, price_hao=500)
RATE_PER_S = 10.0  # two at once at most
COMMIT_S = 0.1
LONG = "长" * 100  # two segments


async def _closing(bench: Bench, link: Hand) -> None:
    """The hours end while the claims commit; next day's messages are those of this morning."""
    await bench.settle(1.0)
    assert link.segments == []
    await bench.settle(10 * 3600.0)


async def _unbound(bench: Bench, link: Hand) -> None:
    """The link ends while the claims commit, and comes back."""
    link.is_bound = False
    await bench.settle(1.0)
    assert link.segments == []
    link.is_bound = True
    bench.flows.dispatch.senders["a"].claim_waiting()
    await bench.settle(5.0)


async def _unfit(bench: Bench, link: Hand) -> None:
    """The store does not take these claims: their messages end, others leave."""
    bench.disk.is_unfit = lambda table, _: table == "claims"
    await bench.settle(1.0)
    assert link.segments == [] and bench.states == [State.REJECTED] and len(bench.alarms) == 1
    bench.alarms.clear()
    bench.disk.is_unfit = lambda table, _: False
    bench.flows.intake.submit(bench.made(LONG), bench.client, 1)
    await bench.settle(5.0)


@pytest.mark.parametrize(("comes_to_nothing", "begins_s"), [(_closing, CLOSES_S - 0.2), (_unbound, 60), (_unfit, 60)])
def test_a_claim_that_came_to_nothing_takes_nothing_of_the_rate(
    comes_to_nothing: Callable[[Bench, Hand], Awaitable[None]], begins_s: float
) -> None:

    async def scenario() -> Bench:
        bench = await Bench(accounts=[BATCH], channels=[channel(rate_per_s=RATE_PER_S)], commit_s=COMMIT_S).start()
        link = bench.link()
        await bench.settle(begins_s - bench.loop.time())
        bench.flows.intake.submit(bench.made(LONG), bench.client, 0)
        await bench.settle(0.15)
        assert link._claimed == 2
        await comes_to_nothing(bench, link)
        assert len(link.segments) == 2 and (link._claimed, bench.queued) == (0, 0)
        assert not [event for event, _ in bench.events if event == "claims_lost"]
        return bench

    run_on_bench(scenario)


def test_messages_that_the_store_did_not_take_take_nothing_of_the_rate() -> None:
    async def scenario() -> Bench:
        bench = await Bench(channels=[channel(rate_per_s=10 * RATE_PER_S)]).start()
        link = bench.link()
        bench.disk.is_unfit = lambda table, _: table == "messages"
        for _ in range(6):  # 12 segments; 10 may leave at once
            await bench.settle(5.0)
            await bench.submit(bench.made(LONG))
        bench.disk.is_unfit = lambda table, _: False
        await bench.submit(bench.made(LONG))
        await bench.settle(5.0)
        assert len(link.segments) == 2 and (link.claims, link._claimed) == (14, 0)
        bench.alarms.clear()  # of the six
        return bench

    run_on_bench(scenario)
