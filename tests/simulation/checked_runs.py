"""What scenarios share: play one, check all promises at its end, look at what a carrier took."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from gateway.dialects.cmpp.protocol_rows import CMPP20, CMPP30
from gateway.dialects.smpp.protocol_rows import SMPP34
from tests.simulation.checkers import check_all, domestic
from tests.simulation.loop import play
from tests.simulation.world import CARRIER_PORT, World

CARRIER = ("carrier-a", CARRIER_PORT)
WIRES = {"smpp": SMPP34, "cmpp20": CMPP20, "cmpp30": CMPP30}


def end_well(scenario: Callable[[], Coroutine[Any, Any, World]], **leave: bool) -> None:
    """Play a scenario, then check everything and stop."""

    async def whole() -> None:
        world = await scenario()
        check_all(world, **leave)
        await world.end()

    play(whole)


def destinations(orders: list[Any]) -> list[str]:
    return [order.destination for order in orders]


def taken(world: World, name: str = "a") -> list[str]:
    return [domestic(segment.destination) for segment in world.carriers[name].ledger.segments]
