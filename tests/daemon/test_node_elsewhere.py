"""A node runs on a database, and a command comes from another machine: what the node must know of is refused there."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from gateway.store.facts.node_presence import running_nodes
from tests.daemon.daemon_process import ROOT, DaemonProcess
from tests.store.server import Server, private_server

Two = tuple[DaemonProcess, DaemonProcess, str]
pytestmark = [pytest.mark.daemon, pytest.mark.postgres]


@pytest.fixture
async def two(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    """The node's machine, and the other one: state folders of their own, one database."""
    folders = [Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp")) for _ in range(2)]
    for folder in folders:
        folder.chmod(0o755)
        (folder / "state").mkdir()
    processes = [DaemonProcess(folder) for folder in folders]
    with private_server() as server:
        dsn = await _database(server)
        for process in processes:
            process.write_config(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
            with (process.config / "hongyan.toml").open("a") as file:
                file.write(f'[database]\ndsn = "{dsn}"\n')
        yield processes[0], processes[1], dsn
        for process in processes:
            await process.clear()
    for folder in folders:
        shutil.rmtree(folder)


async def _database(server: Server) -> str:
    await server.make_template()
    return await server.fresh_database()


async def command(process: DaemonProcess, *words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(
        subprocess.run, process.command(*words), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


async def suspended(dsn: str) -> bool:
    connection = await asyncpg.connect(dsn)
    try:
        return bool(await connection.fetchval("SELECT suspended FROM account_states WHERE account = 'smppdemo'"))
    finally:
        await connection.close()


async def test_a_suspension_does_not_pass_a_node_that_runs_elsewhere(two: Two) -> None:
    node, other, dsn = two
    await node.start()
    code, words = await command(other, "accounts", "suspend", "smppdemo")
    assert code == 1 and "node 0 on this machine runs on this database" in words
    assert not await suspended(dsn)
    code, words = await command(other, "accounts", "list")
    assert code == 0 and "smppdemo" in words, "reading is allowed from anywhere"
    code, words = await command(node, "accounts", "suspend", "smppdemo")
    assert code == 0 and await suspended(dsn)
    code, words = await command(node, "accounts", "resume", "smppdemo")
    assert code == 0, words

    await node.kill()
    connection = await asyncpg.connect(dsn)
    async with asyncio.timeout(5):
        while await running_nodes(connection):
            await asyncio.sleep(0.05)
    await connection.close()
    code, words = await command(other, "accounts", "suspend", "smppdemo")
    assert code == 0, words
    assert await suspended(dsn)


async def test_a_node_that_lost_its_connection_is_there_again(two: Two) -> None:
    node, other, dsn = two
    await node.start()
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hongyan node 0'"
    )
    async with asyncio.timeout(20):  # the journal notices when it next writes
        while not await running_nodes(connection):
            await asyncio.sleep(0.05)
    await connection.close()
    code, words = await command(other, "accounts", "suspend", "smppdemo")
    assert code == 1 and "runs on this database" in words
