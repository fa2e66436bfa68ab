"""The steps that scenarios share: a command over the shipped configuration or a changed copy; a bound client.

    quote(...)          `hongyan quote --json`, and so for every other command: `document(...)`
    beside(...)         a command beside a gateway that runs in this process
    changed(...)        a copy of the shipped configuration with some keys of some files changed
    simulate_with(...)  a node in simulated time under given contracts, checked for every promise at its end
    ask(...)            a client submits one text; its order tells what it was answered
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import ContextVar
from io import StringIO, TextIOBase
from pathlib import Path
from threading import Lock
from typing import Any, TextIO

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.contracts.profile import Profile, profile_from_dict, profile_to_dict
from gateway.domain.account import Account
from gateway.simulator.client import SimulatedClient
from gateway.simulator.core_interfaces import Wish
from gateway.simulator.traffic import Order, PartState
from tests.gateway.contracts.shipped import S0
from tests.simulation.checkers import check_all
from tests.simulation.loop import simulate
from tests.simulation.simulation import Simulation, account

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOON = "2026-03-02T12:00:00+08:00"


# --- commands ----------------------------------------------------------------------------------------------------


def run(*arguments: str, config: Path = CONFIG, code: int = 0) -> str:
    """Run a command in this process; its standard output, or its standard error where it failed."""
    result = CliRunner().invoke(app, arguments, env={"HONGYAN_CONFIG": str(config)})
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout if code == 0 else result.stderr


def document(*arguments: str, config: Path = CONFIG) -> Any:
    """Return the JSON document of a command."""
    return json.loads(run(*arguments, "--json", config=config))


async def beside(*arguments: str, config: Path, code: int = 0) -> str:
    """Run a command in a thread, beside a gateway that runs (and logs) in this process; its output as `run` has it."""
    return await asyncio.to_thread(_aside, arguments, config, code)


def _aside(arguments: Sequence[str], config: Path, code: int) -> str:
    told, complaint = StringIO(), StringIO()
    with _ONE_AT_A_TIME, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HONGYAN_CONFIG", str(config))
        patch.setattr(sys, "stdout", _Mouth(_TOLD, sys.stdout))
        patch.setattr(sys, "stderr", _Mouth(_COMPLAINT, sys.stderr))
        _TOLD.set(told)  # this thread's context is its own
        _COMPLAINT.set(complaint)
        with pytest.raises(SystemExit) as end:
            app(arguments)
    assert (end.value.code or 0) == code, (told.getvalue(), complaint.getvalue())
    return (complaint if code else told).getvalue()


class _Mouth(TextIOBase):
    """An output that is the command's own where a command writes, and the test's for everybody else."""

    encoding = "utf-8"

    def __init__(self, own: ContextVar[StringIO | None], common: TextIO) -> None:
        self._own = own
        self._common = common

    def write(self, text: str) -> int:
        return (self._own.get() or self._common).write(text)


_TOLD: ContextVar[StringIO | None] = ContextVar("told", default=None)
_COMPLAINT: ContextVar[StringIO | None] = ContextVar("complaint", default=None)
_ONE_AT_A_TIME = Lock()  # environment and outputs are the process's


def quote(contract: str, text: str, *options: str, config: Path = CONFIG, **changes: str) -> dict[str, Any]:
    """Return the document of a quote at noon; `changes` are profile keys (`split="plain70"`)."""
    overrides = [word for key, value in changes.items() for word in ("--set", f"{key}={value}")]
    when = () if "--at" in options else ("--at", NOON)
    found: dict[str, Any] = document(
        "quote", "--contract", contract, "--text", text, *when, *options, *overrides, config=config
    )
    return found


def changed(into: Path, changes: Mapping[str, Mapping[str, str]]) -> Path:
    """Copy the shipped configuration and change keys: {"contracts/quota.toml": {"price": '"0.05"'}}, in TOML.

    A key that the file does not hold is added before its first table.
    """
    shutil.copytree(CONFIG, into / "config")
    for name, keys in changes.items():
        path = into / "config" / name
        text = path.read_text(encoding="utf-8")
        for key, value in keys.items():
            line = f"{key} = {value}"
            text, times = re.subn(rf"^{re.escape(key)} = .*$", lambda _, line=line: line, text, count=1, flags=re.M)
            if not times:
                head, table, rest = text.partition("\n[")
                text = f"{head}\n{line}\n{table}{rest}"
        path.write_text(text, encoding="utf-8")
    return into / "config"


# --- a client bound to a node in simulated time ------------------------------------------------------------------


def variant(profile: Profile, **changes: Any) -> Profile:
    """Return a profile under the same name with some keys changed, as they stand in a file."""
    return profile_from_dict({**profile_to_dict(profile), **changes}, name=profile.name)


def account_under(profile: Profile, name: str = "acme", **changes: Any) -> Account:
    """Return an account of that contract; for the rest as `account` of the simulation."""
    return account(name, contract=profile.name, **changes)


def simulate_with(
    scenario: Callable[[Simulation], Coroutine[Any, Any, None]],
    *,
    profiles: Sequence[Profile] = (S0,),
    accounts: Sequence[Account] = (),
    charges_delivered: bool = True,
    **sim: Any,
) -> None:
    """Start a simulation, run the scenario in it, check every promise, stop; it may last days and takes no time."""

    async def whole() -> None:
        made = Simulation(accounts=accounts or [account_under(profiles[0])], profiles=profiles, **sim)
        await made.start()
        await scenario(made)
        check_all(made, charges_delivered=charges_delivered)
        await made.end()

    simulate(whole)


async def ask(sim: Simulation, client: SimulatedClient, text: str, number: str = "", **wish: Any) -> Order:
    """Submit one text and wait for its answer; `refusal_of(order)` reads it."""
    destination = number or f"139{len(client.book.orders):08d}"
    order = client.order(destination, text, sim.now, Wish(**wish))
    waiting = (PartState.WAITING, PartState.IN_FLIGHT)
    await sim.until(lambda: all(part.state not in waiting for part in order.parts), "the order is answered")
    return order


def refusal_of(order: Order) -> tuple[int, str]:
    """Return status or result and the first two words (key and clause) of a refusal; (0, "") of an acceptance."""
    for part in order.parts:
        if part.state is PartState.REFUSED:
            return part.status, " ".join(part.words.partition(":")[0].split()[:2])
    return 0, ""
