"""Changes that a command makes while no gateway runs: an entry with its balances, an account's suspension.

A running gateway holds balances in memory and must be asked instead (gateway.interfaces.control_socket).
"""

from __future__ import annotations

import asyncpg

from gateway.domain.entry import Entry
from gateway.domain.ids import IdSource
from gateway.ledger.book import legs
from gateway.store.facts.task_rows import add_task

TELL_S = 86_400.0  # to tell a client of a suspension: no contract names a term

_ENTRY = """
INSERT INTO movements (id, phase, kind, account, amount_hao, returned_hao, at_ms, note)
VALUES ($1, 0, $2, $3, $4, 0, $5, $6)
"""
_BALANCE = """
INSERT INTO balances (book, amount_hao) VALUES ($1, $2)
ON CONFLICT (book) DO UPDATE SET amount_hao = balances.amount_hao + excluded.amount_hao
"""
_SUSPEND = """
INSERT INTO account_states (account, opened_ms, suspended) VALUES ($1, $2, $3)
ON CONFLICT (account) DO UPDATE SET suspended = excluded.suspended
"""
_OPEN = """
INSERT INTO account_closures (account, at_ms, is_open, key, clause, detail)
SELECT account, $2, true, key, clause, detail FROM account_closures WHERE account = $1
ORDER BY seq DESC LIMIT 1
"""


async def next_entry_id(connection: asyncpg.Connection, *, node: int, now: float) -> int:
    """Return an id behind all that were given out, and note it so that the gateway will not give it again."""
    async with connection.transaction():
        last = await connection.fetchval("SELECT last_id FROM commits WHERE node = $1 FOR UPDATE", node)
        newest = await connection.fetchval("SELECT max(id) FROM movements")  # where no gateway has committed yet
        id_ = IdSource(node, after_id=max(last or 0, newest or 0)).take(now)
        await connection.execute("UPDATE commits SET last_id = $2 WHERE node = $1", node, id_)
    return id_


async def add_entry(connection: asyncpg.Connection, entry: Entry) -> None:
    """Append an entry and move its balances in one transaction."""
    async with connection.transaction():
        await connection.execute(
            _ENTRY, entry.id, int(entry.kind), entry.account, entry.amount_hao, int(entry.at * 1000), entry.note or None
        )
        for book, delta_hao in sorted(legs(entry)):
            await connection.execute(_BALANCE, book, delta_hao)


async def set_suspended(
    connection: asyncpg.Connection, account: str, *, is_suspended: bool, now: float, is_clients_wish: bool = False
) -> None:
    """Suspend or resume an account; the gateway reads it at its next start. Resuming opens a closed one, too.

    A suspension makes the task to tell the client, unless the client itself wished it (`is_clients_wish`).
    """
    async with connection.transaction():
        await connection.execute(_SUSPEND, account, int(now * 1000), is_suspended)
        if is_suspended and not is_clients_wish:
            subject = f"{account} suspended by an operator"
            await add_task(connection, "SUSPENSION_NOTICE", "D", subject, now + TELL_S, now=now, account=account)
        if not is_suspended:
            await connection.execute(_OPEN, account, int(now * 1000))
