"""The private PostgreSQL: starts, survives kills, clears what a killed gateway left, as root and as anybody."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from gateway.store.private_postgres import placement
from gateway.store.private_postgres.binaries import Binaries, EmbeddedError, find_binaries
from gateway.store.private_postgres.cluster_files import environment, server_command
from gateway.store.private_postgres.embedded import PrivatePostgres
from gateway.store.private_postgres.leftover_processes import processes_in
from gateway.store.private_postgres.placement import place

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

GATEWAY = """
import asyncio, sys
from pathlib import Path
import uvloop
from gateway.store.private_postgres.embedded import PrivatePostgres

async def main():
    server = PrivatePostgres(Path(sys.argv[1]))
    dsn = await server.start()
    print(server.pid, dsn, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()

uvloop.run(main())
"""


def installations() -> list[Binaries]:
    """One installation of each source that this machine has."""
    from gateway.store.private_postgres import binaries

    found = {}
    for bin_dir, source in binaries._candidates(None):
        one = binaries._examine(bin_dir, source)
        if one is not None and one.major >= binaries.OLDEST_MAJOR:
            found.setdefault(source, one)
    return list(found.values())


INSTALLATIONS = installations()


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own is the test user's alone."""
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A stopped cluster: copying it costs a tenth of making one."""
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    run_gateway(folder / "state").communicate("")
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture
def made_dir(template: Path, state_dir: Path) -> Path:
    """A state folder with a cluster in it."""
    subprocess.run(["cp", "-a", template, state_dir], check=True)
    return state_dir


async def fetch(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def run_gateway(state: Path, python: str = sys.executable, **options: object) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [python, "-c", GATEWAY, str(state)]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, **options)  # type: ignore[call-overload,no-any-return]


# ── start and stop ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_both_sources_are_tried_here() -> None:
    """The wheel is a dependency, so it is always one of them."""
    assert "wheel" in {one.source for one in INSTALLATIONS}


@pytest.mark.parametrize("binaries", INSTALLATIONS, ids=lambda one: f"{one.source}{one.major}")
async def test_fresh_then_warm_start(binaries: Binaries, state_dir: Path) -> None:
    server = PrivatePostgres(state_dir, bin_dir=binaries.bin_dir)
    dsn = await server.start()
    await fetch(dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    first = server.pid
    await server.stop()
    assert server.pid is None
    assert processes_in(place(state_dir).data_dir) == []

    assert await server.start() == dsn
    assert server.pid != first
    assert await fetch(dsn, "SELECT n FROM kept") == 7
    assert await fetch(dsn, "SHOW server_version_num") >= str(binaries.major * 10_000)
    await server.stop()
    await server.stop()  # again is harmless


async def test_settings_are_crash_safe_and_local(made_dir: Path) -> None:
    server = PrivatePostgres(made_dir, settings={"shared_buffers": "32MB", "application_name": "it's \\ quoted"})
    dsn = await server.start()
    try:
        shown = {
            name: await fetch(dsn, f"SHOW {name}")
            for name in (
                "fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "shared_buffers",
                "data_checksums", "server_encoding", "unix_socket_permissions", "log_error_verbosity",
            )
        }
        assert shown == {
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": "",
            "shared_buffers": "32MB", "data_checksums": "on", "server_encoding": "UTF8",
            "unix_socket_permissions": "0700", "log_error_verbosity": "terse",
        }
        where = place(made_dir)
        assert where.socket_dir.stat().st_mode & 0o777 == where.home.stat().st_mode & 0o777 == 0o700
        assert server.pid is not None
        assert Path(f"/proc/{server.pid}").stat().st_uid == where.uid != 0
        assert os.getsid(server.pid) == server.pid  # a Ctrl-C in our terminal passes it by
    finally:
        await server.stop()


async def test_operators_lines_win(made_dir: Path) -> None:
    server = PrivatePostgres(made_dir)
    (place(made_dir).data_dir / "operator.conf").write_text("shared_buffers = '24MB'\n")
    (place(made_dir).data_dir / "operator.conf").chmod(0o644)
    dsn = await server.start()
    assert await fetch(dsn, "SHOW shared_buffers") == "24MB"
    await server.stop()


async def test_failure_tells_the_servers_words_and_frees_the_folder(state_dir: Path) -> None:
    with pytest.raises(EmbeddedError, match="no_such_setting"):
        await PrivatePostgres(state_dir, settings={"no_such_setting": "1"}).start()
    server = PrivatePostgres(state_dir)
    assert await fetch(await server.start(), "SELECT 1") == 1
    await server.stop()


async def test_cut_short_initdb_is_begun_anew(state_dir: Path) -> None:
    server = PrivatePostgres(state_dir)
    state_dir.mkdir()
    half = place(state_dir).home / "data.making"
    half.mkdir()
    (half / "PG_VERSION").write_text("15\n")
    assert await fetch(await server.start(), "SELECT 1") == 1
    assert not half.exists()
    await server.stop()


# ── kills ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_killed_server_comes_back_with_what_was_committed(made_dir: Path) -> None:
    exits: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
    server = PrivatePostgres(made_dir)
    dsn = await server.start()
    watching = asyncio.create_task(server.watch(lambda code, words: exits.put_nowait((code, words))))
    await fetch(dsn, "CREATE TABLE kept AS SELECT 11 AS n")
    for _ in range(2):
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert await next_end(exits) == -signal.SIGKILL
        async with asyncio.timeout(20):
            while await kept_number(dsn) != 11:
                await asyncio.sleep(0.02)
        assert server.pid not in (None, first)
    await server.stop()
    await watching
    exits.put_nowait((0, "nothing ended behind it"))
    assert await next_end(exits) == 0 and exits.empty()


async def next_end(exits: asyncio.Queue[tuple[int, str]]) -> int:
    """Return how a server ended; starts that failed before it, on a busy machine, are told with -1 and say why."""
    while True:
        code, words = await exits.get()
        if code != -1:
            return code
        assert words


async def kept_number(dsn: str) -> object:
    try:
        return await fetch(dsn, "SELECT n FROM kept")
    except (OSError, asyncpg.PostgresError):  # not back yet
        return None


async def test_server_ends_with_a_killed_gateway(made_dir: Path) -> None:
    gateway = run_gateway(made_dir)
    assert gateway.stdout is not None
    _, dsn = gateway.stdout.readline().split()
    await fetch(dsn, "CREATE TABLE kept AS SELECT 5 AS n")
    gateway.kill()
    gateway.communicate()
    server = PrivatePostgres(made_dir)  # at once: it may still be shutting down
    assert await fetch(await server.start(), "SELECT n FROM kept") == 5
    await server.stop()


async def test_server_that_outlived_its_gateway_is_stopped(made_dir: Path) -> None:
    server = PrivatePostgres(made_dir)
    dsn = await server.start()
    await fetch(dsn, "CREATE TABLE kept AS SELECT 3 AS n")
    binaries = server.binaries
    await server.stop()
    where = place(made_dir)
    orphan = subprocess.Popen(
        server_command(binaries, where), cwd=where.data_dir, env=environment(), start_new_session=True,
        user=where.uid, group=where.gid, extra_groups=[], stderr=subprocess.DEVNULL,
    )
    async with asyncio.timeout(20):
        while await kept_number(dsn) != 3:
            await asyncio.sleep(0.02)
    assert await fetch(await server.start(), "SELECT n FROM kept") == 3
    assert orphan.wait(10) == 0
    assert server.pid != orphan.pid
    await server.stop()


async def test_stale_files_that_name_a_living_stranger_are_no_obstacle(made_dir: Path) -> None:
    """A process id is given again: the server alone would refuse to start beside a stranger of its own user."""
    server = PrivatePostgres(made_dir)
    where = place(made_dir)
    stranger = subprocess.Popen(["sleep", "60"], user=where.uid, group=where.gid, extra_groups=[])
    try:
        words = f"{stranger.pid}\n{where.data_dir}\n1\n5432\n{where.socket_dir}\n\n 1 2\nready\n"
        for path in (where.data_dir / "postmaster.pid", Path(f"{where.socket}.lock")):
            path.write_text(words)
            path.chmod(0o600)
            shutil.chown(path, where.uid, where.gid)
        assert await fetch(await server.start(), "SELECT 1") == 1
        assert stranger.poll() is None
        await server.stop()
    finally:
        stranger.kill()
        stranger.wait()


async def test_one_gateway_a_state_folder(made_dir: Path) -> None:
    server = PrivatePostgres(made_dir)
    await server.start()
    with pytest.raises(EmbeddedError, match=rf"another gateway \(process {os.getpid()}\)"):
        await PrivatePostgres(made_dir).start()
    assert await fetch(server.dsn, "SELECT 1") == 1
    await server.stop()


# ── places and users ─────────────────────────────────────────────────────────────────────────────────────────────────
async def test_long_path_gets_a_short_socket(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    server = PrivatePostgres(state_dir / ("deep" * 30))
    assert await fetch(await server.start(), "SELECT 1") == 1
    socket_dir = place(state_dir / ("deep" * 30)).socket_dir
    assert socket_dir.parent == Path("/tmp")
    assert socket_dir.stat().st_mode & 0o777 == 0o700
    await server.stop()
    assert not socket_dir.exists()


def test_socket_path_limit_is_the_kernels() -> None:
    for length, fits in ((placement._SUN_PATH_MAX, True), (placement._SUN_PATH_MAX + 1, False)):
        with socket.socket(socket.AF_UNIX) as one:
            try:
                one.connect("/" + "x" * (length - 1))
            except FileNotFoundError:
                assert fits
            except OSError:
                assert not fits


@only_root
async def test_unreachable_state_folder_lives_elsewhere(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "_ROOTS", (state_dir.parent / "elsewhere",))
    state_dir.mkdir(mode=0o700)
    server = PrivatePostgres(state_dir)
    await fetch(await server.start(), "CREATE TABLE kept AS SELECT 9 AS n")
    await server.stop()
    assert (state_dir / "postgres").readlink().parent == state_dir.parent / "elsewhere"
    assert state_dir.stat().st_mode & 0o777 == 0o700
    assert await fetch(await server.start(), "SELECT n FROM kept") == 9
    await server.stop()


@only_root
def test_cluster_of_an_ordinary_user_runs_as_that_user(state_dir: Path) -> None:
    (state_dir / "postgres").mkdir(parents=True)
    os.chown(state_dir / "postgres", 12345, 12345)
    assert (place(state_dir).uid, place(state_dir).gid) == (12345, 12345)


def can_run(python: str, options: dict[str, object]) -> bool:
    """Tell whether a user can run this interpreter with what the gateway imports."""
    command = [python, "-c", "import asyncpg, uvloop, gateway"]
    try:
        return subprocess.run(command, stderr=subprocess.DEVNULL, **options).returncode == 0  # type: ignore[call-overload,no-any-return]
    except OSError:
        return False


@only_root
async def test_ordinary_user(state_dir: Path) -> None:
    uid = 65534
    as_user = {
        "user": uid, "group": uid, "extra_groups": [],
        "env": {"PYTHONPATH": f"{ROOT}:{Path(asyncpg.__file__).parents[1]}", "PATH": os.defpath},
    }
    python = next(filter(lambda path: can_run(path, as_user), (sys.executable, "/usr/bin/python3")), None)
    if python is None:
        pytest.skip("no Python here that another user can run")
    state_dir.mkdir()
    os.chown(state_dir, uid, uid)
    gateway = run_gateway(state_dir, python, **as_user)
    assert gateway.stdout is not None
    pid, dsn = gateway.stdout.readline().split()
    assert Path(f"/proc/{pid}").stat().st_uid == uid
    assert await fetch(dsn, "SELECT 1") == 1
    gateway.communicate("")
    assert gateway.returncode == 0
    assert not Path(f"/proc/{pid}").exists()


def test_copied_wheel_runs(tmp_path: Path) -> None:
    """As root with the virtual environment under /root, the server's user cannot read the wheel where it is."""
    wheel = next(one for one in INSTALLATIONS if one.source == "wheel")
    copied = wheel.copy_to(tmp_path)
    assert tmp_path in copied.bin_dir.parents
    for program in (copied.postgres, copied.initdb):
        subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL)
    kept = copied.bin_dir.stat().st_ino
    assert wheel.copy_to(tmp_path).bin_dir.stat().st_ino == kept  # not copied again


