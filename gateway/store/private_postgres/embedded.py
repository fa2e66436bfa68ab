"""A private PostgreSQL when none is configured: a direct child of this process, on a unix socket, crash-safe.

    server = PrivatePostgres(state_dir)
    dsn = await server.start()              # makes the cluster at the first start; waits until it answers
    task = create_task(server.watch(told))  # starts it again when it dies, with back-off
    await server.stop()                     # fast shutdown, then harder

The child cannot outlive us: the kernel sends it SIGINT (fast shutdown) when the thread that ran start() ends, so call
start() on the main thread. It has a session of its own, so a Ctrl-C in the terminal reaches the gateway alone and the
database is there until the gateway has drained.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg

from gateway.store.private_postgres.binaries import Binaries, EmbeddedError, find_binaries
from gateway.store.private_postgres.cluster_files import (
    USER,
    cluster_major,
    create_cluster,
    environment,
    launch_command,
    server_command,
    write_settings,
)
from gateway.store.private_postgres.leftover_processes import is_said_ready, stop_leftovers
from gateway.store.private_postgres.placement import Placement, is_reachable, lock, place

__all__ = ["EmbeddedError", "PrivatePostgres", "dsn_of"]

DATABASE = "hongyan"
_INITDB_TIMEOUT_S = 120.0
_READY_POLL_S = 0.01
_BACKOFF_MIN_S, _BACKOFF_MAX_S = 0.1, 10.0
_QUIET_AFTER_S = 60.0  # a server that lived this long begins with the shortest back-off again
_LAST_LINES_MAX = 20
_LAST_LINES_S = 5.0
_LINE_OCTETS_MAX = 64 * 1024
_HARDER_AFTER_S = 10.0


def dsn_of(where: Placement, database: str = DATABASE) -> str:
    """Return the DSN of a cluster's server, whether it runs or not."""
    return f"postgresql://{USER}@/{database}?host={where.socket_dir}"


