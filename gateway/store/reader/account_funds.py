"""What the store knows of the money and the state of accounts, for a command where no node runs."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from gateway.store.facts.protected_store import read_closed
from gateway.store.reader.message_history import read_balances, read_suspended
from gateway.store.reader.money_rows import lapsed_hao, read_money


@dataclass(frozen=True, slots=True)
class AccountFunds:
    """Amounts in hao, without what lies in lapsed lots. `is_suspended`: by an operator, or closed."""

    available_hao: int = 0
    held_hao: int = 0
    is_suspended: bool = False


async def read_funds(connection: asyncpg.Connection, now: float) -> dict[str, AccountFunds]:
    """Return the funds of every account that was ever seen."""
    balances, suspended = await read_balances(connection), await read_suspended(connection)
    closed, lapsed = await read_closed(connection), lapsed_hao(await read_money(connection), now)
    seen = {name for book in balances if (name := book.partition(":")[2])} | suspended.keys() | closed.keys()
    return {
        name: AccountFunds(
            balances.get(f"available:{name}", 0) - lapsed.get(name, 0), balances.get(f"held:{name}", 0),
            suspended.get(name, False) or name in closed,
        )
        for name in seen
    }
