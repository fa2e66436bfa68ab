"""`kill -9` of the gateway and of its PostgreSQL at random moments under load, then everything is counted."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter

import pytest

from gateway.simulator.traffic import PartState
from tests.daemon.daemon_process import House, until
from tests.daemon.peers_of_daemon import Town

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
SEED = int(os.environ.get("HONGYAN_SEED") or 20261122)


@pytest.mark.parametrize("policy", ["await_receipt", "resend_once"])
async def test_gateway_killed_at_random_moments(house: House, policy: str) -> None:
    dice = random.Random(f"{SEED} {policy}")
    town = Town(house, seed=SEED, rate_per_s=250.0)
    house.furnish(policies=(policy, policy), carriers=await town.open())
    await house.start()
    await town.enter()
    town.order(1_200)
    for _ in range(3):
        await asyncio.sleep(dice.uniform(0.2, 1.2))
        await house.kill()
        await house.start()
    await town.settled()
    is_patient = policy == "await_receipt"
    accounts = ("smppdemo", "106901")
    assert sum(side.client.totals.accepted for side in town.sides) > 700
    assert len(house.events("recovered")) == 4
    await town.check(may_be_open=accounts if is_patient else (), may_double=() if is_patient else accounts)
    house.signal(signal.SIGTERM)
    assert await house.ended() == 0
    await town.leave()


async def test_killed_again_while_it_recovers(house: House) -> None:
    """A crash in the first moments of a restart, several times: what was unknown is not resent a second time."""
    dice = random.Random(f"{SEED} again")
    town = Town(house, seed=SEED)
    house.furnish(policies=("resend_once", "await_receipt"), carriers=await town.open())
    await house.start()
    await town.enter()
    for _ in range(2):
        town.order(200)
        await until(lambda: any(len(side.carrier.ledger.times) % 200 > 20 for side in town.sides))
        await house.kill()
        await house.start()
        await asyncio.sleep(dice.uniform(0.0, 0.3))
        await house.kill()
        await house.start()
    await town.settled()
    await town.check(may_be_open=("106901",), may_double=("smppdemo",), used_up=("smppdemo",))
    await town.leave()


async def test_long_messages_and_inbound_ones_survive(house: House) -> None:
    """Segments that wait for the others, MO on their way in and out, receipts owed: all of it over three kills."""
    dice = random.Random(f"{SEED} long")
    town = Town(house, seed=SEED, rate_per_s=150.0)
    house.furnish(policies=("resend_once", "resend_once"), carriers=await town.open())
    await house.start()
    await town.enter()
    town.order(150, "一条需要分成几段的长短信，" * 12)
    now = asyncio.get_running_loop().time()
    codes = {"smpp": "10690001", "cmpp": "10690002"}
    for number in range(120):
        for side in town.sides:
            side.carrier.send_inbound(f"139{number:08d}", codes[side.protocol], f"reply {number}", now)
    for _ in range(3):
        await asyncio.sleep(dice.uniform(0.2, 1.2))
        await house.kill()
        await house.start()
    parts = [part for side in town.sides for order in side.orders for part in order.parts]
    accepted = PartState.ACCEPTED
    await until(lambda: all(not side.client.waiting for side in town.sides))
    await until(lambda: all(part.stat for part in parts if part.state is accepted), hint=lambda: str(town.sides))
    await town.check_segments()
    assert sum(part.state is accepted for part in parts) > 500
    assert any(part.state is PartState.UNKNOWN for part in parts)  # a kill did fall into a long message
    for side in town.sides:
        heard = Counter(one.text for one in side.client.heard)
        assert heard.keys() == {f"reply {number}" for number in range(120)}
        assert side.carrier.owed == 0
    entries = await house.rows("SELECT id FROM entries WHERE kind = 2")
    assert len(entries) == len(await house.rows("SELECT id FROM messages"))
    assert not await house.rows("SELECT FROM parts WHERE message_id IS NULL")
    open_ids = {row["id"] for row in await town.open_messages()}
    await town.check_money(open_ids)
    assert not open_ids
    await town.leave()


async def test_database_killed_under_load(house: House) -> None:
    dice = random.Random(f"{SEED} database")
    town = Town(house, seed=SEED, rate_per_s=250.0)
    house.furnish(policies=("await_receipt", "await_receipt"), carriers=await town.open())
    await house.start()
    await town.enter()
    town.order(700)
    for number in (signal.SIGKILL, signal.SIGINT):
        await asyncio.sleep(dice.uniform(0.2, 0.8))
        before = house.database_pid
        os.kill(before, number)
        await until(lambda: house.database_pid not in (0, before))  # noqa: B023
    await town.settled()
    await town.check()
    assert all(side.client.totals.accepted == 700 for side in town.sides)  # "later" is no refusal
    assert all(side.client.totals.binds == 1 for side in town.sides)  # nobody was sent away
    assert len(house.events("database_died")) == 2
    assert house.events("store_away")
    house.signal(signal.SIGTERM)
    assert await house.ended() == 0
    await town.leave()
