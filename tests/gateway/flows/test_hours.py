"""Sending hours where messages leave: the tail of a batch stops at the closing, others go on, the morning brings it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.contracts.profile import revise
from gateway.domain.account import MessageClass, ServiceCode
from gateway.domain.message import SegmentState
from gateway.flows.interfaces import FlowLimits
from tests.gateway.contracts.shipped import S0
from tests.gateway.flows.bench import Bench, channel, run_on_bench
from tests.gateway.pipeline.builders import account

CLOSES_S = 9 * 3600.0  # scenarios begin at noon
OPENS_S = CLOSES_S + 10 * 3600
BATCH = account(message_class=MessageClass.BATCH, price_hao=500)


async def until(bench: Bench, at_s: float) -> None:
    """Sleep until so many seconds after noon."""
    await asyncio.sleep(at_s - bench.loop.time())


@pytest.mark.parametrize("active_max", [2, 100])
def test_what_waits_at_the_closing_waits_until_the_opening(active_max: int) -> None:
    """In order, and triggered messages go on behind it."""

    async def scenario() -> Bench:
        limits = FlowLimits(active_max=active_max, refill_page=2)
        bench = await Bench(accounts=[BATCH], limits=limits).start()
        waiting = await bench.submit(*(bench.made() for _ in range(5)))
        await until(bench, CLOSES_S)
        link = bench.link()
        await bench.settle(2.0)
        assert link.segments == []
        (urgent,) = await bench.submit(bench.made(message_class=MessageClass.TRIGGERED))
        assert [message.id for message, _ in link.segments] == [urgent]
        (late,) = await bench.submit()
        await until(bench, OPENS_S - 0.1)
        assert len(link.segments) == 1 and bench.queued == 6
        await until(bench, OPENS_S + 30)
        assert [message.id for message, _ in link.segments] == [urgent, *waiting, late]
        assert bench.queued == 0
        return bench

    run_on_bench(scenario)


def test_the_last_instant_before_the_closing_is_inside() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[BATCH]).start()
        await bench.submit(*(bench.made() for _ in range(3)))
        link = bench.link(window=0)
        await until(bench, CLOSES_S - 0.5)
        link._window = 1
        bench.flows.dispatch.senders["a"].claim_waiting()
        await until(bench, CLOSES_S)
        link._window = 10
        bench.flows.dispatch.senders["a"].claim_waiting()
        await bench.settle(60.0)
        assert len(link.segments) == 1
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("is_placed", [True, False])
def test_a_claim_that_commits_after_the_closing_is_called_back(is_placed: bool) -> None:
    """What counts is the submit to the carrier. A restart in the night knows that nothing was written."""

    async def scenario() -> Bench:
        bench = await Bench(accounts=[BATCH], commit_s=0.2).start()
        link = bench.link()
        link.is_bound = is_placed
        await until(bench, CLOSES_S - 0.5)
        bench.flows.intake.submit(bench.made(), bench.client, 0)
        await until(bench, CLOSES_S - 0.1)
        if is_placed:
            bench.flows.intake.submit(bench.made(), bench.client, 1)
        else:
            link.is_bound = True
            bench.flows.dispatch.senders["a"].claim_waiting()
        await bench.settle(5.0)
        called_back = bench.client.answers[int(is_placed)]
        assert len(link.segments) == is_placed and link.room == 1_000 - is_placed
        assert bench.queued == 1
        again = await Bench(accounts=[BATCH], disk=await bench.die()).start()
        link = again.link()
        await until(again, OPENS_S - 0.1)
        assert link.segments == []
        await until(again, OPENS_S + 5)
        ((message, index),) = link.segments
        assert message.id == called_back and message.states[index] == SegmentState.CLAIMED
        return again

    run_on_bench(scenario)


def test_a_restart_in_the_night_holds_the_tail_again() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[BATCH]).start()
        waiting = await bench.submit(*(bench.made() for _ in range(4)))
        await until(bench, CLOSES_S + 60)
        again = await Bench(accounts=[BATCH], disk=await bench.die()).start()
        link = again.link()
        await until(again, OPENS_S - 1)
        assert link.segments == []
        await until(again, OPENS_S + 30)
        assert [message.id for message, _ in link.segments] == waiting
        return again

    run_on_bench(scenario)


def test_hours_of_the_carriers_contract_count_as_well() -> None:
    """What the client may send at any hour waits for those of the channel."""

    async def scenario() -> Bench:
        up = channel(contract="up")
        bench = await Bench(accounts=[BATCH], channels=[channel()]).start()
        profiles = {S0.name: revise(S0, window_classes=[]), "up": revise(S0, name="up", window="[09:00,20:00)")}
        bench.flows.load({"acme": BATCH}, {"a": up}, profiles)
        link = bench.link()
        await until(bench, CLOSES_S - 3600)
        await bench.submit(bench.made(), bench.made(message_class=MessageClass.TRIGGERED))
        assert [message.message_class for message, _ in link.segments] == [MessageClass.TRIGGERED]
        await until(bench, OPENS_S + 2 * 3600 - 1)
        assert len(link.segments) == 1
        await until(bench, OPENS_S + 2 * 3600 + 1)
        assert len(link.segments) == 2
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("paced", ["channel", "account", "code", "both"])
def test_ten_thousand_at_twenty_a_second(paced: str) -> None:
    """From 20:55:00: 6,000 by 21:00, 4,000 from 07:00:00 to 07:03:20, in order."""

    async def scenario() -> Bench:
        by = {name: 20.0 if paced in (name, "both") else 0.0 for name in ("channel", "account", "code")}
        codes = (ServiceCode("10690123", rate_per_s=by["code"]),)
        sender = replace(BATCH, rate_per_s=by["account"], service_codes=codes)
        bench = await Bench(
            accounts=[sender], channels=[channel(rate_per_s=by["channel"])], limits=FlowLimits(active_max=3_000)
        ).start()
        link = bench.link(window=10**6)
        await until(bench, CLOSES_S - 300)
        for position in range(10_000):
            bench.flows.intake.submit(bench.made(), bench.client, position)
        await until(bench, CLOSES_S - 1)
        assert len(link.segments) in range(5_980, 5_982)
        await until(bench, OPENS_S - 1)
        assert len(link.segments) == 6_000
        await until(bench, OPENS_S + 100)
        assert len(link.segments) in range(8_000, 8_002)
        await until(bench, OPENS_S + 200)
        assert len(link.segments) == 10_000
        ids = [message.id for message, _ in link.segments]
        assert ids == sorted(ids)
        return bench

    run_on_bench(scenario)
