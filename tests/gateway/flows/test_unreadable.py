"""Receipts that say no state: kept as they came, counted, acknowledged; they end nothing."""

from __future__ import annotations

from gateway.domain.outcome import State, Unreadable
from gateway.flows.interfaces import FlowLimits
from tests.gateway.flows.bench import Bench, run_on_bench

HOUR_S = 3600.0


def test_an_unreadable_receipt_is_kept_and_acknowledged_and_the_message_waits_on() -> None:
    async def scenario() -> Bench:
        bench = await Bench(limits=FlowLimits(receipt_wait_s=HOUR_S)).start()
        link = bench.link()
        await bench.submit()
        await link.answer(carrier_id="c1")
        told: list[str] = []
        found = Unreadable("a", "it says no state", "13800000001", "10690123", 8, b"\x00\xff", b"\x00\x1e\x00\x00")
        bench.flows.receipts.unreadable(found, told.append, "it")
        assert told == []  # not before its commit
        await bench.settle()
        assert told == ["it"] and bench.outcomes == {}
        [row] = bench.disk.unreadable
        assert (row["octets"], row["parameters"], row["coding"]) == (b"\x00\xff", b"\x00\x1e\x00\x00", 8)
        assert (row["channel"], row["source"], row["problem"]) == ("a", "13800000001", "it says no state")
        assert bench.meters.channel("a").unreadable_receipts == 1
        await bench.receive("c1")
        assert bench.states == [State.DELIVERED]
        return bench

    run_on_bench(scenario)


def test_a_contradicted_receipt_is_counted() -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        link = bench.link()
        await bench.submit()
        await link.answer(carrier_id="c1")
        await bench.receive("c1", is_contradicted=True)
        assert bench.meters.channel("a").contradicted_receipts == 1
        return bench

    run_on_bench(scenario)
