"""What scenarios share: run one, check all promises at its end, look at what a carrier took."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from gateway.dialects.cmpp.protocol_rows import CMPP20, CMPP30
from gateway.dialects.smpp.protocol_rows import SMPP34
from tests.simulation.checkers import check_all, domestic
from tests.simulation.loop import simulate
from tests.simulation.simulation import CARRIER_PORT, Simulation

CARRIER = ("carrier-a", CARRIER_PORT)
WIRES = {"smpp": SMPP34, "cmpp20": CMPP20, "cmpp30": CMPP30}


def end_well(scenario: Callable[[], Coroutine[Any, Any, Simulation]], **leave: bool) -> None:
    """Run a scenario, then check everything and stop."""

    async def whole() -> None:
        sim = await scenario()
        check_all(sim, **leave)
        await sim.end()

    simulate(whole)


def destinations(orders: list[Any]) -> list[str]:
    return [order.destination for order in orders]


def taken(sim: Simulation, name: str = "a") -> list[str]:
    return [domestic(segment.destination) for segment in sim.carriers[name].ledger.segments]
