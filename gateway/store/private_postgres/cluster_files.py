"""A cluster's files: made by initdb in one step, and the settings that are written again at every start."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.store.private_postgres.binaries import Binaries, EmbeddedError
from gateway.store.private_postgres.placement import Placement

USER = "hongyan"
_OPERATORS = "operator.conf"  # settings of an operator, read last
_CHILD_PROGRAM = Path(__file__).with_name("child_program.py")
_LAST_WORDS_MAX = 2_000

# Crash-safe first. One writer commits in groups, readers are few: small memory, no parallel plans, no replicas.
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",  # the unix socket is the only way in
    "unix_socket_permissions": "0700",
    "max_connections": "40",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "minimal",  # nobody replicates from it; needs max_wal_senders 0
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than any query of ours
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "2",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.1",
    "autovacuum_vacuum_insert_scale_factor": "0.5",  # append-only partitions: freeze seldom
    "autovacuum_analyze_scale_factor": "0.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",  # the gateway reads standard error
    "log_line_prefix": "",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # no DETAIL: it quotes numbers and texts
    "log_min_error_statement": "panic",  # statements carry them too
}
_HBA = "# Written by hongyan at every start. The socket's folder is the guard: mode 0700.\nlocal all all trust\n"


def server_command(binaries: Binaries, place: Placement) -> list[str]:
    return [str(binaries.postgres), "-D", str(place.data_dir)]


def launch_command(command: list[str], place: Placement, death_signal: signal.Signals) -> list[str]:
    """Wrap a command so that it runs as the server's user and ends when this process ends."""
    wrapper = [sys.executable, "-I", "-S", str(_CHILD_PROGRAM), os.getpid(), int(death_signal), place.uid, place.gid]
    return [*map(str, wrapper), *command]


def environment() -> dict[str, str]:
    """Return a clean environment: no PGDATA, PGPORT or locale of the operator's reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def cluster_major(data_dir: Path) -> int | None:
    """Return the major version that made the cluster, or None where there is none yet."""
    try:
        text = (data_dir / "PG_VERSION").read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EmbeddedError(f"{data_dir}: {error.strerror}; was it made by another user?") from None
    return int(text)


async def create_cluster(binaries: Binaries, place: Placement, *, timeout_s: float) -> None:
    """Run initdb beside the final folder and rename the result: a start that is cut short leaves no half a cluster."""
    making = place.home / "data.making"
    shutil.rmtree(making, ignore_errors=True)
    command = [
        str(binaries.initdb), "--pgdata", str(making), "--username", USER, "--auth", "trust",
        # C collates by octets: the same order on every machine and after every upgrade of the system's library.
        "--encoding", "UTF8", "--locale", "C", "--data-checksums", "--no-instructions",
    ]
    process = await asyncio.create_subprocess_exec(
        *launch_command(command, place, signal.SIGKILL),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=environment(), cwd=place.home, start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout_s):
            _, errors = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise
    if process.returncode != 0:
        words = errors.decode("utf-8", "replace")[-_LAST_WORDS_MAX:].strip()
        raise EmbeddedError(f"{binaries.initdb} failed with {process.returncode}: {words}")
    making.rename(place.data_dir)
    _sync(place.home)


def write_settings(binaries: Binaries, place: Placement, overrides: Mapping[str, str]) -> None:
    """Write postgresql.conf and pg_hba.conf; an operator's own lines go to operator.conf, which is read last."""
    _write(place.data_dir / "postgresql.conf", settings_text(binaries, place, overrides), place)
    _write(place.data_dir / "pg_hba.conf", _HBA, place)


def settings_text(binaries: Binaries, place: Placement, overrides: Mapping[str, str]) -> str:
    """Return postgresql.conf. `overrides` replace or add settings by name."""
    settings = {
        **_SETTINGS,
        "unix_socket_directories": str(place.socket_dir),
        "wal_compression": "lz4" if binaries.has_lz4 else "off",
        **overrides,
    }
    lines = [f"{name} = '{_quoted(value)}'" for name, value in settings.items()]
    if (place.data_dir / _OPERATORS).exists():
        lines.append(f"include = '{_OPERATORS}'")
    head = f"# Written by hongyan at every start; put lines of your own into {_OPERATORS} beside it."
    return "\n".join([head, *lines, ""])


def _quoted(value: str) -> str:
    if "\n" in value or "\0" in value:
        raise EmbeddedError(f"a setting of PostgreSQL cannot hold a line end: {value!r}")
    return value.replace("\\", "\\\\").replace("'", "''")


def _write(path: Path, text: str, place: Placement) -> None:
    """Replace a file in one step. The folder is the server's own, so nothing in it is followed or trusted."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if os.geteuid() == 0:
            os.fchown(descriptor, place.uid, place.gid)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    new.replace(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
