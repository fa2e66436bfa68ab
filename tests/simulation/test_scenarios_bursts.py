"""Scenarios of clients that write more than their window: they are not read from before anything is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp.codec import CMPP30
from protocols.smpp import pdus as smpp
from protocols.smpp.codec import decode, encode
from tests.simulation.checkers import check_limits, check_money, check_outcomes
from tests.simulation.loop import simulate
from tests.simulation.node import HOST, PORTS
from tests.simulation.simulation import Simulation, account

WINDOW = 10
THROTTLED, FLOW_CONTROL = 0x58, 8
PROTOCOLS = ["smpp", "cmpp"]


class Raw(asyncio.Protocol):
    """A client that writes what it likes; `heard` are the frames that came, by sequence for answers to it."""

    def __init__(self, protocol: str, code: str) -> None:
        self.protocol = protocol
        self._code = code
        self._transport: Any = None
        self._octets = b""
        self.answers: dict[int, int] = {}
        self.delivers = 0
        self.keepalives = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._octets += data
        while len(self._octets) >= 4 and len(self._octets) >= (length := int.from_bytes(self._octets[:4], "big")):
            frame, self._octets = self._octets[:length], self._octets[length:]
            self._heard(decode(frame) if self.protocol == "smpp" else CMPP30.decode(frame))

    def _heard(self, pdu: Any) -> None:
        if pdu.NAME in ("deliver_sm", "CMPP_DELIVER"):
            self.delivers += 1
            taken = smpp.response_to(pdu) if self.protocol == "smpp" else cmpp.response_to(pdu)
            self.write(taken, pdu.sequence)
        elif pdu.NAME in ("enquire_link", "CMPP_ACTIVE_TEST"):
            self.write(smpp.response_to(pdu) if self.protocol == "smpp" else cmpp.response_to(pdu), pdu.sequence)
        elif pdu.NAME in ("enquire_link_resp", "CMPP_ACTIVE_TEST_RESP"):
            self.keepalives += 1
        else:
            assert pdu.sequence not in self.answers
            self.answers[pdu.sequence] = pdu.status if hasattr(pdu, "status") else pdu.result

    def octets(self, pdu: Any, sequence: int) -> bytes:
        return encode(pdu, sequence) if self.protocol == "smpp" else CMPP30.encode(pdu, sequence)

    def write(self, pdu: Any, sequence: int) -> None:
        self._transport.write(self.octets(pdu, sequence))

    def submits(self, first: int, count: int) -> bytes:
        """So many in one piece."""
        made = []
        for number in range(first, first + count):
            destination = f"138{number:08d}"
            pdu: Any = smpp.SubmitSm(
                source_addr=self._code, destination_addr=destination, short_message=b"x", registered_delivery=1
            )
            if self.protocol == "cmpp":
                pdu = cmpp.Submit(
                    msg_src=self._code[:6], src_id=self._code, dest_terminal_id=(destination,), msg_content=b"x",
                    registered_delivery=1,
                )
            made.append(self.octets(pdu, number))
        return b"".join(made)

    def keepalive(self, sequence: int) -> bytes:
        return self.octets(smpp.EnquireLink() if self.protocol == "smpp" else cmpp.ActiveTest(), sequence)


def run_on_bench(scenario: Callable[[], Coroutine[Any, Any, Simulation]]) -> None:
    """Run a scenario; what was accepted must have ended and be paid for. No client's book knows what these write."""

    async def whole() -> None:
        sim = await scenario()
        check_outcomes(sim)
        check_money(sim)
        check_limits(sim)
        await sim.end()

    simulate(whole)


async def bound(sim: Simulation, protocol: str) -> Raw:
    """Bind by hand as the account does it."""
    known = sim.config.accounts["acme"]
    raw = Raw(protocol, known.service_codes[0].code)
    await sim.loop.create_connection(lambda: raw, HOST, PORTS[protocol])
    if protocol == "smpp":
        raw.write(smpp.BindTransceiver(known.login, known.password, "", 0x34), 1)
    else:
        raw.write(auth.connect(known.login, known.password, 0x30, sim.loop.clock()), 1)
    await sim.until(lambda: raw.answers.get(1) == 0, "bound")
    return raw


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("windows", [1, 2, 4])
def test_up_to_four_windows_at_once_are_all_taken(protocol: str, windows: int) -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(window_max=WINDOW)]).start()
        raw = await bound(sim, protocol)
        count = windows * WINDOW
        raw._transport.write(raw.submits(2, count) + raw.keepalive(9_000))
        await sim.until(lambda: len(raw.answers) == 1 + count and raw.keepalives == 1, "all are answered")
        assert set(raw.answers.values()) == {0}
        await sim.rest()
        assert raw.delivers == count
        return sim

    run_on_bench(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_only_what_was_read_at_once_beyond_that_is_refused(protocol: str) -> None:
    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(window_max=WINDOW)]).start()
        raw = await bound(sim, protocol)
        raw._transport.write(raw.submits(2, 5 * WINDOW))
        await sim.until(lambda: len(raw.answers) == 1 + 5 * WINDOW, "all are answered")
        status = THROTTLED if protocol == "smpp" else FLOW_CONTROL
        assert [raw.answers[number] for number in range(2, 2 + 5 * WINDOW)] == [0] * 4 * WINDOW + [status] * WINDOW
        refused = sim.node.meters.account("acme").refused
        assert dict(refused) == {("WINDOW", "account.window_max"): WINDOW}
        await sim.rest()
        return sim

    run_on_bench(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_burst_in_pieces_waits_in_the_socket(protocol: str) -> None:
    """A hundred windows, written without waiting for any answer: the reader pauses, nothing is refused."""

    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(window_max=WINDOW)]).start()
        raw = await bound(sim, protocol)
        for piece in range(200):
            raw._transport.write(raw.submits(2 + piece * 5, 5))
        raw._transport.write(raw.keepalive(9_000))
        await sim.until(lambda: len(raw.answers) == 1_001 and raw.keepalives == 1, "all are answered")
        assert set(raw.answers.values()) == {0}
        await sim.rest()
        assert raw.delivers == 1_000
        return sim

    run_on_bench(scenario)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_long_pause_costs_neither_the_session_nor_a_receipt_twice(protocol: str) -> None:
    """Its rate lets one pass each two seconds, so what it says waits for a minute behind what it asks.

    Its answers to delivers and keepalives lie unread meanwhile: that is our doing, and no silence of its.
    """

    async def scenario() -> Simulation:
        sim = await Simulation(accounts=[account(window_max=WINDOW, rate_per_s=0.5)]).start()
        raw = await bound(sim, protocol)
        raw._transport.write(raw.submits(2, 5))
        await sim.until(lambda: raw.delivers > 0, "a receipt came", 30.0)
        raw._transport.write(raw.submits(7, 4 * WINDOW - 5) + raw.keepalive(9_000))
        await sim.until(lambda: len(raw.answers) == 1 + 4 * WINDOW and raw.keepalives == 1, "all are answered", 120.0)
        assert set(raw.answers.values()) == {0}
        await sim.rest()
        assert raw.delivers == 4 * WINDOW
        assert not [event for _, event, _ in sim.process.events if event == "session_closed"]
        return sim

    run_on_bench(scenario)
