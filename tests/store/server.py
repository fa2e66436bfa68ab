"""One private PostgreSQL for the tests of a session, and a database of its own for each test."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from gateway.store import migrations, partitions
from gateway.store.private_postgres.leftover_processes import processes_in
from gateway.store.private_postgres.placement import place
from tests.gateway.pipeline.builders import NOON

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "hongyan_template"
_numbers = itertools.count(1)

KEEPER = """
import asyncio, json, sys
from pathlib import Path
from gateway.store.private_postgres.embedded import PrivatePostgres

async def main():
    bin_dir = Path(sys.argv[3]) if sys.argv[3:] else None
    server = PrivatePostgres(Path(sys.argv[1]), settings=json.loads(sys.argv[2]), bin_dir=bin_dir)
    dsn = await server.start()
    watching = asyncio.create_task(server.watch(lambda code, words: None))
    print(dsn, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()
    await watching

asyncio.run(main())
"""


class Server:
    """A server kept by a process of its own, started again when it dies; it ends when that process is told."""

    def __init__(self, state_dir: Path, bin_dir: Path | None = None, **settings: str) -> None:
        pipe = subprocess.PIPE
        self._state_dir = state_dir
        self._keeper = subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(state_dir), json.dumps(settings), *([str(bin_dir)] if bin_dir else [])],
            stdin=pipe, stdout=pipe, text=True, cwd=ROOT,
        )
        assert self._keeper.stdout is not None
        self.dsn = self._keeper.stdout.readline().strip()
        assert self.dsn, "PostgreSQL did not start"

    @property
    def pid(self) -> int:
        """The process id of the server as it is now; 0 while there is none."""
        try:
            return int((place(self._state_dir).data_dir / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return 0

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and to each of its processes."""
        for pid in processes_in(place(self._state_dir).data_dir):
            with suppress(ProcessLookupError):  # one that ended meanwhile
                os.kill(pid, number)

    def dsn_of(self, database: str) -> str:
        head, _, tail = self.dsn.partition("/hongyan?")
        return f"{head}/{database}?{tail}"

    async def make_template(self) -> None:
        """Make a database with the schema and the day partitions around NOON."""
        await self._command(f"CREATE DATABASE {TEMPLATE}")
        connection = await asyncpg.connect(self.dsn_of(TEMPLATE))
        await migrations.migrate(connection)
        await partitions.ensure(connection, NOON, days_ahead=1)
        await connection.close()

    async def fresh_database(self) -> str:
        """Return the DSN of a new database with the schema."""
        name = f"test_{next(_numbers)}"
        await self._command(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.dsn_of(name)

    async def empty_database(self) -> str:
        """Return the DSN of a new database without any schema."""
        name = f"test_{next(_numbers)}"
        await self._command(f"CREATE DATABASE {name}")
        return self.dsn_of(name)

    async def _command(self, sql: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        await connection.execute(sql)
        await connection.close()

    def stop(self) -> None:
        self._keeper.communicate("")


@contextmanager
def private_server(bin_dir: Path | None = None, **settings: str) -> Iterator[Server]:
    """Run a server in a folder that every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    server = Server(folder / "state", bin_dir, **settings)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
