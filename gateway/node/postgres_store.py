"""The store of a node in production: the PostgreSQL that is configured, or a private one that the node owns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import asyncpg

from gateway.archive.keeper import ArchiveKeeper
from gateway.archive.sealing import Terms
from gateway.domain.meters import Meters
from gateway.flows.interfaces import Emit, Spawn
from gateway.flows.wiring import Flows
from gateway.node.live_lists import LiveLists
from gateway.node.live_protection import LiveProtection, checked_accounts, open_lists
from gateway.settings import Settings
from gateway.settings.secret_key import open_secret_box
from gateway.store import migrations, partitions
from gateway.store.database_faults import is_away, words_of
from gateway.store.facts.callback_rows import PostgresCallbacks
from gateway.store.facts.complaint_rows import PostgresComplaints
from gateway.store.facts.content_decisions import PostgresContents
from gateway.store.facts.duty_facts import PostgresDuties
from gateway.store.facts.incident_rows import PostgresIncidents
from gateway.store.facts.node_presence import connect_as_node
from gateway.store.facts.observation_rows import PostgresObservations
from gateway.store.facts.password_rows import PostgresPasswords
from gateway.store.facts.request_rows import PostgresRequests
from gateway.store.facts.token_rows import PostgresTokens
from gateway.store.journal.journal import PostgresJournal
from gateway.store.private_postgres.embedded import PrivatePostgres
from gateway.store.reader.reader import PostgresReader
from gateway.store.reader.rebuilding import FindAccount
from gateway.store.search_summaries import SearchSummaries
from gateway.transport.pool import Keep

APPLICATION = "hongyan"


class PostgresStore:
    """The `NodeStore` on PostgreSQL; `dsn` is known after `open`, and `connect` opens connections from then on."""

    contents: PostgresContents
    complaints: PostgresComplaints
    incidents: PostgresIncidents
    duties: PostgresDuties
    tokens: PostgresTokens
    observations: PostgresObservations
    requests: PostgresRequests
    callbacks: PostgresCallbacks
    passwords: PostgresPasswords
    protection: LiveProtection
    _emit: Emit

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._state_dir = settings.state_dir
        self._settings = settings.database
        self._node = settings.node.number
        self._private: PrivatePostgres | None = None
        self._watch: asyncio.Task[None] | None = None
        self._pool: asyncpg.Pool | None = None
        self._summaries = SearchSummaries()
        self.dsn = settings.database.dsn or ""
        if not self.dsn:
            embedded = settings.database.embedded
            self._private = PrivatePostgres(
                settings.state_dir, bin_dir=embedded.bin_dir, settings=embedded.settings,
                start_timeout_s=embedded.start_timeout_s, stop_timeout_s=embedded.stop_timeout_s,
            )

    async def open(self, now: float, emit: Emit, keep: Keep) -> None:
        """Start the private server where there is one, bring the schema up to date, make the day partitions."""
        self._emit = emit
        if self._private is not None:
            self.dsn = await self._private.start()
            self._watch = keep("private_postgres", partial(self._private.watch, self._tell_death), "")
        connection = await self._connect_first()
        try:
            await migrations.migrate(connection)
            await partitions.ensure(connection, now)
        finally:
            await connection.close()
        self._pool = await asyncpg.create_pool(
            self.dsn, min_size=1, max_size=self._settings.connections_max, timeout=self._settings.connect_timeout_s,
            command_timeout=self._settings.query_timeout_s, server_settings={"application_name": APPLICATION},
        )
        self.contents, self.complaints = PostgresContents(self.acquire), PostgresComplaints(self.acquire)
        self.incidents, self.duties = PostgresIncidents(self.acquire), PostgresDuties(self.acquire)
        self.tokens, self.requests = PostgresTokens(self.acquire), PostgresRequests(self.acquire)
        self.observations = PostgresObservations(self.acquire, self._node)
        box = open_secret_box(self._state_dir)
        self.callbacks = PostgresCallbacks(self.acquire, box, self._clock)
        self.passwords = PostgresPasswords(self.acquire, box)

    def _tell_death(self, code: int, last_words: str) -> None:
        self._emit("database_died", code=code, last_words=last_words)

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
        return await self._connect({"application_name": APPLICATION})

    async def _connect_writer(self) -> asyncpg.Connection:
        """Open the connection of the journal: as long as it lives, everybody on the database sees that a node runs."""
        return await connect_as_node(self._connect, self._node, timeout_s=self._settings.commit_timeout_s)

    async def _connect(self, session: dict[str, str]) -> asyncpg.Connection:
        return await asyncpg.connect(self.dsn, timeout=self._settings.connect_timeout_s, server_settings=session)

    @property
    def pool(self) -> asyncpg.Pool:
        """The pool of the readers."""
        assert self._pool is not None
        return self._pool

    def acquire(self) -> asyncpg.pool.PoolAcquireContext:
        """Lend a connection of the readers' pool."""
        return self.pool.acquire()

    # --- what a node asks --------------------------------------------------------------------------------------------

    async def open_journal(
        self, clock: Callable[[], float], meters: Meters, alarm: Callable[[str, str], None]
    ) -> PostgresJournal:
        journal = PostgresJournal(
            self._connect_writer, node=self._node, clock=clock, meters=meters, alarm=alarm,
            commit_timeout_s=self._settings.commit_timeout_s, commit_late_s=self._settings.commit_late_s,
        )
        await journal.open()
        if journal.why_stepwise:
            self._emit("journal_stepwise", problem=journal.why_stepwise)
        return journal

    def make_reader(self, find_account: FindAccount) -> PostgresReader:
        return PostgresReader(self.pool, find_account)

    async def open_lists(
        self, flows: Flows, settings: Callable[[], Settings], clock: Callable[[], float], emit: Emit, spawn: Spawn
    ) -> LiveLists:
        lists, self.protection = await open_lists(
            flows.listing, flows.closing, self.connect, clock, emit, spawn,
            accounts=lambda: checked_accounts(settings().accounts, settings().profiles),
        )
        return lists

    def make_archive(
        self, settings: Settings, journal: PostgresJournal, clock: Callable[[], float], emit: Emit
    ) -> ArchiveKeeper:
        keys = settings.archive
        return ArchiveKeeper(
            dsn=lambda: self.dsn, committed=journal.touch_within, clock=clock, emit=emit,
            terms=Terms(max(keys.settle_s, settings.limits.join_wait_s + 60), keys.span_s), every_s=keys.seal_every_s,
        )

    async def make_partitions(self, now: float) -> None:
        connection = await self.connect()
        try:
            await partitions.ensure(connection, now)
        finally:
            await connection.close()

    async def summarise_history(self, now: float) -> None:
        connection = await self.connect()
        try:
            await self._summaries.advance(connection, now)
        finally:
            await connection.close()

    async def close(self) -> None:
        """End every connection of the readers, then the private server."""
        if self._pool is not None:
            self._pool.terminate()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._private is not None:
            await self._private.stop()
