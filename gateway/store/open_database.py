"""A connection for commands: to the configured server, to a running gateway's private one, or to one started for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from gateway.store.private_postgres.binaries import EmbeddedError
from gateway.store.private_postgres.embedded import PrivatePostgres, dsn_of
from gateway.store.private_postgres.placement import place


@asynccontextmanager
async def open_database(
    dsn: str | None,
    state_dir: Path,
    *,
    bin_dir: Path | None = None,
    settings: Mapping[str, str] | None = None,
    connect_timeout_s: float = 10.0,
    is_exclusive: bool = False,
) -> AsyncIterator[asyncpg.Connection]:
    """Give one connection; raises OSError, asyncpg.PostgresError or EmbeddedError where there is none to be had.

    Without a DSN a gateway that runs on `state_dir` lends its server; otherwise one is started and stopped here, which
    also makes the cluster at the first use. `is_exclusive`: a gateway's server is not lent, because the gateway would
    not see the change; then EmbeddedError is raised.
    """
    if dsn is not None:
        async with _closing(await asyncpg.connect(dsn, timeout=connect_timeout_s)) as connection:
            yield connection
        return
    running = await _connect_running(state_dir, connect_timeout_s)
    if running is not None and is_exclusive:
        await running.close()
        raise EmbeddedError("a gateway runs on it, but does not answer on its control socket")
    if running is not None:
        async with _closing(running) as connection:
            yield connection
        return
    server = PrivatePostgres(state_dir, bin_dir=bin_dir, settings=settings)
    started = await server.start()
    try:
        async with _closing(await asyncpg.connect(started, timeout=connect_timeout_s)) as connection:
            yield connection
    finally:
        await server.stop()


def running_dsn(dsn: str | None, state_dir: Path) -> str:
    """Return how to reach the configured server, or the private one of a gateway that runs on `state_dir`.

    Raises EmbeddedError where the folder has no cluster yet; whether something listens is seen when connecting.
    """
    if dsn is not None:
        return dsn
    if not (state_dir / "postgres").exists():
        raise EmbeddedError(f"no gateway has run on {state_dir} yet")
    return dsn_of(place(state_dir))


@asynccontextmanager
async def _closing(connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    try:
        yield connection
    finally:
        await connection.close()


async def _connect_running(state_dir: Path, timeout_s: float) -> asyncpg.Connection | None:
    if not (state_dir / "postgres").exists():
        return None
    where = place(state_dir)
    try:
        return await asyncpg.connect(dsn_of(where), timeout=timeout_s)
    except asyncpg.CannotConnectNowError:
        raise EmbeddedError("the gateway's PostgreSQL is starting or stopping; try again") from None
    except PermissionError:
        raise EmbeddedError(f"{where.socket} may not be used by this user") from None
    except OSError:  # nothing listens
        return None
