"""The database of a node: the configured one, or a private one that the node starts and owns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import asyncpg

from gateway.settings import Settings
from gateway.store import migrations, partitions
from gateway.store.database_faults import is_away, words_of
from gateway.store.facts.node_presence import connect_as_node
from gateway.store.private_postgres.embedded import PrivatePostgres

APPLICATION = "hongyan"


class Database:
    """Opens connections; `dsn` is known after `start`."""

    def __init__(self, settings: Settings, alarm: Callable[..., None]) -> None:
        self._settings = settings.database
        self._node = settings.node.number
        self._alarm = alarm
        self._private: PrivatePostgres | None = None
        self._watch: asyncio.Task[None] | None = None
        self.dsn = settings.database.dsn or ""
        if not self.dsn:
            embedded = settings.database.embedded
            self._private = PrivatePostgres(
                settings.state_dir, bin_dir=embedded.bin_dir, settings=embedded.settings,
                start_timeout_s=embedded.start_timeout_s, stop_timeout_s=embedded.stop_timeout_s,
            )

    async def start(self, now: float) -> None:
        """Start the private server where there is one, bring the schema up to date, make the day partitions."""
        if self._private is not None:
            self.dsn = await self._private.start()
            self._watch = asyncio.create_task(
                self._private.watch(lambda code, words: self._alarm("database_died", code=code, last_words=words))
            )
        connection = await self._connect_first()
        try:
            await migrations.migrate(connection)
            await partitions.ensure(connection, now)
        finally:
            await connection.close()

    async def _connect_first(self) -> asyncpg.Connection:
        """As `connect`; raises OSError that says where nobody answers, and not with which password."""
        try:
            return await self.connect()
        except Exception as fault:
            if not is_away(fault):
                raise
            place = urlsplit(self.dsn)
            where = f"{place.hostname or 'the socket'}:{place.port or 5432}{place.path}"
            raise OSError(f"PostgreSQL at {where}: {words_of(fault)}") from fault

    async def connect(self) -> asyncpg.Connection:
        """Open one connection."""
        return await self._open({"application_name": APPLICATION})

    async def connect_writer(self) -> asyncpg.Connection:
        """Open the connection of the journal: as long as it lives, everybody on the database sees that a node runs."""
        return await connect_as_node(self._open, self._node, timeout_s=self._settings.commit_timeout_s)

    async def _open(self, session: dict[str, str]) -> asyncpg.Connection:
        return await asyncpg.connect(self.dsn, timeout=self._settings.connect_timeout_s, server_settings=session)

    async def pool(self) -> asyncpg.Pool:
        """Open the pool of the readers."""
        return await asyncpg.create_pool(
            self.dsn, min_size=1, max_size=self._settings.connections_max, timeout=self._settings.connect_timeout_s,
            command_timeout=self._settings.query_timeout_s, server_settings={"application_name": APPLICATION},
        )

    async def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._private is not None:
            await self._private.stop()
