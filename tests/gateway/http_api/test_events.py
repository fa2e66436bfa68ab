"""An account's events over HTTP: pages, streams, callbacks of messages; and nothing of another account's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web

from gateway.domain.api_token import Scope
from gateway.domain.callback_endpoint import KINDS, CallState, Endpoint
from gateway.receivers.signatures import secret_of
from gateway.settings import Settings
from gateway.settings.callback_keys import CallbackKeys
from tests.gateway.http_api.api_bench import OTHER, SHOP, ApiBench, bench_on, settings_for, token_of
from tests.gateway.receivers.receiving import receiving
from tests.simulation.store import Disk

READ_ONLY = "hy_read_only"


def settings() -> Settings:
    """Return settings that let this machine be called."""
    keys = CallbackKeys(allowed_networks=(ip_network("127.0.0.0/8"),), plain_hosts=frozenset({"127.0.0.1"}))
    return replace(settings_for(), callbacks=keys)


@pytest.fixture
async def bench() -> AsyncIterator[ApiBench]:
    async with bench_on(settings()) as found:
        yield found


async def ended(bench: ApiBench, count: int, token: str = SHOP, **fields: Any) -> list[str]:
    """Send so many messages and take each back: each has a receipt then. Return their ids."""
    ids = []
    code = "10690001" if token == SHOP else "10690077"
    for number in range(count):
        sent = await bench.send(token=token, to=f"1380013{number:04d}", service_code=code, **fields)
        assert sent.status == 201, sent.text
        ids.append(sent.json["messages"][0]["id"])
        cancelled = await bench.ask("POST", f"/v1/messages/{ids[-1]}/cancel", token=token)
        assert cancelled.status == 200, cancelled.text
    return ids


def ids_of(page: Any) -> list[str]:
    return [each["data"]["message_id"] for each in page["events"]]


async def until_owed(bench: ApiBench, count: int) -> None:
    """Wait until so many events are owed, as the store has it."""
    async with asyncio.timeout(10):
        while bench.disk.owed_to("shop") != count:
            await asyncio.sleep(0.005)


async def page(bench: ApiBench, query: str = "", token: str = SHOP) -> Any:
    answer = await bench.ask("GET", f"/v1/events{query}", token=token)
    assert answer.status == 200, answer.text
    return answer.json


async def test_pages_and_what_they_acknowledge(bench: ApiBench) -> None:
    made = await ended(bench, 5, reference="order 7")
    first = await page(bench, "?limit=2")
    assert ids_of(first) == made[:2]
    data = first["events"][0]["data"]
    assert (data["state"], data["reference"], data["words"]["zh"]) == ("DELETED", "order 7", "送达前被取消或删除")
    rest = await page(bench, f"?after={first['cursor']}")
    assert ids_of(rest) == made[2:]
    told = await bench.ask("POST", "/v1/events/ack", {"cursor": rest["cursor"]})
    assert told.json == {"acknowledged": 3}
    assert (await page(bench))["events"] == []
    assert bench.disk.owed_to("shop") == 0


async def test_two_accounts_never_see_each_others_events(bench: ApiBench) -> None:
    mine, others = await ended(bench, 3), await ended(bench, 2, OTHER)
    shop = await page(bench)
    other = await page(bench, token=OTHER)
    assert ids_of(shop) == mine and ids_of(other) == others
    # A cursor of the one means nothing for the other but its own count.
    answer = await bench.ask("POST", "/v1/events/ack", {"cursor": shop["cursor"]}, token=OTHER)
    assert answer.status == 200 and bench.disk.owed_to("shop") == 3


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/v1/events"), ("POST", "/v1/events/ack"), ("GET", "/v1/events/stream"), ("GET", "/v1/callbacks"),
    ("POST", "/v1/callbacks"), ("DELETE", "/v1/callbacks/1"), ("POST", "/v1/callbacks/1/test"),
])
async def test_a_token_that_is_not_for_it(bench: ApiBench, method: str, path: str) -> None:
    bench.node.api_tokens.put(token_of(READ_ONLY, "shop", frozenset({Scope.READ, Scope.SUBMIT})), 0.0)
    assert (await bench.ask(method, path, {}, token=READ_ONLY)).status == 403
    assert (await bench.ask(method, path, {}, token="hy_nobody")).status == 401
    assert (await bench.ask(method, path, {}, token=None)).status == 401


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=501", "?limit=x", "?limit=-1", "?wait_s=26", "?after=x", "?after=.5"]
)
async def test_parameters_that_cannot_be(bench: ApiBench, query: str) -> None:
    answer = await bench.ask("GET", f"/v1/events{query}")
    assert answer.status == 400 and answer.json["key"] == "PARAMETER", answer.text


async def test_a_cursor_that_nobody_gave_in_a_body(bench: ApiBench) -> None:
    answer = await bench.ask("POST", "/v1/events/ack", {"cursor": "nonsense"})
    assert answer.status == 422 and answer.json["errors"][0]["pointer"] == "/cursor"


async def test_a_page_waits_for_what_comes(bench: ApiBench) -> None:
    asked = asyncio.ensure_future(page(bench, "?wait_s=20"))
    made = await ended(bench, 1)
    assert ids_of(await asked) == made


class StreamReader:
    """A client of server-sent events, as browsers have one."""

    def __init__(self, bench: ApiBench, last_id: str = "") -> None:
        headers = {"Authorization": f"Bearer {SHOP}"} | ({"Last-Event-ID": last_id} if last_id else {})
        self._asked = bench.session.get(bench.url + "/v1/events/stream", headers=headers)

    async def __aenter__(self) -> StreamReader:
        self.answer = await self._asked.__aenter__()
        assert self.answer.status == 200 and self.answer.content_type == "text/event-stream"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.answer.close()

    async def read(self, count: int) -> list[tuple[str, Any]]:
        """Return (id, document) of so many events; fewer where the stream ends."""
        found: list[tuple[str, Any]] = []
        id_ = ""
        async with asyncio.timeout(10):
            while len(found) < count:
                line = (await self.answer.content.readline()).decode()
                if not line:
                    break
                name, _, value = line.rstrip("\n").partition(": ")
                if name == "id":
                    id_ = value
                elif name == "data":
                    found.append((id_, json.loads(value)))
        return found


async def test_a_stream_and_what_its_next_connect_acknowledges(bench: ApiBench) -> None:
    made = await ended(bench, 2)
    async with StreamReader(bench) as stream:
        first = await stream.read(2)
        made += await ended(bench, 1)
        third = await stream.read(1)
        seen = [document["data"]["message_id"] for _, document in first + third]
        assert seen == made
        busy = await bench.ask("GET", "/v1/events")
        assert busy.status == 409 and busy.json["key"] == "STREAMED"
        async with StreamReader(bench, last_id=first[1][0]) as younger:
            assert await stream.read(1) == []  # the older one ended
            [(_, again)] = await younger.read(1)
            assert again["data"]["message_id"] == made[2]
            await until_owed(bench, 1)
            told = await bench.ask("POST", "/v1/events/ack", {"cursor": third[0][0]})
            assert told.json == {"acknowledged": 1}
    assert bench.disk.owed_to("shop") == 0


async def test_a_drain_ends_streams_at_once() -> None:
    async with bench_on(settings()) as bench, StreamReader(bench) as stream:
        draining = asyncio.ensure_future(bench.node.drain(5.0))
        assert await stream.read(1) == []
        await asyncio.wait_for(draining, 5.0)


def endpoint(url: str, account: str = "shop", id_: int = 1) -> Endpoint:
    return Endpoint(id_, account, url, KINDS, CallState.READY, 0.0, 0.0, 1, secret_of(b"s" * 32))


async def test_a_message_says_where_its_receipt_goes() -> None:
    disk = Disk()
    async with receiving() as server:
        disk.callbacks.put(endpoint(server.url))
        server.secret = endpoint("").secret
        async with bench_on(settings(), disk) as bench:
            for wrong in ("https://10.0.0.1/", "http://client.example/", "77", "nonsense", "https://127.1/"):
                answer = await bench.send(callback=wrong)
                assert answer.status == 422 and answer.json["errors"][0]["pointer"] == "/callback", answer.text
            # Another account has no endpoint, and may not use this one's.
            answer = await bench.send(token=OTHER, service_code="10690077", callback="1")
            assert answer.status == 422 and "no callback" in answer.text
            made = await ended(bench, 2, callback=server.url, reference="own")
            made += await ended(bench, 1, callback="1")
            made += await ended(bench, 1)
            await server.until(lambda: len(server.events) == 4)
            assert sorted(each["data"]["message_id"] for each in server.events) == sorted(made)
            assert [each["data"].get("reference") for each in server.events].count("own") == 2
            await until_owed(bench, 0)


async def test_kannel_s_report_url_is_got() -> None:
    got: list[str] = []
    came = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        got.append(request.path_qs)
        came.set()
        return web.Response()

    application = web.Application()
    application.router.add_get("/report", take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    report = f"http://127.0.0.1:{runner.addresses[0][1]}/report?id=%F&state=%d&to=%P"
    fields = {
        "username": "shop", "password": "shop-secret", "to": "13800130001", "from": "10690001", "text": "您的验证码是1",
        "-url": report, "-mask": "3",
    }
    named = {("dl" + "r" + name if name.startswith("-") else name): value for name, value in fields.items()}
    try:
        async with bench_on(settings()) as bench:
            for wrong, status in ((report.replace("127.0.0.1", "10.0.0.1"), 400), (report, 202)):
                asked = bench.url + "/cgi-bin/sendsms"
                async with bench.session.get(asked, params=named | {"dl" + "r-url": wrong}) as answer:
                    assert answer.status == status, await answer.text()
                    id_ = answer.headers.get("X-Hongyan-Message-Id", "")
            assert (await bench.ask("POST", f"/v1/messages/{id_}/cancel")).status == 200
            async with asyncio.timeout(10):
                await came.wait()
            assert got == [f"/report?id={id_}&state=2&to=13800130001"]
    finally:
        await runner.cleanup()


async def test_a_reload_changes_whom_we_call_and_for_whom() -> None:
    """Networks that are not listed any more are not called; an account that is new is called for."""
    disk = Disk()
    async with receiving() as server:
        server.secret = endpoint("").secret
        disk.callbacks.put(endpoint(server.url))
        disk.callbacks.put(endpoint(server.url, "later", 2))
        async with bench_on(settings(), disk) as bench:
            node, before = bench.node, bench.node.settings
            later = replace(
                before.accounts["shop"], name="later", login="later",
                service_codes=(replace(before.accounts["shop"].service_codes[0], code="10690066"),),
            )
            await node.reload(replace(before, accounts={**before.accounts, "later": later}))
            bench.disk.tokens.add(token_of("hy_later", "later"))
            node.api_tokens.put(token_of("hy_later", "later"), 0.0)
            sent = await bench.send(token="hy_later", service_code="10690066")
            await bench.ask("POST", f"/v1/messages/{sent.json['messages'][0]['id']}/cancel", token="hy_later")
            await server.until(lambda: len(server.events) == 1)
            await node.reload(replace(node.settings, callbacks=CallbackKeys()))
            await ended(bench, 1)
            async with asyncio.timeout(10):
                while not (view := node.callbacks.view(endpoint(server.url))) or not view.tries:
                    await asyncio.sleep(0.01)
            assert "https://" in view.problem and len(server.events) == 1
            await node.reload(replace(node.settings, callbacks=settings().callbacks))
            node.callbacks.dismiss(["shop"])
            await until_owed(bench, 1)
