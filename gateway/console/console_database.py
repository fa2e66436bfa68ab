"""The console's connections to the node's database; a private one is the running node's, the console starts none."""

from __future__ import annotations

from typing import Final

import asyncpg

from gateway.settings import Settings
from gateway.store.open_database import running_dsn

ACQUIRE_S: Final = 5.0
_IDLE_S: Final = 300.0


async def open_pool(settings: Settings) -> asyncpg.Pool:
    """Return the pool; raises OSError, asyncpg.PostgresError or EmbeddedError where there is no database to be had."""
    keys = settings.console
    pool = await asyncpg.create_pool(
        running_dsn(settings.database.dsn, settings.state_dir),
        min_size=1,
        max_size=keys.connections_max,
        timeout=settings.database.connect_timeout_s,
        command_timeout=keys.query_timeout_s,
        max_inactive_connection_lifetime=_IDLE_S,
        server_settings={
            "application_name": "hongyan console",
            "statement_timeout": str(int(keys.query_timeout_s * 1000)),
        },
    )
    assert pool is not None
    return pool
