"""Daemons for tests: a state folder with the schema in it is made once and copied."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.daemon.daemon_process import ROOT, DaemonProcess


@pytest.fixture(scope="session")
def prepared_state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    daemon = DaemonProcess(folder)
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
    command = [sys.executable, "-m", "gateway", "migrate", "--config", str(daemon.config)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture
async def daemon(prepared_state: Path) -> AsyncIterator[DaemonProcess]:
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    subprocess.run(["cp", "-a", prepared_state, folder / "state"], check=True)
    found = DaemonProcess(folder)
    yield found
    await found.clear()
    shutil.rmtree(folder)
