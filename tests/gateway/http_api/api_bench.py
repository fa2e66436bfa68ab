"""A node over the store in memory that serves the HTTP API on loopback, and a client of it.

No carrier is there: what is accepted waits. Three accounts speak HTTP, one of them from networks of its own only.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from gateway.domain.account import Account
from gateway.domain.api_token import ALL_SCOPES, ApiToken, Scope, digest_of
from gateway.node.node import Node
from gateway.settings import Settings, load
from gateway.settings.node_keys import HttpListenerKeys
from tests.simulation.store import Disk, SimulatedStore

CONFIG = Path(__file__).resolve().parents[3] / "config"
NUMBER = "13800138000"
TEXT = "您的验证码是123456，5分钟内有效，请勿泄露。"
SHOP, OTHER, HOME = "hy_shop", "hy_other", "hy_home"
KEYS = HttpListenerKeys(port=0, login_delay_s=0.0)


@functools.cache
def shipped() -> Settings:
    return load(CONFIG, environ={})


def accounts() -> dict[str, Account]:
    """Return three accounts that speak HTTP: shop, other, and home, which may come from its networks only."""
    shop = shipped().accounts["smppdemo"]
    codes = {name: (replace(shop.service_codes[0], code=code),) for name, code in CODES.items()}
    found = {
        name: replace(shop, name=name, login=name, password=f"{name}-secret", service_codes=codes[name])
        for name in CODES
    }
    found["home"] = replace(found["home"], networks=networks("192.0.2.0/24"))
    return found


CODES = {"shop": "10690001", "other": "10690077", "home": "10690088"}


def networks(*texts: str) -> Any:
    from ipaddress import ip_network

    return tuple(ip_network(text) for text in texts)


def settings_for(keys: HttpListenerKeys = KEYS, **changed: Account) -> Settings:
    """Return the shipped settings with the HTTP listener alone, and these accounts."""
    found = shipped()
    listeners = found.listeners.model_copy(update={"smpp": None, "cmpp": None, "http": keys})
    content = replace(found.content, templates={"shop": found.content.templates["smppdemo"]})
    return replace(found, listeners=listeners, accounts=accounts() | changed, content=content)


def token_of(text: str, account: str, scopes: frozenset[Scope] = ALL_SCOPES, *, until: float = 4e9) -> ApiToken:
    return ApiToken(0, account, digest_of(text), scopes, text[-4:], "", 0.0, until)


@dataclass
class Answer:
    """An answer, read whole; of a stream only its beginning."""

    status: int
    headers: Mapping[str, str]
    octets: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.octets)

    @property
    def text(self) -> str:
        return self.octets.decode()


@dataclass
class ApiBench:
    """A started node, its disk, and a client."""

    node: Node
    disk: Disk
    events: list[tuple[str, dict[str, Any]]]
    session: aiohttp.ClientSession
    url: str

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = SHOP,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for a path; `body` is JSON, or octets as they are."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        octets = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        if octets is not None:
            sent.setdefault("Content-Type", "application/json")
        async with self.session.request(method, self.url + path, data=octets, headers=sent) as answer:
            is_endless = answer.content_type == "text/event-stream"
            return Answer(answer.status, answer.headers, b"" if is_endless else await answer.read())

    async def send(self, *, token: str = SHOP, headers: Mapping[str, str] | None = None, **fields: Any) -> Answer:
        """Ask for POST /v1/messages: one text to one number unless told otherwise."""
        body = {"to": NUMBER, "text": TEXT} | fields
        asked = {name: value for name, value in body.items() if value is not None}
        return await self.ask("POST", "/v1/messages", asked, token=token, headers=headers)


@asynccontextmanager
async def bench_on(settings: Settings, disk: Disk | None = None) -> AsyncIterator[ApiBench]:
    """Run a node on a disk, with a token for each account."""
    loop, disk = asyncio.get_running_loop(), disk or Disk()
    events: list[tuple[str, dict[str, Any]]] = []
    store = SimulatedStore(disk, loop, random.Random(7), lambda: None)
    node = Node(settings, store, emit=lambda event, **values: events.append((event, values)), rng=random.Random(7))
    if not disk.tokens.tokens:
        for text, account in ((SHOP, "shop"), (OTHER, "other"), (HOME, "home")):
            disk.tokens.add(token_of(text, account))
    await node.start()
    tcp_port = node.http_listeners.listeners["http"].tcp_port
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as session:
        try:
            yield ApiBench(node, disk, events, session, f"http://127.0.0.1:{tcp_port}")
        finally:
            await session.close()
            await node.drain(1.0)
