"""Rates that change while messages are on the way: the excess waits, a suspended code refuses, no link is touched."""

from __future__ import annotations

from gateway.contracts.sending_port_standing import PortLimit
from gateway.domain.account import MessageClass, ServiceCode
from gateway.flows.interfaces import FlowLimits
from tests.gateway.flows.bench import Bench, channel, refused_by, run_on_bench
from tests.gateway.pipeline.builders import account

PORT = ("PORT", "S4-A3-3")


def test_a_limited_code_waits_and_a_free_one_does_not() -> None:
    async def scenario() -> Bench:
        codes = (ServiceCode("10690123", rate_per_s=100.0), ServiceCode("10690777"))
        bench = await Bench(accounts=[account(service_codes=codes, price_hao=500)]).start()
        link = bench.link()
        bench.flows.rates.limit_code("10690123", PortLimit(1.5, "S4-A3-3"))
        for _ in range(10):
            bench.flows.intake.submit(bench.made(), bench.client, object())
        await bench.submit(bench.made(source="10690777"))
        await bench.settle(2.0)
        assert len(link.segments) == 1 + 1 + 3 and len(bench.client.answers) == 5
        bench.flows.rates.limit_code("10690123", None)
        await bench.settle(10.0)
        assert len(link.segments) == 11
        return bench

    run_on_bench(scenario)


def test_a_limit_outlives_a_reload_and_never_speeds_up() -> None:
    async def scenario() -> Bench:
        slow = account(service_codes=(ServiceCode("10690123", rate_per_s=1.0),), price_hao=500)
        bench = await Bench(accounts=[slow]).start()
        bench.flows.rates.limit_code("10690123", PortLimit(2.0, "S4-A3-3"))
        assert bench.flows.rates.paces["acme"].delay_s("10690123", 5, bench.loop.time()) >= 4.0
        fast = account(service_codes=(ServiceCode("10690123", rate_per_s=50.0),), price_hao=500)
        bench.flows.load({"acme": fast}, {"a": channel()}, {"prepaid-general": bench.flows.policies["acme"].profile})
        assert bench.flows.rates.paces["acme"].delay_s("10690123", 5, bench.loop.time()) == 1.5  # two at once
        return bench

    run_on_bench(scenario)


def test_a_suspended_code_is_refused_with_its_clause() -> None:
    async def scenario() -> Bench:
        codes = (ServiceCode("10690123"), ServiceCode("1069012"))
        bench = await Bench(accounts=[account(service_codes=codes, price_hao=500)]).start()
        bench.link()
        bench.flows.rates.limit_code("10690123", PortLimit(0, "S4-A3-3", "suspended until 2026-03-12"))
        first, second = await bench.submit(bench.made(source="106901234"), bench.made(source="10690125"))
        assert refused_by(first) == PORT and isinstance(second, int)
        bench.flows.rates.limit_code("10690123", PortLimit(0.5, "S4-A3-3"))
        (third,) = await bench.submit(bench.made(source="106901234"))
        assert isinstance(third, int)
        return bench

    run_on_bench(scenario)


def test_a_channel_is_slowed_stopped_and_freed_over_its_living_link() -> None:
    async def scenario() -> Bench:
        channels = [channel(), channel("b", weight=5, prefixes=("1",))]
        bench = await Bench(channels=channels).start()
        link, other = bench.link(), bench.link("b")
        bench.flows.rates.limit_channel("b", PortLimit(0, "S4-A3-3"))
        await bench.submit(*(bench.made() for _ in range(3)))
        assert (len(link.segments), len(other.segments)) == (3, 0)
        bench.flows.rates.limit_channel("b", PortLimit(2.0, "S4-A3-3"))
        await bench.submit(*(bench.made() for _ in range(6)))
        await bench.settle(1.0)
        assert len(link.segments) == 3 and 2 <= len(other.segments) <= 3
        bench.flows.rates.limit_channel("b", None)
        await bench.settle(1.0)
        assert len(other.segments) == 6
        return bench

    run_on_bench(scenario)


def test_what_was_accepted_before_keeps_to_the_new_rate() -> None:
    """Each code has its lane: another one's messages pass, triggered ones first; a suspended one's stay."""

    async def scenario() -> Bench:
        codes = (ServiceCode("10690123"), ServiceCode("10690777"))
        sender = account(service_codes=codes, price_hao=500)
        bench = await Bench(accounts=[sender]).start()
        batch = {"message_class": MessageClass.BATCH}
        slow = await bench.submit(*(bench.made(**batch) for _ in range(5)), bench.made())
        fast = await bench.submit(*(bench.made(source="10690777", **batch) for _ in range(3)))
        bench.flows.rates.limit_code("10690123", PortLimit(0.5, "S4-A3-3"))
        link = bench.link()
        await bench.settle(1.0)
        assert [message.id for message, _ in link.segments] == [slow[5], *fast]
        await bench.settle(4.0)
        assert [message.id for message, _ in link.segments[4:]] == slow[:2]
        bench.flows.rates.limit_code("10690123", PortLimit(0, "S4-A3-3"))
        await bench.settle(60.0)
        assert len(link.segments) == 6 and bench.queued == 3
        bench.flows.rates.limit_code("10690123", PortLimit(0.1, "S4-A3-3"))
        await bench.settle(2.0)
        assert [message.id for message, _ in link.segments[6:]] == slow[2:3]
        bench.flows.rates.limit_code("10690123", None)
        await bench.settle(1.0)
        assert [message.id for message, _ in link.segments[7:]] == slow[3:5] and bench.queued == 0
        return bench

    run_on_bench(scenario)


def test_a_message_that_ends_in_its_lane_lets_the_next_out() -> None:
    async def scenario() -> Bench:
        bench = await Bench(accounts=[account(rate_per_s=1.0, price_hao=500)]).start()
        bench.flows.rates.limit_code("10690123", PortLimit(0.1, "S4-A3-3"))
        for number in range(3):
            wish = {"expires_at": bench.now + 8} if number == 1 else {}
            bench.flows.intake.submit(bench.made(**wish), bench.client, number)
        bench.flows.rates.limit_code("10690123", None)
        await bench.settle(3.0)
        bench.flows.rates.limit_code("10690123", PortLimit(0.1, "S4-A3-3"))
        link = bench.link()
        await bench.settle(60.0)
        assert [message.id for message, _ in link.segments] == [bench.client.answers[0], bench.client.answers[2]]
        assert bench.queued == 0
        return bench

    run_on_bench(scenario)


def test_a_restart_fills_the_lanes_again() -> None:
    async def scenario() -> Bench:
        sender = account(rate_per_s=1.0, price_hao=500)
        bench = await Bench(accounts=[sender]).start()
        for number in range(4):
            bench.flows.intake.submit(bench.made(), bench.client, number)
        await bench.settle(10.0)
        again = await Bench(accounts=[sender], disk=await bench.die(), limits=FlowLimits(active_max=2)).start()
        link = again.link()
        await again.settle(1.9)
        assert len(link.segments) == 2
        await again.settle(10.0)
        assert [message.id for message, _ in link.segments] == sorted(bench.client.answers.values())
        return again

    run_on_bench(scenario)
