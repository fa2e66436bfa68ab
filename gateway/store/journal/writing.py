"""How a batch is written: in one transaction and, as a rule, one exchange.

    as a rule      one text: the turn, one COPY a table, the small state (balances, use of pools, cursors)
    step by step   the same, each statement by itself, where asyncpg does not let us have its connection for an exchange
    a refused one  unit by unit, each under a savepoint, when the database would not take one of them: rows that are
                   at fault themselves are set aside, into a table of their own

Each begins by taking the batch's turn: the number in `commits` goes from the one before to its own, or nothing is
written. So a copy of it that is still on its way to the server, sent over a connection that was given up since, finds
the turn taken whenever it arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from gateway.domain.fault_words import said, trace_of
from gateway.store.database_faults import is_bug, is_own, may_be_bug
from gateway.store.journal import rows
from gateway.store.journal.batch import AUDIT_LOCK, COPIES, RARE, Batch, Unit, units
from gateway.store.journal.copying import KINDS, copy_octets
from gateway.store.journal.exchange import IDLE, OPEN, Exchange, is_lost, why_impossible
from gateway.store.journal.quoting import literals
from gateway.store.journal.stepwise import Copy, Steps

TABLES: Final = {name: name for name, _ in COPIES} | {
    "short_messages": "messages", "unmatched": "unmatched_receipts", "unreadable": "unreadable_receipts",
    "listed": "list_facts",
}


WORDS_MAX: Final = 1_000  # characters kept of what a database says
BROKEN_TRIES: Final = 3  # of a unit that we fail to write


class TurnTaken(Exception):
    """The number in `commits` is not the one before: this batch is committed already, or another process writes.

    So it seems by what the server said, `fault`; a row may have made it say the same.
    """

    def __init__(self, fault: asyncpg.PostgresError) -> None:
        super().__init__(str(fault))
        self.fault = fault


class AnotherProcess(OSError):
    """Somebody else commits as this node: it is not for us to write here."""


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

    def __init__(self, why_stepwise: str = "") -> None:
        self._kinds: dict[str, list[int]] = {}
        self.why_stepwise = why_stepwise  # why batches go step by step; "": they go in one exchange

    async def learn(self, connection: asyncpg.Connection) -> None:
        """Read the types, once, and find out whether an exchange is possible. The connection may be closed behind it.

        Raises what says that the database does not answer.
        """
        if not self._kinds:
            self._kinds = await _kinds(connection)
            self.why_stepwise = self.why_stepwise or await why_impossible(connection)

    def begin(
        self, connection: asyncpg.Connection, batch: Batch, standing: Standing, is_held: bool = False
    ) -> Begun:
        """Send a batch of any size; with `is_held` all but its commit, which `end` sends when all else is answered.

        Raises what the octets of a row raise, and a connection that is closed.
        """
        turn, small = _turn(standing), _small_state(batch, standing)
        copies = [
            Copy(TABLES[table], columns, copy_octets(records, self._kinds[table]))
            for table, columns in COPIES if (records := getattr(batch, table))
        ]
        if self.why_stepwise:
            steps = Steps(connection, _one_text(["BEGIN", turn]), copies, _one_text(small))
            return Begun(steps.run, connection)
        texts = [*(["BEGIN"] if is_held else []), turn, *map(_copy_text, copies), *small]
        octets = [copy.octets for copy in copies]
        try:
            exchange = Exchange(connection, _one_text(texts), octets, OPEN if is_held else IDLE)
        except Exception as fault:
            if is_bug(fault) and not is_lost(connection):
                self._give_up_exchanges(fault)
            raise

        async def end() -> None:
            try:
                await exchange.end()
            except Exception as fault:
                if is_bug(fault):  # in reading the answer: a connection that is lost is told as one
                    self._give_up_exchanges(fault)
                raise

        return Begun(end, connection if is_held else None)

    def _give_up_exchanges(self, fault: Exception) -> None:
        """Write step by step from now on."""
        self.why_stepwise = f"an exchange failed with {said(fault)} in {trace_of(fault)}"


def _unheard() -> None:
    """Nobody has to know when a commit is sent."""


class Begun:
    """A batch on its way to the server. While `is_held` its commit has not been sent."""

    def __init__(self, answered: Callable[[], Awaitable[None]], connection: asyncpg.Connection | None) -> None:
        """`answered` waits until the server took all that was begun; `connection` is for the commit, if it is held."""
        self._answered = answered
        self._connection = connection

    @property
    def is_held(self) -> bool:
        return self._connection is not None

    async def end(self, commits: Callable[[], None] = _unheard) -> None:
        """Wait for its commit; `commits` is called when that is about to be sent.

        Raises TurnTaken, and what the exchange or the steps raise.
        """
        with _taking_turns():
            await self._answered()
        if self._connection is not None:
            commits()
            await self._connection.execute("COMMIT")


def _copy_text(copy: Copy) -> str:
    return f"COPY {copy.table} ({', '.join(copy.columns)}) FROM STDIN (FORMAT binary)"


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
_REQUEST_KEYS: Final = f"INSERT INTO request_keys ({', '.join(rows.REQUEST_KEYS)}) VALUES {{}} ON CONFLICT DO NOTHING"
_ASKED: Final = f"INSERT INTO asked_with ({', '.join(rows.ASKED)}) VALUES {{}} ON CONFLICT DO NOTHING"
_CURSORS: Final = (
    "INSERT INTO outbox_cursors VALUES {} ON CONFLICT (account) DO UPDATE SET delivered_seq = EXCLUDED.delivered_seq"
)
_ASIDE: Final = (
    "INSERT INTO outbox_aside VALUES {} ON CONFLICT (account, seq)"
    " DO UPDATE SET tries = EXCLUDED.tries, status = EXCLUDED.status, at_ms = EXCLUDED.at_ms"
)
_ASIDE_OVER: Final = (
    "DELETE FROM outbox_aside a USING (VALUES {}) AS o (account, seq) WHERE a.account = o.account AND a.seq = o.seq"
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
    joined = batch.joined_in_fact()
    if joined:
        found.append(_JOINED.format(literals(batch.joined)))
    found += [_rare(table, row) for table, row in batch.rare]
    if batch.request_keys:
        found.append(_REQUEST_KEYS.format(literals(batch.request_keys)))
    if batch.asked:
        found.append(_ASKED.format(literals(batch.asked)))
    balances = batch.balances()
    if balances:
        found.append(_BALANCES.format(literals(balances.items())))
    if batch.used:
        found.append(_POOLS.format(literals((*pool, used) for pool, used in batch.used.items())))
    if batch.cursors:
        found.append(_CURSORS.format(literals(batch.cursors.items())))
    over = [place for place, state in batch.outbox_aside.items() if state is None]
    if over:
        found.append(_ASIDE_OVER.format(literals(over)))
    waiting = [(*place, *state) for place, state in batch.outbox_aside.items() if state is not None]
    if waiting:
        found.append(_ASIDE.format(literals(waiting)))
    return found


def _rare(table: str, row: rows.Row) -> str:
    into, values = f"INSERT INTO {table} ({', '.join(RARE[table])})", literals([row])
    if table == "audit":  # its id is drawn under the lock
        return f"WITH lock AS MATERIALIZED (SELECT pg_advisory_xact_lock({AUDIT_LOCK})) {into}" \
            f" SELECT line.* FROM lock, (VALUES {values}) AS line"
    return f"{into} VALUES {values} ON CONFLICT DO NOTHING"


def _one_text(statements: list[str]) -> str:
    return ";\n".join(statements)


@contextlib.contextmanager
def _taking_turns() -> Iterator[None]:
    """Name the fault of a turn that is taken."""
    try:
        yield
    except asyncpg.DivisionByZeroError as fault:
        raise TurnTaken(fault) from None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that the database does not take, and what it said of the row, or of another of its unit.

    `trace` says where a fault of our own arose, if that was the reason.
    """

    table: str
    row: rows.Row
    record: Mapping[str, Any]
    sqlstate: str
    problem: str
    trace: str = ""

    def __str__(self) -> str:
        return f"{self.table} id {self.row[0]}: {self.problem}"


