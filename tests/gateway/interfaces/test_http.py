"""The admin server over real HTTP on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from gateway.interfaces.http import AdminServer, Health, build_app


class State:
    health = Health(True, {"uptime_s": 1})
    readiness = Health(False, {"reason": "recovering"})


async def render() -> bytes:
    return b"hongyan_test 1.0\n"


@pytest.fixture
async def server() -> AsyncIterator[tuple[AdminServer, State]]:
    state = State()
    application = build_app(render_metrics=render, health=lambda: state.health, readiness=lambda: state.readiness)
    one = AdminServer(application, tcp_port=0)
    await one.start()
    yield one, state
    await one.stop()


async def fetch(server: AdminServer, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{server.tcp_port}{path}") as answer,
    ):
        return answer.status, answer.headers.get("Content-Type", ""), await answer.read()


async def test_metrics(server: tuple[AdminServer, State]) -> None:
    status, kind, body = await fetch(server[0], "/metrics")
    assert (status, kind, body) == (200, "text/plain; version=0.0.4; charset=utf-8", b"hongyan_test 1.0\n")


async def test_probes_follow_their_state(server: tuple[AdminServer, State]) -> None:
    one, state = server
    assert await fetch(one, "/healthz") == (200, "application/json", b'{"ok":true,"uptime_s":1}')
    assert await fetch(one, "/readyz") == (503, "application/json", b'{"ok":false,"reason":"recovering"}')
    state.readiness, state.health = Health(True), Health(False, {"reason": "store"})
    assert (await fetch(one, "/readyz"))[0] == 200
    assert (await fetch(one, "/healthz"))[0] == 503
    assert (await fetch(one, "/healthz", "HEAD"))[0::2] == (503, b"")


async def test_errors_are_json_and_tell_nothing_of_the_inside(server: tuple[AdminServer, State]) -> None:
    one, state = server
    assert await fetch(one, "/nothing") == (404, "application/json", b'{"error":"Not Found"}')
    assert (await fetch(one, "/metrics", "POST"))[0] == 405
    state.health = "not a Health"  # type: ignore[assignment]
    assert await fetch(one, "/healthz") == (500, "application/json", b'{"error":"internal error"}')


async def test_loopback_is_the_default_and_a_taken_port_an_error(server: tuple[AdminServer, State]) -> None:
    assert server[0]._host == "127.0.0.1"
    application = build_app(render_metrics=render, health=lambda: Health(True), readiness=lambda: Health(True))
    with pytest.raises(OSError, match="in use"):
        await AdminServer(application, tcp_port=server[0].tcp_port).start()


async def test_stop_ends_kept_alive_connections(server: tuple[AdminServer, State]) -> None:
    one, _ = server
    reader, writer = await asyncio.open_connection("127.0.0.1", one.tcp_port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    await asyncio.wait_for(one.stop(), 5)
    assert await reader.read() != b""  # the rest, then the end
    writer.close()
