"""What the log says of a bind: why it failed, by the status's name, or which version is spoken."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.cmpp import auth
from protocols.smpp import pdus as smpp
from tests.simulation.node import HOST, PORTS
from tests.simulation.simulation import Simulation, account
from tests.simulation.test_scenarios_bursts import Raw, bound, run_on_bench

BINDS = [
    # protocol, login, password, version; the status told, its name, why
    ("smpp", "106901", "guess77", 0x34, 0x0E, "ESME_RINVPASWD", "the password, or the proof made of it, is wrong"),
    ("smpp", "nobody", "guess77", 0x34, 0x0E, "ESME_RINVPASWD", "no account has this login"),
    ("cmpp", "106901", "guess77", 0x30, 3, "AUTHENTICATION", "the password, or the proof made of it, is wrong"),
    ("cmpp", "nobody", "secret01", 0x20, 3, "AUTHENTICATION", "no account has this login"),
    ("smpp", "106901", "secret01", 0x34, 0x0D, "ESME_RBINDFAIL", "sessions_max is 1, all are bound"),
    ("cmpp", "106901", "secret01", 0x30, 5, "OTHER", "sessions_max is 1, all are bound"),
]


@pytest.mark.parametrize("case", BINDS, ids=lambda case: f"{case[0]}-{case[5]}-{case[1]}")
def test_the_log_says_why_a_bind_failed_and_the_peer_hears_no_more_than_before(case: Any) -> None:
    protocol, login, password, version, status, name, why = case

    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(sessions_max=1)]).start()
        await bound(sim, "smpp")
        raw = Raw(protocol, "")
        await sim.loop.create_connection(lambda: raw, HOST, PORTS[protocol])
        if protocol == "smpp":
            raw.write(smpp.BindTransceiver(login, password, "", version), 1)
        else:
            raw.write(auth.connect(login, password, version, sim.loop.clock()), 1)
        await sim.until(lambda: raw.answers.get(1) == status, "refused")
        [told] = [values for _, event, values in sim.process.events if event == "bind_refused"]
        assert (told["status"], told["why"]) == (name, why)
        assert told["asked"] == f"{version >> 4}.{version & 15}"
        assert password not in str(told)
        return sim

    run_on_bench(scenario)


@pytest.mark.parametrize(
    ("protocol", "asked", "spoken"),
    [("smpp", 0x50, "3.4"), ("smpp", 0x34, "3.4"), ("smpp", 0x33, "3.3"), ("cmpp", 0x30, "3.0"), ("cmpp", 0x21, "2.0")],
)
def test_the_log_says_which_version_is_spoken(protocol: str, asked: int, spoken: str) -> None:
    """CMPP 2.1 has the layouts of 2.0 (version in CONNECT; docs/specifications.md)."""

    async def scenario() -> Simulation:
        sim = await Simulation().start()
        known = sim.config.accounts["acme"]
        raw = Raw(protocol, "")
        await sim.loop.create_connection(lambda: raw, HOST, PORTS[protocol])
        if protocol == "smpp":
            raw.write(smpp.BindTransceiver(known.login, known.password, "", asked), 1)
        else:
            raw.write(auth.connect(known.login, known.password, asked, sim.loop.clock()), 1)
        await sim.until(lambda: any(event == "session_bound" for _, event, _ in sim.process.events), "bound")
        [told] = [values for _, event, values in sim.process.events if event == "session_bound"]
        assert (told["version"], told["asked"]) == (spoken, f"{asked >> 4}.{asked & 15}")
        return sim

    run_on_bench(scenario)
