"""The simulator as load tool: `python -m benchmarks.peer carrier|client PROTOCOL PORT …`.

A carrier answers at once and sends receipts at once, until SIGTERM. A client sends `--count` messages over
`--connections`, waits for all receipts (or, with `--wait answers`, for the answers only) and prints one JSON document.
With `--count 0` it only listens, until SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from typing import Any, Final

import uvloop

from benchmarks.figures import calm_collector, percentile
from benchmarks.processes import machine_cpu_s
from benchmarks.wires import OCTETS
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.shells import CarrierListener, ClientRunner
from gateway.simulator.traffic import OrderBook

AHEAD: Final = 200  # orders made before a connection has room for them
TICK_S: Final = 0.005
RECEIPTS_S: Final = 60.0
_WIRES: Final = {"smpp": "smpp", "cmpp": "cmpp30"}
_LOGINS: Final = {"smpp": ("smppdemo", "10690001"), "cmpp": ("106901", "10690002")}


class ExactLoop(uvloop.Loop):
    """uvloop tells the time in whole milliseconds, which is coarse for an answer that takes two."""

    def time(self) -> float:
        return time.monotonic()


async def run_carrier(wish: argparse.Namespace, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    terms = CarrierTerms(protocol=_WIRES[wish.protocol], receipt_s=(0.0, 0.0), window_max=100)
    carrier = SimulatedCarrier(1, FaultPlan.calm(), terms, unix_offset_s=time.time() - loop.time())
    listener = CarrierListener(carrier, loop)
    await listener.open("127.0.0.1", wish.tcp_port)
    await stop.wait()
    await listener.close()


async def run_client(wish: argparse.Namespace, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    login, source = _LOGINS[wish.protocol]
    terms = ClientTerms(
        protocol=_WIRES[wish.protocol], login=login, password="secret01", source=source, window_max=wish.window,
        rate_per_s=wish.rate / wish.connections,
    )
    book, offset = OrderBook(wish.count + 1), time.time() - loop.time()
    clients = [
        SimulatedClient(number, FaultPlan.calm(), terms, unix_offset_s=offset, book=book)
        for number in range(wish.connections)
    ]
    runners = [ClientRunner(client, loop, "127.0.0.1", wish.tcp_port, seed=n) for n, client in enumerate(clients)]
    for runner in runners:
        runner.start()
    while not (all(client.is_bound for client in clients) or stop.is_set()):
        await asyncio.sleep(TICK_S)
    began, cpu, machine = loop.time(), time.process_time(), machine_cpu_s()
    await _send(wish, clients, book, stop)
    spent = {"seconds": loop.time() - began, "cpu_s": time.process_time() - cpu, "machine_s": machine_cpu_s() - machine}
    for runner in runners:
        await runner.stop()
    print(json.dumps(spent | _measured(clients, book)))


async def _send(wish: argparse.Namespace, clients: list[SimulatedClient], book: OrderBook, stop: asyncio.Event) -> None:
    """Order everything, a little ahead of what the windows take, and wait for the end."""
    loop = asyncio.get_running_loop()
    number, deadline = 0, 0.0
    while not stop.is_set():
        now = loop.time()
        for client in clients:
            while number < wish.count and client.waiting < AHEAD:
                number += 1
                client.order(f"{wish.to}{number:08d}", f"T{number:09d} ".ljust(OCTETS, "x"), now)
        if wish.count and number == wish.count:
            answered = sum(client.totals.accepted + client.totals.refused for client in clients)
            if answered == wish.count:
                deadline = deadline or now + RECEIPTS_S
                if wish.wait == "answers" or not book.open or now > deadline:
                    return
        await asyncio.sleep(TICK_S)


def _measured(clients: list[SimulatedClient], book: OrderBook) -> dict[str, Any]:
    answers = [(order.answered_at - order.submitted_at) * 1e3 for order in book.orders if order.answered_at]
    return {
        "accepted": sum(client.totals.accepted for client in clients),
        "refused": sum(client.totals.refused for client in clients),
        "receipts": sum(client.totals.receipts for client in clients),
        "delivered": sum(client.totals.outcomes["delivered"] for client in clients),
        "response_p50_ms": percentile(answers, 50), "response_p99_ms": percentile(answers, 99),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer")
    parser.add_argument("role", choices=("carrier", "client"))
    parser.add_argument("protocol", choices=tuple(_WIRES))
    parser.add_argument("tcp_port", type=int)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--window", type=int, default=50)
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second over all connections; 0: no limit")
    parser.add_argument("--to", default="155", help="first digits of the destinations")
    parser.add_argument("--wait", choices=("receipts", "answers"), default="receipts")
    wish = parser.parse_args()
    calm_collector()  # orders are no cycles, and a walk through all of them would stand in the answers' times

    async def run_load() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await (run_carrier if wish.role == "carrier" else run_client)(wish, stop)

    uvloop.run(run_load(), loop_factory=ExactLoop)