Broken = dict[int, list[Exception]]
"""Faults of our own in writing a unit, by `id` of its first row, which the batch holds as long as it is tried."""


async def write_each(
    connection: asyncpg.Connection, batch: Batch, standing: Standing, commits: Callable[[], None], broken: Broken
) -> list[SetAside]:
    """Insert what can be inserted, each unit under a savepoint; return what was set aside, into a table of its own.

    What rows set aside move is left out. `commits` is called when the commit is about to be sent. `broken` remembers,
    from one try of this batch to the next, what we failed to write by faults of our own: such a unit is tried
    BROKEN_TRIES times, then it is set aside. Raises what is no fault of a row: nothing is written then.
    """
    with _taking_turns():
        await connection.execute(_one_text(["BEGIN", _turn(standing)]))
    taken = batch.with_own_balances()
    found: list[SetAside] = []
    for unit in units(batch):
        fault = await _refused(connection, unit, broken)
        if fault is not None:
            sqlstate = str(getattr(fault, "sqlstate", None) or "")
            problem, trace = said(fault), trace_of(fault) if may_be_bug(fault) else ""
            found += [SetAside(table, row, record, sqlstate, problem, trace) for table, row, record in unit]
    for each in found:
        taken.withdraw(each.table, each.record)
        taken.set_aside.append((each.table, each.record))
        await connection.execute(_SET_ASIDE, *_kept(each, standing))
    taken.rare = []
    statements = _one_text([*_small_state(taken, standing), "COMMIT"])
    commits()
    await connection.execute(statements)
    return found


