"""`kill -9` under requests over HTTP that are repeated until they are answered: one request, one set of messages."""

from __future__ import annotations

import asyncio
import json
import os
import random
from typing import Any

import aiohttp
import pytest

from gateway.store.open_database import open_database
from tests.daemon.daemon_process import ACCOUNT, DaemonProcess, free_tcp_ports

pytestmark = [pytest.mark.daemon, pytest.mark.postgres]
SEED = int(os.environ.get("HONGYAN_SEED") or 20261130)
CLIENTS, REQUESTS, KILLS = 6, 12, 2
AGAIN = (409, 503, 504)


async def repeated(session: aiohttp.ClientSession, url: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send a request until it is answered, as a client does that must not lose and not double."""
    while True:
        try:
            async with session.post(url, json=body, headers={"Idempotency-Key": key}) as answer:
                if answer.status not in AGAIN:
                    assert answer.status == 201, await answer.text()
                    found: dict[str, Any] = await answer.json()
                    return found
        except (aiohttp.ClientError, TimeoutError):
            pass  # it died: whether it was taken nobody knows
        await asyncio.sleep(0.05)


async def test_what_is_repeated_over_a_kill_is_stored_once(daemon: DaemonProcess) -> None:
    dice = random.Random(SEED)
    (tcp_port,) = free_tcp_ports(1)
    daemon.write_config(policies=("await_receipt", "await_receipt"), carriers=(1, 2))
    node = daemon.config / "hongyan.toml"
    node.write_text(f'{node.read_text()}[listeners.http]\nhost = "127.0.0.1"\nport = {tcp_port}\n')
    text = ACCOUNT.format(name="smppdemo", protocol="smpp", code="10690001", policy="await_receipt")
    (daemon.config / "accounts" / "smpp.toml").write_text(text.replace('["smpp"]', '["smpp", "http"]'))
    await daemon.start()
    made = await asyncio.create_subprocess_exec(
        *daemon.command("tokens", "create", "smppdemo", "--json"), stdout=asyncio.subprocess.PIPE
    )
    token = json.loads((await made.communicate())[0])["token"]
    url, answers = f"http://127.0.0.1:{tcp_port}/v1/messages", {}

    async def client(number: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(10)) as session:
            for at in range(REQUESTS):
                key = f"client-{number}-{at}"
                numbers = [f"138{number:02d}{at:03d}{offset:03d}" for offset in range(dice.choice((1, 3)))]
                body = {"to": numbers, "text": "hello", "reference": key}
                first, second = await asyncio.gather(*(repeated(session, url, key, body) for _ in range(2)))
                assert first == second
                answers[key] = first

    clients = [asyncio.create_task(client(number)) for number in range(CLIENTS)]
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0.1, 0.5))
        await daemon.kill()
        await daemon.start()
    await asyncio.wait_for(asyncio.gather(*clients), 60)
    assert len(answers) == CLIENTS * REQUESTS
    async with open_database(None, daemon.state_dir) as connection:
        stored = await connection.fetch("SELECT id, destination FROM messages")
        kept = await connection.fetch("SELECT message_id, reference FROM asked_with")
    told = {int(each["id"]): each["to"] for answer in answers.values() for each in answer["messages"]}
    assert {row["id"]: row["destination"] for row in stored} == told, "no message without an answer, none twice"
    assert {row["message_id"]: row["reference"] for row in kept} == {
        int(each["id"]): key for key, answer in answers.items() for each in answer["messages"]
    }
