"""How a batch is written, in one transaction whichever way.

    a large one    BEGIN; one COPY a table; the small state and COMMIT: dear to begin, cheap a row
    a small one    one statement that is its own transaction, its rows as arrays: one round trip, dearer a row
    a refused one  row by row, each under a savepoint, when the store would not take one of them

The small state (balances, use of pools, cursors) goes with each. Each begins by taking the batch's turn: the number in
`commits` goes from the one before to its own, or nothing is written. So a copy of it that is still on its way to the
server, sent over a connection that was given up since, finds the turn taken whenever it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from gateway.store import rows
from gateway.store.batch import COPIES, RARE, Batch
from gateway.store.copying import KINDS, copy_octets
from gateway.store.quoting import pairs, triples

# COPY costs a round trip a table and two more; a statement one in all, and two to three times as much a row.
STATEMENT_ROWS_MAX = 200

TABLES: Final = {name: name for name, _ in COPIES} | {
    "short_messages": "messages", "unmatched": "unmatched_receipts", "listed": "list_facts",
}  # fmt: skip
# What has columns that are arrays themselves, or happens once in a blue moon, is left to COPY.
_PLAIN: Final = (
    "short_messages", "claims", "answers", "receipts", "outcomes", "movements", "refusals", "inbound", "parts",
)  # fmt: skip
_COLUMNS: Final = dict(COPIES)
_OTHER: Final = ("messages", "amendments", "unmatched", "listed", "joined", "matched", "rare")


class TurnTaken(Exception):
    """The number in `commits` is not the one before: this batch is committed already, or another process writes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row of a node in `commits` says behind a batch."""

    node: int
    number: int
    last_id: int
    last_seq: int
    floor: int
    at_ms: int


def is_small(batch: Batch) -> bool:
    """Tell whether a batch goes in one statement."""
    if any(getattr(batch, name) for name in _OTHER):
        return False
    return sum(len(getattr(batch, table)) for table in _PLAIN) <= STATEMENT_ROWS_MAX


class Writing:
    """Writes batches whole. Which columns have which types is read from the database at the first one."""

    def __init__(self) -> None:
        self._types: dict[tuple[str, str], str] = {}
        self._kinds: dict[str, list[int]] = {}
        self._texts: dict[tuple[Any, ...], str] = {}  # a few dozen: by the tables that have rows

    async def write(self, connection: asyncpg.Connection, batch: Batch, standing: Standing) -> None:
        """Write a batch of any size."""
        if not self._types:
            self._types = await _column_types(connection)
            self._kinds = {
                table: [KINDS[self._types[TABLES[table], column]] for column in columns] for table, columns in COPIES
            }
        await (self._in_one_statement if is_small(batch) else self._by_copy)(connection, batch, standing)

    async def _by_copy(self, connection: asyncpg.Connection, batch: Batch, standing: Standing) -> None:
        await _begin(connection, standing)
        for table, columns in COPIES:
            records = getattr(batch, table)
            if records:
                octets = memoryview(copy_octets(records, self._kinds[table]))  # bytes would be taken for a path
                await connection.copy_to_table(TABLES[table], source=octets, columns=columns, format="binary")
        await _finish(connection, batch, standing)

    async def _in_one_statement(self, connection: asyncpg.Connection, batch: Batch, standing: Standing) -> None:
        balances = batch.balances()
        arguments: list[Any] = [standing.number, standing.last_id, standing.last_seq, standing.floor, standing.node]
        tables = tuple(table for table in _PLAIN if getattr(batch, table))
        for table in tables:
            arguments.extend(zip(*getattr(batch, table), strict=True))
        if balances:
            arguments += [list(balances), list(balances.values())]
        if batch.used:
            arguments += [*(list(column) for column in zip(*batch.used, strict=True)), list(batch.used.values())]
        if batch.cursors:
            arguments += [list(batch.cursors), list(batch.cursors.values())]
        shape = tables, bool(balances), bool(batch.used), bool(batch.cursors)
        text = self._texts.get(shape) or self._texts.setdefault(shape, self._text(*shape))
        (row,) = await connection.fetch(text, *arguments)
        if row["count"] != 1:
            raise TurnTaken

    def _text(self, tables: Sequence[str], has_balances: bool, has_used: bool, has_cursors: bool) -> str:
        used = 5
        parts: list[str] = []

        def arrays(types: Sequence[str]) -> str:
            nonlocal used
            found = ", ".join(f"${used + place}::{type_}[]" for place, type_ in enumerate(types, 1))
            used += len(types)
            return f"SELECT * FROM unnest({found}) WHERE EXISTS (SELECT FROM turn)"

        for table in tables:
            columns, name = _COLUMNS[table], TABLES[table]
            types = [self._types[name, column] for column in columns]
            parts.append(f"{table} AS (INSERT INTO {name} ({', '.join(columns)}) {arrays(types)})")
        if has_balances:
            parts.append(f"in_books AS ({_BALANCES.format(arrays(('text', 'bigint')))})")
        if has_used:
            parts.append(f"in_pools AS ({_POOLS.format(arrays(('text', 'text', 'bigint')))})")
        if has_cursors:
            parts.append(f"in_cursors AS ({_CURSORS.format(arrays(('text', 'bigint')))})")
        turn = _TURN.format(*(f"${place}" for place in range(1, 6)))
        return f"WITH {', '.join((f'turn AS ({turn} RETURNING batch)', *parts))} SELECT count(*) FROM turn"


_TURN: Final = (
    "UPDATE commits SET batch = {0}, last_id = {1}, last_seq = {2}, floor = {3} WHERE node = {4} AND batch = {0} - 1"
)
_BALANCES: Final = (
    "INSERT INTO balances AS b {} ON CONFLICT (book) DO UPDATE SET amount_hao = b.amount_hao + EXCLUDED.amount_hao"
)
_POOLS: Final = (
    "INSERT INTO pool_uses AS p {} ON CONFLICT (account, pool) DO UPDATE SET used = p.used + EXCLUDED.used"
)
_CURSORS: Final = (
    "INSERT INTO outbox_cursors {} ON CONFLICT (account) DO UPDATE SET delivered_seq = EXCLUDED.delivered_seq"
)


async def _column_types(connection: asyncpg.Connection) -> dict[tuple[str, str], str]:
    found = await connection.fetch(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.oid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name) AND a.attnum > 0",
        [TABLES[table] for table, _ in COPIES],
    )
    return {(row["relname"], row["attname"]): row["type"] for row in found}


async def _begin(connection: asyncpg.Connection, standing: Standing) -> None:
    """Open the transaction and take the turn in one round trip; raises TurnTaken inside the open transaction."""
    turn = _TURN.format(standing.number, standing.last_id, standing.last_seq, standing.floor, standing.node)
    if await connection.execute(f"BEGIN; {turn}") != "UPDATE 1":
        raise TurnTaken


async def _finish(connection: asyncpg.Connection, batch: Batch, standing: Standing) -> None:
    if batch.matched:
        await connection.execute(
            "UPDATE unmatched_receipts u SET matched_ms = $3 FROM unnest($1::text[], $2::text[]) AS m (channel, id)"
            " WHERE u.channel = m.channel AND u.carrier_message_id = m.id AND u.matched_ms IS NULL",
            *(list(column) for column in zip(*batch.matched, strict=True)), standing.at_ms,
        )  # fmt: skip
    if batch.joined:
        await connection.execute(
            "UPDATE parts p SET message_id = j.message_id FROM unnest($1::bigint[], $2::bigint[])"
            " AS j (segment_id, message_id) WHERE p.segment_id = j.segment_id",
            [segment_id for segment_id, _ in batch.joined], [message_id for _, message_id in batch.joined],
        )  # fmt: skip
    for table, row in batch.rare:
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await connection.execute(
            f"INSERT INTO {table} ({', '.join(RARE[table])}) VALUES ({places}) ON CONFLICT DO NOTHING", *row
        )
    await connection.execute(_ending(batch))


def _ending(batch: Batch) -> str:
    """Return the small current state and COMMIT as one text: one round trip instead of four.

    All of it is ours: integers, and names that settings have checked, quoted all the same.
    """
    ending = "COMMIT"
    balances = batch.balances()
    if balances:
        ending = f"{_BALANCES.format(f'VALUES {pairs(balances)}')}; {ending}"
    if batch.used:
        ending = f"{_POOLS.format(f'VALUES {triples(batch.used)}')}; {ending}"
    if batch.cursors:
        ending = f"{_CURSORS.format(f'VALUES {pairs(batch.cursors)}')}; {ending}"
    return ending


Refused = Callable[[str, rows.Row, BaseException], None]


async def write_each(connection: asyncpg.Connection, batch: Batch, standing: Standing, refused: Refused) -> None:
    """Insert what can be inserted, each row under a savepoint; what refused entries move is left out.

    `refused` hears of each row with what the store said, and raises that where it was no fault of the row.
    """
    await _begin(connection, standing)
    taken = batch.with_own_balances()
    for table, columns in COPIES:
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        text = f"INSERT INTO {TABLES[table]} ({', '.join(columns)}) VALUES ({places})"
        for record in getattr(batch, table):
            await connection.execute("SAVEPOINT row")
            try:
                await connection.execute(text, *record)
            except Exception as fault:  # whether it is the row's is for the journal to say
                refused(TABLES[table], record, fault)
                await connection.execute("ROLLBACK TO SAVEPOINT row")
                taken.withdraw(table, dict(zip(columns, record, strict=True)))
            else:
                await connection.execute("RELEASE SAVEPOINT row")
    await _finish(connection, taken, standing)
