"""What the configuration forgot still ends; the wait for a receipt begins when a segment is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.account import UnknownPolicy
from gateway.domain.message import SegmentState
from gateway.domain.outcome import Answer, Receipt, State
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import FlowLimits
from gateway.flows.outbox.outbox import RETRY_S
from tests.gateway.flows.bench import OPENING_HAO, PRICE_HAO, Bench, Taker, channel, run_on_bench
from tests.gateway.pipeline.builders import account

HOUR_S = 3600.0
SHORT = FlowLimits(receipt_wait_s=2 * HOUR_S)


def final_states(bench: Bench) -> list[State]:
    return [State(row["state"]) for row in bench.disk.rows["outcomes"].values()]


def tell(bench: Bench, *carrier_ids: str, state: State = State.DELIVERED) -> None:
    """Let these receipts come in one read."""
    for carrier_id in carrier_ids:
        receipt = Receipt("a", (carrier_id,), state, "", bench.now)
        bench.flows.receipts.arrived(receipt, lambda _: None, None)


def test_a_receipt_for_an_account_that_left_the_configuration_settles() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        link = bench.link()
        await bench.submit()
        await link.answer(carrier_id="c1")
        stranger = account(name="other", login="other", price_hao=PRICE_HAO)
        again = await Bench(accounts=[stranger], disk=await bench.die()).start()
        assert again.flows.book.held("acme") == PRICE_HAO
        await again.receive("c1")
        assert final_states(again) == [State.DELIVERED]
        assert again.flows.book.held("acme") == 0
        assert again.flows.book.available("acme") == OPENING_HAO - PRICE_HAO
        assert again.flows.book.total() == 0
        return again

    run_on_bench(scenario)


@pytest.mark.parametrize("has_other", [True, False])
def test_what_waited_for_a_removed_channel_moves_on_or_ends(has_other: bool) -> None:
    async def scenario() -> Bench:
        bench = await Bench(channels=[channel("a")]).start()
        await bench.submit()
        left = [channel("b")] if has_other else [channel("b", prefixes=("19",))]
        again = await Bench(channels=left, disk=await bench.die()).start()
        link = again.link("b")
        await again.settle(1.0)
        if has_other:
            assert [message.channel for message, _ in link.segments] == ["b"]
            await link.answer(carrier_id="b1")
            await again.receive("b1", channel="b")
            assert final_states(again) == [State.DELIVERED]
        else:
            assert final_states(again) == [State.UNDELIVERABLE]
            assert again.flows.book.held("acme") == 0
        return again

    run_on_bench(scenario)


def test_a_message_scheduled_beyond_the_receipt_wait_leaves_at_its_hour() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=SHORT).start()
        link = bench.link()
        await bench.submit(replace(bench.made(), deliver_at=bench.now + 5 * HOUR_S))
        await bench.settle(4 * HOUR_S)
        assert await bench.flows.recovery.expire_old() == 0
        assert (link.segments, final_states(bench)) == ([], [])
        await bench.settle(1.1 * HOUR_S)
        assert len(link.segments) == 1
        await link.answer(carrier_id="late")
        await bench.settle(HOUR_S)
        assert await bench.flows.recovery.expire_old() == 0  # an hour after it was sent, of two
        await bench.settle(1.1 * HOUR_S)
        assert await bench.flows.recovery.expire_old() == 1
        await bench.settle()
        assert final_states(bench) == [State.UNKNOWN]
        assert bench.flows.book.held("acme") == 0
        return bench

    run_on_bench(scenario)


def test_the_wait_of_a_segment_goes_on_after_a_restart() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=SHORT).start()
        link = bench.link()
        await bench.submit()
        await link.answer(carrier_id="c")
        again = await Bench(limits=SHORT, disk=await bench.die()).start()
        await again.settle(1.5 * HOUR_S)
        assert await again.flows.recovery.expire_old() == 0
        await again.settle(HOUR_S)
        assert await again.flows.recovery.expire_old() == 1
        await again.settle()
        assert final_states(again) == [State.UNKNOWN]
        return again

    run_on_bench(scenario)


def test_a_silent_client_is_asked_again_without_end() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        link, taker = bench.link(), Taker()
        place = bench.flows.outbox.attach("acme", taker)
        await bench.submit()
        await link.answer(carrier_id="c")
        await bench.receive("c")
        for _ in range(bench.limits.outbox_tries_max + 2):
            [item] = taker.has
            taker.has.clear()
            bench.flows.outbox.unanswered(item, place)
            await bench.settle(RETRY_S[-1] + 1.0)
        assert len(taker.has) == 1
        assert bench.meters.account("acme").outbox_depth == 1
        return bench

    run_on_bench(scenario)


def test_throttled_tries_are_none() -> None:
    async def scenario() -> Bench:
        bench = await Bench(channels=[channel("a"), channel("b", weight=0)]).start()
        link = bench.link()
        await bench.submit()
        message = link.segments[0][0]
        for _ in range(20):
            await link.answer(answer=Answer.THROTTLED, status=0x58)
            await bench.settle(1.0)
        assert message.attempts == 1
        assert message.states[0] == SegmentState.CLAIMED
        return bench

    run_on_bench(scenario)


def test_refusals_at_the_door_and_paced_submits_are_counted() -> None:
    async def scenario() -> Bench:
        slow = account(price_hao=PRICE_HAO, rate_per_s=1.0)
        bench = await Bench(accounts=[slow], limits=FlowLimits(pace_max=2)).start()
        for position in range(5):
            bench.flows.intake.submit(bench.made(), bench.client, position)
        meters = bench.meters.account("acme")
        assert meters.waiting_pace == 2
        assert sum(meters.refused.values()) == 2
        await bench.settle(5.0)
        assert meters.waiting_pace == 0
        assert [isinstance(answer, Reject) for _, answer in sorted(bench.client.answers.items())].count(False) == 3
        return bench

    run_on_bench(scenario)


def test_a_message_that_no_channel_took_in_time_expires_uncharged() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=SHORT).start()
        await bench.submit()
        await bench.settle(3 * HOUR_S)
        assert await bench.flows.recovery.expire_old() == 1
        await bench.settle()
        assert final_states(bench) == [State.EXPIRED]
        link = bench.link()
        await bench.settle(1.0)
        assert link.segments == []
        assert (link.claims, bench.queued) == (0, 0) and not bench.disk.facts["claims"]  # its history ended with it
        assert bench.flows.book.available("acme") == OPENING_HAO
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("is_partly_sent", [True, False])
def test_a_resend_whose_channel_is_gone_does_not_stop_the_restart(is_partly_sent: bool) -> None:
    async def scenario() -> Bench:
        sender = account(price_hao=PRICE_HAO, unknown_policy=UnknownPolicy.RESEND_ONCE)
        bench = await Bench(accounts=[sender], channels=[channel("a")]).start()
        link = bench.link()
        await bench.submit(bench.made("长" * 100))
        if is_partly_sent:
            await link.answer(carrier_id="a1")
        again = await Bench(accounts=[sender], channels=[channel("b")], disk=await bench.die()).start()
        other = again.link("b")
        await again.settle(1.0)
        if is_partly_sent:
            assert other.segments == []
            await again.receive("a1")
            assert len(final_states(again)) == 1
        else:
            assert [message.channel for message, _ in other.segments] == ["b", "b"]
            for number in (1, 2):
                await other.answer(carrier_id=f"b{number}")
                await again.receive(f"b{number}", channel="b")
            assert final_states(again) == [State.DELIVERED]
        assert again.flows.book.held("acme") == 0
        return again

    run_on_bench(scenario)


def test_a_session_that_fails_at_its_answer_does_not_keep_the_message() -> None:
    """The in-memory journal lets a continuation's fault be heard, the one on PostgreSQL alarms and goes on."""
    left: list[int] = []

    async def scenario() -> Bench:
        bench = await Bench().start()
        link = bench.link()

        class Broken(type(bench.client)):  # type: ignore[misc]
            def accepted(self, context: object, segment_id: int) -> None:
                raise RuntimeError("the session is broken")

        bench.flows.intake.submit(bench.made(), Broken(), "it")
        await bench.settle()
        left.extend(message.id for message, _ in link.segments)
        return bench

    with pytest.raises(RuntimeError, match="the session is broken"):
        run_on_bench(scenario)
    assert len(left) == 1


