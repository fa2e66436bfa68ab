"""The database behind a configuration, for one command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from gateway.cli.output import fail
from gateway.store.access import open_database
from gateway.store.private_postgres.binaries import EmbeddedError

if TYPE_CHECKING:
    from gateway.settings import Settings


@asynccontextmanager
async def connected(
    settings: Settings, *, is_new: bool = False, is_exclusive: bool = False
) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection, or end with code 1 and the reason; without `is_new` the schema must be there.

    `is_exclusive` asks for a private database that no gateway uses at the moment.
    """
    embedded = settings.database.embedded
    if not is_new and settings.database.dsn is None and not (settings.state_dir / "postgres").exists():
        fail(f"hongyan: {settings.state_dir} holds no database yet; `hongyan run` or `hongyan migrate` makes it")
    try:
        async with open_database(
            settings.database.dsn,
            settings.state_dir,
            bin_dir=embedded.bin_dir,
            settings=embedded.settings,
            connect_timeout_s=settings.database.connect_timeout_s,
            is_exclusive=is_exclusive,
        ) as connection:
            yield connection
    except asyncpg.UndefinedTableError:
        fail("hongyan: the database has no schema yet; `hongyan migrate` makes it")
    except (EmbeddedError, OSError, asyncpg.PostgresError) as error:
        fail(f"hongyan: no database: {error or type(error).__name__}")
