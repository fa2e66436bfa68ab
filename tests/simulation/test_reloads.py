"""Reloads of a node in traffic: each call that may fail fails once, and nothing of it is seen; the next one works."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.simulation.checkers import check_all
from tests.simulation.loop import play
from tests.simulation.node import PORTS
from tests.simulation.world import World, account, channel

MOVED = {"smpp": 2776, "cmpp": 7891}
POINTS = 6  # the restart's state, what new accounts are owed, two listeners, the new account's row, the sending ports


def changes(world: World) -> dict[str, Any]:
    """An account more, a channel with another window, and both listeners at other TCP ports."""
    accounts = dict(world.config.accounts) | {"late": account("late", opening_balance_hao=7_000)}
    channels = dict(world.config.channels) | {"a": replace(world.config.channels["a"], window_max=7)}
    return {"accounts": accounts, "channels": channels, "tcp_ports": MOVED}


def visible(world: World) -> tuple[Any, ...]:
    """All that a reload may change and somebody outside may see."""
    node = world.node
    sessions = {each.pump for listener in node.listeners.values() for each in listener.connections}
    links = [(link.pump, link.channel, link.is_bound) for link in world.links()]
    listening = set(world.loop.net.listening)
    return node.settings, dict(node.listeners), sessions, links, listening, set(node.flows.policies)


@pytest.mark.parametrize("fails", range(1, POINTS + 1))
def test_a_reload_that_fails_anywhere_is_not_seen_and_the_next_one_works(fails: int) -> None:
    async def scenario() -> None:
        world = await World().start()
        client = await world.client()
        await world.until(lambda: world.links()[0].is_bound, "bound")
        orders = world.order(client, 5)
        await world.rest()
        before = visible(world)
        disk, net = world.disk, world.loop.net
        if fails <= 2:
            disk.failing = {disk.calls + fails}
        elif fails <= 4:
            net.failing = {net.servers + fails - 2}
        else:
            disk.failing = {disk.calls + fails - 2}
        with pytest.raises(Exception, match=r"this call fails|is in use"):
            await world.reload(**changes(world))
        assert disk.failing <= {disk.calls} and visible(world) == before
        orders += world.order(client, 5)
        await world.rest()
        assert await world.reload(**changes(world)) == "listeners ~cmpp ~smpp; accounts +late; channels ~a"
        node = world.node
        assert {address[1] for address in net.listening if address[0] == "gateway"} == set(MOVED.values())
        assert node.flows.book.available("late") == 7_000
        await world.until(lambda: world.links()[0].is_bound, "bound again")
        assert [link.channel.window_max for link in world.links()] == [7]
        orders += world.order(client, 5)
        await world.rest()
        assert {order.parts[0].state.name for order in orders} == {"ACCEPTED"}
        check_all(world)
        await world.end()

    play(scenario)


@pytest.mark.sources  # it puts something in the place of a method
def test_every_call_of_a_reload_is_among_those_that_fail() -> None:
    async def scenario() -> None:
        world = await World().start()
        await world.until(lambda: world.links()[0].is_bound, "bound")
        calls, servers = world.disk.calls, world.loop.net.servers
        committed = asyncio.Event()
        commit = world.node.sending_ports.commit
        world.node.sending_ports.commit = lambda prepared: (commit(prepared), committed.set())  # type: ignore[assignment]
        reloading = asyncio.ensure_future(world.reload(**changes(world)))
        await committed.wait()
        assert world.disk.calls - calls + world.loop.net.servers - servers == POINTS
        await reloading
        await world.end()

    play(scenario)


def test_the_floor_heeds_what_a_leaving_link_has_unanswered() -> None:
    """The carrier takes its time to answer; the channel is changed meanwhile; power is lost before it answers.

    A restart looks above the floor only: what is below it and without an answer would never end.
    """

    async def scenario() -> None:
        world = World(terms={"a": {"answer_s": (8.0, 8.0)}})
        await world.start()
        client = await world.client()
        orders = world.order(client, 3)
        await world.until(lambda: world.links()[0].in_flight == 3, "in flight")
        reloading = asyncio.ensure_future(world.reload(channels={"a": channel(window_max=7)}))
        await world.sleep(3.0)
        ids = [int(order.parts[0].message_id) for order in orders]
        assert not reloading.done() and world.node.journal.floor < min(ids)
        world.crash_node()
        await asyncio.gather(reloading, return_exceptions=True)
        await world.start_node()
        world.heal()
        await world.rest(4_000.0)
        check_all(world, late_answers=True)
        await world.end()

    play(scenario)


def test_clients_and_carriers_are_told_goodbye_by_a_drain_and_a_restart_goes_on() -> None:
    async def scenario() -> None:
        world = await World(terms={"a": {"receipt_s": (20.0, 20.0)}}).start()
        client = await world.client()
        orders = world.order(client, 20)
        await world.until(lambda: len(world.carriers["a"].ledger.segments) == 20, "taken")
        await world.drain_node()
        assert client.totals.goodbyes == 1 and world.carriers["a"].ledger.counts["goodbyes"] == 1
        assert not world.loop.net.listening.keys() & {("gateway", tcp_port) for tcp_port in PORTS.values()}
        await world.start_node()
        await world.rest()
        assert all(order.parts[0].stats == ["DELIVRD"] for order in orders)
        check_all(world)
        assert not world.carriers["a"].ledger.doubles()
        await world.end()

    play(scenario)
