"""The listener of the API: rates, bounds of connections and bodies, reload, TLS, the same routes on [admin], drain."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.interfaces.http_api.api_listeners import mount
from gateway.interfaces.http_api.call import RequestBounds
from gateway.settings.node_keys import HttpListenerKeys, HttpTlsListener
from tests.gateway.http_api.api_bench import KEYS, NUMBER, SHOP, accounts, bench_on, settings_for
from tests.gateway.test_tls import certify

AUTHORIZED = {"Authorization": f"Bearer {SHOP}"}


async def test_above_the_rate_is_429_with_the_seconds_to_wait() -> None:
    found = accounts()
    async with bench_on(settings_for(shop=replace(found["shop"], rate_per_s=5.0))) as bench:
        first = await bench.send(to=[f"138001380{at:02d}" for at in range(30)])
        assert first.status == 201, "a request above the burst is taken, and those behind it wait"
        second = await bench.send()
        assert (second.status, second.json["key"]) == (429, "RATE")
        assert 1 <= int(second.headers["Retry-After"]) <= 30 / 5 + 1
        assert bench.node.meters.account("shop").refused[("RATE", "account.rate_per_s")] == 1
        assert (await bench.send(token="hy_other")).status == 201


async def test_a_little_too_fast_waits() -> None:
    found = accounts()
    async with bench_on(settings_for(shop=replace(found["shop"], rate_per_s=20.0))) as bench:
        began = bench.node.loop.time()
        answers = [await bench.send(to=f"138001380{at:02d}") for at in range(24)]
        assert {answer.status for answer in answers} == {201}
        assert bench.node.loop.time() - began >= 3 / 20


async def test_a_connection_that_proves_nobody_is_closed_in_time() -> None:
    async with bench_on(settings_for(KEYS.model_copy(update={"bind_timeout_s": 0.05}))) as bench:
        listener = bench.node.http_listeners.listeners["http"]
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.tcp_port)
        writer.write(b"POST /v1/messages HTTP/1.1\r\nHost: x\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert (await bench.send()).status == 201
        await asyncio.sleep(0.1)
        assert listener.limiter.counts()["bound"] == 1, "who proved itself stays"


async def test_connections_have_a_bound_and_the_oldest_stranger_goes() -> None:
    keys = KEYS.model_copy(update={"unbound_per_address_max": 2})
    async with bench_on(settings_for(keys)) as bench:
        tcp_port = bench.node.http_listeners.listeners["http"].tcp_port
        made = [await asyncio.open_connection("127.0.0.1", tcp_port) for _ in range(3)]
        assert await asyncio.wait_for(made[0][0].read(), 5) == b""
        for _, writer in made:
            writer.close()


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async with bench_on(settings_for(KEYS.model_copy(update={"request_timeout_s": 0.05}))) as bench:
        tcp_port = bench.node.http_listeners.listeners["http"].tcp_port
        reader, writer = await asyncio.open_connection("127.0.0.1", tcp_port)
        head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SHOP}\r\nContent-Length: 9\r\n\r\n{{"
        writer.write(head.encode())
        assert b" 408 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()


async def test_a_client_that_waits_for_a_word_before_its_body_is_told_to_go_on() -> None:
    async with bench_on(settings_for()) as bench:
        tcp_port = bench.node.http_listeners.listeners["http"].tcp_port
        reader, writer = await asyncio.open_connection("127.0.0.1", tcp_port)
        body = b'{"to": "13800138000", "text": "hello"}'
        head = (
            f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SHOP}\r\nExpect: 100-continue\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode())
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert b" 201 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()


async def test_a_reload_touches_a_listener_only_where_it_changed() -> None:
    settings = settings_for()
    async with bench_on(settings) as bench:
        assert (await bench.ask("GET", "/v1/balance")).status == 200
        http, loaded = bench.node.http_listeners.listeners["http"], bench.node.reload
        await loaded(settings)
        assert bench.node.http_listeners.listeners["http"] is http and http.limiter.counts()["bound"] == 1
        keys = KEYS.model_copy(update={"request_max_octets": 5000})
        await loaded(settings_for(keys))
        assert bench.node.http_listeners.listeners["http"] is http
        assert (await bench.ask("POST", "/v1/messages", b" " * 5001)).status == 413
        await loaded(replace(settings, listeners=settings.listeners.model_copy(update={"http": None})))
        assert not bench.node.http_listeners.listeners
        async with aiohttp.ClientSession() as other:
            with pytest.raises(aiohttp.ClientConnectionError):
                await other.get(f"{bench.url}/v1/balance")
        assert (await bench.ask("GET", "/v1/balance")).status == 200, "who is there stays"


async def test_tls_as_the_other_listeners_have_it(tmp_path: Path) -> None:
    chain, key = certify(tmp_path, "server", "localhost")
    keys = HttpTlsListener(port=0, certificate_file=chain, key_file=key, login_delay_s=0.0)
    settings = settings_for()
    listeners = settings.listeners.model_copy(update={"http_tls": keys})
    async with bench_on(replace(settings, listeners=listeners)) as bench:
        tcp_port = bench.node.http_listeners.listeners["http_tls"].tcp_port
        trust = ssl.create_default_context(cafile=str(chain))
        url = f"https://localhost:{tcp_port}/v1/balance"
        async with bench.session.get(url, headers=AUTHORIZED, ssl=trust) as answer:
            assert answer.status == 200
        with pytest.raises(aiohttp.ClientError):
            await bench.session.get(url.replace("https", "http"), headers=AUTHORIZED)


async def test_the_same_routes_stand_on_admin() -> None:
    async with bench_on(settings_for()) as bench:
        application = web.Application()
        mount(bench.node.api, application, RequestBounds(is_proxied=True))
        async with TestClient(TestServer(application)) as client:
            answer = await client.post("/v1/messages", json={"to": NUMBER, "text": "hello"}, headers=AUTHORIZED)
            assert answer.status == 201
            assert (await client.get("/v1/balance")).status == 401


async def test_a_drain_answers_what_is_under_way_and_takes_nothing_new() -> None:
    async with bench_on(settings_for()) as bench:
        sent = asyncio.gather(*(bench.send() for _ in range(20)))
        while not bench.disk.messages:
            await asyncio.sleep(0)
        await bench.node.drain(5.0)
        done = await asyncio.gather(sent, return_exceptions=True)
        assert not isinstance(done[0], BaseException)
        statuses = [answer.status for answer in done[0]]
        assert set(statuses) <= {201, 503} and statuses.count(201) == len(bench.disk.messages)


def test_the_default_port_is_8088() -> None:
    assert HttpListenerKeys().port == 8088
