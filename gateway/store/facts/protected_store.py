"""Protection lists and closed accounts in the store (S0-5.6); both are few rows, appended only."""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

from gateway.contracts.protection import Protected
from gateway.domain.verdict import Key, Reject
from gateway.store.facts.list_store import Action, Done, ListOrder, note_version

_NEWEST = """
SELECT province, name, credit_code, signature FROM (
    SELECT DISTINCT ON (province, name, credit_code, signature) * FROM protected_facts
    ORDER BY province, name, credit_code, signature, seq DESC
) newest WHERE is_added
"""
_FACT = """
INSERT INTO protected_facts (province, name, credit_code, signature, is_added, at_ms, version)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_CLOSED = """
SELECT account, key, clause, detail FROM (
    SELECT DISTINCT ON (account) * FROM account_closures ORDER BY account, seq DESC
) newest WHERE NOT is_open
"""
_CLOSE = """
INSERT INTO account_closures (account, at_ms, is_open, key, clause, detail) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def read_protected(connection: asyncpg.Connection) -> list[Protected]:
    """Return the customers on protection lists now."""
    return [Protected(*row) for row in await connection.fetch(_NEWEST)]


async def change_protected(connection: asyncpg.Connection, order: ListOrder, customers: Iterable[Protected]) -> Done:
    """Add, remove or replace customers in one transaction; only differences become facts."""
    named = set(customers)
    transaction = connection.transaction()
    await transaction.start()
    before = set(await read_protected(connection))
    added = named - before if order.action is not Action.REMOVE else set()
    removed = named & before if order.action is Action.REMOVE else set()
    if order.action is Action.REPLACE:
        removed = before - named
    version = 0
    if added or removed:
        version = await note_version(connection, order, "protected", len(named), len(added), len(removed))
        rows = [(each, True) for each in added] + [(each, False) for each in removed]
        await connection.executemany(
            _FACT,
            [(each.province, each.name, each.credit_code, each.signature, is_added, order.at_ms, version)
             for each, is_added in rows],
        )
    await (transaction.rollback() if order.is_dry else transaction.commit())
    return Done(0 if order.is_dry else version, len(named), len(added), 0, len(removed), (), ())


# --- closed accounts ---------------------------------------------------------------------------------------------


async def read_closed(connection: asyncpg.Connection) -> dict[str, Reject]:
    """Return the refusal of each closed account."""
    return {
        row["account"]: Reject(Key[row["key"]], row["clause"], f"the account is closed: {row['detail']}")
        for row in await connection.fetch(_CLOSED)
    }


async def close_account(connection: asyncpg.Connection, account: str, at: float, reject: Reject) -> None:
    """Note that an account is closed, and by which refusal."""
    await connection.execute(_CLOSE, account, int(at * 1000), False, reject.key.name, reject.clause, reject.detail)
