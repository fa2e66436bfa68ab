"""CPU and memory of processes, from /proc. A tree is a process, the live ones below it and those it has buried."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_OCTETS: Final = os.sysconf("SC_PAGE_SIZE")
_NAME, _STATE, _PARENT, _UTIME, _STIME, _CUTIME, _CSTIME = 1, 2, 3, 13, 14, 15, 16  # places in /proc/PID/stat, from 0


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of one process, user and kernel; 0 once it is gone."""
    fields = _stat(pid)
    return (int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_S if fields else 0.0


def tree_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and all below it, the ended ones included."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    ended = (int(fields[_CUTIME]) + int(fields[_CSTIME])) * _TICK_S
    return cpu_s(pid) + ended + sum(tree_cpu_s(child) for child, _ in children(pid))


def machine_cpu_s() -> float:
    """Return the CPU seconds that everything on this machine has used."""
    times = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:8]]
    idle, waiting = times[3], times[4]
    return (sum(times) - idle - waiting) * _TICK_S


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and not only waits to be buried."""
    fields = _stat(pid)
    return bool(fields) and fields[_STATE] != "Z"


def rss_mb(pid: int) -> float:
    """Return the resident memory of one process in MB (1e6 octets)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_OCTETS / 1e6


def children(pid: int) -> list[tuple[int, str]]:
    """Return (pid, name) of the processes whose parent this is."""
    stats = [(int(entry.name), _stat(int(entry.name))) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [(child, fields[_NAME]) for child, fields in stats if fields and int(fields[_PARENT]) == pid]


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat; none once it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    # The name stands in parentheses and may hold spaces.
    head, _, rest = text.rpartition(")")
    number, _, name = head.partition(" (")
    return [number, name, *rest.split()]
