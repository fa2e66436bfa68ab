"""The simulator by itself over TCP: a carrier that listens until it is told to stop, a client that sends and counts.

Both take plain parameters, so that a command line, a test or a benchmark can start them; `report` is called with what
there is to say, about once a second and at the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Final

from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms, Wish
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import CarrierListener, ClientRunner
from gateway.simulator.traffic import OrderBook

REPORT_S: Final = 1.0
POLL_S: Final = 0.05
ORDERS_MAX: Final = 100_000
AHEAD_MAX: Final = 2_000  # orders made before the window has room for them
NUMBERS: Final = 100_000  # different destinations

Report = Callable[[Mapping[str, object]], None]


async def run_carrier(
    *, host: str, tcp_port: int, terms: CarrierTerms, seed: int, plan: FaultPlan, stop: asyncio.Event, report: Report,
    inbound_per_s: float = 0.0, inbound_to: str = "10690001",
) -> SimulatedCarrier:
    """Listen until `stop` is set, then unbind everybody. Raises OSError when the address is taken."""
    loop = asyncio.get_running_loop()
    carrier = SimulatedCarrier(seed, plan, terms, unix_offset_s=time.time() - loop.time())
    listener = CarrierListener(carrier, loop)
    await listener.open(host, tcp_port)
    report({"listening": f"{host}:{listener.tcp_port}", "protocol": terms.protocol, "seed": seed, "plan": str(plan)})
    sent = 0
    began_at = loop.time()
    while not await _is_set_within(stop, REPORT_S):
        for _ in range(int((loop.time() - began_at) * inbound_per_s) - sent):
            sent += 1
            carrier.send_inbound(f"1390000{sent % 10_000:04d}", inbound_to, f"MO {sent}", loop.time())
        report(count_carrier(carrier))
    await listener.close()
    report(count_carrier(carrier))
    return carrier


def count_carrier(carrier: SimulatedCarrier) -> dict[str, object]:
    """What a carrier took and gave so far."""
    ledger = carrier.ledger
    return {
        "links": len(carrier.links), "taken": ledger.taken, "taken_twice": len(ledger.doubles()),
        "owed": carrier.owed, "unanswered_peak": ledger.unanswered_peak, **ledger.counts,
    }


async def run_client(
    *, host: str, tcp_port: int, terms: ClientTerms, seed: int, plan: FaultPlan, count: int, stop: asyncio.Event,
    report: Report, text: str = "Your code is {number}.", destination: str = "", wish: Wish | None = None,
    timeout_s: float = 60.0,
) -> SimulatedClient:
    """Send `count` messages (0: until `stop`), wait until all are final or for `timeout_s` after the last; unbind.

    `{number}` in the text is the message's number; without a destination, numbers 1380000… follow one another.
    """
    loop = asyncio.get_running_loop()
    offset_s = time.time() - loop.time()
    client = SimulatedClient(seed, plan, terms, unix_offset_s=offset_s, book=OrderBook(ORDERS_MAX))
    runner = ClientRunner(client, loop, host, tcp_port, seed=seed)
    runner.start()
    number, deadline, report_at = 0, 0.0, 0.0
    while not stop.is_set():
        while (number < count or not count) and client.waiting < AHEAD_MAX and client.is_bound:
            number += 1
            words = text.replace("{number}", str(number))
            client.order(destination or f"138000{number % NUMBERS:05d}", words, loop.time(), wish)
        if count and number >= count and not client.waiting:
            deadline = deadline or loop.time() + timeout_s
            if client.is_settled or loop.time() > deadline:
                break
        if loop.time() >= report_at:
            report_at = loop.time() + REPORT_S
            report(count_client(client, runner))
        await _is_set_within(stop, POLL_S)
    await runner.stop()
    report(count_client(client, runner))
    return client


def count_client(client: SimulatedClient, runner: ClientRunner | None = None) -> dict[str, object]:
    """What a client sent and heard so far."""
    totals = client.totals
    counted: dict[str, object] = {"bound": client.is_bound}
    counted |= {field.name: getattr(totals, field.name) for field in fields(totals)}
    counted["outcomes"] = dict(totals.outcomes)
    if runner is not None and runner.problem:
        counted["problem"] = runner.problem
    return counted


async def _is_set_within(stop: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
