"""What the log says of a link that cannot bind, and of one that can: in whose words, until when, which version."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.simulation.checked_runs import CARRIER, WIRES, destinations, end_well, taken
from tests.simulation.loop import simulate
from tests.simulation.simulation import Simulation, channel


def told(sim: Simulation, event: str) -> list[tuple[float, dict[str, Any]]]:
    return [(at, values) for at, name, values in sim.process.events if name == event]


@pytest.mark.parametrize(
    ("wire", "status", "name"),
    [("smpp", 0x0E, "ESME_RINVPASWD"), ("cmpp20", 3, "authentication"), ("cmpp30", 3, "authentication")],
)
def test_a_refused_bind_is_told_by_name_and_its_wait_is_kept(wire: str, status: int, name: str) -> None:
    """3.4 5.1.3 names 0x0E; CMPP 7.4.1.2 says of Status 3 "authentication error"."""

    async def whole() -> None:
        logins = {"logins": {"901234": "another1"}}
        sim = await Simulation(channels=[channel(wire=WIRES[wire], reconnect_max_s=4.0)], terms={"a": logins}).start()
        await sim.sleep(30.0)
        refusals, waits = told(sim, "link_refused"), told(sim, "link_waits")
        assert len(refusals) > 4
        assert all((values["status"], values["name"]) == (status, name) for _, values in refusals)
        for (at, wait), (again_at, _) in zip(waits, refusals[1:], strict=False):
            assert again_at - at == pytest.approx(wait["wait_s"], abs=0.2)
        await sim.end()

    simulate(whole)


@pytest.mark.parametrize(("wire", "version"), [("smpp", "3.4"), ("cmpp20", "2.0"), ("cmpp30", "3.0")])
def test_a_bind_says_its_version_and_a_lost_one_when_it_comes_back(wire: str, version: str) -> None:
    async def whole() -> None:
        sim = await Simulation(channels=[channel(wire=WIRES[wire])]).start()
        await sim.until(lambda: bool(told(sim, "link_bound")), "bound")
        sim.carriers["a"].unbind_all(sim.now)
        await sim.until(lambda: len(told(sim, "link_bound")) == 2, "bound again")
        assert {values["version"] for _, values in told(sim, "link_bound")} == {version}
        [(_, wait)] = told(sim, "link_waits")
        assert 0.0 < wait["wait_s"] <= 1.0
        await sim.end()

    simulate(whole)


def test_a_link_is_kept_whatever_its_connection_fails_with() -> None:
    """A name that cannot be written as one of the DNS raises UnicodeError, which is no OSError."""

    async def scenario() -> Simulation:
        sim = Simulation()
        sim.loop.net.faults[CARRIER] = [UnicodeError("label too long"), asyncio.CancelledError(), KeyError("ours")]
        await sim.start()
        await sim.until(lambda: bool(told(sim, "link_bound")), "bound", limit_s=30.0)
        assert sim.node.meters.task_restarts == {"carrier_link": 3}
        restarts = [values for _, values in told(sim, "task_restarted")]
        assert [(values["task"], values["name"]) for values in restarts] == [("carrier_link", "a/1")] * 3
        assert [type(values["exc_info"]) for values in restarts] == [UnicodeError, asyncio.CancelledError, KeyError]
        client = await sim.client()
        orders = sim.order(client, 3)
        await sim.rest()
        assert taken(sim) == destinations(orders)
        return sim

    end_well(scenario, faults_of_ours=True)
