"""A database for scenarios whose commands work on the store."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.steps import changed
from tests.store.server import Server, private_server


@pytest.fixture(scope="session")
def database() -> Iterator[Server]:
    """A server without fsync for the scenarios of this session."""
    with private_server(fsync="off") as running:
        asyncio.run(running.make_template())
        yield running


@pytest.fixture
def make_config(database: Server, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Call with changes of files: a copy of the shipped configuration over a database of its own.

    With `is_private` it is the private one of a gateway that does not run: commands start and stop it.
    """
    folders: list[Path] = []

    def make(changes: dict[str, dict[str, str]] | None = None, *, is_private: bool = False) -> Path:
        if is_private:
            folder = Path(tempfile.mkdtemp(prefix="hy-", dir="/tmp"))
            folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
            folders.append(folder)
            config = changed(tmp_path, changes or {})
            node = config / "hongyan.toml"
            text = node.read_text("utf-8").replace('# state_dir = "../state"', f'state_dir = "{folder}"')
            node.write_text(text, "utf-8")
            return config
        dsn = asyncio.run(database.fresh_database())
        config = changed(tmp_path, changes or {})
        node = config / "hongyan.toml"
        text = node.read_text("utf-8")
        assert "[database]" in text
        head, _, tail = text.partition("[database]\n")
        tail = "\n".join(line for line in tail.splitlines() if not line.startswith("dsn"))
        node.write_text(f'{head}[database]\ndsn = "{dsn}"\n{tail}\n', "utf-8")
        return config

    yield make
    for folder in folders:
        shutil.rmtree(folder)
