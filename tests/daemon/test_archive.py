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

from tests.daemon.daemon_process import ROOT, DaemonProcess, until
from tests.daemon.peers_of_daemon import PeersOfDaemon

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]


async def ask(daemon: DaemonProcess, *arguments: str) -> Any:
    """Run a command beside the daemon; return its document."""
    command = [sys.executable, "-m", "gateway", *arguments, "--config", str(daemon.config), "--json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def test_sealing_evidence_and_edits_beside_the_traffic(daemon: DaemonProcess, tmp_path: Path) -> None:
    peers = PeersOfDaemon(daemon)
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=await peers.open())
    node = daemon.config / "hongyan.toml"
    node.write_text(node.read_text() + "[archive]\nseal_every_s = 1.0\n")
    await daemon.start()
    await peers.enter()
    peers.order(3)
    await peers.settled()
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await daemon.rows("UPDATE messages SET text = 'x'")
    await until(lambda: daemon.events("history_edit_refused"), hint=daemon.last_words)
    assert not daemon.events("housekeeping_failed")
    lines = await ask(daemon, "audit", "list", "--action", "history edit")
    assert lines[0]["result"] == "refused: S1-5(5)"

    # what was sent a moment ago is not sealed yet; evidence about it proves itself all the same
    order = peers.sides[0].orders[0]
    paper = tmp_path / "paper"
    made = await ask(daemon, "evidence", "--number", order.destination, "--out", str(paper))
    assert (made["proved"], made["messages"]) == (True, 1)
    shown = await ask(daemon, "evidence", "verify", str(paper), "--show", "--against")
    assert shown["content"]["messages"][0]["text"] == "code 0"
    assert (await ask(daemon, "archive", "verify"))["intact"]
    await peers.leave()
