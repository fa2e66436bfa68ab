"""A carrier that reports on the last part of a long message only: what it says holds for the parts it took before."""

from __future__ import annotations

import pytest

from gateway.domain.channel import Quirks
from gateway.domain.outcome import Answer, State
from tests.gateway.flows.bench import Bench, Hand, channel, run_on_bench

QUIRK = Quirks(last_part_receipt_only=True)
D, R, U = State.DELIVERED, State.REJECTED, State.UNDELIVERABLE


async def three_parts(quirks: Quirks = QUIRK) -> tuple[Bench, Hand]:
    """Return a node whose link holds the three parts of a message, unanswered."""
    bench = await Bench(channels=[channel(quirks=quirks)]).start()
    link = bench.link()
    await bench.submit(*bench.parts(3))
    assert len(link.segments) == 3
    return bench, link


@pytest.mark.parametrize("state", [State.DELIVERED, State.UNDELIVERABLE, State.EXPIRED])
def test_the_last_receipt_ends_all(state: State) -> None:
    async def scenario() -> Bench:
        bench, link = await three_parts()
        for carrier_id in ("c1", "c2", "c3"):
            await link.answer(carrier_id=carrier_id)
        await bench.receive("c3", State.ACCEPTED)
        assert bench.states == []
        await bench.receive("c3", state, error="042")
        assert list(bench.outcomes.values()) == [(state, "042")] * 3
        await bench.receive("c1", State.DELIVERED)  # told after all: too late, and acknowledged
        assert bench.states == [state] * 3
        return bench

    run_on_bench(scenario)


def test_without_the_quirk_every_part_waits_for_its_own() -> None:
    async def scenario() -> Bench:
        bench, link = await three_parts(Quirks())
        for carrier_id in ("c1", "c2", "c3"):
            await link.answer(carrier_id=carrier_id)
        await bench.receive("c3")
        assert bench.states == []
        await bench.receive("c1")
        await bench.receive("c2", U)
        assert bench.states == [D, U, D]
        return bench

    run_on_bench(scenario)


def test_a_receipt_on_an_earlier_part_ends_that_part_only() -> None:
    async def scenario() -> Bench:
        bench, link = await three_parts()
        for carrier_id in ("c1", "c2", "c3"):
            await link.answer(carrier_id=carrier_id)
        await bench.receive("c2", U)
        assert bench.states == []
        await bench.receive("c3", D)
        assert bench.states == [D, U, D]
        return bench

    run_on_bench(scenario)


def test_a_refused_earlier_part_keeps_its_own_end() -> None:
    """And it is no word of the carrier on the part before it, which waits for the last one's receipt."""

    async def scenario() -> Bench:
        bench, link = await three_parts()
        await link.answer(0, "c1")
        await link.answer(0, answer=Answer.REFUSED, status=0x0B)
        await link.answer(0, "c3")
        assert bench.states == []
        await bench.receive("c3")
        assert bench.states == [D, R, D]
        return bench

    run_on_bench(scenario)


def test_a_refused_last_part_ends_those_before_it() -> None:
    """No receipt will come for them."""

    async def scenario() -> Bench:
        bench, link = await three_parts()
        await link.answer(0, "c1")
        await link.answer(0, "c2")
        await link.answer(0, answer=Answer.REFUSED, status=0x0B)
        assert bench.states == [R] * 3
        return bench

    run_on_bench(scenario)


def test_a_part_whose_answer_comes_after_the_receipt_ends_with_it() -> None:
    async def scenario() -> Bench:
        bench, link = await three_parts()
        await link.answer(2, "c3")
        await bench.receive("c3")
        assert bench.states == []
        await link.answer(0, "c1")
        await link.answer(0, "c2")
        assert bench.states == [D] * 3
        return bench

    run_on_bench(scenario)


def test_an_early_receipt_of_the_last_part_ends_those_before_it() -> None:
    async def scenario() -> Bench:
        bench, link = await three_parts()
        await bench.receive("c3")
        for carrier_id in ("c1", "c2", "c3"):
            await link.answer(carrier_id=carrier_id)
        assert bench.states == [D] * 3
        return bench

    run_on_bench(scenario)


def test_a_part_whose_outcome_is_unknown_is_not_said_to_be_delivered() -> None:
    """The carrier may never have had it: it waits for a receipt of its own, then its answer comes late after all."""

    async def scenario() -> Bench:
        bench, link = await three_parts()
        first, _ = link.segments[0]
        await link.answer(2, "c3")
        await link.answer(1, "c2")
        await link.lose()
        await bench.receive("c3")
        assert bench.states == []
        bench.flows.dispatch.answered(first, 0, Answer.ACCEPTED, "c1", 0, "", is_late=True)
        await bench.settle()
        assert bench.states == [D] * 3
        return bench

    run_on_bench(scenario)


def test_the_store_brings_back_the_earlier_parts() -> None:
    """After a restart nothing of the message is in memory; the last receipt still ends all of it."""

    async def scenario() -> Bench:
        first, link = await three_parts()
        for carrier_id in ("c1", "c2", "c3"):
            await link.answer(carrier_id=carrier_id)
        bench = await Bench(channels=[channel(quirks=QUIRK)], disk=await first.die()).start()
        await bench.receive("c3")
        assert bench.states == [D] * 3
        return bench

    run_on_bench(scenario)