async def set_aside_of(connection: asyncpg.Connection, batch: Batch, standing: Standing) -> list[SetAside]:
    """Return what was set aside when this batch was committed, by somebody whose answer did not come."""
    kept = await connection.fetch(
        "SELECT place, id, sqlstate, problem FROM rows_set_aside WHERE node = $1 AND batch = $2",
        standing.node, standing.number,
    )
    told = {(each["place"], each["id"]): each for each in kept}
    return [
        SetAside(table, row, record, told[name]["sqlstate"], told[name]["problem"])
        for unit in units(batch) for table, row, record in unit if (name := _name(table, row)) in told
    ]


async def _refused(connection: asyncpg.Connection, unit: Unit, broken: Broken) -> Exception | None:
    """Insert the rows of one unit; return why they are not written, if that is their own fault, or ours."""
    faults = broken.setdefault(id(unit[0][1]), [])
    while len(faults) < BROKEN_TRIES:
        await connection.execute("SAVEPOINT unit")
        try:
            await _insert(connection, unit)
        except Exception as fault:
            if may_be_bug(fault):
                await asyncio.sleep(0)  # a transport that is gone says so in the next step of the loop
                if connection.is_closed():
                    raise
                faults.append(fault)
            elif not is_own(fault):
                raise
            await connection.execute("ROLLBACK TO SAVEPOINT unit")
            if not may_be_bug(fault):
                return fault
        else:
            await connection.execute("RELEASE SAVEPOINT unit")
            return None
    return faults[-1]


async def _insert(connection: asyncpg.Connection, unit: Unit) -> None:
    for table, row, _ in unit:
        if table in RARE:
            await connection.execute(_rare(table, row))
        else:
            await connection.execute(_INSERT[table], *row)


_INSERT: Final = {
    table: f"INSERT INTO {TABLES[table]} ({', '.join(columns)})"
    f" VALUES ({', '.join(f'${number}' for number in range(1, len(columns) + 1))})"
    for table, columns in COPIES
}
_SET_ASIDE: Final = (
    "INSERT INTO rows_set_aside (node, batch, place, id, sqlstate, problem, record, at_ms)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)


def _kept(each: SetAside, standing: Standing) -> rows.Row:
    """Return a row that any database takes: all of it in ASCII."""
    record = json.dumps(each.record, default=_as_text)
    return (
        standing.node, standing.number, *_name(each.table, each.row), each.sqlstate,
        ascii(each.problem)[1:-1][:WORDS_MAX], record, standing.at_ms,
    )


def _name(table: str, row: rows.Row) -> tuple[str, str]:
    """Return how a row set aside is called: its table, and its first column in ASCII."""
    return TABLES.get(table, table), ascii(row[0])[:WORDS_MAX]


def _as_text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else repr(value)
