"""The listeners of the HTTP API: sockets, TLS, limits of connections, reload; and the API on [admin].

Connections are counted as those of other protocols are: one whose requests proved nobody is displaced by younger ones,
and closed when its time to log in is over.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gateway.flows.binds.connection_limits import ConnectionLimiter, ConnectionPlace
from gateway.interfaces.http_api.api import Api
from gateway.interfaces.http_api.call import RequestBounds
from gateway.transport.accepting import Acceptor, copies, listen_now

BACKLOG: Final = 1024


@dataclass(frozen=True, slots=True)
class ApiListenerBounds:
    """Bounds of one listener, from its table."""

    requests: RequestBounds
    bind_timeout_s: float = 10.0
    keepalive_s: float = 75.0


class ApiConnection(RequestHandler):
    """One connection. `place` is what it occupies."""

    place: ConnectionPlace | None = None
    left: Callable[[], None] | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self.left is not None:
            self.left()


class _ApiServer(web.Server):
    """Makes connections of our kind."""

    def make(self, keepalive_s: float) -> ApiConnection:
        return ApiConnection(self, loop=self._loop, keepalive_timeout=keepalive_s, **self._kwargs)


class ApiListener:
    """One listening address."""

    def __init__(
        self, api: Api, loop: asyncio.AbstractEventLoop, limiter: ConnectionLimiter, bounds: ApiListenerBounds
    ) -> None:
        self._api = api
        self._loop = loop
        self.limiter = limiter
        self.bounds = bounds
        self.tls: ssl.SSLContext | None = None
        self.tcp_port = 0
        self._acceptor: Acceptor | None = None
        self._handshakes: dict[ConnectionPlace, asyncio.Task[bool]] = {}
        self._server = _ApiServer(self._handle, request_factory=self._request, access_log=None, loop=loop)

    def _handle(self, request: web.BaseRequest) -> Any:
        return self._api.handle(request, self.bounds.requests, self._proved)

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        octets_max = self.bounds.requests.octets_max
        return web.BaseRequest(message, payload, protocol, writer, task, self._loop, client_max_size=octets_max)

    def _proved(self, request: web.BaseRequest) -> None:
        place = getattr(request.protocol, "place", None)
        if place is not None and not place.is_bound:
            self.limiter.bound_now(place)

    async def open(
        self, host: str, tcp_port: int, tls: ssl.SSLContext | None, *, before: ApiListener | None = None
    ) -> None:
        """Listen; nobody is accepted until `serve`. Raises OSError when the address is taken.

        `before` is who listens at that address until it is closed: its sockets are shared.
        """
        self.tls = tls
        inherited = [] if before is None else copies(before.sockets)
        self._acceptor = Acceptor(self._loop, self._arrived, inherited)
        try:
            if not inherited:
                await self._acceptor.open(host, tcp_port, BACKLOG)
            listen_now(self._acceptor.sockets, BACKLOG)
        except BaseException:
            self.close()
            raise
        self.tcp_port = self._acceptor.sockets[0].getsockname()[1]

    @property
    def sockets(self) -> list[socket.socket]:
        return [] if self._acceptor is None else self._acceptor.sockets

    async def serve(self) -> None:
        """Accept whoever comes."""
        if self._acceptor is not None:
            await self._acceptor.start_serving()

    def _arrived(self, sock: socket.socket, address: str) -> None:
        place, displaced = self.limiter.arrive(address, self._loop.time())
        if displaced is not None and displaced.holder is not None:
            displaced.holder()
        if place is None:
            sock.close()
            return
        task = self._loop.create_task(self._welcome(sock, place))
        self._handshakes[place] = task
        place.holder = task.cancel
        task.add_done_callback(partial(self._welcomed, sock, place))

    async def _welcome(self, sock: socket.socket, place: ConnectionPlace) -> bool:
        """Put aiohttp, and TLS where there is one, on a socket; tell whether that succeeded."""
        options: dict[str, Any] = {"ssl": self.tls}
        if self.tls is not None:
            options["ssl_handshake_timeout"] = self.bounds.bind_timeout_s
        try:
            transport, connection = await self._loop.connect_accepted_socket(self._make, sock, **options)
        except OSError:  # ssl.SSLError and TimeoutError too: a peer that speaks no TLS, the wrong one, or nothing
            return False
        timer = self._loop.call_later(self.bounds.bind_timeout_s, self._end_unbound, place, transport)

        def left() -> None:
            timer.cancel()
            place.holder = None
            self.limiter.leave(place)

        connection.place = place
        connection.left = left
        place.holder = transport.abort
        if connection.transport is None:  # it was lost meanwhile
            left()
        return True

    def _make(self) -> ApiConnection:
        return self._server.make(self.bounds.keepalive_s)

    def _welcomed(self, sock: socket.socket, place: ConnectionPlace, welcome: asyncio.Task[bool]) -> None:
        """Its welcome is over, or was cancelled, perhaps before it began."""
        del self._handshakes[place]
        if welcome.cancelled() or welcome.exception() is not None or not welcome.result():
            place.holder = None
            sock.close()
            self.limiter.leave(place)

    def _end_unbound(self, place: ConnectionPlace, transport: asyncio.Transport) -> None:
        if not place.is_bound:
            transport.abort()

    def close(self) -> None:
        """Take no new connections; those there are stay."""
        if self._acceptor is not None:
            self._acceptor.close()

    async def stop(self, timeout_s: float) -> None:
        """Let requests under way be answered, for a time; then end every connection."""
        self.close()
        for task in tuple(self._handshakes.values()):
            task.cancel()
        self._server.pre_shutdown()
        await self._server.shutdown(timeout_s)


def mount(api: Api, application: web.Application, bounds: RequestBounds) -> None:
    """Serve the API's routes by an application too."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await api.handle(request, bounds)

    for route in api.routes:
        application.router.add_route(route.method, route.path, handle)
