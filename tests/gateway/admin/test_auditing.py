"""Changes over the control socket are audited with the user that the kernel names, done or refused."""

from __future__ import annotations

import asyncio
import os
import pwd
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.archive.audit import read
from gateway.cli.control_client import Refused, call
from gateway.interfaces.auditing import audited
from gateway.interfaces.control_socket import ControlServer, Document, NoSuchName
from tests.store.server import private_server

pytestmark = pytest.mark.postgres
NOW = 1_772_424_000.0
ME = pwd.getpwuid(os.getuid()).pw_name


class Quiet:
    """Operations that change nothing, so that only the audit is left to look at."""

    async def accounts(self) -> Sequence[Document]:
        return []

    async def channels(self) -> Sequence[Document]:
        return []

    async def top_up(self, account: str, amount_hao: int, note: str) -> Document:
        return {"account": account}

    async def set_suspended(self, account: str, is_suspended: bool) -> Document:
        raise NoSuchName(account)


@pytest.fixture(scope="module")
def dsn() -> Any:
    with private_server(fsync="off") as server:
        asyncio.run(server.make_template())
        yield asyncio.run(server.fresh_database())


@pytest.fixture
async def state_dir(dsn: str) -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        server = ControlServer(Quiet(), Path(folder), (), [audited(lambda: asyncpg.connect(dsn), lambda: NOW)])
        await server.start()
        yield Path(folder)
        await server.stop()


async def test_who_did_what(state_dir: Path, dsn: str) -> None:
    await call(state_dir, "GET", "/accounts")
    await call(state_dir, "POST", "/accounts/shop/top-up", {"amount_hao": 5, "note": "payment 42"})
    with pytest.raises(Refused, match="nobody is not configured"):
        await call(state_dir, "POST", "/accounts/nobody/suspend", {})
    connection = await asyncpg.connect(dsn)
    refused, done = await read(connection, since=NOW, until=NOW + 1)
    await connection.close()
    assert (done["action"], done["subject"], done["result"], done["reason"]) == (
        "accounts shop top-up", "shop", "done", "payment 42"
    )
    assert (refused["subject"], refused["result"]) == ("nobody", "refused: nobody is not configured")
    for line in (done, refused):
        assert line["actor"].endswith(ME)
        assert line["source"] == f"control socket, process {os.getpid()}"


async def test_without_a_database_nothing_is_changed() -> None:
    asked: list[str] = []

    class Asked(Quiet):
        async def top_up(self, account: str, amount_hao: int, note: str) -> Document:
            asked.append(account)
            return {}

    async def away() -> asyncpg.Connection:
        raise ConnectionRefusedError

    with tempfile.TemporaryDirectory() as folder:
        server = ControlServer(Asked(), Path(folder), (), [audited(away, lambda: NOW)])
        await server.start()
        with pytest.raises(Refused, match="nothing was changed"):
            await call(Path(folder), "POST", "/accounts/shop/top-up", {"amount_hao": 5})
        await server.stop()
    assert asked == []
