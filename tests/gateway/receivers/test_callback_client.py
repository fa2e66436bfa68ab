"""Calls to real servers that are slow, redirect, close early, send without end, or sit where nobody may be called."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.receivers.callback_client import Call, CallbackClient, JudgedResolver
from gateway.receivers.callback_states import CallEvent, CallResult
from gateway.receivers.callback_urls import CallRules

HERE = CallRules((ip_network("127.0.0.0/8"),), frozenset({"127.0.0.1", "localhost", "moved.example"}))


class Receivers:
    """A server whose paths are the receivers; `seen` counts the requests of each."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.tcp_port = 0
        self.open_ends = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.path.strip("/")
        self.seen[name] = self.seen.get(name, 0) + 1
        return await getattr(self, f"on_{name}")(request)

    async def on_taken(self, request: web.Request) -> web.Response:
        assert await request.read() == b"{}" and request.headers["X-Test"] == "1"
        assert "cookie" not in request.headers
        response = web.Response(status=204)
        response.set_cookie("tracked", "yes")
        return response

    async def on_moved(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/taken")

    async def on_throttled(self, request: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "77"})

    async def on_slow(self, request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def on_closes(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def on_endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        finally:
            self.open_ends += 1

    async def on_squeezed(self, request: web.Request) -> web.Response:
        return web.Response(body=b"\x1f\x8b" + b"\0" * 64, headers={"Content-Encoding": "gzip"})

    async def on_headers(self, request: web.Request) -> web.Response:
        return web.Response(headers={"X-Long": "x" * 20_000})


@pytest.fixture
async def receivers() -> AsyncIterator[Receivers]:
    found = Receivers()
    application = web.Application()
    application.router.add_route("*", "/{name}", found.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.tcp_port = runner.addresses[0][1]
    yield found
    await runner.cleanup()


async def call(
    url: str, *, rules: CallRules = HERE, timeout_s: float = 5.0, resolver: AbstractResolver | None = None
) -> CallResult:
    client = CallbackClient(rules, time.time, timeout_s=timeout_s, concurrent_max=4, resolver=resolver)
    try:
        return await client.call(Call("POST", url, {"X-Test": "1"}, b"{}"))
    finally:
        await client.close()


@pytest.mark.parametrize(("name", "status", "event"), [
    ("taken", 204, CallEvent.TAKEN), ("moved", 302, CallEvent.FAILED), ("throttled", 429, CallEvent.THROTTLED),
    ("closes", 0, CallEvent.FAILED), ("squeezed", 200, CallEvent.TAKEN), ("headers", 0, CallEvent.FAILED),
])
async def test_what_a_receiver_answers(receivers: Receivers, name: str, status: int, event: CallEvent) -> None:
    result = await call(f"http://127.0.0.1:{receivers.tcp_port}/{name}")
    assert (result.status, result.event) == (status, event), result
    assert receivers.seen == {name: 1}  # a redirect is followed nowhere, and nothing is tried twice
    assert result.retry_after_s == (77.0 if name == "throttled" else 0.0)
    assert not result.is_forbidden


async def test_a_slow_receiver_has_its_time(receivers: Receivers) -> None:
    result = await call(f"http://127.0.0.1:{receivers.tcp_port}/slow", timeout_s=0.3)
    assert result.event is CallEvent.FAILED and result.problem == "no answer within 0.3 s"


async def test_an_endless_body_is_not_read(receivers: Receivers) -> None:
    began = time.monotonic()
    result = await call(f"http://127.0.0.1:{receivers.tcp_port}/endless")
    assert result.event is CallEvent.TAKEN and time.monotonic() - began < 2.0
    async with asyncio.timeout(5):
        while not receivers.open_ends:  # its connection was closed
            await asyncio.sleep(0.01)


async def test_nobody_there_and_no_such_host() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = await call(f"http://127.0.0.1:{taken.getsockname()[1]}/x?token=geheim")
    assert result.problem == "127.0.0.1 cannot be reached"
    result = await call("https://nowhere.invalid/secret-path")
    assert result.problem == "nowhere.invalid has no address" and not result.is_forbidden


async def test_tls_that_nobody_vouches_for(receivers: Receivers) -> None:
    result = await call(f"https://127.0.0.1:{receivers.tcp_port}/taken")
    assert "no TLS" in result.problem and receivers.seen == {}


class Liar(AbstractResolver):
    """Says an address by itself, past every judgement of ours."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(
            hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST
        )]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_name_that_means_an_inner_address_at_the_connect(receivers: Receivers) -> None:
    """The URL is in order; only where the socket is made does it turn out whom it would reach."""
    rules = CallRules((), frozenset({"moved.example"}))
    result = await call(f"http://moved.example:{receivers.tcp_port}/taken", rules=rules, resolver=Liar())
    assert result.is_forbidden and "127.0.0.1" in result.problem
    result = await call(f"http://moved.example:{receivers.tcp_port}/taken", rules=HERE, resolver=Liar())
    assert result.event is CallEvent.TAKEN
    assert receivers.seen == {"taken": 1}


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"])
async def test_inner_addresses_are_refused_before_any_socket(host: str) -> None:
    result = await call(f"https://{host}/x", rules=CallRules())
    assert result.is_forbidden and "no public address" in result.problem


async def test_a_look_up_that_says_only_inner_addresses() -> None:
    result = await call("http://localhost/x", rules=CallRules((), frozenset({"localhost"})))
    assert result.is_forbidden and result.problem == "localhost means no address that may be called"
    resolver = JudgedResolver(lambda: HERE)
    assert {each["host"] for each in await resolver.resolve("localhost", 80)} == {"127.0.0.1"}


async def test_names_that_are_looked_up_for_ever_hold_up_no_other(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many slow names as there are threads in the loop's own pool, and more: a call to another host goes through."""
    waits = threading.Event()
    real = socket.getaddrinfo

    def look_up(host: str, *rest: Any) -> Any:
        if host.endswith(".slow.example"):
            waits.wait(30)
        return real(host, *rest)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    client = CallbackClient(HERE, time.time, timeout_s=0.5, concurrent_max=100)
    slow = [
        asyncio.ensure_future(client.call(Call("POST", f"https://n{number}.slow.example/", {}, b"{}")))
        for number in range(20)
    ]
    try:
        await asyncio.sleep(0)
        quick = await client.call(
            Call("POST", f"http://localhost:{receivers.tcp_port}/taken", {"X-Test": "1"}, b"{}")
        )
        assert quick.event is CallEvent.TAKEN
        assert {(await each).problem for each in slow} == {"no answer within 0.5 s"}
    finally:
        waits.set()
        await client.close()


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "..example", "-", "xn--.example"])
async def test_what_is_no_name_is_a_failed_call(host: str) -> None:
    result = await call(f"https://{host}/x")
    assert result.event is CallEvent.FAILED and result.problem
