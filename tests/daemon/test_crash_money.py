"""`kill -9` under load with accounts of credits and of a package: pools, balances and entries agree to the segment."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from gateway.domain.entry import RESOLUTIONS, EntryKind
from gateway.ledger.draws import parse_draws
from tests.daemon.daemon_process import ROOT, DaemonProcess
from tests.daemon.peers_of_daemon import PeersOfDaemon

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
SEED = int(os.environ.get("HONGYAN_SEED") or 20261122)
PACK, PACKAGE = "smppdemo", "106901"
FIRST_LOT, SECOND_LOT, INCLUDED, OVERAGE_HAO = 300, 5_000, 200, 500


def write_config(daemon: DaemonProcess, carriers: tuple[int, int]) -> None:
    """Give the SMPP account credits and the CMPP account a small package."""
    daemon.write_config(policies=("await_receipt", "resend_once"), carriers=carriers)
    contracts = ROOT / "config" / "contracts"
    for name, protocol in (("credit-pack", "smpp"), ("cloud-mas", "cmpp")):
        text = (contracts / f"{name}.toml").read_text("utf-8").replace("included = 6000", f"included = {INCLUDED}")
        (daemon.config / "contracts" / f"{name}.toml").write_text(text, "utf-8")
        account = daemon.config / "accounts" / f"{protocol}.toml"
        text = account.read_text("utf-8").replace("prepaid-general", name)
        account.write_text(text.replace('opening_balance_yuan = "1000.00"', 'opening_balance_yuan = "0"'), "utf-8")


async def ask(daemon: DaemonProcess, *words: str) -> Any:
    """Run a command beside the daemon; return its document."""
    command = [sys.executable, "-m", "gateway", "accounts", *words, "--config", str(daemon.config), "--json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def pools_told_by_entries(daemon: DaemonProcess) -> tuple[Counter[tuple[str, str]], dict[int, int]]:
    """Return the use of every pool as the entries tell it, and the price of each end by its hold.

    No end takes more than its hold did, of money or of a pool.
    """
    used: Counter[tuple[str, str]] = Counter()
    holds: dict[int, Any] = {}
    ends: dict[int, int] = {}
    for row in await daemon.rows("SELECT * FROM entries ORDER BY id, phase"):
        draws = parse_draws(row["note"] or "")
        for draw in draws:
            used[row["account"], draw.pool] += draw.quantity
        if row["kind"] == EntryKind.HOLD:
            holds[row["id"]] = row["amount_hao"], Counter({draw.pool: draw.quantity for draw in draws})
        elif EntryKind(row["kind"]) in RESOLUTIONS:
            amount_hao, taken = holds[row["id"]]
            assert row["id"] not in ends, "charged twice"
            assert row["amount_hao"] + row["returned_hao"] == amount_hao
            assert all(-draw.quantity <= taken[draw.pool] for draw in draws)
            ends[row["id"]] = row["amount_hao"]
    return used, ends


async def test_pools_agree_after_kills(daemon: DaemonProcess) -> None:
    """S1-1a, S4-5.1: two lots and a month's package, three kills while they are drawn; nothing is charged twice."""
    dice = random.Random(f"{SEED} money")
    peers = PeersOfDaemon(daemon, seed=SEED, rate_per_s=250.0)
    write_config(daemon, await peers.open())
    await daemon.start()
    await ask(daemon, "buy-lot", PACK, str(SECOND_LOT), "--price", "0.058", "--last-day", "2099-12-31")
    await ask(daemon, "buy-lot", PACK, str(FIRST_LOT), "--price", "0.06", "--last-day", "2099-06-30")
    await peers.enter()
    peers.order(900)
    for _ in range(3):
        await asyncio.sleep(dice.uniform(0.2, 1.0))
        await daemon.kill()
        await daemon.start()
    await peers.settled()
    await peers.check(may_be_open=(PACK,), may_double=(PACKAGE,))
    assert len(daemon.events("recovered")) == 4
    await agree(daemon)
    daemon.signal(15)
    assert await daemon.ended() == 0
    await peers.leave()
    await agree(daemon)


async def agree(daemon: DaemonProcess) -> None:
    """Hold against each other entries, pools, balances and what the command shows."""
    used, ends = await pools_told_by_entries(daemon)
    stored = {(row["account"], row["pool"]): row["used"] for row in await daemon.rows("SELECT * FROM pool_uses")}
    assert {key: count for key, count in used.items() if count} == {key: n for key, n in stored.items() if n}

    messages = await daemon.rows("SELECT id, account, billed FROM messages")
    sent = Counter[str]()
    for row in messages:
        sent[row["account"]] += row["billed"]
    assert sent[PACK] > FIRST_LOT, "the second lot was begun"
    lots = {row["price_hao"]: (f"lot:{row['id']}", row["quantity"]) for row in await daemon.rows("SELECT * FROM lots")}
    first, second = (stored[PACK, lots[price][0]] for price in (600, 580))
    assert first == FIRST_LOT, "nearest end first, to its last credit"
    assert first + second == sent[PACK], "a credit a segment, no more"

    balances = {row["book"]: row["amount_hao"] for row in await daemon.rows("SELECT * FROM balances")}
    left_hao = (SECOND_LOT - second) * 580
    assert balances[f"available:{PACK}"] == left_hao
    assert balances.get(f"held:{PACK}", 0) == first * 600 + second * 580 - sum(
        ends.get(row["id"], 0) for row in messages if row["account"] == PACK
    )
    owed = sum(ends[row["id"]] for row in messages if row["account"] == PACKAGE)
    assert owed == max(0, sent[PACKAGE] - INCLUDED) * OVERAGE_HAO, "the month's included segments are used once"
    shown = await ask(daemon, "lots", PACK)
    assert shown["credits"] == SECOND_LOT - second
