"""The client's own view of what is sent and what arrives, live and read-only (S2a-2.8, key `monitor_port`).

    GET /v1/accounts/NAME/live      server-sent events; HTTP Basic with login and password of the account

An event `counts` comes as soon as a count has changed, at most one a second; a remark every few seconds keeps the
connection. Counts are those since the gateway started (`since`). Where the contract has no such view: 404.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.domain.account import Account
from gateway.domain.meters import Meters
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.bans import BanLimits
from gateway.operations.account_counts import counts_of
from gateway.pipeline.policy.account_policy import Policy

PATH: Final = "/v1/accounts/{name}/live"
STEP_S: Final = 1.0
STILL_HERE_S: Final = 15.0
STREAMS_MAX: Final = 100
STREAMS_OF_ACCOUNT_MAX: Final = 4
_LIMITS: Final = BanLimits()
_HEADERS: Final = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


class LiveView:
    """Serves the streams. `policies` has the contract in force of each account."""

    def __init__(
        self, admission: Admission, policies: Mapping[str, Policy], meters: Meters,
        clock: Callable[[], float], *, step_s: float = STEP_S,
    ) -> None:
        self._admission = admission
        self._policies = policies
        self._meters = meters
        self._clock = clock
        self._step_s = step_s
        self._since = clock()
        self._streams: Counter[str] = Counter()

    def add_to(self, application: web.Application) -> None:
        application.router.add_get(PATH, self.watch)

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """Answer one client; raises the HTTP error that says why it may not watch."""
        account = await self._account_of(request)
        if not self._may_watch(account.name):
            raise web.HTTPNotFound(reason="the contract has no live view")
        if self._streams[account.name] >= STREAMS_OF_ACCOUNT_MAX or self._streams.total() >= STREAMS_MAX:
            raise web.HTTPTooManyRequests(reason="as many streams as there may be")
        self._streams[account.name] += 1
        try:
            return await self._stream(request, account.name)
        finally:
            self._streams[account.name] -= 1

    def _may_watch(self, name: str) -> bool:
        policy = self._policies.get(name)
        return policy is not None and policy.profile.monitor_port

    async def _account_of(self, request: web.Request) -> Account:
        login, password = _credentials(request.headers.get("Authorization", ""))
        now = asyncio.get_running_loop().time()
        name, address = request.match_info["name"], request.remote or ""
        found, delay_s = self._admission.check_reader(name, login, password, address, _LIMITS, now)
        if found is None:
            await asyncio.sleep(delay_s)
            raise web.HTTPUnauthorized(reason="login and password of this account are asked for")
        return found

    async def _stream(self, request: web.Request, name: str) -> web.StreamResponse:
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        shown: dict[str, Any] = {}
        quiet_s = 0.0
        try:
            while self._may_watch(name):
                counts = counts_of(self._meters.account(name)).document()
                if counts != shown:
                    shown, quiet_s = counts, 0.0
                    document = {"account": name, "at": self._clock(), "since": self._since, **counts}
                    await response.write(b"event: counts\ndata: " + orjson.dumps(document) + b"\n\n")
                elif quiet_s >= STILL_HERE_S:
                    quiet_s = 0.0
                    await response.write(b": still here\n\n")
                await asyncio.sleep(self._step_s)
                quiet_s += self._step_s
        except ConnectionResetError:
            pass  # the client went away; nothing is owed to it
        return response


def _credentials(header: str) -> tuple[str, str]:
    """Return login and password of a header `Basic …`, both empty for any other."""
    scheme, _, packed = header.partition(" ")
    try:
        login, _, password = base64.b64decode(packed.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return (login, password) if scheme.lower() == "basic" else ("", "")
