"""What a handler gets: the request, who asks, the checked body, and the node behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson
from aiohttp import web

from gateway.domain.meters import Meters
from gateway.domain.store_interfaces import Journal, Reader
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.api_access import ApiAccess, Principal
from gateway.flows.binds.api_tokens import ApiTokens
from gateway.flows.binds.bans import BanLimits
from gateway.flows.wiring import Flows
from gateway.operations.dispatcher import Dispatcher
from gateway.receivers.all_callbacks import AllCallbacks, CallbackStore
from gateway.receivers.pulled_events import AllPulledEvents
from gateway.settings import Settings
from gateway.store.facts.request_rows import RequestStore

NO_STORE: Final = {"Cache-Control": "no-store", "Server": "hongyan"}


class ApiStore(Protocol):
    """The part of a node's store that the API reads."""

    @property
    def requests(self) -> RequestStore: ...
    @property
    def callbacks(self) -> CallbackStore: ...


class ApiJournal(Journal, Protocol):
    """The journal, as far as requests wait for it."""

    async def touch_within(self, timeout_s: float) -> bool:
        """Tell whether everything appended until now is committed within a time."""
        ...


class ApiNode(Protocol):
    """The parts of a node that the API works with. Each is the one in force when it is read."""

    settings: Settings
    flows: Flows
    admission: Admission
    api_tokens: ApiTokens
    meters: Meters
    clock: Callable[[], float]
    loop: asyncio.AbstractEventLoop
    emit: Callable[..., None]

    callbacks: AllCallbacks
    pulled_events: AllPulledEvents
    dispatcher: Dispatcher | None  # None until operations can be asked for

    @property
    def journal(self) -> ApiJournal: ...
    @property
    def reader(self) -> Reader: ...
    @property
    def store(self) -> ApiStore: ...


@dataclass(frozen=True, slots=True)
class RequestBounds:
    """The bounds of a listener's requests. `is_proxied`: the peer may be a proxy, whose address is nobody's."""

    bans: BanLimits = field(default_factory=BanLimits)
    octets_max: int = 1 << 20
    timeout_s: float = 30.0
    is_proxied: bool = False


@dataclass(slots=True)
class ApiCall:
    """One request that is known to be allowed. `principal` and `body` are there where the route asks for them."""

    node: ApiNode
    access: ApiAccess
    request: web.BaseRequest
    bounds: RequestBounds
    proved: Callable[[web.BaseRequest], None]  # is told that its peer proved who it is
    language: str  # en or zh
    variables: Mapping[str, str]  # of the path
    caller: Principal | None = None
    checked: Any = None
    octets: bytes = b""

    @property
    def principal(self) -> Principal:
        """Who asks."""
        assert self.caller is not None
        return self.caller

    @property
    def body(self) -> Any:
        """The body as the route's model."""
        return self.checked

    def answer(
        self, document: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        """Return a document as JSON."""
        return json_answer(orjson.dumps(document), status, headers)


def json_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return octets of JSON."""
    return web.Response(
        body=body, status=status, content_type="application/json", headers={**NO_STORE, **headers} if headers
        else NO_STORE,
    )
