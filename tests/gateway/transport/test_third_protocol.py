"""A third protocol of clients and of carriers, through the real flows, with no file of the gateway changed for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.dialects.protocol_table import CLIENT_PROTOCOLS, WIRES
from gateway.settings import node_keys
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import Wish
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import ClientRunner
from gateway.simulator.traffic import PartState
from tests.gateway.settings.setup import FILES, edited, faults, read
from tests.gateway.transport import line_protocol as lines
from tests.simulation import node
from tests.simulation.checked_runs import end_well
from tests.simulation.simulation import Simulation, account, channel

pytestmark = pytest.mark.sources  # its session inherits from ours


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    lines.register(monkeypatch)
    monkeypatch.setattr(node_keys, "ListenersTable", node_keys.listeners_of(CLIENT_PROTOCOLS))
    monkeypatch.setitem(node.PORTS, "line", lines.CLIENTS.tcp_port)


@pytest.mark.parametrize("theirs", ["smpp34", "cmpp20", "cmpp30", "line1"])
@pytest.mark.parametrize("ours", ["smpp", "cmpp30", "line"])
def test_messages_receipts_and_mo_cross_to_every_other_protocol(ours: str, theirs: str) -> None:
    async def scenario() -> Simulation:
        wire = WIRES[theirs]
        every = account(protocols=frozenset({"smpp", "cmpp", "line"}))
        sim = await Simulation(accounts=[every], channels=[channel(wire=wire)]).start()
        client = await sim.client(protocol=ours)
        sim.order(client, 20, "你好 hello")
        sim.carriers["a"].send_inbound("13800138000", "10690123", "a reply", sim.now)
        await sim.rest()
        assert client.totals.outcomes == {"delivered": 20}
        assert [(heard.source, heard.destination) for heard in client.heard] == [("13800138000", "10690123")]
        return sim

    end_well(scenario)


def test_what_the_new_protocol_refuses_is_told_in_its_own_words() -> None:
    """A refusal of the stages to a client that speaks lines, and of a carrier that does."""

    async def scenario() -> Simulation:
        plan = FaultPlan(refused=1.0)
        known = account(protocols=frozenset({"line"}))
        sim = await Simulation(channels=[channel(wire=lines.LINE1)], plans={"a": plan}, accounts=[known]).start()
        client = await sim.client(protocol="line")
        sim.order(client, 3)
        foreign = client.order("13800138000", "from a code that it does not own", sim.now, Wish(source="999"))
        await sim.rest()
        [part] = foreign.parts
        assert (part.state, part.words) == (PartState.REFUSED, "SRC")
        assert client.totals.outcomes == {"failed": 3, "refused": 1}
        return sim

    end_well(scenario)


def test_a_wrong_secret_is_refused_in_its_own_words() -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(protocols=frozenset({"line"}))]).start()
        client = await sim.client(protocol="line")
        terms = replace(client.terms, password="guess")
        guesser = SimulatedClient(1, FaultPlan.calm(), terms)
        runner = ClientRunner(guesser, sim.loop, node.HOST, lines.CLIENTS.tcp_port)
        runner.start()
        await sim.until(lambda: guesser.totals.binds_refused > 0, "the guesser is refused")
        assert not guesser.is_bound and client.is_bound
        [status] = {values["status"] for _, event, values in sim.process.events if event == "bind_refused"}
        assert status == "UNKNOWN_OR_WRONG"
        await runner.stop()
        return sim

    end_well(scenario)


# --- settings --------------------------------------------------------------------------------------------------------
A, C = "accounts/a.toml", "carriers/c.toml"


def test_settings_take_its_names(tmp_path: Path) -> None:
    settings = read(tmp_path, {
        **edited(A, 'protocols = ["smpp"]', 'protocols = ["smpp", "line"]'),
        **edited(C, 'wire = "smpp34"', 'wire = "line1"'),
    })
    assert settings.accounts["shop"].protocols == {"smpp", "line"}
    assert settings.channels["north"].wire is lines.LINE1


def test_settings_hold_it_to_its_own_rules(tmp_path: Path) -> None:
    unknown = edited(A, '["smpp"]', '["pager"]')
    assert [fault.problem for fault in faults(tmp_path, unknown)] == ["must be 'smpp', 'cmpp', 'line' or 'http'"]
    tls = FILES[C].replace('"smpp34"', '"line1"').replace("port = 3775 }", "port = 3775, tls = true }")
    assert [fault.problem for fault in faults(tmp_path, {C: tls})] == ["LINE is not spoken in TLS"]


def test_it_may_be_listened_for() -> None:
    table = node_keys.listeners_of(CLIENT_PROTOCOLS)
    assert list(table.model_fields) == ["http", "http_tls", "smpp", "smpp_tls", "cmpp", "line"]
    assert [(name, keys.port) for name, keys in table.model_validate({"line": {"port": 4000}}).items()] == [
        ("line", 4000)
    ]
