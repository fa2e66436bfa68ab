"""Complaints change the live rate of a bound client's port: scenarios 40, 42, 44 and 45 on the wire."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gateway.domain.account import MessageClass, ServiceCode
from gateway.domain.china_time import start_of
from gateway.domain.outcome import State
from gateway.simulator.client import SimulatedClient
from tests.gateway.contracts.shipped import S0, S4
from tests.gateway.operations.asking import ask_sending_ports
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with, variant
from tests.simulation.simulation import Simulation, channel

CODE = "10690123"


def port(rate: float, regime: str = "whitelist", **changes: Any) -> Any:
    code = ServiceCode(CODE, rate_per_s=rate, regime=regime)
    return account_under(S4, service_codes=(code,), credit_limit_hao=10**9, **changes)


async def complain(sim: Simulation, count: int, first: int = 0) -> None:
    """Enter complaints as the command does, each of another person."""
    rows = [{"number": f"1370000{n:04}", "code": CODE, "source": "12321"} for n in range(first, first + count)]
    document = await ask_sending_ports(sim.node.sending_ports, "complaints.add", tickets=rows)
    assert document["faults"] == []


def moment_of(day: str, after_s: float = 0.0) -> float:
    """Return the unix seconds of a moment of a day (03-17)."""
    return start_of(dt.date.fromisoformat(f"2026-{day}")) + after_s


async def reach(sim: Simulation, day: str, after_s: float = 0.0) -> None:
    """Let simulated time reach a moment of a day."""
    await sim.sleep(moment_of(day, after_s) - sim.loop.clock())


async def skip_to(sim: Simulation, client: SimulatedClient, day: str, after_s: float = 0.0) -> None:
    """Reach a moment without a gateway: the midnights between are made up for when it starts again."""
    await sim.rest()
    await sim.dark(moment_of(day, after_s) - sim.loop.clock())
    await sim.until(lambda: client.is_bound, "the client is back", limit_s=1_000.0)
    await sim.sleep(2.0)


async def sent_within(sim: Simulation, client: SimulatedClient, number: int, span_s: float, **wish: Any) -> int:
    """Order so many messages and return how many reach the carrier within a span; all arrive in the end."""
    before = len(sim.carriers["a"].ledger.segments)
    orders = sim.order(client, number, **wish)
    await sim.sleep(span_s)
    found = len(sim.carriers["a"].ledger.segments) - before
    await sim.rest()
    assert {refusal_of(order) for order in orders} == {(0, "")}
    return found


def simulate(scenario: Any, account: Any, **sim: Any) -> None:
    simulate_with(scenario, profiles=[S4], accounts=[account], charges_delivered=False, **sim)


def test_the_rate_halves_at_midnight_and_returns() -> None:
    """Scenario 40: 100 a second; two complaints on 03-02; 50 from 03-03 on, 100 again on 03-17. Nothing is refused."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await complain(sim, 2)
        await reach(sim, "03-02", 86_390)
        assert 95 <= await sent_within(sim, client, 300, 1.0) <= 108
        await reach(sim, "03-03", 60)
        assert 45 <= await sent_within(sim, client, 300, 1.0) <= 58
        await skip_to(sim, client, "03-16", 86_000)
        assert (await ask_sending_ports(sim.node.sending_ports, "ports.show", port=CODE))["live_rate"] == 50
        await reach(sim, "03-17", 60)
        assert 95 <= await sent_within(sim, client, 300, 1.0) <= 108

    simulate(scenario, port(100.0))


@pytest.mark.parametrize(("rate", "regime", "live"), [(100.0, "whitelist", 2), (6.0, "blacklist", 1.5)])
def test_two_a_second_queue_and_are_not_refused(rate: float, regime: str, live: float) -> None:
    """Scenarios 42 and 45: two more complaints during the treatment leave 2 a second, or the 1.5 there were."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client(window_max=10)
        await complain(sim, 2)
        await skip_to(sim, client, "03-05", 86_000)
        await complain(sim, 2, first=50)
        await reach(sim, "03-06", 60)
        assert (await ask_sending_ports(sim.node.sending_ports, "ports.show", port=CODE))["live_rate"] == live
        assert abs(await sent_within(sim, client, 60, 20.0) - 20 * live) <= 4

    simulate(scenario, port(rate, regime))


def test_the_eleventh_suspends_at_once() -> None:
    """Scenario 44: eleven in a day: refused with PORT (0x406) at once; 50 a second after ten days and rectification."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await complain(sim, 10)
        assert refusal_of(await ask(sim, client, "还可以"))[0] == 0
        await sim.rest()
        await complain(sim, 1, first=50)
        assert refusal_of(await ask(sim, client, "不可以")) == (0x406, "PORT S4-A3-3")
        await ask_sending_ports(sim.node.sending_ports, "complaints.rectify", port=CODE, reason="整改报告")
        await skip_to(sim, client, "03-11", 86_000)
        assert refusal_of(await ask(sim, client, "还不可以"))[0] == 0x406
        await reach(sim, "03-12", 60)
        assert 45 <= await sent_within(sim, client, 200, 1.0) <= 58
        await skip_to(sim, client, "03-26", 60)
        assert 95 <= await sent_within(sim, client, 300, 1.0) <= 108

    simulate(scenario, port(100.0))


