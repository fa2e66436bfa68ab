"""Processes of a cluster whose gateway is gone: found by their working folder, stopped, and their traces removed.

Call it under the state folder's lock only: then whoever still uses the cluster belongs to nobody. A process id in
postmaster.pid proves nothing by itself (it may have been given to another process since), a zombie has no folder.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from gateway.store.private_postgres.binaries import EmbeddedError
from gateway.store.private_postgres.placement import Placement

_POLL_S = 0.02
# What to send, and after how many seconds without success: fast shutdown, immediate shutdown, the end.
_STEPS = ((0.0, signal.SIGINT), (30.0, signal.SIGQUIT), (40.0, signal.SIGKILL))
_GIVE_UP_S = 50.0


async def stop_leftovers(place: Placement) -> int:
    """Stop what still runs on the cluster, remove stale lock files, and return how many processes there were.

    Raises EmbeddedError where a process does not end.
    """
    found = processes_in(place.data_dir)
    if found:
        await _stop(place, found)
    # The server would clear these itself, unless their process id now belongs to another process of its user.
    for stale in (place.data_dir / "postmaster.pid", place.socket, Path(f"{place.socket}.lock")):
        stale.unlink(missing_ok=True)
    return len(found)


async def _stop(place: Placement, found: list[int]) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    steps = list(_STEPS)
    while found:
        waited = clock() - began
        if steps and waited >= steps[0][0]:
            _, number = steps.pop(0)
            _signal(place, found, number)
        if waited > _GIVE_UP_S:
            raise EmbeddedError(f"processes {found} still use {place.data_dir} and do not end")
        await asyncio.sleep(_POLL_S)
        found = processes_in(place.data_dir)


def _signal(place: Placement, found: list[int], number: signal.Signals) -> None:
    """Ask the server first: its own processes follow it, and end by themselves when it is gone."""
    server = server_pid(place.data_dir)
    targets = [server] if server in found and number is not signal.SIGKILL else found
    for pid in targets:
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # it ended by itself
            continue


def server_pid(data_dir: Path) -> int:
    """Return the first line of postmaster.pid, or 0."""
    lines = _pid_file(data_dir)
    return int(lines[0]) if lines and lines[0].isdecimal() else 0


def is_said_ready(data_dir: Path, pid: int) -> bool:
    """Tell whether the server `pid` wrote that it takes connections (line 8); asking sooner only fills its log."""
    lines = _pid_file(data_dir)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _pid_file(data_dir: Path) -> list[str]:
    try:
        return (data_dir / "postmaster.pid").read_text("ascii", "replace").splitlines()
    except OSError:
        return []


def processes_in(data_dir: Path) -> list[int]:
    """Return the live processes whose working folder is the cluster: the server and each of its own."""
    wanted = os.fspath(data_dir)
    found = []
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            folder = os.readlink(f"/proc/{name}/cwd")
        except OSError:  # ended, a zombie, or somebody else's
            continue
        if folder == wanted:
            found.append(int(name))
    return found
