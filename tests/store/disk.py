"""A disk that fails when it is told to, under a real PostgreSQL: its binaries behind the shim of failing_disk.c."""

from __future__ import annotations

import errno
import shutil
import subprocess
from pathlib import Path

from gateway.store.private_postgres.binaries import find_binaries

SOURCE = Path(__file__).with_name("failing_disk.c")
GCC = shutil.which("gcc")

FAULTS = {  # the error, the calls (w: write and extend, s: flush), a piece of the path of the files concerned
    "data cannot grow: EIO": (errno.EIO, "w", "/base/"),
    "data cannot grow: ENOSPC": (errno.ENOSPC, "w", "/base/"),
    "log: EIO": (errno.EIO, "w", "/pg_wal/"),
    "log: ENOSPC": (errno.ENOSPC, "w", "/pg_wal/"),
    "log: flush": (errno.EIO, "s", "/pg_wal/"),
    "everything: EIO": (errno.EIO, "ws", "/data/"),
    "everything: ENOSPC": (errno.ENOSPC, "w", "/data/"),
}


class FailingDisk:
    """Binaries in `bin_dir` whose server has a disk with a switch. Needs a compiler (GCC)."""

    def __init__(self, folder: Path) -> None:
        assert GCC is not None
        self._control = folder / "control"
        self.bin_dir = folder / "bin"
        shim = folder / "failing_disk.so"
        subprocess.run([GCC, "-shared", "-fPIC", "-O1", "-o", shim, SOURCE, "-ldl"], check=True)
        real = find_binaries().postgres.parent
        self.bin_dir.mkdir()
        for program in real.iterdir():
            (self.bin_dir / program.name).symlink_to(program)
        postgres = self.bin_dir / "postgres"
        postgres.unlink()
        postgres.write_text(
            f'#!/bin/sh\nexport LD_PRELOAD="{shim}" FAILING_DISK="{self._control}"\nexec "{real}/postgres" "$@"\n'
        )
        postgres.chmod(0o755)

    def fail(self, error: int, calls: str, part: str) -> None:
        """Let calls fail, as a row of FAULTS says."""
        fresh = self._control.with_suffix(".new")
        fresh.write_text(f"{error} {calls} {part}\n")
        fresh.chmod(0o644)
        fresh.rename(self._control)

    def heal(self) -> None:
        self._control.unlink(missing_ok=True)