@pytest.mark.parametrize("protocol", ["cmpp20", "cmpp30"])
def test_over_cmpp_a_suspended_port_answers_25(protocol: str) -> None:
    """Scenario 44: the Result of the key PORT."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client(protocol=protocol)
        await complain(sim, 11)
        assert refusal_of(await ask(sim, client, "不可以"))[0] == 25

    simulate(scenario, port(100.0))


def test_what_waits_when_the_port_is_suspended_ends_uncharged() -> None:
    """The channel is slow: most of what was accepted has not left when the eleventh complaint comes."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        sim.order(client, 60)
        await sim.sleep(2.0)
        await complain(sim, 11)
        left = len(sim.carriers["a"].ledger.segments)
        await sim.rest()
        assert left < 20
        assert len(sim.carriers["a"].ledger.segments) <= left + 3
        assert client.totals.outcomes["failed"] >= 60 - left - 3
        ended = [row for row in sim.disk.outcomes.values() if row["error"] == "GW:0025"]
        assert {State(row["state"]) for row in ended} == {State.REJECTED}
        assert len(ended) == client.totals.outcomes["failed"]

    simulate(scenario, port(100.0), channels=[channel(rate_per_s=5.0)])


def test_what_was_accepted_before_leaves_at_the_new_rate_too() -> None:
    """A batch held over night: the port is limited from midnight, so at seven it leaves at two a second."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        await complain(sim, 2)
        await skip_to(sim, client, "03-05", 21 * 3600)
        await complain(sim, 2, first=50)
        sim.order(client, 300)
        await sim.sleep(60.0)
        sim.crash_node()
        await reach(sim, "03-06", 7 * 3600 - 90)
        await sim.start_node()
        await reach(sim, "03-06", 7 * 3600 - 1)
        assert not sim.carriers["a"].ledger.segments
        await sim.sleep(61.0)
        assert abs(len(sim.carriers["a"].ledger.segments) - 120) <= 6
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 300}

    profile = variant(S0, complaint_limits=True)
    code = ServiceCode(CODE, rate_per_s=100.0)
    account = account_under(profile, service_codes=(code,), message_class=MessageClass.BATCH)
    simulate_with(scenario, profiles=[profile], accounts=[account])


def test_the_state_outlives_the_process() -> None:
    """Power is lost on 03-02 and comes back on 03-04: the midnight between is made up for before the listeners open."""

    async def scenario(sim: Simulation) -> None:
        await complain(sim, 2)
        sim.crash_node()
        await reach(sim, "03-04", 3600)
        await sim.start_node()
        client = await sim.client()
        assert 45 <= await sent_within(sim, client, 200, 1.0) <= 58
        shown = await ask_sending_ports(sim.node.sending_ports, "ports.show", port=CODE)
        assert (shown["state"], shown["since"]) == ("REDUCED", "2026-03-03")

    simulate(scenario, port(100.0))


def test_a_live_rate_changes_without_a_new_bind() -> None:
    """S4-4.4: the flow is adjusted; the session stays."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        binds = client.totals.binds
        order = {"port": CODE, "reason": "their gateway"}
        await ask_sending_ports(sim.node.sending_ports, "ports.rate", **{**order, "rate": 5})
        assert await sent_within(sim, client, 40, 2.0) <= 17
        await ask_sending_ports(sim.node.sending_ports, "ports.rate", **{**order, "rate": None})
        assert await sent_within(sim, client, 100, 1.0) == 100
        await ask_sending_ports(sim.node.sending_ports, "ports.isolate", **order)
        assert refusal_of(await ask(sim, client, "停")) == (0x406, "PORT D")
        await ask_sending_ports(sim.node.sending_ports, "ports.resume", **order)
        assert refusal_of(await ask(sim, client, "通"))[0] == 0
        assert client.totals.binds == binds
        await sim.rest()

    simulate(scenario, port(100.0))


def test_a_channel_under_the_regime_loses_rate_as_well() -> None:
    """Upstream: our code at the carrier is a port. Its channel slows down, others that serve the number go on."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client()
        rows = [{"number": f"1370000{n:04}", "code": "10657001", "source": "carrier"} for n in range(2)]
        await ask_sending_ports(sim.node.sending_ports, "complaints.add", tickets=rows)
        await reach(sim, "03-03", 60)
        shown = await ask_sending_ports(sim.node.sending_ports, "ports.show", port="a")
        assert (shown["state"], shown["live_rate"]) == ("REDUCED", 10)
        assert abs(await sent_within(sim, client, 100, 5.0) - 50) <= 12
        await ask_sending_ports(sim.node.sending_ports, "ports.isolate", port="a", reason="works")
        before = len(sim.carriers["a"].ledger.segments)
        orders = sim.order(client, 5)
        await sim.sleep(30.0)
        assert len(sim.carriers["a"].ledger.segments) == before
        await ask_sending_ports(sim.node.sending_ports, "ports.resume", port="a")
        await sim.rest()
        assert len(sim.carriers["a"].ledger.segments) == before + len(orders)

    unsigned = variant(S4, sig_required=False)  # or this carrier would take signed texts only
    slow = channel(rate_per_s=40.0, service_code="10657", contract=S4.name)
    simulate_with(scenario, profiles=[unsigned], accounts=[port(0.0)], charges_delivered=False, channels=[slow])
