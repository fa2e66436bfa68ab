"""A receiver of callbacks for tests: a server that checks signatures with a library that nobody here wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook


class ReceivingServer:
    """Answers each call as `answer` says; `events` are those of verified calls that were answered 2xx, as they came."""

    def __init__(self) -> None:
        self.tcp_port = 0
        self.secret = ""
        self.events: list[dict[str, Any]] = []
        self.calls: list[tuple[str, int]] = []  # webhook-id and what was answered
        self.answer: Callable[[], int] = lambda: 204
        self.came = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.tcp_port}/events"

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        document = Webhook(self.secret).verify(body, dict(request.headers))  # raises: answered 500
        status = self.answer()
        self.calls.append((request.headers["webhook-id"], status))
        if 200 <= status < 300:
            self.events += document["data"]["events"] if document["type"] == "events" else [document]
        self.came.set()
        return web.Response(status=status)

    async def until(self, what: Callable[[], bool], patience_s: float = 20.0) -> None:
        """Wait for a condition of what came."""
        async with asyncio.timeout(patience_s):
            while not what():
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def receiving() -> AsyncIterator[ReceivingServer]:
    """Serve on a free port of this machine."""
    found = ReceivingServer()
    application = web.Application()
    application.router.add_post("/events", found.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", found.tcp_port).start()
    found.tcp_port = runner.addresses[0][1]
    try:
        yield found
    finally:
        await runner.cleanup()
