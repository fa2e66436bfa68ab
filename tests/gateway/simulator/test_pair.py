"""Carrier against client over pipes, each fault by itself: nothing accepted is lost, and what was planned happened."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.simulator.core_interfaces import CarrierTerms, Wish
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.traffic import PartState
from protocols.text.codings import Encoding, decode_text
from tests.gateway.simulator.stage import CALM, STARTS_AT, Stage, simulate, stage

PROTOCOLS = ("smpp", "cmpp20", "cmpp30")
TERMS = CarrierTerms(logins={"901234": "secret01"}, keepalive_idle_s=5.0, response_timeout_s=5.0)
HAN = "您的验证码是一二三四五六，请勿告诉他人。"


def run(count: int, protocol: str, plan: FaultPlan, client_plan: FaultPlan = CALM, **more: Any) -> Stage:
    """Send `count` messages under the plans, heal, and wait for the end."""

    async def scenario() -> Stage:
        more.setdefault("carrier_terms", TERMS)
        async with stage(
            protocol, plan=plan, client_plan=client_plan, keepalive_idle_s=5.0, response_timeout_s=3.0, **more
        ) as pair:
            pair.order(count)
            await asyncio.sleep(20)
            pair.heal()
            await pair.settle()
            return pair

    return simulate(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_without_faults_each_message_is_taken_and_told_once(protocol: str, chunk: int) -> None:
    pair = run(50, protocol, FaultPlan(), chunk=chunk)
    totals, ledger = pair.client.totals, pair.carrier.ledger
    assert totals.outcomes == {"delivered": 50} and totals.receipts == 50 and totals.receipts_doubled == 0
    assert ledger.taken == 50 and not ledger.doubles() and ledger.counts["receipt_acked"] == 50
    assert ledger.unanswered_peak <= 16


# What each fault leaves behind for sure, from either end.
MARKS: dict[str, Any] = {
    "late": lambda s: s.client.totals.accepted == 200,
    "lost": lambda s: s.carrier.ledger.counts["answers_lost"] > 5,
    "doubled": lambda s: s.client.totals.accepted == 200,
    "reordered": lambda s: s.client.totals.accepted == 200,
    "throttled": lambda s: s.client.totals.throttled == s.carrier.ledger.counts["throttled"] > 5,
    "busy": lambda s: s.client.totals.throttled == s.carrier.ledger.counts["busy"] > 5,
    "refused": lambda s: s.client.totals.refused == s.carrier.ledger.counts["refused"] > 5,
    "failed": lambda s: s.client.totals.outcomes["failed"] > 5,
    "receipt_early": lambda s: s.client.totals.receipts_unmatched > 5 or s.client.totals.receipts == 200,
    "receipt_late": lambda s: s.client.totals.receipts == 200,
    "receipt_doubled": lambda s: s.client.totals.receipts_doubled > 5,
    "receipt_reordered": lambda s: s.client.totals.receipts == 200,
    "receipt_stray": lambda s: s.client.totals.receipts_unmatched > 5,
    "receipt_garbled": lambda s: s.carrier.ledger.counts["garbled_receipt_acked"] > 5,
    "unbind": lambda s: s.carrier.ledger.counts["unbind"] and s.client.totals.binds > 1,
    "cut": lambda s: s.carrier.ledger.counts["cut"] and s.client.totals.binds > 1,
    "cut_mid_pdu": lambda s: s.carrier.ledger.counts["cut_mid_pdu"] and s.client.totals.binds > 1,
    "garbage": lambda s: s.carrier.ledger.counts["garbage"] and s.client.totals.binds > 1,
    "silence": lambda s: s.carrier.ledger.counts["silence"] and s.client.totals.accepted > 0,
}


@pytest.mark.parametrize("protocol", ["smpp", "cmpp30"])
@pytest.mark.parametrize("fault", MARKS)
def test_each_fault_of_a_carrier_happens_and_loses_nothing(fault: str, protocol: str) -> None:
    plan = replace(FaultPlan(silence_s=8.0), **{fault: 0.02 if fault in ("silence", "cut", "unbind") else 0.1})
    pair = run(200, protocol, plan, resubmits=True)
    assert MARKS[fault](pair), (pair.client.totals, pair.carrier.ledger.counts)
    assert_nothing_lost(pair, 200)


@pytest.mark.parametrize("protocol", ["smpp", "cmpp20"])
@pytest.mark.parametrize(
    "fault", ["late", "lost", "doubled", "throttled", "refused", "cut", "cut_mid_pdu", "garbage", "unbind"]
)
def test_each_fault_of_a_client_happens_and_loses_nothing(fault: str, protocol: str) -> None:
    pair = run(100, protocol, FaultPlan(), replace(FaultPlan(), **{fault: 0.05}), resubmits=True)
    assert_nothing_lost(pair, 100)
    if fault in ("cut", "cut_mid_pdu", "garbage", "unbind"):
        assert pair.client.totals.binds > 1
    if fault in ("throttled", "refused", "lost"):
        assert pair.carrier.ledger.counts["receipt_sent"] > 100


def assert_nothing_lost(pair: Stage, count: int) -> None:
    """Every order ended once, and what the client counts as accepted the carrier has taken at least once."""
    client, ledger = pair.client, pair.carrier.ledger
    assert sum(client.totals.outcomes.values()) == count
    taken = {(segment.destination, segment.text) for segment in ledger.segments}
    for order in client.book.orders:
        if order.outcome in ("delivered", "failed"):
            assert (order.destination, order.text) in taken
    assert client.totals.outcomes["delivered"] > 0


@pytest.mark.parametrize("protocol", ["smpp", "cmpp30"])
@pytest.mark.parametrize("seed", range(6))
def test_a_run_is_told_by_its_seed(protocol: str, seed: int) -> None:
    plan = replace(FaultPlan.draw(seed), receipt_lost=0.0)

    def tell() -> Any:
        pair = run(60, protocol, plan, seed=seed, resubmits=True)
        ledger = pair.carrier.ledger
        return pair.client.totals, ledger.counts, [(s.carrier_id, s.taken_at, s.stat) for s in ledger.segments]

    assert tell() == tell()


def test_lost_receipts_leave_orders_open_and_nothing_else() -> None:
    async def scenario() -> None:
        async with stage(plan=FaultPlan(receipt_lost=0.2)) as pair:
            pair.order(100)
            await asyncio.sleep(60)
            lost = pair.carrier.ledger.counts["receipts_lost"]
            assert 5 < lost == sum(1 for _ in pair.client.book.unfinished())

    simulate(scenario)


def test_without_resubmitting_no_segment_is_taken_twice() -> None:
    pair = run(200, "smpp", FaultPlan(lost=0.2, cut=0.01), resubmits=False)
    assert pair.client.totals.unknown > 5 and not pair.carrier.ledger.doubles()


def test_with_resubmitting_the_ledger_counts_doubles() -> None:
    pair = run(200, "smpp", FaultPlan(lost=0.2), resubmits=True)
    assert len(pair.carrier.ledger.doubles()) > 5 and pair.client.totals.unknown == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("text", ["short", HAN, HAN * 12, "long latin " * 40, "\U0001f600" * 80])
def test_texts_of_every_kind_arrive_whole(protocol: str, text: str) -> None:
    async def scenario() -> None:
        async with stage(protocol) as pair:
            pair.client.order("13800000001", text, pair.now)
            await pair.settle()
            segments = sorted(pair.carrier.ledger.segments, key=lambda segment: segment.key.number)
            encoding = segments[0].encoding
            joined = b"".join(segment.key.body for segment in segments)
            assert decode_text(joined, encoding) == text
            assert all(len(segment.octets) <= (160 if encoding in ("gsm7", "ascii") else 140) for segment in segments)

    simulate(scenario)


@pytest.mark.parametrize("split", ["udh", "payload", "sar"])
def test_smpp_long_forms(split: str) -> None:
    async def scenario() -> None:
        async with stage() as pair:
            order = pair.client.order("13800000001", HAN * 12, pair.now, Wish(split=split))
            await pair.settle()
            assert order.outcome == "delivered" and len(order.parts) == (1 if split == "payload" else 4)

    simulate(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_flash_is_seen(protocol: str) -> None:
    async def scenario() -> None:
        async with stage(protocol) as pair:
            pair.client.order("13800000001", HAN, pair.now, Wish(is_flash=True))
            await pair.settle()
            (segment,) = pair.carrier.ledger.segments
            assert segment.is_flash and segment.encoding is Encoding.UCS2

    simulate(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_mo_arrives_also_when_the_client_was_away(protocol: str) -> None:
    async def scenario() -> None:
        pair = stage(protocol)
        pair.carrier.send_inbound("13900000000", "10690001", "TD", 0.0)
        async with pair:
            pair.carrier.send_inbound("13900000000", "10690001", HAN * 5, 0.0)
            await asyncio.sleep(1)
            heard = list(pair.client.heard)
            assert heard[0].text == "TD" and "".join(each.text for each in heard[1:]) == HAN * 5
            assert {each.source for each in heard} == {"13900000000"} and len(pair.carrier.inbound_acked) == 2

    simulate(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_wrong_password_is_refused_until_it_is_right(protocol: str) -> None:
    async def scenario() -> None:
        async with stage(protocol, password="wrong") as pair:
            await asyncio.sleep(5)
            assert pair.client.totals.binds == 0 < pair.client.totals.binds_refused
            assert pair.client.bind_status == (0x0E if protocol == "smpp" else 3)

    simulate(scenario)


@pytest.mark.parametrize(("wish", "sent"), [(0, 0), (1, 4), (2, 2), (3, 2)])
def test_receipts_follow_the_wish(wish: int, sent: int) -> None:
    async def scenario() -> None:
        terms = CarrierTerms(endings={"1": "UNDELIV"})
        async with stage(carrier_terms=terms) as pair:
            for number in (10, 11, 20, 21):
                order = pair.client.order(f"138000000{number}", "hello", pair.now)
                order.parts[0].pdu.registered_delivery = wish
            await asyncio.sleep(10)
            assert pair.carrier.ledger.counts["receipt_sent"] == sent

    simulate(scenario)


@pytest.mark.parametrize(
    ("form", "answered_as", "told_as"),
    [("decimal", int, int), ("response_hex", lambda t: int(t, 16), int), ("receipt_hex", int, lambda t: int(t, 16))],
)
def test_ids_are_spelled_as_configured(form: str, answered_as: Any, told_as: Any) -> None:
    async def scenario() -> None:
        async with stage(carrier_terms=CarrierTerms(id_form=form)) as pair:
            orders = pair.order(1)
            await asyncio.sleep(5)
            told = next(iter(pair.client.book.strays), orders[0].parts[0].message_id)
            assert answered_as(orders[0].parts[0].message_id) == told_as(told)

    simulate(scenario)


def test_the_rate_of_a_client_is_kept() -> None:
    async def scenario() -> None:
        async with stage(rate_per_s=20.0) as pair:
            pair.order(1)
            await pair.settle()
            await asyncio.sleep(60)  # whoever had nothing to send makes up for nothing
            pair.order(100)
            await pair.settle()
            at = [segment.taken_at - STARTS_AT for segment in pair.carrier.ledger.segments][1:]
            assert at[-1] - at[0] == pytest.approx(99 / 20, abs=0.01)

    simulate(scenario)


def test_the_rate_of_a_carrier_throttles_and_everything_comes_through_in_the_end() -> None:
    async def scenario() -> None:
        async with stage(carrier_terms=CarrierTerms(rate_per_s=20.0)) as pair:
            pair.order(100)
            await pair.settle()
            assert pair.client.totals.throttled > 0 and pair.client.totals.outcomes == {"delivered": 100}

    simulate(scenario)


def test_a_refusal_keeps_its_status() -> None:
    pair = run(20, "smpp", FaultPlan(refused=1.0))
    parts = [order.parts[0] for order in pair.client.book.orders]
    assert {part.status for part in parts} == {0x45} and {part.state for part in parts} == {PartState.REFUSED}
