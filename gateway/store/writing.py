"""How a batch is written: in one transaction and, as a rule, one exchange.

    as a rule      one text: the turn, one COPY a table, the small state (balances, use of pools, cursors)
    a refused one  row by row, each under a savepoint, when the store would not take one of them

Each begins by taking the batch's turn: the number in `commits` goes from the one before to its own, or nothing is
written. So a copy of it that is still on its way to the server, sent over a connection that was given up since, finds
the turn taken whenever it arrives.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import asyncpg

from gateway.store import rows
from gateway.store.batch import COPIES, RARE, Batch
from gateway.store.copying import KINDS, copy_octets
from gateway.store.frontend import Exchange
from gateway.store.quoting import literals

TABLES: Final = {name: name for name, _ in COPIES} | {
    "short_messages": "messages", "unmatched": "unmatched_receipts", "listed": "list_facts",
}  # fmt: skip


class TurnTaken(Exception):
    """The number in `commits` is not the one before: this batch is committed already, or another process writes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row of a node in `commits` says behind a batch, and when that batch was taken."""

    node: int
    number: int
    last_id: int
    last_seq: int
    floor: int
    at_ms: int


class Writing:
    """Writes batches whole. Which columns have which types is read from the database first: `learn`."""

    def __init__(self) -> None:
        self._kinds: dict[str, list[int]] = {}

    async def learn(self, connection: asyncpg.Connection) -> None:
        """Read the types, once."""
        if not self._kinds:
            self._kinds = await _kinds(connection)

    def begin(self, connection: asyncpg.Connection, batch: Batch, standing: Standing) -> Begun:
        """Send a batch of any size. Raises what the octets of a row raise, and a connection that is closed."""
        statements, copies = [_turn(standing)], []
        for table, _ in COPIES:
            records = getattr(batch, table)
            if records:
                statements.append(_COPY[table])
                copies.append(copy_octets(records, self._kinds[table]))
        return Begun(Exchange(connection, _one_text([*statements, *_small_state(batch, standing)]), copies))


class Begun:
    """A batch on its way to the server."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def end(self) -> None:
        """Wait for its commit. Raises TurnTaken, and what the exchange raises."""
        with _taking_turns():
            await self._exchange.end()


_COPY: Final = {
    table: f"COPY {TABLES[table]} ({', '.join(columns)}) FROM STDIN (FORMAT binary)" for table, columns in COPIES
}
_MATCHED: Final = (
    "UPDATE unmatched_receipts u SET matched_ms = {} FROM (VALUES {}) AS m (channel, id)"
    " WHERE u.channel = m.channel AND u.carrier_message_id = m.id AND u.matched_ms IS NULL"
)
_JOINED: Final = (
    "UPDATE parts p SET message_id = j.message_id FROM (VALUES {}) AS j (segment_id, message_id)"
    " WHERE p.segment_id = j.segment_id"
)
_BALANCES: Final = (
    "INSERT INTO balances AS b VALUES {}"
    " ON CONFLICT (book) DO UPDATE SET amount_hao = b.amount_hao + EXCLUDED.amount_hao"
)
_POOLS: Final = (
    "INSERT INTO pool_uses AS p VALUES {} ON CONFLICT (account, pool) DO UPDATE SET used = p.used + EXCLUDED.used"
)
_CURSORS: Final = (
    "INSERT INTO outbox_cursors VALUES {} ON CONFLICT (account) DO UPDATE SET delivered_seq = EXCLUDED.delivered_seq"
)


async def _kinds(connection: asyncpg.Connection) -> dict[str, list[int]]:
    found = await connection.fetch(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.oid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name) AND a.attnum > 0",
        [TABLES[table] for table, _ in COPIES],
    )
    types = {(row["relname"], row["attname"]): row["type"] for row in found}
    return {table: [KINDS[types[TABLES[table], column]] for column in columns] for table, columns in COPIES}


def _turn(standing: Standing) -> str:
    """Return the statement that takes the turn. Where it is taken, no row is counted, and nothing divides by it."""
    return (
        f"WITH turn AS (UPDATE commits SET batch = {standing.number}, last_id = {standing.last_id},"
        f" last_seq = {standing.last_seq}, floor = {standing.floor}"
        f" WHERE node = {standing.node} AND batch = {standing.number} - 1 RETURNING batch)"
        " SELECT 1 / count(*) FROM turn"
    )


def _small_state(batch: Batch, standing: Standing) -> list[str]:
    """Return the statements for all that is no row of a table of facts."""
    found = []
    if batch.matched:
        found.append(_MATCHED.format(standing.at_ms, literals(batch.matched)))
    if batch.joined:
        found.append(_JOINED.format(literals(batch.joined)))
    found += [_rare(table, row) for table, row in batch.rare]
    balances = batch.balances()
    if balances:
        found.append(_BALANCES.format(literals(balances.items())))
    if batch.used:
        found.append(_POOLS.format(literals((*pool, used) for pool, used in batch.used.items())))
    if batch.cursors:
        found.append(_CURSORS.format(literals(batch.cursors.items())))
    return found


def _rare(table: str, row: rows.Row) -> str:
    return f"INSERT INTO {table} ({', '.join(RARE[table])}) VALUES {literals([row])} ON CONFLICT DO NOTHING"


def _one_text(statements: list[str]) -> str:
    return ";\n".join(statements)


@contextlib.contextmanager
def _taking_turns() -> Iterator[None]:
    """Name the fault of a turn that is taken."""
    try:
        yield
    except asyncpg.DivisionByZeroError:
        raise TurnTaken from None


Refused = Callable[[str, rows.Row, BaseException], None]


async def write_each(connection: asyncpg.Connection, batch: Batch, standing: Standing, refused: Refused) -> None:
    """Insert what can be inserted, each row under a savepoint; what refused entries move is left out.

    `refused` hears of each row with what the store said, and raises that where it was no fault of the row.
    """
    with _taking_turns():
        await connection.execute(_one_text(["BEGIN", _turn(standing)]))
    taken = batch.with_own_balances()
    for table, columns in COPIES:
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        text = f"INSERT INTO {TABLES[table]} ({', '.join(columns)}) VALUES ({places})"
        for record in getattr(batch, table):
            insert = partial(connection.execute, text, *record)
            if not await _is_taken(connection, TABLES[table], record, insert, refused):
                taken.withdraw(table, dict(zip(columns, record, strict=True)))
    for table, record in batch.rare:
        await _is_taken(connection, table, record, partial(_insert_rare, connection, table, record), refused)
    taken.rare = []
    await connection.execute(_one_text([*_small_state(taken, standing), "COMMIT"]))


async def _insert_rare(connection: asyncpg.Connection, table: str, record: rows.Row) -> None:
    await connection.execute(_rare(table, record))


async def _is_taken(
    connection: asyncpg.Connection, table: str, record: rows.Row, insert: Callable[[], Awaitable[Any]], refused: Refused
) -> bool:
    """Insert one row under a savepoint; tell whether the store took it."""
    await connection.execute("SAVEPOINT row")
    try:
        await insert()
    except Exception as fault:  # whether it is the row's is for the journal to say
        refused(table, record, fault)
        await connection.execute("ROLLBACK TO SAVEPOINT row")
        return False
    await connection.execute("RELEASE SAVEPOINT row")
    return True