def test_a_message_whose_receipts_were_told_apart_is_closed_and_changes_no_more() -> None:
    """Each receipt met an object of its own, of which neither saw the last part end. The second one is not kept on."""

    async def scenario() -> Bench:
        narrow = replace(SHORT, awaiting_max=1, lookup_page=1)
        bench = await Bench(limits=narrow, commit_s=0.005).start()
        link = bench.link()
        [first, *_] = await bench.submit(bench.made("长" * 100))
        for carrier_id in ("a1", "a2"):
            await link.answer(carrier_id=carrier_id)
        await bench.submit(bench.made("长" * 100))
        for carrier_id in ("b1", "b2"):
            await link.answer(carrier_id=carrier_id)
        tell(bench, "a1", "b1", "a2")
        await bench.settle()
        assert final_states(bench) == []
        bench.flows.receipts.forget_ended()
        await bench.settle(3 * HOUR_S)
        await bench.flows.recovery.expire_old()
        await bench.settle()
        assert bench.outcomes[first] == (State.DELIVERED, "")
        told = list(bench.disk.facts["receipts"][first])
        tell(bench, "a1", state=State.UNDELIVERABLE)
        await bench.settle()
        assert bench.disk.facts["receipts"][first] == told
        return bench

    run_on_bench(scenario)


def test_a_message_leaves_memory_with_the_commit_of_its_receipt_and_a_second_one_is_looked_up() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        link = bench.link()
        await bench.submit()
        await link.answer(carrier_id="c")
        assert bench.flows.receipts.awaiting == 1
        told: list[str] = []
        for copy in ("first", "second", "later"):
            if copy == "later":
                await bench.settle()
                assert bench.flows.receipts.awaiting == 0
            receipt = Receipt("a", ("c",), State.DELIVERED, "", bench.now)
            bench.flows.receipts.arrived(receipt, told.append, copy)
        await bench.settle()
        assert told == ["first", "second", "later"]
        assert final_states(bench) == [State.DELIVERED]
        assert bench.flows.book.available("acme") == OPENING_HAO - PRICE_HAO
        return bench

    run_on_bench(scenario)
