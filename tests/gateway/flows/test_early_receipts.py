"""Receipts that come before the answer that names their segment: parked, taken, forgotten, and what remains of them."""

from __future__ import annotations

from gateway.domain.account import UnknownPolicy
from gateway.domain.outcome import Answer, State
from gateway.flows.interfaces import FlowLimits
from tests.gateway.flows.bench import PRICE_HAO, Bench, run_on_bench
from tests.gateway.pipeline.builders import account

PARKED_S = 100.0
LIMITS = FlowLimits(parked_s=PARKED_S)


def unmatched(bench: Bench) -> list[str]:
    """Ids of receipts in the table that no answer has named."""
    return [row["carrier_message_id"] for row in bench.disk.unmatched if not row["matched"]]


def test_an_answer_takes_the_receipt_that_came_before_it() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=LIMITS).start()
        link = bench.link()
        await bench.submit()
        await bench.receive("c1")
        assert unmatched(bench) == ["c1"] and bench.states == []
        await link.answer(carrier_id="c1")
        assert bench.states == [State.DELIVERED] and unmatched(bench) == []
        return bench

    run_on_bench(scenario)


def test_a_receipt_with_two_spellings_is_taken_once() -> None:
    """The other spelling may be the id of another segment; the row in the table is the first one's."""

    async def scenario() -> Bench:
        bench = await Bench(limits=LIMITS).start()
        link = bench.link()
        await bench.submit(bench.made(), bench.made())
        await bench.receive(("ff", "255"))
        await link.answer(carrier_id="255")
        assert bench.states == [State.DELIVERED] and unmatched(bench) == []
        await link.answer(carrier_id="ff")
        assert bench.states == [State.DELIVERED]
        return bench

    run_on_bench(scenario)


def test_a_forgotten_receipt_stays_in_the_table_and_is_found_after_a_restart() -> None:
    async def scenario() -> Bench:
        first = await Bench(limits=LIMITS).start()
        link = first.link()
        await first.submit(first.made(), first.made())
        await first.receive("c1")
        await first.receive("c2")
        await first.settle(PARKED_S / 2)
        first.flows.receipts.forget_parked()
        await link.answer(carrier_id="c1")
        assert first.states == [State.DELIVERED]
        await first.settle(PARKED_S)
        first.flows.receipts.forget_parked()
        await link.answer(carrier_id="c2")
        assert first.states == [State.DELIVERED] and unmatched(first) == ["c2"]
        bench = await Bench(limits=LIMITS, disk=await first.die()).start()
        assert bench.states == [State.DELIVERED] * 2 and unmatched(bench) == []
        return bench

    run_on_bench(scenario)


def test_a_receipt_that_is_told_again_holds_up_no_other() -> None:
    """The time of each runs by itself, whatever the carrier repeats."""

    async def scenario() -> Bench:
        bench = await Bench(limits=LIMITS).start()
        link = bench.link()
        await bench.submit()
        await bench.receive("foreign")
        await bench.receive("c1")
        for _ in range(3):
            await bench.settle(PARKED_S / 2)
            await bench.receive("foreign")
        bench.flows.receipts.forget_parked()
        await link.answer(carrier_id="c1")
        assert bench.states == []
        return bench

    run_on_bench(scenario)


def test_parked_receipts_are_bounded_by_number_and_survive_a_restart() -> None:
    async def scenario() -> Bench:
        first = await Bench(limits=FlowLimits(parked_max=2)).start()
        first.link()
        await first.submit()
        for carrier_id in ("c1", "c2", "c3"):
            await first.receive(carrier_id)
        bench = await Bench(limits=FlowLimits(parked_max=3), disk=await first.die()).start()
        link = bench.link()
        await bench.submit()
        await link.answer(carrier_id="c3")
        assert bench.states == [State.DELIVERED]
        return bench

    run_on_bench(scenario)


def test_a_receipt_before_a_lost_answer_settles_its_segment() -> None:
    """It came while the segment was in flight, then the link was lost: its phone tells whose it is."""

    async def scenario() -> Bench:
        bench = await Bench(limits=LIMITS).start()
        link = bench.link()
        one = bench.made()
        await bench.submit(one)
        await bench.receive("c1", destination=one.destination)
        await link.lose()
        assert bench.states == [State.DELIVERED] and unmatched(bench) == []
        return bench

    run_on_bench(scenario)


def test_a_receipt_from_before_a_message_is_not_its_own() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=LIMITS).start()
        link = bench.link()
        one = bench.made()
        await bench.receive("foreign", destination=one.destination)
        await bench.settle(5.0)
        await bench.submit(one)
        await link.lose()
        assert bench.states == [] and unmatched(bench) == ["foreign"]
        return bench

    run_on_bench(scenario)


def test_a_lost_segment_that_is_sent_again_does_not_wait_for_the_first_receipt() -> None:
    async def scenario() -> Bench:
        own = account(price_hao=PRICE_HAO, unknown_policy=UnknownPolicy.RESEND_ONCE)
        bench = await Bench(accounts=[own], limits=LIMITS).start()
        link = bench.link()
        await bench.submit()
        await link.lose()
        await bench.settle(1.0)
        await link.answer(carrier_id="c2", answer=Answer.ACCEPTED)
        await bench.receive("c2")
        assert bench.states == [State.DELIVERED]
        return bench

    run_on_bench(scenario)
