"""A carrier and a client on one loop with simulated time, over pipes: minutes pass in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms, Wish
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.pipes import Network
from gateway.simulator.shells import CarrierListener, ClientRunner

STARTS_AT = 1_780_000_000.0
PORT = 2775
CALM = FaultPlan.calm()


class _Skipper(selectors.SelectSelector):
    """Never waits: time jumps to when the loop wants to wake."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if not found:
            if timeout is None:
                raise RuntimeError("nothing is ready and no timer runs: a deadlock")
            self.skipped_s += timeout
        return found


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock only moves when everything waits."""

    def __init__(self) -> None:
        self._skipper = _Skipper()
        super().__init__(self._skipper)

    def time(self) -> float:
        return self._skipper.skipped_s


def simulate(scenario: Callable[[], Awaitable[Any]]) -> Any:
    """Run a scenario to its end in simulated time; an exception in any callback fails it."""
    failures: list[Any] = []
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: failures.append(context))
        result = runner.run(scenario())  # type: ignore[arg-type]
    assert not failures, failures
    return result


@dataclass
class Stage:
    """Both sides, connected; leave with `async with`."""

    carrier: SimulatedCarrier
    client: SimulatedClient
    listener: CarrierListener
    runner: ClientRunner

    async def __aenter__(self) -> Stage:
        await self.listener.open("carrier", PORT)
        self.runner.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.stop()
        await self.listener.close()

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def order(self, count: int, words: str = "message", **wish: Any) -> list[Any]:
        """Order `count` messages, each with words of its own."""
        return [
            self.client.order(f"138000{number:05d}", f"{words} {number}", self.now, Wish(**wish))
            for number in range(count)
        ]

    async def settle(self, limit_s: float = 600.0) -> None:
        """Wait until every order is final; fail after a limit of simulated seconds."""
        deadline = self.now + limit_s
        while not self.client.is_settled:
            assert self.now < deadline, f"not final: {list(self.client.book.unfinished())[:3]}"
            await asyncio.sleep(0.1)

    def heal(self) -> None:
        self.carrier.heal(self.now)
        self.client.heal(self.now)


def stage(
    protocol: str = "smpp", *, plan: FaultPlan = CALM, client_plan: FaultPlan = CALM, seed: int = 1,
    chunk: int = 0, latency_s: float = 0.01, carrier_terms: CarrierTerms | None = None, **client_terms: Any,
) -> Stage:
    """Set up a carrier and a client of one protocol; call it inside a scenario."""
    loop = asyncio.get_running_loop()
    offset = STARTS_AT - loop.time()
    network = Network(loop, latency_s=latency_s, chunk=chunk)
    terms = replace(carrier_terms or CarrierTerms(logins={"901234": "secret01"}), protocol=protocol)
    carrier = SimulatedCarrier(seed, plan, terms, unix_offset_s=offset)
    known = {"protocol": protocol, "login": "901234", "password": "secret01", "source": "10690001"} | client_terms
    client = SimulatedClient(seed, client_plan, ClientTerms(**known), unix_offset_s=offset)
    listener = CarrierListener(carrier, loop, network)
    runner = ClientRunner(client, loop, "carrier", PORT, seed=seed, wire=network)
    return Stage(carrier, client, listener, runner)
