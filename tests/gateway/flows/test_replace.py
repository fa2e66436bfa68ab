"""replace_sm: another message in the place of one that waits, judged and paid as new, known by the old id."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.dialects.message_requests import QueryAnswer, ReplaceRequest
from gateway.domain.message import ReceiptWish
from gateway.domain.outcome import Outcome, State
from gateway.flows.messages.amend import REPLACED
from protocols.text.codings import Encoding, encode_text, from_data_coding
from tests.gateway.flows.bench import OPENING_HAO, PRICE_HAO, Bench, Taker, run_on_bench

HOUR_S = 3600.0
NAME = "acme"
CODINGS = tuple(from_data_coding(number) for number in range(256))


async def replaced(bench: Bench, id_: int, text: str, *, encoding: Encoding = Encoding.UCS2, **fields: Any) -> bool:
    told: list[bool] = []
    known: dict[str, Any] = {
        "segment_id": id_, "source": "", "octets": encode_text(text, encoding), "receipt_wish": ReceiptWish.FINAL,
    }
    bench.flows.amend.replace(NAME, ReplaceRequest(**(known | fields)), told.append)
    await bench.settle()
    assert len(told) == 1
    return told[0]


async def asked_for(bench: Bench, id_: int) -> QueryAnswer | None:
    told: list[QueryAnswer | None] = []
    bench.flows.amend.query(NAME, id_, "", told.append)
    await bench.settle()
    return told[0]


async def scheduled(bench: Bench, **changes: Any) -> int:
    (id_,) = await bench.submit(bench.made("您的验证码是123456", deliver_at=bench.now + 2 * HOUR_S, **changes))
    assert isinstance(id_, int)
    return id_


def taken(bench: Bench) -> Taker:
    taker = Taker()
    bench.flows.outbox.attach(NAME, taker)
    return taker


async def ended(bench: Bench, taker: Taker) -> list[Outcome]:
    """Let all that waits leave, be delivered, and be told."""
    hand = bench.hands[0]
    while hand.segments:
        carrier_id = f"c{hand.segments[0][0].id}"
        await hand.answer(carrier_id=carrier_id)
        await bench.receive(carrier_id)
    await bench.settle()
    return [item for item in taker.has if isinstance(item, Outcome)]


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_scheduled_message_leaves_at_its_hour_with_its_new_text_and_one_receipt(is_restarted: bool) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        id_, due = await scheduled(bench), bench.now + 2 * HOUR_S
        assert await replaced(bench, id_, "您的验证码是654321")
        assert await asked_for(bench, id_) == QueryAnswer(id_, State.ENROUTE, None, "")
        if is_restarted:
            bench = await Bench(disk=await bench.die()).start()
            assert await asked_for(bench, id_) == QueryAnswer(id_, State.ENROUTE, None, "")
        hand, taker = bench.link(), taken(bench)
        await bench.settle(due - bench.now - 1)
        assert hand.segments == []
        await bench.settle(2)
        assert [message.body for message, _ in hand.segments] == ["您的验证码是654321"]
        told = await ended(bench, taker)
        assert [(item.answer_id, item.state) for item in told] == [(id_, State.DELIVERED)]
        standing = await asked_for(bench, id_)
        assert standing is not None and (standing.segment_id, standing.state) == (id_, State.DELIVERED)
        assert bench.flows.book.available(NAME) == OPENING_HAO - PRICE_HAO
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize(("text", "segments"), [("短", 1), ("汉" * 100, 2), ("汉" * 300, 5)])
def test_the_hold_is_that_of_the_new_text(text: str, segments: int) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        id_ = await scheduled(bench)
        assert await replaced(bench, id_, text)
        book = bench.flows.book
        assert (book.held(NAME), book.available(NAME)) == (segments * PRICE_HAO, OPENING_HAO - segments * PRICE_HAO)
        bench.check_money()
        assert await replaced(bench, id_, "您的验证码是111111")  # again, by the same id
        assert book.held(NAME) == PRICE_HAO
        return bench

    run_on_bench(scenario)


def test_a_text_that_cannot_be_paid_or_is_refused_changes_nothing() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        book = bench.flows.book
        id_ = await scheduled(bench)
        spare_hao = book.available(NAME) - PRICE_HAO  # two segments can be paid once the first one is back
        bench.journal.entry(book.charge(NAME, bench.flows.ids.take(bench.now), spare_hao, bench.now))
        for text in ("汉" * 300, "【别家】您好", "", "汉" * 501):
            assert not await replaced(bench, id_, text)
        assert not await replaced(bench, id_, "x", source="999")
        assert not await replaced(bench, id_, "x", expires_at=bench.now + HOUR_S)  # over before its hour
        assert not await replaced(bench, id_ + 1, "x")
        assert book.held(NAME) == PRICE_HAO
        assert await replaced(bench, id_, "汉" * 100)
        assert (book.held(NAME), book.available(NAME)) == (2 * PRICE_HAO, 0)
        bench.link()
        await bench.settle(3 * HOUR_S)
        assert {message.body for message, _ in bench.hands[0].segments} == {"汉" * 100}
        return bench

    run_on_bench(scenario)


def test_times_are_replaced_where_they_are_given() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        began = bench.now
        first, kept = await scheduled(bench), await scheduled(bench, expires_at=began + 5 * HOUR_S)
        assert await replaced(bench, first, "早", deliver_at=began + HOUR_S, expires_at=began + 4 * HOUR_S)
        assert await replaced(bench, kept, "同")
        hand = bench.link()
        await bench.settle(HOUR_S + 1)
        assert [(m.body, m.submission.expires_at) for m, _ in hand.segments] == [("早", began + 4 * HOUR_S)]
        await bench.settle(HOUR_S + 1)
        assert [(m.body, m.submission.expires_at) for m, _ in hand.segments][1:] == [("同", began + 5 * HOUR_S)]
        return bench

    run_on_bench(scenario)


def test_what_left_is_not_replaced_nor_what_was_cancelled_and_the_place_is_cancelled_by_the_old_id() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        taker = taken(bench)
        id_ = await scheduled(bench)
        assert await replaced(bench, id_, "新")
        said: list[bool] = []
        bench.flows.amend.cancel(NAME, id_, "", said.append)
        await bench.settle()
        assert said == [True]
        assert not await replaced(bench, id_, "又")
        told = [item for item in taker.has if isinstance(item, Outcome)]
        assert [(item.answer_id, item.state) for item in told] == [(id_, State.DELETED)]
        bench.link()
        (sent,) = await bench.submit()
        assert isinstance(sent, int) and not await replaced(bench, sent, "晚")
        assert sorted(error for _, error in bench.outcomes.values()) == ["GW:CANC", REPLACED]
        return bench

    run_on_bench(scenario)


def test_the_new_octets_are_read_in_the_coding_of_the_old_ones_also_after_a_restart() -> None:
    """3.4 4.10: replace_sm has no data_coding. A Latin text with a Chinese signature leaves in UCS-2."""

    async def scenario() -> Bench:
        bench = await Bench().start()
        asked = bench.made("hello", deliver_at=bench.now + 2 * HOUR_S, encoding=Encoding.GSM7, data_coding=0)
        (id_,) = await bench.submit(asked)
        assert isinstance(id_, int)
        bench = await Bench(disk=await bench.die()).start()
        hand = bench.link()
        assert await replaced(bench, id_, "bye €", encoding=Encoding.GSM7, codings=CODINGS)
        await bench.settle(2 * HOUR_S + 1)
        assert [message.body for message, _ in hand.segments] == ["bye €"]
        return bench

    run_on_bench(scenario)


def test_a_place_that_the_store_does_not_take_ends_for_all_to_see() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        taker, id_ = taken(bench), await scheduled(bench)
        bench.disk.is_unfit = lambda table, record: table == "messages"
        assert not await replaced(bench, id_, "新")
        bench.disk.is_unfit = lambda table, record: False
        await bench.settle()
        told = [item for item in taker.has if isinstance(item, Outcome)]
        assert [(item.answer_id, item.state) for item in told] == [(id_, State.REJECTED)]
        assert (bench.flows.book.held(NAME), bench.flows.book.available(NAME)) == (0, OPENING_HAO)
        bench.link()
        await bench.settle(3 * HOUR_S)
        assert bench.hands[0].segments == []
        bench.alarms.clear()
        return bench

    run_on_bench(scenario)
