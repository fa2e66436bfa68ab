"""The context of a command where no node answers: the store itself, and what a node would load from it.

A change that a running node must know of is made only where none runs on the database, and none can start meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg

from gateway.contracts.sending_port_terms import PortBook
from gateway.domain.ids import IdSource
from gateway.domain.meters import Meters
from gateway.flows.complaints.sending_port_effects import NoPortEffects
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.flows.interfaces import nothing
from gateway.flows.money.treasury import Treasury
from gateway.operations.dispatcher import OpenContext
from gateway.operations.operation import AnyOperation, Change, Needs, Offline
from gateway.operations.operation_context import Caller, OperationContext
from gateway.operations.operation_errors import OperationRefused, StoreUnavailable
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.settings import Settings
from gateway.store.facts.complaint_rows import PostgresComplaints
from gateway.store.facts.node_presence import keep_nodes_out
from gateway.store.journal.journal import PostgresJournal
from gateway.store.open_database import open_database
from gateway.store.private_postgres.binaries import EmbeddedError
from gateway.store.private_postgres.embedded import dsn_of
from gateway.store.private_postgres.placement import place
from gateway.store.reader.message_history import read_balances
from gateway.store.reader.money_rows import read_money

_ELSEWHERE: Final = "no gateway answers here, and one elsewhere may hold this database: do it where it runs"
_NO_STORE: Final = "this operation says that it needs no store"
_NO_SCHEMA: Final = "the database has no schema yet; `hongyan migrate` makes it"


class StoredParts:
    """The `Parts` of a node, loaded from the store when an operation asks for them."""

    def __init__(
        self, settings: Settings, connection: asyncpg.Connection, clock: Callable[[], float], change: Change,
        stack: AsyncExitStack,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._clock = clock
        self._change = change
        self._stack = stack

    async def treasury(self) -> Treasury:
        """Return the treasury as a node would load it; its journal writes where the operation is a change."""
        settings, clock = self._settings, self._clock
        journal = PostgresJournal(
            lambda: asyncpg.connect(dsn_of(place(settings.state_dir))), node=settings.node.number, clock=clock,
            meters=Meters(), alarm=nothing,  # what it does not take, whoever booked it hears
        )
        if self._change is Change.JOURNAL:
            await journal.open()
            writer = asyncio.create_task(journal.run())
            self._stack.push_async_callback(_end, journal, writer)
        ids = IdSource(settings.node.number, after_id=journal.last_id)
        journal.watch(ids, IdSource(settings.node.number, after_id=journal.last_seq))
        state = await read_money(self._connection)
        balances = await read_balances(self._connection)
        table, now = RouteTable(settings.channels.values()), clock()
        policies = {
            name: Policy(account, settings.profiles[account.contract], table, now=now)
            for name, account in settings.accounts.items()
        }
        treasury = Treasury(journal, policies, ids, clock, nothing)
        treasury.ledger.load(balances, state.used)
        treasury.compile_all(policies)
        treasury.load(state)
        return treasury

    async def sending_ports(self) -> PortWatch:
        """Return the sending ports as the store says they are, the midnights since included; no flow is told."""
        settings, connection = self._settings, self._connection

        @asynccontextmanager
        async def lend() -> AsyncIterator[asyncpg.Connection]:
            yield connection

        watch = PortWatch(PostgresComplaints(lend), NoPortEffects(), self._clock, nothing)
        await watch.start(PortBook(settings.accounts.values(), settings.channels.values(), settings.profiles))
        return watch


class NoParts:
    """The `Parts` of an operation that needs no store."""

    async def treasury(self) -> Treasury:
        raise RuntimeError(_NO_STORE)

    async def sending_ports(self) -> PortWatch:
        raise RuntimeError(_NO_STORE)


async def _end(journal: PostgresJournal, writer: asyncio.Task[None]) -> None:
    await journal.stop()
    await writer
    await journal.close()


def open_offline(settings: Settings, clock: Callable[[], float]) -> OpenContext:
    """Return what opens contexts over the database of these settings."""

    @asynccontextmanager
    async def opened(operation: AnyOperation, change: Change, caller: Caller) -> AsyncIterator[OperationContext]:
        if operation.needs is Needs.NOTHING:
            yield OperationContext(None, settings, clock, caller, NoParts())
            return
        is_private = settings.database.dsn is None
        if operation.offline is Offline.NEVER:
            raise OperationRefused("no gateway runs here: it is done in a running one only")
        if change is not Change.NOTHING and operation.offline is Offline.PRIVATE_STORE and not is_private:
            raise OperationRefused(_ELSEWHERE)
        if is_private and not (settings.state_dir / "postgres").exists():
            raise StoreUnavailable(
                f"{settings.state_dir} holds no database yet; `hongyan run` or `hongyan migrate` makes it"
            )
        is_alone = change is not Change.NOTHING and operation.node_must_know
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(_connection(settings, is_alone=is_alone))
            if is_alone and (nodes := await keep_nodes_out(connection)):
                raise OperationRefused(f"{' and '.join(nodes)} runs on this database and must know of it: do it there")
            parts = StoredParts(settings, connection, clock, change, stack)
            yield OperationContext(connection, settings, clock, caller, parts)

    return opened


@asynccontextmanager
async def _connection(settings: Settings, *, is_alone: bool) -> AsyncIterator[asyncpg.Connection]:
    embedded = settings.database.embedded
    try:
        async with open_database(
            settings.database.dsn, settings.state_dir, bin_dir=embedded.bin_dir, settings=embedded.settings,
            connect_timeout_s=settings.database.connect_timeout_s,
            is_exclusive=is_alone and settings.database.dsn is None,
        ) as connection:
            yield connection
    except asyncpg.UndefinedTableError:
        raise StoreUnavailable(_NO_SCHEMA) from None
    except (EmbeddedError, OSError, asyncpg.PostgresError) as error:
        raise StoreUnavailable(f"no database: {error or type(error).__name__}") from error
