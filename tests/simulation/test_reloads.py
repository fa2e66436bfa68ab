"""Reloads of a node in traffic: each call that may fail fails once, and nothing of it is seen; the next one works."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.simulation.checkers import check_all
from tests.simulation.loop import simulate
from tests.simulation.node import PORTS
from tests.simulation.simulation import Simulation, account, channel

MOVED = {"smpp": 2776, "cmpp": 7891}
POINTS = 6  # the restart's state, what new accounts are owed, two listeners, the new account's row, the sending ports


def changes(sim: Simulation) -> dict[str, Any]:
    """An account more, a channel with another window, and both listeners at other TCP ports."""
    accounts = dict(sim.config.accounts) | {"late": account("late", opening_balance_hao=7_000)}
    channels = dict(sim.config.channels) | {"a": replace(sim.config.channels["a"], window_max=7)}
    return {"accounts": accounts, "channels": channels, "tcp_ports": MOVED}


def visible(sim: Simulation) -> tuple[Any, ...]:
    """All that a reload may change and somebody outside may see."""
    node = sim.node
    sessions = {each.pump for listener in node.listeners.values() for each in listener.connections}
    links = [(link.pump, link.channel, link.is_bound) for link in sim.links()]
    listening = set(sim.loop.net.listening)
    return node.settings, dict(node.listeners), sessions, links, listening, set(node.flows.policies)


@pytest.mark.parametrize("fails", range(1, POINTS + 1))
def test_a_reload_that_fails_anywhere_is_not_seen_and_the_next_one_works(fails: int) -> None:
    async def scenario() -> None:
        sim = await Simulation().start()
        client = await sim.client()
        await sim.until(lambda: sim.links()[0].is_bound, "bound")
        orders = sim.order(client, 5)
        await sim.rest()
        before = visible(sim)
        disk, net = sim.disk, sim.loop.net
        if fails <= 2:
            disk.failing = {disk.calls + fails}
        elif fails <= 4:
            net.failing = {net.servers + fails - 2}
        else:
            disk.failing = {disk.calls + fails - 2}
        with pytest.raises(Exception, match=r"this call fails|is in use"):
            await sim.reload(**changes(sim))
        assert disk.failing <= {disk.calls} and visible(sim) == before
        orders += sim.order(client, 5)
        await sim.rest()
        assert await sim.reload(**changes(sim)) == "listeners ~cmpp ~smpp; accounts +late; channels ~a"
        node = sim.node
        assert {address[1] for address in net.listening if address[0] == "gateway"} == set(MOVED.values())
        assert node.flows.book.available("late") == 7_000
        await sim.until(lambda: sim.links()[0].is_bound, "bound again")
        assert [link.channel.window_max for link in sim.links()] == [7]
        orders += sim.order(client, 5)
        await sim.rest()
        assert {order.parts[0].state.name for order in orders} == {"ACCEPTED"}
        check_all(sim)
        await sim.end()

    simulate(scenario)


@pytest.mark.sources  # it puts something in the place of a method
def test_every_call_of_a_reload_is_among_those_that_fail() -> None:
    async def scenario() -> None:
        sim = await Simulation().start()
        await sim.until(lambda: sim.links()[0].is_bound, "bound")
        calls, servers = sim.disk.calls, sim.loop.net.servers
        committed = asyncio.Event()
        commit = sim.node.sending_ports.commit
        sim.node.sending_ports.commit = lambda prepared: (commit(prepared), committed.set())  # type: ignore[assignment]
        reloading = asyncio.ensure_future(sim.reload(**changes(sim)))
        await committed.wait()
        assert sim.disk.calls - calls + sim.loop.net.servers - servers == POINTS
        await reloading
        await sim.end()

    simulate(scenario)


def test_the_floor_heeds_what_a_leaving_link_has_unanswered() -> None:
    """The carrier takes its time to answer; the channel is changed meanwhile; power is lost before it answers.

    A restart looks above the floor only: what is below it and without an answer would never end.
    """

    async def scenario() -> None:
        sim = Simulation(terms={"a": {"answer_s": (8.0, 8.0)}})
        await sim.start()
        client = await sim.client()
        orders = sim.order(client, 3)
        await sim.until(lambda: sim.links()[0].in_flight == 3, "in flight")
        reloading = asyncio.ensure_future(sim.reload(channels={"a": channel(window_max=7)}))
        await sim.sleep(3.0)
        ids = [int(order.parts[0].message_id) for order in orders]
        assert not reloading.done() and sim.node.journal.floor < min(ids)
        sim.crash_node()
        await asyncio.gather(reloading, return_exceptions=True)
        await sim.start_node()
        sim.heal()
        await sim.rest(4_000.0)
        check_all(sim, late_answers=True)
        await sim.end()

    simulate(scenario)


def test_clients_and_carriers_are_told_goodbye_by_a_drain_and_a_restart_goes_on() -> None:
    async def scenario() -> None:
        sim = await Simulation(terms={"a": {"receipt_s": (20.0, 20.0)}}).start()
        client = await sim.client()
        orders = sim.order(client, 20)
        await sim.until(lambda: len(sim.carriers["a"].ledger.segments) == 20, "taken")
        await sim.drain_node()
        assert client.totals.goodbyes == 1 and sim.carriers["a"].ledger.counts["goodbyes"] == 1
        assert not sim.loop.net.listening.keys() & {("gateway", tcp_port) for tcp_port in PORTS.values()}
        await sim.start_node()
        await sim.rest()
        assert all(order.parts[0].stats == ["DELIVRD"] for order in orders)
        check_all(sim)
        assert not sim.carriers["a"].ledger.doubles()
        await sim.end()

    simulate(scenario)
