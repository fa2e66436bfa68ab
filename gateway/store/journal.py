"""Group commit: while one transaction is in flight the next batch gathers; continuations run after their commit.

The writer is one task with one connection. A batch is a list of rows for each table and a list of continuations.
It commits as BEGIN; one COPY a table; balances, cursors and the batch number; COMMIT. While a commit is in flight the
next batch gathers, so the batch grows by itself with load and with a slow disk; a linger of at most 1 ms spares CPU
at moderate load (docs/decisions/0001).

When the connection is lost the batch is kept. After reconnecting, the batch number in `commits` tells whether the
commit had happened; if not, the same batch is written again. So a fact is stored exactly once, and a continuation
runs exactly once. A row that the database will not take (which would be our bug) is set aside with an alarm instead of
holding up all others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from gateway.domain.meters import Meters
from gateway.store import rows
from gateway.store.batch import COPIES, RARE, Batch
from gateway.store.gathering import Gathering
from gateway.store.quoting import pairs, triples

RETRY_MIN_S = 0.05
RETRY_MAX_S = 1.0
LINGER_S = 0.001
SMALL_BATCH_ROWS = 48  # below this, with another commit just behind us, waiting 1 ms saves more than it costs

Connect = Callable[[], Awaitable[asyncpg.Connection]]
Alarm = Callable[[str, str], None]

# A lost connection, in the words of asyncpg and of both event loops; those of Python are what a dead transport says.
# Whatever it is, the writer drops the connection, asks the next one whether the batch was committed, and goes on.
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError, asyncpg.InternalClientError, asyncio.IncompleteReadError,
        RuntimeError, AssertionError, AttributeError, TimeoutError)  # fmt: skip
AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# What a value that fits no column makes the server or asyncpg's encoders raise.
UNFIT = (asyncpg.PostgresError, ValueError, TypeError, ArithmeticError, LookupError)


class PostgresJournal(Gathering):
    """The journal port on PostgreSQL. `run()` is its writer; nothing is committed unless it runs.

    `clock` gives unix seconds. `commit_timeout_s` bounds one attempt, after which the connection counts as lost.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        node: int,
        clock: Callable[[], float],
        meters: Meters,
        alarm: Alarm,
        commit_timeout_s: float = 30.0,
    ) -> None:
        super().__init__(node, clock)
        self._connect = connect
        self._node = node
        self._meters = meters
        self._alarm = alarm
        self._commit_timeout_s = commit_timeout_s
        self._number = 0
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._is_stopping = False

    def _start_writing(self) -> None:
        self._wake.set()

    async def open(self) -> None:
        """Connect and read where this node's numbering stands; raises what the connection raises."""
        connection = await self._connect()
        row = await connection.fetchrow(
            "SELECT batch, last_id, last_seq, floor FROM commits WHERE node = $1", self._node
        )
        if row is None:
            await connection.execute("INSERT INTO commits VALUES ($1, 0, 0, 0, 0)", self._node)
        else:
            self._number, self.last_id, self.last_seq, self.floor = row
            self.committed_id = self.last_id
        self._connection = connection
        self.is_open = True

    async def run(self) -> None:
        """Commit batch after batch until `stop`; returns when the last one is committed."""
        loop = asyncio.get_running_loop()
        committed_at = 0.0
        while True:
            if not self._batch.size:
                if self._is_stopping:
                    return
                self._wake.clear()
                self._is_idle = True
                await self._wake.wait()
            if self._batch.size < SMALL_BATCH_ROWS and loop.time() - committed_at < 2 * LINGER_S:
                await asyncio.sleep(LINGER_S)
            batch, self._batch = self._batch, Batch()
            self._number += 1
            self.last_id, self.last_seq = self._ids.last, self._seqs.last
            self._committing_rows = batch.size
            started_at = loop.time()
            await self._commit_surely(batch)
            committed_at = loop.time()
            self._committing_rows = 0
            self.committed_id = self.last_id
            self._meters.commits += 1
            self._meters.commit_rows += batch.size
            self._meters.commit.observe(committed_at - started_at)
            for continuation, args in batch.continuations:
                try:
                    continuation(*args)
                except Exception as fault:  # one flow's fault must not keep the answers of all others
                    self._alarm("continuation_failed", f"{continuation!r}: {type(fault).__name__}: {fault}")

    async def stop(self) -> None:
        """Let `run` end once everything appended so far is committed."""
        self._is_stopping = True
        self._is_idle = False
        self._wake.set()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close(timeout=5)
        self._connection = None
        self.is_open = False

    async def touch_within(self, timeout_s: float) -> bool:
        """As `touch`, but give up after a time (the database may be away)."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.touch()
        except TimeoutError:
            return False
        return True

    async def touch(self) -> None:
        """Make the writer turn once more, with nothing to write if need be: proof that it moves."""
        done = asyncio.Event()
        self.then(done.set)
        await done.wait()

    async def _commit_surely(self, batch: Batch) -> None:
        delay_s = RETRY_MIN_S
        is_retry = is_careful = False
        while True:
            try:
                async with asyncio.timeout(self._commit_timeout_s * (10 if is_careful else 1)):
                    await self._try(batch, is_retry=is_retry, is_careful=is_careful)
                break
            except AGAIN:
                await self._roll_back()
            except LOST as fault:
                self._lose(fault)
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, RETRY_MAX_S)
            except UNFIT as fault:
                self._alarm("store_refused_row", f"{type(fault).__name__}: {fault}")
                await self._roll_back()
                if is_careful:  # not a row's fault then: the schema's, or ours
                    await asyncio.sleep(delay_s)
                    delay_s = min(delay_s * 2, RETRY_MAX_S)
                is_careful = True
            is_retry = True
            self._meters.store_retries += 1
        self.is_open = True

    async def _try(self, batch: Batch, *, is_retry: bool, is_careful: bool) -> None:
        if self._connection is None:
            self._connection = await self._connect()
        if is_retry and await self._is_committed():
            return
        await self._connection.execute("BEGIN")
        if is_careful:
            batch = await self._insert_each(self._connection, batch)
        else:
            await self._copy(self._connection, batch)
        await self._finish(self._connection, batch)

    async def _copy(self, connection: asyncpg.Connection, batch: Batch) -> None:
        for table, columns in COPIES:
            records = getattr(batch, table)
            if records:
                await connection.copy_records_to_table(TABLES[table], records=records, columns=columns)

    async def _finish(self, connection: asyncpg.Connection, batch: Batch) -> None:
        if batch.matched:
            await connection.execute(
                "UPDATE unmatched_receipts u SET matched_ms = $3 FROM unnest($1::text[], $2::text[]) AS m (channel, id)"
                " WHERE u.channel = m.channel AND u.carrier_message_id = m.id AND u.matched_ms IS NULL",
                [channel for channel, _ in batch.matched], [name for _, name in batch.matched],
                rows.to_ms(self._clock()),
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
        await connection.execute(self._ending(batch))

    def _ending(self, batch: Batch) -> str:
        """Return the small current state and COMMIT as one text: one round trip instead of four.

        All of it is ours: integers, and names that settings have checked, quoted all the same.
        """
        ending = (
            f"UPDATE commits SET batch = {self._number}, last_id = {self.last_id},"
            f" last_seq = {self.last_seq}, floor = {self.floor} WHERE node = {self._node}; COMMIT"
        )
        balances = batch.balances()
        if balances:
            ending = (
                f"INSERT INTO balances AS b VALUES {pairs(balances)} ON CONFLICT (book)"
                f" DO UPDATE SET amount_hao = b.amount_hao + EXCLUDED.amount_hao; {ending}"
            )
        if batch.used:
            ending = (
                f"INSERT INTO pool_uses AS p VALUES {triples(batch.used)} ON CONFLICT (account, pool)"
                f" DO UPDATE SET used = p.used + EXCLUDED.used; {ending}"
            )
        if batch.cursors:
            ending = (
                f"INSERT INTO outbox_cursors VALUES {pairs(batch.cursors)} ON CONFLICT (account)"
                f" DO UPDATE SET delivered_seq = EXCLUDED.delivered_seq; {ending}"
            )
        return ending

    async def _is_committed(self) -> bool:
        assert self._connection is not None
        number = await self._connection.fetchval("SELECT batch FROM commits WHERE node = $1", self._node)
        return bool(number == self._number)

    async def _insert_each(self, connection: asyncpg.Connection, batch: Batch) -> Batch:
        """Insert what can be inserted, each row under a savepoint; return the batch less what refused entries move."""
        taken = batch.with_own_balances()
        for table, columns in COPIES:
            for record in getattr(batch, table):
                is_taken = await self._insert(connection, TABLES[table], columns, record)
                if not is_taken:
                    taken.withdraw(table, dict(zip(columns, record, strict=True)))
        return taken

    async def _insert(
        self, connection: asyncpg.Connection, table: str, columns: Sequence[str], record: rows.Row
    ) -> bool:
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        await connection.execute("SAVEPOINT row")
        try:
            await connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", *record)
        except (*LOST, *AGAIN):
            raise
        except UNFIT as fault:
            self._alarm("store_refused_row", f"{table} id {record[0]}: {type(fault).__name__}: {fault}")
            await connection.execute("ROLLBACK TO SAVEPOINT row")
            return False
        await connection.execute("RELEASE SAVEPOINT row")
        return True

    async def _roll_back(self) -> None:
        if self._connection is not None:
            try:
                async with asyncio.timeout(self._commit_timeout_s):
                    await self._connection.execute("ROLLBACK")
            except (*LOST, *UNFIT) as fault:
                self._lose(fault)

    def _lose(self, fault: BaseException) -> None:
        if self.is_open:
            self._alarm("store_away", f"{type(fault).__name__}: {fault}")
        self.is_open = False
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*LOST):
                connection.terminate()


TABLES = {name: name for name, _ in COPIES} | {
    "short_messages": "messages", "unmatched": "unmatched_receipts", "listed": "list_facts",
}  # fmt: skip
