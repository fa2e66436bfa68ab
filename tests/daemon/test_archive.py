"""The real daemon seals in a process of its own and hears of edits that the database refused; commands work beside."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.daemon.daemon_process import ROOT, House, until
from tests.daemon.peers_of_daemon import Town

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]


async def ask(house: House, *arguments: str) -> Any:
    """Run a command beside the daemon; return its document."""
    command = [sys.executable, "-m", "gateway", *arguments, "--config", str(house.config), "--json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def test_sealing_evidence_and_edits_beside_the_traffic(house: House, tmp_path: Path) -> None:
    town = Town(house)
    house.furnish(policies=("await_receipt", "await_receipt"), carriers=await town.open())
    node = house.config / "hongyan.toml"
    node.write_text(node.read_text() + "[archive]\nseal_every_s = 1.0\n")
    await house.start()
    await town.enter()
    town.order(3)
    await town.settled()
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await house.rows("UPDATE messages SET text = 'x'")
    await until(lambda: house.events("history_edit_refused"), hint=house.last_words)
    assert not house.events("housekeeping_failed")
    lines = await ask(house, "audit", "list", "--action", "history edit")
    assert lines[0]["result"] == "refused: S1-5(5)"

    # what was sent a moment ago is not sealed yet; evidence about it proves itself all the same
    order = town.sides[0].orders[0]
    paper = tmp_path / "paper"
    made = await ask(house, "evidence", "--number", order.destination, "--out", str(paper))
    assert (made["proved"], made["messages"]) == (True, 1)
    shown = await ask(house, "evidence", "verify", str(paper), "--show", "--against")
    assert shown["content"]["messages"][0]["text"] == "code 0"
    assert (await ask(house, "archive", "verify"))["intact"]
    await town.leave()
