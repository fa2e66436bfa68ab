"""The entries of an account as a person reads them, oldest first, and its balances now."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from gateway.domain.money import format_yuan
from gateway.queries.configured import account_named
from gateway.queries.query import QueryDocument
from gateway.settings import Settings
from gateway.store.reader.ledger_history import entry_document, read_entries
from gateway.store.reader.message_history import read_balances


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """Entries of [since, until) in unix seconds, the newest `limit`; `is_brief` leaves out those of messages."""

    account: str
    since: float
    until: float
    limit: int = 1_000
    is_brief: bool = False


class EntryDraw(QueryDocument):
    """Segments that an entry drew from a pool."""

    pool: str
    segments: int
    unit_price: str


class LedgerLine(QueryDocument):
    """An entry: what it is, what it adds to the books of its account, what it drew."""

    time: str
    entry: str
    amount: str
    returned: str
    available: str
    held: str
    id: str
    draws: list[EntryDraw]
    note: str


class AccountLedger(QueryDocument):
    """The entries; `is_complete` where the limit left none out; `available` and `held` as they are now."""

    account: str
    count: int
    entries: list[LedgerLine]
    is_complete: bool
    available: str
    held: str


async def read_ledger(connection: asyncpg.Connection, settings: Settings, request: LedgerRequest) -> AccountLedger:
    """Return what moved an account's money; raise WrongRequest for an account that is not configured."""
    name = account_named(settings, request.account).name
    rows = await read_entries(
        connection, name, since=request.since, until=request.until, limit=request.limit, is_brief=request.is_brief
    )
    balances = await read_balances(connection)
    return AccountLedger(
        account=name, count=len(rows), entries=[LedgerLine(**entry_document(row)) for row in rows],
        is_complete=len(rows) < request.limit, available=format_yuan(balances.get(f"available:{name}", 0)),
        held=format_yuan(balances.get(f"held:{name}", 0)),
    )
