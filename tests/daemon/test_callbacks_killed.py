"""`kill -9` of the gateway while it calls an endpoint: at least once, in order, nothing lost, one id for each event."""

from __future__ import annotations

import asyncio
import random

import orjson
import pytest

from gateway.interfaces.control_client import operate
from tests.daemon.daemon_process import DaemonProcess
from tests.daemon.peers_of_daemon import PeersOfDaemon
from tests.gateway.receivers.receiving import ReceivingServer, receiving

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
HERE = """
[callbacks]
allowed_networks = ["127.0.0.0/8"]
plain_hosts = ["127.0.0.1"]
retry_first_s = 1.0
"""
COUNT = 100


async def test_an_endpoint_gets_everything_in_order_over_a_kill(daemon: DaemonProcess) -> None:
    dice = random.Random(20261130)
    peers = PeersOfDaemon(daemon, seed=1)
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=await peers.open())
    toml = daemon.config / "hongyan.toml"
    toml.write_text(toml.read_text() + HERE)
    await daemon.start()
    async with receiving() as server:
        asked = orjson.dumps({"account": "smppdemo", "url": server.url})
        server.secret = orjson.loads(await operate(daemon.state_dir, "callbacks.create", asked, "tester"))["secret"]
        server.answer = lambda: 500 if dice.random() < 0.01 else 200
        now = asyncio.get_running_loop().time()
        [carrier] = [side.carrier for side in peers.sides if side.protocol == "smpp"]
        for number in range(COUNT):
            carrier.send_inbound(f"139{number:08d}", "10690001", f"reply {number}", now)
        await server.until(lambda: len(texts(server)) >= COUNT // 3)
        await daemon.kill()
        await daemon.start()
        await server.until(lambda: len(texts(server)) == COUNT)
        ids = list(dict.fromkeys(event["id"] for event in server.events))
        assert len(ids) == COUNT  # each event has one id, told again or not
        assert ids == sorted(ids, key=lambda id_: int(id_.removeprefix("evt_")))
        assert len(server.events) - COUNT <= 20, "told again is what was not committed when it died"
    await peers.leave()


def texts(server: ReceivingServer) -> set[str]:
    return {event["data"]["text"] for event in server.events}
