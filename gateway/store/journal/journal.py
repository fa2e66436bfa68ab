"""Group commit: while one transaction is in flight the next batch gathers; continuations run after their commit.

The writer is one task with one connection. A batch is a list of rows for each table and a list of continuations; how it
is written is `writing`'s. While a commit is in flight the next batch gathers, so the batch grows with load and with a
slow disk; a linger of at most 1.5 ms spares CPU at moderate load (docs/decisions/0001). A large batch is sent before
the continuations of the one before run, so that PostgreSQL does not wait for them.

When the connection is lost the batch is kept. After reconnecting, the batch number in `commits` tells whether the
commit had happened; if not, the same batch is written again. So a fact is stored exactly once, and a continuation
runs exactly once. A row that the database will not take for a fault of its own is set aside with an alarm instead of
holding up all others. A fault of ours in writing a batch is told as one: then it is written row by row, and what we
cannot write is set aside too. Any other fault is the database's, and the whole batch is tried again.

A commit that takes longer than `commit_late_s` closes the journal to new submits. Submits that wait are put off, those
that gather at once, those in flight as soon as no copy of their batch can be committed any more: a copy counts as under
way from when its commit is sent until the server said that it failed. Small batches with submits send their commit by
itself, when the server has answered all else, so that a server that stops leaves little in doubt
(docs/decisions/0023). What may have been committed waits: whoever was told "later" would send it twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncpg

from gateway.domain.fault_words import named, place_of, said, trace_of
from gateway.domain.meters import Meters
from gateway.store.database_faults import UNFIT_VALUES, is_own, is_undone, may_be_bug
from gateway.store.journal import rows, writing
from gateway.store.journal.batch import Batch, Continuation
from gateway.store.journal.gathering import Gathering
from gateway.store.journal.writing import AnotherProcess, Begun, Broken, SetAside, Standing, TurnTaken, Writing

RETRY_MIN_S: Final = 0.05
RETRY_MAX_S: Final = 1.0
LINGER_S: Final = 0.0015
SMALL_BATCH_ROWS: Final = 150  # below this, with another commit just behind us, waiting saves more than it costs

Connect = Callable[[], Awaitable[asyncpg.Connection]]
Alarm = Callable[[str, str], None]

AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
LOSSES_MAX: Final = 3  # faults of one batch that may be the connection's, until they count as ours
TOLD_MAX: Final = 20  # rows set aside by one batch that are told one by one

_TAKE_OVER: Final = (
    "UPDATE commits SET batch = batch + 2 WHERE node = $1 RETURNING batch, last_id, last_seq, floor"
)


class PostgresJournal(Gathering):
    """The journal on PostgreSQL. `run()` is its writer; nothing is committed unless it runs.

    `clock` gives unix seconds. `commit_timeout_s` bounds one attempt, after which the connection counts as lost;
    `commit_late_s` is how long a commit may take until new submits are told to come later. `why_stepwise` has batches
    written step by step, as they are where `open` finds that asyncpg allows no exchange.
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
        commit_late_s: float = 3.0,
        why_stepwise: str = "",
    ) -> None:
        super().__init__(node, clock)
        self._connect = connect
        self._node = node
        self._meters = meters
        self._alarm = alarm
        self._commit_timeout_s = commit_timeout_s
        self._commit_late_s = commit_late_s
        self._standing = Standing(node, 0, 0, 0, 0, 0)  # as of the batch in flight
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._writing = Writing(why_stepwise)
        self._known_why = why_stepwise
        self._unfinished: Batch | None = None  # taken, and not known to be committed
        self._is_stopping = False
        self._late_timer: asyncio.TimerHandle | None = None
        self._is_late = False  # this batch has taken longer than it may
        self._is_sent = False  # a commit of it was sent, and not answered yet
        self._is_doubtful = False  # an earlier one may still come to something
        self._is_bug_told = False  # a fault of our own in writing it was told

    @property
    def why_stepwise(self) -> str:
        """Why batches are written step by step, which is slower; "" while they go in one exchange."""
        return self._writing.why_stepwise

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
        self._known_why = self.why_stepwise
        if connection.is_closed():
            connection = await self._connect()
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
        """Commit batch after batch until `stop`; returns when the last one is committed and its continuations ran.

        Called again after it failed, it goes on with the batch that it failed over.
        """
        loop = asyncio.get_running_loop()
        committed, committed_at = Batch(), 0.0
        while True:
            again = self._unfinished
            if again is None and self._batch.size < SMALL_BATCH_ROWS:
                self._settle(committed)
                committed = Batch()
                if not self._batch.size:
                    if self._is_stopping:
                        return
                    self._wake.clear()
                    self._is_idle = True
                    await self._wake.wait()
                if self._batch.size < SMALL_BATCH_ROWS and loop.time() - committed_at < 2 * LINGER_S:
                    await asyncio.sleep(LINGER_S)
            if again is not None:
                self.is_open = False  # whoever keeps this task tells of its fault
                self._hang_up()
            batch = again or self._take()
            started_at = loop.time()
            if self._late_timer is not None:
                self._late_timer.cancel()
            self._late_timer = loop.call_later(self._commit_late_s, self._late)
            begun = self._begin(batch)
            self._settle(committed)  # under load: what follows from a commit, while PostgreSQL is at the next
            await self._commit_surely(batch, begun, is_retry=again is not None)
            self._unfinished = None
            self._late_timer.cancel()
            committed, committed_at = batch, loop.time()
            self._committing_rows = 0
            self.committed_id = self.last_id
            self._meters.commits += 1
            self._meters.commit_rows += batch.size
            self._meters.commit.observe(committed_at - started_at)

    def _take(self) -> Batch:
        """Take what has gathered, as the next in number."""
        self._standing = Standing(  # what may fail comes first: a batch that was taken is never lost
            self._node, self._number + 1, self._ids.last, self._seqs.last, self.floor, rows.to_ms(self._clock())
        )
        batch, self._batch = self._batch, Batch()
        self._unfinished = batch
        self._number += 1
        self.last_id, self.last_seq = self._ids.last, self._seqs.last
        self._committing_rows = batch.size
        self._note_taken(batch)
        self._is_late = self._is_sent = self._is_doubtful = self._is_bug_told = False
        return batch

    def _run(self, continuations: Sequence[Continuation]) -> None:
        for continuation, args, _, _, _ in continuations:
            try:
                continuation(*args)
            except Exception as fault:  # one flow's fault must not keep the answers of all others
                self._alarm("continuation_failed", f"{named(continuation)}: {said(fault)} in {place_of(fault)}")

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
        """Make the writer work once more, with nothing to write if need be: proof that it moves."""
        done = asyncio.Event()
        self.then(done.set)
        await done.wait()

    # --- one batch ------------------------------------------------------------------------------------------------

    def _begin(self, batch: Batch) -> Begun | None:
        """Send a batch over the connection there is; None where it has to be tried, and what ails it found out."""
        if self._connection is None:
            return None
        try:
            return self._send(self._connection, batch)
        except Exception:  # it is tried again where each fault has its answer
            return None

    def _send(self, connection: asyncpg.Connection, batch: Batch) -> Begun:
        is_held = batch.has_submits and batch.size < SMALL_BATCH_ROWS
        begun = self._writing.begin(connection, batch, self._standing, is_held)
        self._is_sent = not begun.is_held
        return begun

    def _commits(self) -> None:
        """A commit of the batch in flight is about to be sent."""
        self._is_sent = True

    async def _commit_surely(self, batch: Batch, begun: Begun | None, *, is_retry: bool) -> None:
        delay_s = RETRY_MIN_S
        is_careful = False
        bugs = 0
        broken: Broken = {}
        while True:
            try:
                async with asyncio.timeout(self._commit_timeout_s * (10 if is_careful else 1)):
                    await self._try(batch, begun, broken if is_careful else None, is_retry=is_retry)
                break
            except Exception as fault:
                self._is_doubtful = self._is_doubtful or (self._is_sent and not is_undone(fault))
                self._is_sent = False
                may_begin_at_once = False
                if isinstance(fault, AGAIN):
                    await self._roll_back()
                    may_begin_at_once = not is_retry
                elif may_be_bug(fault) or (is_careful and isinstance(fault, UNFIT_VALUES)):  # of no unit: see `units`
                    bugs += 1
                    is_ours = await self._is_ours(fault, bugs)
                    may_begin_at_once = is_ours and not is_careful
                    is_careful = is_careful or is_ours
                elif is_own(fault) and not is_careful:
                    await self._roll_back()
                    is_careful = may_begin_at_once = True
                else:  # the fault of the connection or of the database
                    self._lose(fault)
                if not may_begin_at_once:
                    await asyncio.sleep(delay_s)
                    delay_s = min(delay_s * 2, RETRY_MAX_S)
            begun, is_retry = None, True
            self._meters.store_retries += 1
            if self._is_late:
                self._put_off_surely()
        self.is_open = True
        if self.why_stepwise != self._known_why:
            self._known_why = self.why_stepwise
            if not self._is_bug_told:
                self._tell_bug(self.why_stepwise)

    async def _is_ours(self, fault: Exception, number: int) -> bool:
        """Tell whether what looks like a fault of our own is one, and alert then; else the connection is lost.

        asyncpg and event loops have no word of their own for a connection that is lost in the middle of something. So
        one that is closed, or will not even roll back, counts as lost, the first times for this batch.
        """
        is_alive = await self._roll_back()
        if not is_alive:
            self._lose(fault)
        is_ours = is_alive or number >= LOSSES_MAX
        if is_ours and not self._is_bug_told:
            self._is_bug_told = True
            self._tell_bug(f"{said(fault)} in {trace_of(fault)}")
        if is_ours and number >= LOSSES_MAX:
            self.is_open = False  # nothing is committed until somebody has mended it
        return is_ours

    def _tell_bug(self, words: str) -> None:
        self._meters.store_bugs += 1
        self._alarm("journal_failed", words)

    async def _try(self, batch: Batch, begun: Begun | None, broken: Broken | None, *, is_retry: bool) -> None:
        """Write a batch whole, or unit by unit where `broken` is given: see `writing.write_each`."""
        if self._connection is None:
            self._connection = await self._connect()
        if is_retry and await self._is_committed(batch):
            return
        try:
            if broken is not None:
                found = await writing.write_each(self._connection, batch, self._standing, self._commits, broken)
                self._note_set_aside(batch, found)
            else:
                begun = begun or self._send(self._connection, batch)
                await begun.end(self._commits)
        except TurnTaken as taken:
            self._is_sent = False
            await self._roll_back()
            if await self._stored_number() == self._number - 1:
                raise taken.fault from None  # it was not: a row made the server say the same
            if not (is_retry and await self._is_committed(batch)):
                raise AnotherProcess(f"another process commits as node {self._node}") from None

    def _note_set_aside(self, batch: Batch, found: Sequence[SetAside]) -> None:
        """Note what was set aside by a commit."""
        batch.set_aside = [(each.table, each.record) for each in found]
        self._meters.rows_set_aside += len(found)
        for each in found[:TOLD_MAX]:
            if each.trace:
                self._tell_bug(f"{each} in {each.trace}")
            self._alarm("store_refused_row", str(each))
        if len(found) > TOLD_MAX:
            self._alarm("store_refused_row", f"{len(found) - TOLD_MAX} more rows of the same batch")

    async def _is_committed(self, batch: Batch) -> bool:
        """Tell whether an earlier copy of this batch is stored, and note what that one set aside."""
        if await self._stored_number() != self._number:
            return False
        self._note_set_aside(batch, await writing.set_aside_of(self._connection, batch, self._standing))
        return True

    async def _stored_number(self) -> int:
        if self._connection is None:
            raise asyncpg.ConnectionDoesNotExistError("the connection is closed")
        number = await self._connection.fetchval("SELECT batch FROM commits WHERE node = $1", self._node)
        return -1 if number is None else int(number)

    # --- a commit that takes too long -----------------------------------------------------------------------------

    def _late(self) -> None:
        """The batch in flight took as long as a client may wait: refuse new submits, tell those who wait outside."""
        self._is_late = True
        if self.is_open:
            self._alarm("store_late", f"a commit takes longer than {self._commit_late_s} s")
        self.is_open = False
        self._put_off(self._batch)
        self._put_off_surely()

    def _put_off_surely(self) -> None:
        """Put off the submits in flight, if no copy of their batch can be committed any more; else they wait."""
        if self._is_sent or self._is_doubtful:
            return
        if self._taken is not None and self._put_off(self._taken) and self._connection is not None:
            self._connection.terminate()  # what it was at is another batch than this is now; nothing was committed

    async def _roll_back(self) -> bool:
        """Undo what the connection was at; tell whether it is of further use."""
        if self._connection is None or self._connection.is_closed():
            return False
        try:
            async with asyncio.timeout(self._commit_timeout_s):
                await self._connection.execute("ROLLBACK")
        except Exception as fault:
            self._lose(fault)
            return False
        return True

    def _lose(self, fault: BaseException) -> None:
        if self.is_open:
            self._alarm("store_away", said(fault))
        self.is_open = False
        self._hang_up()

    def _hang_up(self) -> None:
        """Leave the connection; what it was at may still be committed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # each event loop has its own words for what is dead already
                connection.terminate()
