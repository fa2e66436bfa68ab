"""The PostgreSQL that the store's tests share; each test has a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.store.contract import STEPWISE, Disk, Life, Maker, MemoryDisk, PostgresDisk
from tests.store.server import Server, private_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server without fsync: these tests end connections and processes, never the machine."""
    with private_server(fsync="off") as running:
        asyncio.run(running.make_template())
        yield running


@pytest.fixture(params=["exchange", "stepwise"])
def why_stepwise(request: pytest.FixtureRequest) -> str:
    """Both ways of writing a batch: in one exchange, and step by step."""
    return STEPWISE if request.param == "stepwise" else ""


@pytest.fixture(params=[
    "memory", pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("stepwise", marks=pytest.mark.postgres),
])
async def disk(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Disk]:
    way = STEPWISE if request.param == "stepwise" else ""
    is_memory = request.param == "memory"
    found: Disk = MemoryDisk() if is_memory else PostgresDisk(await server.fresh_database(), why_stepwise=way)
    yield found
    await found.close()


@pytest.fixture
async def life(disk: Disk) -> Life:
    return await disk.live()


@pytest.fixture
def make() -> Maker:
    return Maker()
