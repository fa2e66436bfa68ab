"""A PostgreSQL, and a database of its own for each test that asks for one."""

from __future__ import annotations

import pytest

from tests.store.conftest import server
from tests.store.server import Server

__all__ = ["server"]


@pytest.fixture
async def dsn(server: Server) -> str:
    return await server.fresh_database()
