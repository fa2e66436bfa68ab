"""Committing the road's own batches to a private PostgreSQL with fsync: what a message costs, what a commit takes.

A batch holds, as under load, submits, answers, receipts, outcomes, entries and cursors side by side.

    store.python_100        CPU µs a message in this process, with 100 messages a batch (rows are made before)
    store.postgres_100      CPU µs a message in all processes of PostgreSQL, checkpoints and vacuum included
    store.commit_p50_100    ms from the first row written to the commit
    store.commit_p99_100
    store.…_10              the same with 10 messages a batch
    store.…_stepwise        the same with 100, written step by step: the fallback where asyncpg allows no exchange
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import uvloop

from benchmarks.figures import Figure, Scale, calm_collector, percentile
from benchmarks.processes import tree_cpu_s
from benchmarks.stage import Stage
from benchmarks.wires import SMPP
from gateway.domain.meters import Meters
from gateway.store import migrations, partitions
from gateway.store.journal.batch import Batch
from gateway.store.journal.journal import PostgresJournal
from gateway.store.private_postgres.embedded import PrivatePostgres

# Name, messages in each, how many, why they are written step by step.
BATCHES = (("100", 100, 250, ""), ("10", 10, 500, ""), ("stepwise", 100, 250, "to measure it"))


class Replay(PostgresJournal):
    """The journal's writer, given whole batches."""

    async def commit(self, batch: Batch) -> float:
        """Write one batch; return the seconds it took."""
        self._batch = batch
        began = time.perf_counter()
        taken = self._take()
        await self._commit_surely(taken, self._begin(taken), is_retry=False)
        return time.perf_counter() - began


def batches(stage: Stage, messages: int, count: int) -> list[Batch]:
    """Return batches in which every message of a turn is accepted while the last turn's is concluded."""
    found: list[Batch] = []
    for _ in range(count + 3):
        answers, receipts = stage.answers()
        acknowledgements = stage.acknowledgements()
        for feeds in (stage.submits(messages), answers, receipts, acknowledgements):
            stage.feed(feeds)
        batch = stage.flush()
        batch.continuations = []
        found.append(batch)
    stage.tidy()
    return found[3:]  # the first ones do not hold all kinds of rows yet


async def commit_all(server: PrivatePostgres, work: list[Batch], why_stepwise: str) -> tuple[float, float, list[float]]:
    """Commit every batch; return (CPU s of this process, of PostgreSQL, seconds of each commit)."""
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(server.dsn)

    def fail(event: str, problem: str) -> None:
        raise RuntimeError(f"{event}: {problem}")

    journal = Replay(connect, node=0, clock=time.time, meters=Meters(), alarm=fail, why_stepwise=why_stepwise)
    await journal.open()
    assert server.pid is not None
    ours, theirs = time.process_time(), tree_cpu_s(server.pid)
    taken = [await journal.commit(batch) for batch in work]
    ours, theirs = time.process_time() - ours, tree_cpu_s(server.pid) - theirs
    await journal.close()
    return ours, theirs, taken


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    server = PrivatePostgres(folder)
    await server.start()
    figures: list[Figure] = []
    try:
        connection = await asyncpg.connect(server.dsn)
        await migrations.migrate(connection)
        await partitions.ensure(connection, time.time())
        await connection.close()
        stage = Stage(SMPP, SMPP)
        for name, messages, count, why_stepwise in BATCHES:
            work = batches(stage, messages, scale.of(count, 2))
            assert all(len(batch.short_messages) == len(batch.outcomes) == messages for batch in work)
            calm_collector()
            ours, theirs, taken = await commit_all(server, work, why_stepwise)
            total = messages * len(work) / 1e6
            figures += [
                Figure(f"store.python_{name}", ours / total, "us"),
                Figure(f"store.postgres_{name}", theirs / total, "us"),
                Figure(f"store.commit_p50_{name}", percentile(taken, 50) * 1e3, "ms"),
                Figure(f"store.commit_p99_{name}", percentile(taken, 99) * 1e3, "ms"),
            ]
    finally:
        await server.stop()
    return figures


def run(scale: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
        yield from uvloop.run(measure(scale, folder))
