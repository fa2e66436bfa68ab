"""Accounts in a running gateway and without one: the same request has the same answer and leaves the same."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.interfaces.control_client import Refused
from gateway.node.node import Node
from gateway.node.production import open_node
from gateway.operations.operation_errors import OperationError
from gateway.settings import load
from gateway.store.open_database import open_database
from tests.gateway.operations.asking import CONFIG, ask, ask_offline, settings_on

pytestmark = pytest.mark.postgres
REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("accounts.show", {"account": "smppdemo"}),
    ("accounts.top-up", {"account": "smppdemo", "amount_hao": 1_230_000, "note": "payment 7"}),
    ("accounts.top-up", {"account": "smppdemo", "amount_hao": 1_230_001}),
    ("accounts.suspend", {"account": "smppdemo"}),
    ("accounts.list", {}),
    ("accounts.resume", {"account": "smppdemo"}),
    ("accounts.suspend", {"account": "nobody"}),
    ("accounts.show", {"account": "smppdemo"}),
)
LIVE = {"sessions", "owed", "entry"}


@asynccontextmanager
async def gateway_on(config: Path) -> AsyncIterator[Node]:
    gateway, _ = await open_node(load(config, environ={}))
    try:
        yield gateway
    finally:
        await gateway.drain(2.0)


def config_in(folder: Path) -> Path:
    config = folder / "config"
    shutil.copytree(CONFIG, config)
    node = (config / "hongyan.toml").read_text()
    for tcp_port in ("2775", "7890", "8080", "8088"):
        node = node.replace(f"\nport = {tcp_port}", "\nport = 0")
    (config / "hongyan.toml").write_text(node)
    return config


def config_on(folder: Path, dsn: str, more: str = "") -> Path:
    """As `config_in`, on a database server that runs: no other has to be started for it."""
    config = config_in(folder)
    node = (config / "hongyan.toml").read_text()
    (config / "hongyan.toml").write_text(node.replace("\n[database]\n", f'\n[database]\ndsn = "{dsn}"\n') + more)
    return config


def plain(document: Any) -> Any:
    """Return an answer without what only a running gateway knows, and without ids."""
    if isinstance(document, dict):
        return {key: plain(value) for key, value in document.items() if key not in LIVE}
    return [plain(each) for each in document] if isinstance(document, list) else document


async def stored(state_dir: Path) -> dict[str, Any]:
    async with open_database(None, state_dir) as connection:
        lines = await connection.fetch("SELECT action, subject, result, reason, detail FROM audit ORDER BY id")
        movements = await connection.fetch("SELECT kind, account, amount_hao, note FROM movements ORDER BY id")
        together = await connection.fetch("SELECT m.xmin FROM movements m JOIN audit a ON a.xmin = m.xmin")
        balances = await connection.fetch("SELECT * FROM balances ORDER BY book")
        states = await connection.fetch("SELECT account, suspended FROM account_states ORDER BY account")
    return {
        "lines": [tuple(row) for row in lines], "movements": [tuple(row) for row in movements],
        "balances": [tuple(row) for row in balances], "states": [tuple(row) for row in states],
        "payments with their line": len(together),
    }


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach, so that the private database stands in it."""
    found = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found)


async def test_offline_and_running_are_alike(folder: Path) -> None:
    config = config_in(folder)
    async with gateway_on(config) as gateway:
        state_dir = gateway.settings.state_dir
    subprocess.run(["cp", "-a", state_dir, folder / "before"], check=True)
    settings = load(config, environ={})
    answers: dict[str, list[Any]] = {"offline": [], "running": []}
    for name, request in REQUESTS:
        try:
            answers["offline"].append(plain(await ask_offline(settings, name, gateway.clock(), **request)))
        except OperationError as error:
            answers["offline"].append(str(error))
    offline = await stored(state_dir)
    shutil.rmtree(state_dir)
    shutil.move(folder / "before", state_dir)
    async with gateway_on(config) as gateway:
        for name, request in REQUESTS:
            try:
                answers["running"].append(plain(await ask(state_dir, name, **request)))
            except Refused as error:
                answers["running"].append(str(error))
        running = await stored(state_dir)
        available = gateway.flows.book.available("smppdemo")
    assert answers["offline"] == answers["running"]
    assert answers["running"][-1]["available_hao"] == available
    assert offline == running
    assert "123.0001 yuan cannot be paid" in running["lines"][1][2]
    assert running["payments with their line"] == 1
    assert [line[:3] for line in running["lines"]] == [
        ("accounts top-up", "smppdemo", "done"),
        ("accounts top-up", "smppdemo", running["lines"][1][2]),
        ("accounts suspend", "smppdemo", "done"),
        ("accounts resume", "smppdemo", "done"),
        ("accounts suspend", "nobody", "refused: nobody is not configured"),
    ]


async def test_what_a_configuration_suspends_no_command_resumes(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    accounts = (config / "accounts" / "demo.toml").read_text()
    (config / "accounts" / "demo.toml").write_text(accounts.replace("suspended = false", "suspended = true", 1))
    async with gateway_on(config) as gateway:
        name = next(name for name, each in gateway.settings.accounts.items() if each.suspended)
        with pytest.raises(Refused, match="suspended by its configuration"):
            await ask(gateway.settings.state_dir, "accounts.resume", account=name)
    with pytest.raises(OperationError, match="suspended by its configuration"):
        await ask_offline(gateway.settings, "accounts.resume", account=name)


async def test_money_is_moved_without_a_gateway_on_the_private_database_only(dsn: str, tmp_path: Path) -> None:
    settings = settings_on(tmp_path, dsn)
    with pytest.raises(OperationError, match="may hold this database"):
        await ask_offline(settings, "accounts.top-up", account="smppdemo", amount_hao=100)
    assert (await ask_offline(settings, "accounts.show", account="smppdemo"))["available_hao"] == 0
    connection = await asyncpg.connect(dsn)
    assert await connection.fetch("SELECT FROM movements") == []
    await connection.close()
