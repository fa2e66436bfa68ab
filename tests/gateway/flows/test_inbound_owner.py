"""Whose an MO is: its code in every spelling that carriers use, and one that is nobody's told and counted."""

from __future__ import annotations

import pytest

from gateway.domain.outcome import Inbound
from protocols.text.codings import Encoding
from tests.gateway.flows.bench import Bench, run_on_bench

CODE = "10690123"  # of the bench's account


def arrive(bench: Bench, destination: str, channel: str = "a") -> Inbound:
    inbound = Inbound("", 0, channel, "13800138000", destination, Encoding.ASCII, 0, b"hi", b"", bench.now, "", "hi")
    bench.flows.inbound.arrived(inbound, lambda _: None, None)
    return inbound


@pytest.mark.parametrize("extension", ["", "7", "4567"])
@pytest.mark.parametrize("prefix", ["", "+", "00", "86", "+86", "0086"])
def test_a_service_code_is_found_behind_what_numbers_have_before_them(prefix: str, extension: str) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        inbound = arrive(bench, f"{prefix}{CODE}{extension}")
        await bench.settle()
        assert (inbound.account, inbound.destination) == (bench.account.name, f"{CODE}{extension}")
        assert bench.meters.channel("a").inbound_unowned == 0
        return bench

    run_on_bench(scenario)


@pytest.mark.parametrize("destination", ["10690", "8610690", "+10699999", "0010690", "86", "", "+86", "experts"])
def test_one_that_is_nobodys_is_counted_each_and_told_once_a_minute(destination: str) -> None:
    async def scenario() -> Bench:
        bench = await Bench().start()
        for _ in range(3):
            assert arrive(bench, destination).account == ""
        await bench.settle(61)
        assert arrive(bench, destination).destination == destination  # kept as it came
        await bench.settle()
        assert bench.meters.channel("a").inbound_unowned == 4
        told = [values for event, values in bench.events if event == "inbound_unowned"]
        assert told == [{"channel": "a", "source": "13800138000", "destination": destination}] * 2
        return bench

    run_on_bench(scenario)
