"""Houses for daemons: a state folder with the schema in it is made once and copied."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.daemon.daemon_process import ROOT, House


@pytest.fixture(scope="session")
def made_house() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    house = House(folder)
    house.furnish(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
    command = [sys.executable, "-m", "gateway", "migrate", "--config", str(house.config)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture
async def house(made_house: Path) -> AsyncIterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
    folder.chmod(0o755)
    subprocess.run(["cp", "-a", made_house, folder / "state"], check=True)
    found = House(folder)
    yield found
    await found.clear()
    shutil.rmtree(folder)
