"""What the log says of a bind: why it failed, by the status's name, or which version is spoken."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.cmpp import auth
from protocols.smpp import pdus as smpp
from tests.simulation.node import HOST, PORTS
from tests.simulation.test_scenarios_bursts import Raw, bound, played
from tests.simulation.world import World, account

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

    async def scenario() -> World:
        world = await World(accounts=[account(sessions_max=1)]).start()
        await bound(world, "smpp")
        raw = Raw(protocol, "")
        await world.loop.create_connection(lambda: raw, HOST, PORTS[protocol])
        if protocol == "smpp":
            raw.write(smpp.BindTransceiver(login, password, "", version), 1)
        else:
            raw.write(auth.connect(login, password, version, world.loop.clock()), 1)
        await world.until(lambda: raw.answers.get(1) == status, "refused")
        [told] = [values for _, event, values in world.process.events if event == "bind_refused"]
        assert (told["status"], told["why"]) == (name, why)
        assert told["asked"] == f"{version >> 4}.{version & 15}"
        assert password not in str(told)
        return world

    played(scenario)


@pytest.mark.parametrize(
    ("protocol", "asked", "spoken"),
    [("smpp", 0x50, "3.4"), ("smpp", 0x34, "3.4"), ("smpp", 0x33, "3.3"), ("cmpp", 0x30, "3.0"), ("cmpp", 0x21, "2.0")],
)
def test_the_log_says_which_version_is_spoken(protocol: str, asked: int, spoken: str) -> None:
    """CMPP 2.1 has the layouts of 2.0 (version in CONNECT; docs/specifications.md)."""

    async def scenario() -> World:
        world = await World().start()
        known = world.config.accounts["acme"]
        raw = Raw(protocol, "")
        await world.loop.create_connection(lambda: raw, HOST, PORTS[protocol])
        if protocol == "smpp":
            raw.write(smpp.BindTransceiver(known.login, known.password, "", asked), 1)
        else:
            raw.write(auth.connect(known.login, known.password, asked, world.loop.clock()), 1)
        await world.until(lambda: any(event == "session_bound" for _, event, _ in world.process.events), "bound")
        [told] = [values for _, event, values in world.process.events if event == "session_bound"]
        assert (told["version"], told["asked"]) == (spoken, f"{asked >> 4}.{asked & 15}")
        return world

    played(scenario)
