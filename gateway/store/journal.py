"""Group commit: while one transaction is in flight the next batch gathers; continuations run after their commit.

The writer is one task with one connection. A batch is a list of rows for each table and a list of continuations; how
it is written is gateway.store.writing's. While a commit is in flight the next batch gathers, so the batch grows by
itself with load and with a slow disk; a linger of at most 1.5 ms spares CPU at moderate load (docs/decisions/0001). A
large batch is sent before the continuations of the one before run, so that PostgreSQL does not wait for them.

When the connection is lost the batch is kept. After reconnecting, the batch number in `commits` tells whether the
commit had happened; if not, the same batch is written again. So a fact is stored exactly once, and a continuation
runs exactly once. A row that the database will not take (which would be our bug) is set aside with an alarm instead of
holding up all others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from gateway.domain.meters import Meters
from gateway.store import rows, writing
from gateway.store.batch import Batch
from gateway.store.gathering import Gathering
from gateway.store.writing import Begun, Standing, TurnTaken, Writing

RETRY_MIN_S: Final = 0.05
RETRY_MAX_S: Final = 1.0
LINGER_S: Final = 0.0015
SMALL_BATCH_ROWS: Final = 150  # below this, with another commit just behind us, waiting saves more than it costs

Connect = Callable[[], Awaitable[asyncpg.Connection]]
Alarm = Callable[[str, str], None]

# A lost connection, in the words of asyncpg and of both event loops; those of Python are what a dead transport says.
# So does a server that was the primary and is no more. Whatever it is, the writer drops the connection, asks the next
# one whether the batch was committed, and goes on; so it does with what nobody thought of, rather than end.
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError, asyncpg.InternalClientError, asyncpg.ReadOnlySQLTransactionError,
        asyncio.IncompleteReadError, RuntimeError, AssertionError, AttributeError, TimeoutError)  # fmt: skip
AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# What a value that fits no column makes the server or asyncpg's encoders raise.
UNFIT = (asyncpg.PostgresError, ValueError, TypeError, ArithmeticError, LookupError)

_TAKE_OVER: Final = (
    "UPDATE commits SET batch = batch + 2 WHERE node = $1 RETURNING batch, last_id, last_seq, floor"
)


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
        self._standing = Standing(node, 0, 0, 0, 0, 0)  # as of the batch in flight
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._writing = Writing()
        self._is_stopping = False

    def _start_writing(self) -> None:
        self._wake.set()

    async def open(self) -> None:
        """Connect and take over this node's numbering where it stands; raises what the connection raises.

        Whoever wrote as this node before is shut out: a batch of his that the server is still at is waited for, as long
        as for a commit (then TimeoutError); one that arrives later finds its turn taken. By two, since by one his next
        batch would seem to be committed.
        """
        connection = await self._connect()
        await self._writing.learn(connection)
        try:
            async with asyncio.timeout(self._commit_timeout_s):
                row = await connection.fetchrow(_TAKE_OVER, self._node)
        except TimeoutError:
            connection.terminate()
            raise TimeoutError(f"PostgreSQL is still at a batch of whoever was node {self._node} before") from None
        if row is None:
            await connection.execute("INSERT INTO commits VALUES ($1, 0, 0, 0, 0)", self._node)
        else:
            self._number, self.last_id, self.last_seq, self.floor = row
            self.committed_id = self.last_id
        self._connection = connection
        self.is_open = True

    async def run(self) -> None:
        """Commit batch after batch until `stop`; returns when the last one is committed and its continuations ran."""
        loop = asyncio.get_running_loop()
        committed, committed_at = Batch(), 0.0
        while True:
            if self._batch.size < SMALL_BATCH_ROWS:
                self._continue(committed)
                committed = Batch()
                if not self._batch.size:
                    if self._is_stopping:
                        return
                    self._wake.clear()
                    self._is_idle = True
                    await self._wake.wait()
                if self._batch.size < SMALL_BATCH_ROWS and loop.time() - committed_at < 2 * LINGER_S:
                    await asyncio.sleep(LINGER_S)
            batch = self._take()
            started_at = loop.time()
            begun = self._begin(batch)
            self._continue(committed)  # under load: what follows from a commit, while PostgreSQL is at the next
            await self._commit_surely(batch, begun)
            committed, committed_at = batch, loop.time()
            self._committing_rows = 0
            self.committed_id = self.last_id
            self._meters.commits += 1
            self._meters.commit_rows += batch.size
            self._meters.commit.observe(committed_at - started_at)

    def _take(self) -> Batch:
        """Take what has gathered, as the next in number."""
        batch, self._batch = self._batch, Batch()
        self._number += 1
        self.last_id, self.last_seq = self._ids.last, self._seqs.last
        self._standing = Standing(
            self._node, self._number, self.last_id, self.last_seq, self.floor, rows.to_ms(self._clock())
        )
        self._committing_rows = batch.size
        return batch

    def _continue(self, committed: Batch) -> None:
        for continuation, args in committed.continuations:
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

    def _begin(self, batch: Batch) -> Begun | None:
        """Send a batch over the connection there is; None where it has to be tried, and what ails it found out."""
        if self._connection is None:
            return None
        try:
            return self._writing.begin(self._connection, batch, self._standing)
        except Exception:  # it is tried again where each fault has its answer
            return None

    async def _commit_surely(self, batch: Batch, begun: Begun | None) -> None:
        delay_s = RETRY_MIN_S
        is_retry = is_careful = False
        while True:
            try:
                async with asyncio.timeout(self._commit_timeout_s * (10 if is_careful else 1)):
                    await self._try(batch, begun, is_retry=is_retry, is_careful=is_careful)
                break
            except AGAIN:
                await self._roll_back()
            except Exception as fault:
                is_row = isinstance(fault, UNFIT) and not isinstance(fault, LOST)
                if is_row:
                    self._alarm("store_refused_row", f"{type(fault).__name__}: {fault}")
                    await self._roll_back()
                else:
                    self._lose(fault)
                if is_careful or not is_row:  # the fault of the connection, of the schema, or ours
                    await asyncio.sleep(delay_s)
                    delay_s = min(delay_s * 2, RETRY_MAX_S)
                is_careful = is_careful or is_row
            begun, is_retry = None, True
            self._meters.store_retries += 1
        self.is_open = True

    async def _try(self, batch: Batch, begun: Begun | None, *, is_retry: bool, is_careful: bool) -> None:
        if self._connection is None:
            self._connection = await self._connect()
        if is_retry and await self._is_committed():
            return
        try:
            if is_careful:
                await writing.write_each(self._connection, batch, self._standing, self._refused)
            else:
                begun = begun or self._writing.begin(self._connection, batch, self._standing)
                await begun.end()
        except TurnTaken:
            await self._roll_back()
            if not (is_retry and await self._is_committed()):
                raise RuntimeError(f"another process commits as node {self._node}") from None

    def _refused(self, table: str, record: rows.Row, fault: BaseException) -> None:
        if isinstance(fault, (*LOST, *AGAIN)) or not isinstance(fault, UNFIT):
            raise fault
        self._alarm("store_refused_row", f"{table} id {record[0]}: {type(fault).__name__}: {fault}")

    async def _is_committed(self) -> bool:
        assert self._connection is not None
        number = await self._connection.fetchval("SELECT batch FROM commits WHERE node = $1", self._node)
        return bool(number == self._number)

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