@only_root
async def test_unreachable_wheel_serves_all_the_same(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything under /root: the server's user reaches neither the wheel nor the state folder."""
    wheel = next(one for one in INSTALLATIONS if one.source == "wheel")
    hidden = state_dir.parent / "root"
    hidden.mkdir(mode=0o700)
    package = wheel.bin_dir.parents[1]
    subprocess.run(["cp", "-al", package, package.with_name(f"{package.name}.libs"), hidden], check=True)
    bin_dir = hidden / package.name / wheel.bin_dir.parent.name / "bin"
    monkeypatch.setattr("gateway.store.private_postgres.binaries._candidates", lambda _: iter([(bin_dir, "wheel")]))
    monkeypatch.setattr(placement, "_ROOTS", (state_dir.parent / "elsewhere",))
    server = PrivatePostgres(hidden / "state")
    await fetch(await server.start(), "CREATE TABLE kept AS SELECT 4 AS n")
    assert state_dir.parent / "elsewhere" in server.binaries.bin_dir.parents
    await server.stop()
    assert await fetch(await server.start(), "SELECT n FROM kept") == 4
    await server.stop()
    assert hidden.stat().st_mode & 0o777 == 0o700


def test_missing_programs_are_told(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=f"looked at {tmp_path} .no initdb"):
        find_binaries(tmp_path)
    with pytest.raises(EmbeddedError, match="PostgreSQL 9, which made the existing data"):
        find_binaries(major=9)


def test_existing_cluster_keeps_its_version() -> None:
    for one in INSTALLATIONS:
        assert find_binaries(major=one.major).major == one.major
