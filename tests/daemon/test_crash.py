"""`kill -9` of the gateway and of its PostgreSQL at random moments under load, then everything is counted."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter

import pytest

from gateway.simulator.traffic import PartState
from tests.daemon.daemon_process import DaemonProcess, until
from tests.daemon.peers_of_daemon import PeersOfDaemon

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
SEED = int(os.environ.get("HONGYAN_SEED") or 20261122)


@pytest.mark.parametrize("policy", ["await_receipt", "resend_once"])
async def test_gateway_killed_at_random_moments(daemon: DaemonProcess, policy: str) -> None:
    dice = random.Random(f"{SEED} {policy}")
    peers = PeersOfDaemon(daemon, seed=SEED, rate_per_s=250.0)
    daemon.write_config(policies=(policy, policy), carriers=await peers.open())
    await daemon.start()
    await peers.enter()
    peers.order(1_200)
    for _ in range(3):
        await asyncio.sleep(dice.uniform(0.2, 1.2))
        await daemon.kill()
        await daemon.start()
    await peers.settled()
    is_patient = policy == "await_receipt"
    accounts = ("smppdemo", "106901")
    assert sum(side.client.totals.accepted for side in peers.sides) > 700
    assert len(daemon.events("recovered")) == 4
    await peers.check(may_be_open=accounts if is_patient else (), may_double=() if is_patient else accounts)
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    await peers.leave()


async def test_killed_again_while_it_recovers(daemon: DaemonProcess) -> None:
    """A crash in the first moments of a restart, several times: what was unknown is not resent a second time."""
    dice = random.Random(f"{SEED} again")
    peers = PeersOfDaemon(daemon, seed=SEED)
    daemon.write_config(policies=("resend_once", "await_receipt"), carriers=await peers.open())
    await daemon.start()
    await peers.enter()
    for _ in range(2):
        peers.order(200)
        await until(lambda: any(len(side.carrier.ledger.times) % 200 > 20 for side in peers.sides))
        await daemon.kill()
        await daemon.start()
        await asyncio.sleep(dice.uniform(0.0, 0.3))
        await daemon.kill()
        await daemon.start()
    await peers.settled()
    await peers.check(may_be_open=("106901",), may_double=("smppdemo",), used_up=("smppdemo",))
    await peers.leave()


async def test_long_messages_and_inbound_ones_survive(daemon: DaemonProcess) -> None:
    """Segments that wait for the others, MO on their way in and out, receipts owed: all of it over three kills."""
    dice = random.Random(f"{SEED} long")
    peers = PeersOfDaemon(daemon, seed=SEED, rate_per_s=150.0)
    daemon.write_config(policies=("resend_once", "resend_once"), carriers=await peers.open())
    await daemon.start()
    await peers.enter()
    peers.order(150, "一条需要分成几段的长短信，" * 12)
    now = asyncio.get_running_loop().time()
    codes = {"smpp": "10690001", "cmpp": "10690002"}
    for number in range(120):
        for side in peers.sides:
            side.carrier.send_inbound(f"139{number:08d}", codes[side.protocol], f"reply {number}", now)
    for _ in range(3):
        await asyncio.sleep(dice.uniform(0.2, 1.2))
        await daemon.kill()
        await daemon.start()
    parts = [part for side in peers.sides for order in side.orders for part in order.parts]
    accepted = PartState.ACCEPTED
    await until(lambda: all(not side.client.waiting for side in peers.sides))
    await until(lambda: all(part.stat for part in parts if part.state is accepted), hint=lambda: str(peers.sides))
    await peers.check_segments()
    assert sum(part.state is accepted for part in parts) > 500
    assert any(part.state is PartState.UNKNOWN for part in parts)  # a kill did fall into a long message
    for side in peers.sides:
        heard = Counter(one.text for one in side.client.heard)
        assert heard.keys() == {f"reply {number}" for number in range(120)}
        assert side.carrier.owed == 0
    entries = await daemon.rows("SELECT id FROM entries WHERE kind = 2")
    assert len(entries) == len(await daemon.rows("SELECT id FROM messages"))
    assert not await daemon.rows("SELECT FROM parts WHERE message_id IS NULL")
    open_ids = {row["id"] for row in await peers.open_messages()}
    await peers.check_money(open_ids)
    assert not open_ids
    await peers.leave()


async def test_database_killed_under_load(daemon: DaemonProcess) -> None:
    dice = random.Random(f"{SEED} database")
    peers = PeersOfDaemon(daemon, seed=SEED, rate_per_s=250.0)
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=await peers.open())
    await daemon.start()
    await peers.enter()
    peers.order(700)
    for number in (signal.SIGKILL, signal.SIGINT):
        await asyncio.sleep(dice.uniform(0.2, 0.8))
        before = daemon.database_pid
        os.kill(before, number)
        await until(lambda: daemon.database_pid not in (0, before))  # noqa: B023
    await peers.settled()
    await peers.check()
    assert all(side.client.totals.accepted == 700 for side in peers.sides)  # "later" is no refusal
    assert all(side.client.totals.binds == 1 for side in peers.sides)  # nobody was sent away
    assert len(daemon.events("database_died")) == 2
    assert daemon.events("store_away")
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    await peers.leave()
