"""The PostgreSQL that the store's tests share; each test has a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.store.contract import Disk, Life, Maker, MemoryDisk, PostgresDisk
from tests.store.server import Server, private_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server without fsync: these tests end connections and processes, never the machine."""
    with private_server(fsync="off") as running:
        asyncio.run(running.make_template())
        yield running


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def disk(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Disk]:
    found: Disk = MemoryDisk() if request.param == "memory" else PostgresDisk(await server.fresh_database())
    yield found
    await found.close()


@pytest.fixture
async def life(disk: Disk) -> Life:
    return await disk.live()


@pytest.fixture
def make() -> Maker:
    return Maker()
