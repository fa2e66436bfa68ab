"""The desk of money on the store itself, where no gateway runs: the same treasury, loaded and written as by one.

Only the private database proves that no gateway holds its balances, so nothing is booked on a server of one's own; what
is only computed may be asked of any store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import asyncpg

from gateway.cli.database_access import connected
from gateway.cli.output import fail
from gateway.domain.ids import IdSource
from gateway.domain.meters import Meters
from gateway.flows.money.treasury import Treasury
from gateway.ledger.book import Book
from gateway.operations.money_desk import MoneyDesk
from gateway.operations.money_operations import MONEY_OPERATIONS
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.policy.channels import RouteTable
from gateway.settings import Settings
from gateway.store.journal.journal import PostgresJournal
from gateway.store.private_postgres.embedded import dsn_of
from gateway.store.private_postgres.placement import place
from gateway.store.reader.message_history import read_balances
from gateway.store.reader.money_rows import read_money


async def act(settings: Settings, operation: str, body: Mapping[str, Any], *, is_booking: bool) -> dict[str, Any]:
    """Do an operation; end with code 1 and the reason where it is refused."""
    if is_booking and settings.database.dsn is not None:
        fail("hongyan: no gateway answers here, and one elsewhere may hold this database: do it where it runs")
    async with connected(settings, is_exclusive=is_booking) as connection:
        journal = PostgresJournal(
            lambda: asyncpg.connect(dsn_of(place(settings.state_dir))), node=settings.node.number, clock=time.time,
            meters=Meters(), alarm=lambda event, problem: fail(f"hongyan: {event}: {problem}"),
        )
        writer = None
        if is_booking:
            await journal.open()
            writer = asyncio.create_task(journal.run())
        try:
            treasury = await _treasury(settings, connection, journal)
            desk = MoneyDesk(treasury, settings.accounts, connection, str(body.get("actor", "")))
            return dict(await MONEY_OPERATIONS[operation](desk, body))
        except ValueError as error:
            fail(f"hongyan: {error}")
        finally:
            if writer is not None:
                await journal.stop()
                await writer
                await journal.close()


async def _treasury(settings: Settings, connection: asyncpg.Connection, journal: PostgresJournal) -> Treasury:
    book, ids = Book(), IdSource(settings.node.number, after_id=journal.last_id)
    journal.watch(ids, IdSource(settings.node.number, after_id=journal.last_seq))
    state = await read_money(connection)
    book.load(await read_balances(connection), state.used)
    now, table = time.time(), RouteTable(settings.channels.values())
    policies = {
        name: Policy(account, settings.profiles[account.contract], table, now=now)
        for name, account in settings.accounts.items()
    }
    treasury = Treasury(journal, book, policies, ids, time.time, lambda event, **values: None)
    treasury.compile_all(policies)
    treasury.load(state)
    return treasury
