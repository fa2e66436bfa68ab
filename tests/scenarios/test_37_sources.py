"""Whose number a message shows, on the wire of both protocols: scenario 37."""

from __future__ import annotations

import asyncio

import pytest

from gateway.domain.account import ServiceCode
from protocols.smpp import codec, pdus
from tests.gateway.contracts.shipped import S0
from tests.scenarios.steps import account_under, ask, refusal_of, simulate_with
from tests.simulation.node import HOST, PORTS
from tests.simulation.simulation import Simulation

OWN = account_under(S0, service_codes=(ServiceCode("10690123"),))


@pytest.mark.parametrize(("protocol", "status"), [("smpp", 0x0A), ("cmpp30", 10), ("cmpp20", 10)])
def test_own_anonymous_and_foreign_sources(protocol: str, status: int) -> None:
    """Scenario 37: the code with an extension passes; none, and another one's, are refused as SRC."""

    async def scenario(sim: Simulation) -> None:
        client = await sim.client(protocol=protocol, source="")
        assert refusal_of(await ask(sim, client, "hello", source="10690123456"))[0] == 0
        for foreign in ("", "10690999"):
            refused = refusal_of(await ask(sim, client, "hello", source=foreign))
            assert refused[0] == status
            assert protocol != "smpp" or refused[1] == "SRC S0-7.4"
        await sim.rest()
        assert len(sim.carriers["a"].ledger.segments) == 1

    simulate_with(scenario, accounts=[OWN])


class Raw(asyncio.Protocol):
    """A peer that writes octets and keeps what it hears."""

    def __init__(self) -> None:
        self.heard = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def frames(self) -> list[bytes]:
        found, at = [], 0
        while at + 4 <= len(self.heard):
            size = int.from_bytes(self.heard[at : at + 4], "big")
            found.append(bytes(self.heard[at : at + size]))
            at += size
        return found


def test_a_source_of_22_digits() -> None:
    """Scenario 37: more digits than the wire has room for are an invalid source, not the end of the session."""

    async def scenario(sim: Simulation) -> None:
        _, peer = await sim.loop.create_connection(Raw, HOST, PORTS["smpp"])
        bind = pdus.BindTransceiver(OWN.login, OWN.password)
        submit = pdus.SubmitSm(source_addr="10690123", destination_addr="13800138000", short_message=b"a")
        long = codec.encode(submit, 2).replace(b"10690123\0", b"1069012300000000000000\0")
        peer.transport.write(codec.encode(bind, 1))
        await sim.sleep(1.0)
        peer.transport.write(len(long).to_bytes(4, "big") + long[4:] + codec.encode(pdus.EnquireLink(), 3))
        await sim.sleep(5.0)
        answers = {frame[15]: int.from_bytes(frame[8:12], "big") for frame in peer.frames()}
        assert answers == {1: 0, 2: 0x0A, 3: 0}
        peer.transport.close()
        await sim.rest()

    simulate_with(scenario, accounts=[OWN])
