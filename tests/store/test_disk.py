"""A disk that fails under load: EIO and ENOSPC, at writes and at flushes, for data, log and temporary files.

A shim between the server and the C library makes the calls fail (failing_disk.c), so the server finds out and reports
as it does on a broken machine: an error, or a panic and a restart. Whatever it does: whoever heard OK is stored,
whoever did not is not, and memory agrees with the store.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from gateway.domain.store_interfaces import StoreAway
from tests.store.contract import PostgresDisk
from tests.store.disk import FAULTS, GCC, FailingDisk
from tests.store.load import until
from tests.store.server import Server, private_server
from tests.store.submitters import Submitters

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(GCC is None, reason="no compiler for the shim")]


@pytest.fixture(scope="module")
def machine() -> Iterator[tuple[Server, FailingDisk]]:
    """A server of its own, with `fsync`, behind the shim."""
    folder = Path(tempfile.mkdtemp(prefix="hy-disk-", dir="/tmp"))
    folder.chmod(0o755)
    faulty = FailingDisk(folder)
    with private_server(faulty.bin_dir, checkpoint_timeout="30s") as running:
        asyncio.run(running.make_template())
        yield running, faulty
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_disk_that_fails_under_load(machine: tuple[Server, FailingDisk], name: str) -> None:
    server, faulty = machine
    disk = PostgresDisk(await server.fresh_database(), commit_late_s=0.5, commit_timeout_s=5.0)
    submitters, stop = Submitters(await disk.live(), size=30), asyncio.Event()
    running = asyncio.create_task(submitters.run(stop))
    try:
        for _ in range(2):
            before = submitters.answers["stored"]
            await until(lambda: submitters.answers["stored"] > before + 300)  # noqa: B023
            faulty.fail(*FAULTS[name])
            turned = submitters.answers["turned away"]
            await until(lambda: submitters.answers["turned away"] > turned + 300)  # noqa: B023
            faulty.heal()
            await until(lambda: submitters.life.journal.is_open)
    finally:
        faulty.heal()
        stop.set()
    await running
    assert submitters.answers["set aside"] == 0
    await submitters.check(disk)
    await disk.close()


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
async def test_a_look_up_that_needs_a_temporary_file(machine: tuple[Server, FailingDisk], error: int) -> None:
    """It says that the store is away, whatever the disk says: nothing is lost, try again."""
    server, faulty = machine
    disk = PostgresDisk(await server.fresh_database())
    life = await disk.live()
    sorting = "SET work_mem = '64kB'; SELECT count(*) FROM (SELECT g FROM generate_series(1, 200000) g ORDER BY -g) s"
    faulty.fail(error, "w", "/pgsql_tmp")
    try:
        with pytest.raises(StoreAway):
            async with life.reader._connection() as connection:
                await connection.execute(sorting)
    finally:
        faulty.heal()
    async with life.reader._connection() as connection:
        await connection.execute(sorting)
    await disk.close()


async def test_the_shim_fails_what_it_is_told_to(machine: tuple[Server, FailingDisk]) -> None:
    server, faulty = machine
    connection = await asyncpg.connect(await server.fresh_database())
    await connection.execute("CREATE TABLE t (x text)")
    faulty.fail(errno.EIO, "w", "/base/")
    try:
        with pytest.raises(asyncpg.PostgresError) as caught:
            await connection.execute("INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 10000)")
    finally:
        faulty.heal()
    assert caught.value.sqlstate == "58030"
    assert os.strerror(errno.EIO) in str(caught.value)
    await connection.close()
