"""A client watches its own sending and arrival over HTTP, live and read-only (S2a-2.8)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import orjson
import pytest

from gateway.contracts.profile import revise
from gateway.domain.meters import Meters
from gateway.domain.outcome import State
from gateway.flows.binds.admission import Admission
from gateway.interfaces.http import AdminServer, Health, build_app
from gateway.interfaces.live_view import STREAMS_OF_ACCOUNT_MAX, LiveView
from gateway.pipeline.policy.account_policy import Policy
from tests.gateway.contracts.shipped import S0
from tests.gateway.pipeline.builders import NOON, account, table

PASSWORD = "secret01"


def basic(login: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


async def nothing() -> bytes:
    return b""


@dataclass
class LiveServer:
    """An HTTP side with one account that may watch and one whose contract has no such view."""

    server: AdminServer
    meters: Meters
    policies: dict[str, Policy] = field(default_factory=dict)

    @asynccontextmanager
    async def stream(
        self, name: str = "acme", login: str = "acme", password: str = PASSWORD
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = f"http://127.0.0.1:{self.server.tcp_port}/v1/accounts/{name}/live"
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session,
            session.get(url, headers=basic(login, password)) as answer,
        ):
            yield answer

    async def status(self, *who: str) -> int:
        async with self.stream(*who) as answer:
            return answer.status


async def counts(answer: aiohttp.ClientResponse) -> dict[str, object]:
    """Return the data of the next event."""
    while not (line := await answer.content.readline()).startswith(b"data: "):
        assert line, "the stream ended"
    found: dict[str, object] = orjson.loads(line[6:])
    return found


@pytest.fixture
async def live() -> AsyncIterator[LiveServer]:
    accounts = {name: account(name=name, login=name, password=PASSWORD) for name in ("acme", "blind")}
    admission, meters = Admission(), Meters()
    admission.load(accounts)
    policies = {
        name: Policy(each, revise(S0, monitor_port=name == "acme"), table(), now=NOON)
        for name, each in accounts.items()
    }
    application = build_app(render_metrics=nothing, health=lambda: Health(True), readiness=lambda: Health(True))
    LiveView(admission, policies, meters, lambda: NOON, step_s=0.01).add_to(application)
    server = AdminServer(application, tcp_port=0)
    await server.start()
    yield LiveServer(server, meters, policies)
    await server.stop()


async def test_counts_come_as_they_change(live: LiveServer) -> None:
    async with live.stream() as answer:
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
        first = await counts(answer)
        assert (first["account"], first["accepted"], first["delivered"]) == ("acme", 0, 0)
        meters = live.meters.account("acme")
        meters.accepted += 2
        meters.concluded[State.DELIVERED] += 1
        meters.concluded[State.UNDELIVERABLE] += 1
        second = await counts(answer)
        assert (second["accepted"], second["delivered"], second["failed"]) == (2, 1, 1)


async def test_nobody_watches_another_account(live: LiveServer) -> None:
    assert await live.status("acme", "acme", "wrong") == 401
    assert await live.status("acme", "nobody", PASSWORD) == 401
    assert await live.status("acme", "acme", "") == 401
    assert await live.status("acme", "blind", PASSWORD) == 401
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{live.server.tcp_port}/v1/accounts/acme/live"
        for header in ({}, {"Authorization": "Basic %%%"}, {"Authorization": "Bearer abc"}, {"Authorization": "Basic"}):
            assert (await session.get(url, headers=header)).status == 401


async def test_a_contract_without_the_view_has_none_and_one_that_loses_it_ends_the_stream(live: LiveServer) -> None:
    """The key decides, also while a stream is open."""
    assert await live.status("blind", "blind", PASSWORD) == 404
    async with live.stream() as answer:
        await counts(answer)
        live.policies["acme"].profile = revise(S0, monitor_port=False)
        async with asyncio.timeout(10):
            assert not (await answer.content.read()).strip()


async def test_streams_are_bounded(live: LiveServer) -> None:
    async with AsyncExitStack() as streams:
        for _ in range(STREAMS_OF_ACCOUNT_MAX):
            await counts(await streams.enter_async_context(live.stream()))
        assert await live.status() == 429
    async with asyncio.timeout(10):
        while await live.status() != 200:  # the server sees that they went
            live.meters.account("acme").accepted += 1


async def test_it_is_read_only(live: LiveServer) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{live.server.tcp_port}/v1/accounts/acme/live"
        answer = await session.post(url, headers=basic("acme", PASSWORD))
        assert answer.status == 405
