"""What a node shows of itself under traffic, on simulated time: rates, latencies, links, sessions, minutes, checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.channel import LinkAddress
from gateway.domain.delivery import MinuteSample
from gateway.node.observing import KEPT_DAYS, quantile
from gateway.node.state_checks import CHECKS
from gateway.operations.node_answers import NodeState
from tests.simulation.loop import simulate
from tests.simulation.simulation import CARRIER_PORT, Simulation, account, channel

ALERTS = (Path(__file__).resolve().parents[2] / "docs" / "operations" / "alerts.yml").read_text("utf-8")


def of_world(scenario: Callable[[Simulation], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        sim = Simulation(
            accounts=[account(), account("bank")],
            channels=[channel(addresses=(LinkAddress("carrier-a", CARRIER_PORT, 2),)), channel("b")],
            terms={"a": {"answer_s": (0.03, 0.04), "receipt_s": (2.0, 3.0)}},
        )
        await sim.start()
        await sim.until(lambda: all(link.is_bound for link in sim.links()), "links")
        await scenario(sim)
        await sim.drain_node()

    simulate(whole)


def state(sim: Simulation) -> NodeState:
    return sim.node.live.state()


def test_rates_and_latencies_are_of_now() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        for _ in range(12):
            sim.order(client, 20)
            await sim.sleep(1.0)
        busy = state(sim)
        east = next(each for each in busy.channels if each.channel == "a")
        other = next(each for each in busy.channels if each.channel == "b")
        assert busy.accepted_per_s == pytest.approx(20, rel=0.2)
        assert east.submits_per_s + other.submits_per_s == pytest.approx(20, rel=0.2)
        assert east.response.p50_s is not None
        assert 0.025 <= east.response.p50_s <= 0.05
        assert east.receipt.p50_s is not None
        assert 1.0 <= east.receipt.p50_s <= 5.0
        assert busy.commits.per_s > 0
        await sim.sleep(120.0)
        idle = state(sim)
        assert idle.accepted_per_s == 0
        assert all(each.response.p50_s is None for each in idle.channels)
        assert sum(each.finals for each in idle.channels) == 240
        assert sum(each.delivered for each in idle.channels) == 240

    of_world(scenario)


def test_links_and_sessions_are_named_and_can_be_ended() -> None:
    async def scenario(sim: Simulation) -> None:
        await sim.client()
        await sim.client("bank")
        live = sim.node.live
        assert [each.account for each in live.sessions()] == ["acme", "bank"]
        first, second = live.sessions()
        live.disconnect(first.session)
        await sim.until(lambda: first.session not in {each.session for each in live.sessions()}, "it goes")
        assert second.session in {each.session for each in live.sessions()}, "the other stays"
        await sim.until(lambda: len(live.sessions()) == 2, "and may come back")

        shown = next(each for each in state(sim).channels if each.channel == "a")
        assert [(each.link, each.state) for each in shown.links] == [("a/1", "bound"), ("a/2", "bound")]
        live.hold("a/1", is_held=True)
        await sim.sleep(120.0)
        assert [each.state for each in state(sim).channels[0].links] == ["held", "bound"]
        live.hold("a/1", is_held=False)
        await sim.until(lambda: state(sim).channels[0].links[0].state == "bound", "it is bound again")
        since = state(sim).channels[0].links[0].since
        live.rebind("a/1")
        await sim.until(lambda: (state(sim).channels[0].links[0].since or 0) > (since or 0), "bound anew")
        live.disconnect("no such")
        live.rebind("no such")
        assert live.link("no such") is None

    of_world(scenario)


def test_a_drained_and_an_isolated_channel_say_so() -> None:
    async def scenario(sim: Simulation) -> None:
        sim.node.flows.rates.drain("a", True)
        assert state(sim).channels[0].state == "drained"
        sim.node.flows.dispatch.senders["a"].limit(0.0)
        assert state(sim).channels[0].state == "isolated"
        assert state(sim).channels[0].limit_per_s == 0.0

    of_world(scenario)


def test_minutes_outlive_the_process_and_old_ones_go() -> None:
    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        sim.order(client, 30)
        await sim.sleep(200.0)
        minute = int(sim.loop.clock() // 60)
        kept = await sim.disk.observations.samples(minute - 10, minute + 1)
        assert len(kept) >= 3
        assert {"node", "channel/a", "channel/b"} == set(kept[-1].figures)
        assert kept[-1].figures["channel/a"]["links"] == 2
        await sim.drain_node()
        await sim.start_node()
        await sim.disk.observations.add_sample(MinuteSample(minute - KEPT_DAYS * 1440 - 2, {}))
        assert len(await sim.disk.observations.samples(0, minute + 1)) == len(kept) + 1
        await sim.node.observer.forget()
        assert await sim.disk.observations.samples(0, minute + 1) == kept

    of_world(scenario)


def test_a_check_fires_once_it_held_so_long_and_ends() -> None:
    async def scenario(sim: Simulation) -> None:
        assert state(sim).checks == ()
        for name in ("a/1", "a/2"):
            sim.node.live.hold(name, is_held=True)
        await sim.sleep(10.0)
        found = {(each.name, each.subject): each.is_firing for each in state(sim).checks}
        assert found == {("HongyanLinksDown", "a"): False}
        await sim.sleep(130.0)
        assert state(sim).checks[0].is_firing
        for name in ("a/1", "a/2"):
            sim.node.live.hold(name, is_held=False)
        await sim.sleep(10.0)
        assert state(sim).checks == ()

    of_world(scenario)


def test_checks_are_the_alerts_of_the_same_names() -> None:
    rules = {name: (limit, expression) for name, expression, limit in re.findall(
        r"- alert: (\w+)\n +expr: '(.+)'\n(?: +for: (\w+)\n)?", ALERTS
    )}
    units = {"s": 1, "m": 60, "h": 3600}
    for name, for_s, _ in CHECKS:
        limit, expression = rules[name]
        assert int(limit[:-1]) * units[limit[-1]] == for_s, name
        assert not re.search(r"rate\(|increase\(|_over_time|predict", expression), f"{name} is told by growth"


@pytest.mark.parametrize(("observed", "share", "least", "most"), [
    ([0.004] * 100, 0.5, 0.0025, 0.005), ([0.004] * 98 + [3.0] * 2, 0.99, 2.5, 5.0), ([10_000.0], 0.5, 3600, 3600),
])
def test_a_quantile_lies_in_the_bucket_of_its_rank(
    observed: list[float], share: float, least: float, most: float
) -> None:
    from gateway.domain.meters import Histogram

    histogram = Histogram()
    before = list(histogram.counts)
    for value in observed:
        histogram.observe(value)
    found = quantile(histogram.counts, before, share)
    assert found is not None
    assert least <= found <= most
    assert quantile(histogram.counts, list(histogram.counts), share) is None
