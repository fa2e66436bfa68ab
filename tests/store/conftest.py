"""The PostgreSQL that the store's tests share; each test has a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.store.server import Server, private_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server without fsync: these tests end connections and processes, never the machine."""
    with private_server(fsync="off", synchronous_commit="off") as running:
        asyncio.run(running.make_template())
        yield running
