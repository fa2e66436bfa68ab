"""A database with a history for each test, on one server for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from tests.archive.history import History
from tests.store.contract import PostgresDisk
from tests.store.server import Server, private_server


@pytest.fixture(scope="session")
def archive_server() -> Iterator[Server]:
    with private_server(fsync="off") as running:
        asyncio.run(running.make_template())
        yield running


@pytest.fixture
async def history(archive_server: Server) -> AsyncIterator[History]:
    disk = PostgresDisk(await archive_server.fresh_database())
    connection = await asyncpg.connect(disk.dsn)
    yield History(disk, await disk.live(), connection)
    await connection.close()
    await disk.close()