class PrivatePostgres:
    """One cluster and its server process.

    `bin_dir` names an installation instead of searching one; `settings` replace or add PostgreSQL settings;
    `on_line` gets each line that the server logs. All errors are EmbeddedError with a sentence for the operator.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        bin_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        start_timeout_s: float = 300.0,  # a crash recovery may replay max_wal_size
        stop_timeout_s: float = 60.0,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self._state_dir = state_dir
        self._bin_dir = bin_dir
        self._settings = dict(settings or {})
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._on_line = on_line
        self._lock: int | None = None
        self._place: Placement | None = None
        self._binaries: Binaries | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES_MAX)
        self._is_stopping = False

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def binaries(self) -> Binaries:
        """The installation in use; known once start() has begun."""
        assert self._binaries is not None
        return self._binaries

    @property
    def dsn(self) -> str:
        """Where asyncpg connects to; the same after every restart. Known once start() has begun."""
        return self._dsn(DATABASE)

    async def start(self) -> str:
        """Start the server, making the cluster first where there is none, and return the DSN once it answers."""
        self._is_stopping = False
        if self._lock is None:
            self._lock = lock(self._state_dir)
        try:
            is_new = await self._prepare()
            await self._start_server(is_new=is_new)
        except BaseException:
            await self.stop()
            raise
        return self.dsn

    async def stop(self) -> None:
        """Shut the server down (fast, then immediate, then killed) and free the state folder. May be called again."""
        self._is_stopping = True
        process = self._process
        if process is not None:
            for number, deadline_s in (
                (signal.SIGINT, self._stop_timeout_s),
                (signal.SIGQUIT, _HARDER_AFTER_S),
                (signal.SIGKILL, _HARDER_AFTER_S),
            ):
                if process.returncode is not None:
                    break
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), deadline_s)
        await self._read_rest()
        if self._place is not None and self._place.socket_dir.parent != self._place.home:
            shutil.rmtree(self._place.socket_dir, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def watch(self, on_exit: Callable[[int, str], None]) -> None:
        """Start the server again whenever it ends, until stop(). Tell `on_exit` the exit code and its last words.

        A start that fails is told too, with code -1, and tried again.
        """
        clock = asyncio.get_running_loop().time
        backoff_s = _BACKOFF_MIN_S
        while not self._is_stopping:
            assert self._process is not None
            began = clock()
            code = await self._process.wait()
            if not self._is_stopping:
                await self._read_rest()
                on_exit(code, self._last_words())
                is_quiet = clock() - began > _QUIET_AFTER_S
                backoff_s = await self._restart(_BACKOFF_MIN_S if is_quiet else backoff_s, on_exit)

    async def _restart(self, backoff_s: float, on_exit: Callable[[int, str], None]) -> float:
        """Try until the server answers or we stop; return the back-off for the next time."""
        assert self._place is not None
        is_up = False
        while not (is_up or self._is_stopping):
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, _BACKOFF_MAX_S)
            try:
                await stop_leftovers(self._place)  # backends of a killed server end a moment after it
                await self._start_server(is_new=False)
                is_up = True
            except EmbeddedError as error:
                if not self._is_stopping:
                    on_exit(-1, str(error))
        return backoff_s

    async def _prepare(self) -> bool:
        """Find the programs, make the cluster or clear what a killed gateway left; tell whether it is new."""
        self._place = where = place(self._state_dir)
        major = cluster_major(where.data_dir)
        binaries = find_binaries(self._bin_dir, major=major)
        if os.geteuid() == 0 and not is_reachable(binaries.postgres.resolve(), where.uid, where.gid):
            if binaries.source != "wheel":
                raise EmbeddedError(f"user {where.uid}, as whom PostgreSQL runs, cannot read {binaries.bin_dir}")
            binaries = binaries.copy_to(where.home)
        self._binaries = binaries
        if major is None:
            await create_cluster(binaries, where, timeout_s=_INITDB_TIMEOUT_S)
        else:
            await stop_leftovers(where)
        write_settings(binaries, where, self._settings)
        return major is None

    async def _start_server(self, *, is_new: bool) -> None:
        """Run the server and wait until it answers; a failure ends it."""
        where, binaries = self._place, self._binaries
        assert where is not None and binaries is not None
        if self._is_stopping:
            raise EmbeddedError("PostgreSQL is being stopped")
        self._last_lines.clear()
        self._process = process = await asyncio.create_subprocess_exec(
            *launch_command(server_command(binaries, where), where, signal.SIGINT),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            limit=_LINE_OCTETS_MAX, env=environment(), cwd=where.data_dir, start_new_session=True,
        )
        assert process.stderr is not None
        self._reader = asyncio.create_task(self._read_lines(process.stderr))
        try:
            async with asyncio.timeout(self._start_timeout_s):
                await self._until_ready(process, is_new=is_new)
        except TimeoutError:
            process.kill()
            raise EmbeddedError(
                f"PostgreSQL did not answer within {self._start_timeout_s:g} s: {self._last_words()}"
            ) from None

    async def _until_ready(self, process: asyncio.subprocess.Process, *, is_new: bool) -> None:
        assert self._place is not None
        while True:
            if process.returncode is not None:
                await self._read_rest()
                raise EmbeddedError(f"PostgreSQL ended with {process.returncode}: {self._last_words()}")
            if is_said_ready(self._place.data_dir, process.pid) and await self._answers(is_new=is_new):
                return
            await asyncio.sleep(_READY_POLL_S)  # not listening yet, or replaying after a crash

    async def _answers(self, *, is_new: bool) -> bool:
        try:
            if is_new:
                await self._create_database()
            connection = await asyncpg.connect(self.dsn)
        except asyncpg.InvalidCatalogNameError:  # the first start was cut short
            await self._create_database()
            return True
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        await connection.close()
        return True

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self._dsn("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    def _dsn(self, database: str) -> str:
        assert self._place is not None
        return dsn_of(self._place, database)

    async def _read_rest(self) -> None:
        """Wait for the last lines of a server that ended; its own processes may hold the pipe a moment longer."""
        if self._reader is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reader, _LAST_LINES_S)
            self._reader = None

    async def _read_lines(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the buffer: dropped, the next one is whole
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            self._last_lines.append(text)
            if self._on_line is not None:
                self._on_line(text)

    def _last_words(self) -> str:
        return " | ".join(self._last_lines) or "it said nothing"
