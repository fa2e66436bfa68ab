"""What the scenarios of money share: the operations behind `hongyan accounts …` on a node in simulated time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from gateway.domain.china_time import SHANGHAI
from gateway.domain.entry import EntryKind
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import Wish
from gateway.simulator.traffic import Order
from tests.gateway.operations.asking import ask_treasury
from tests.scenarios.steps import refusal_of
from tests.simulation.loop import STARTS_AT
from tests.simulation.simulation import Simulation

DAY_S = 86_400.0


async def do(sim: Simulation, operation: str, name: str = "acme", **body: Any) -> dict[str, Any]:
    """Do what the command does, in the running node; it is committed when this returns."""
    treasury = sim.node.flows.treasury
    return await ask_treasury(treasury, sim.config.accounts, operation, account=name, **body)


async def top_up(sim: Simulation, amount_hao: int, name: str = "acme") -> None:
    """Credit a payment, as `hongyan accounts top-up` does."""
    flows = sim.node.flows
    flows.treasury.post(EntryKind.TOP_UP, name, amount_hao, "a payment")
    await sim.node.journal.touch()


async def until(sim: Simulation, moment: str) -> None:
    """Sleep until a moment in China time ("2026-03-03T00:00:00.5")."""
    at = dt.datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI).timestamp()
    await sim.sleep(at - STARTS_AT - sim.now)


def send(
    sim: Simulation, client: SimulatedClient, count: int, text: str = "您好", prefix: str = "138", end: str = ""
) -> list[Order]:
    """Order messages to numbers of a prefix, each with that last digit."""
    digits = 11 - len(prefix) - len(end)
    start = len(client.book.orders)
    return [
        client.order(f"{prefix}{start + number:0{digits}d}{end}", text, sim.now, Wish()) for number in range(count)
    ]


def kinds(sim: Simulation, *wanted: EntryKind) -> list[dict[str, Any]]:
    """Return the stored entries of some kinds, in the order of their ids."""
    rows = sim.disk.entries()
    return [rows[key] for key in sorted(rows) if rows[key]["kind"] in wanted]


def events(sim: Simulation, name: str) -> list[dict[str, Any]]:
    """Return the values of each event of that name."""
    return [values for _, event, values in sim.process.events if event == name]


async def shown(sim: Simulation) -> list[dict[str, Any]]:
    """Return the lots and makeups of the account as the command shows them."""
    return list((await do(sim, "lots.list"))["lots"])


def refused(orders: list[Order]) -> Counter[str]:
    """Return how many orders were refused, by key; accepted ones under the empty text."""
    return Counter(refusal_of(order)[1].partition(" ")[0] for order in orders)


def seconds(moment: str) -> float:
    """Return the unix seconds of a moment in China time."""
    return dt.datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI).timestamp()
