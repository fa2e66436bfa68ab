"""Listening sockets: every new connection is checked, gets its session and pump, and is known until it is lost."""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
from functools import partial
from typing import Any, Final, cast

from gateway.dialects.protocol_table import CLIENT_PROTOCOLS
from gateway.flows.binds.connection_limits import ConnectionLimiter
from gateway.transport.accepting import Acceptor, copies, listen_now
from gateway.transport.client_session import ClientSession, SessionContext
from gateway.transport.pump import WRITE_HIGH_OCTETS, Pump
from protocols.session import Limits

BACKLOG = 1024
TOLD_EVERY_S: Final = 60.0


class _Refused(asyncio.Protocol):
    """A connection that may not stay."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _Arriving(asyncio.Protocol):
    """Decides on a connection once its address is known, then hands the transport to its pump."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._listener.welcome(cast(asyncio.Transport, transport))


class Listener:
    """One listening address of one protocol."""

    def __init__(
        self, protocol: str, limits: Limits, around: SessionContext, limiter: ConnectionLimiter, *,
        write_buffer_max_octets: int = WRITE_HIGH_OCTETS,
    ) -> None:
        self.protocol = protocol
        self._speaks = CLIENT_PROTOCOLS[protocol]
        self.limiter = limiter
        self.bound(limits, write_buffer_max_octets)
        self._around = around
        self._servers: list[asyncio.Server | Acceptor] = []
        self.connections: set[ClientSession] = set()
        self._handshakes: dict[ClientSession, asyncio.Task[bool]] = {}
        self._told_at = -math.inf
        self._told = 0
        self.tcp_port = 0
        self.tls: ssl.SSLContext | None = None

    def bound(self, limits: Limits, write_buffer_max_octets: int) -> None:
        """Set the bounds of the sessions that come from now on."""
        self._limits = limits
        self._write_buffer_max_octets = write_buffer_max_octets

    async def open(
        self, host: str, tcp_port: int, tls: ssl.SSLContext | None = None, *, before: Listener | None = None
    ) -> None:
        """Listen; nobody is accepted until `serve`. Raises OSError when the address is taken, and listens nowhere then.

        TCP port 0 picks a free one, told in `tcp_port`. `before` is who listens at that address until it is
        closed: its sockets are shared, so that no connection is refused in between.
        """
        self.tls = tls
        inherited = [] if before is None else copies(before.sockets)
        try:
            await self._open(host, tcp_port, inherited)
            listen_now(self.sockets, BACKLOG)
        except BaseException:
            self.close()
            for sock in inherited:
                sock.close()
            raise
        self.tcp_port = self.sockets[0].getsockname()[1]

    async def _open(self, host: str, tcp_port: int, inherited: list[socket.socket]) -> None:
        loop = self._around.loop
        if self.tls is not None:
            acceptor = Acceptor(loop, self._welcome_tls, inherited)
            self._servers.append(acceptor)
            if not inherited:
                await acceptor.open(host, tcp_port, BACKLOG)
            return
        places: list[dict[str, Any]] = [{"sock": sock} for sock in inherited]
        for place in places or [{"host": host, "port": tcp_port, "reuse_address": True}]:
            self._servers.append(
                await loop.create_server(lambda: _Arriving(self), backlog=BACKLOG, start_serving=False, **place)
            )

    @property
    def sockets(self) -> list[Any]:
        """The sockets that listen."""
        return [sock for server in self._servers for sock in server.sockets]

    async def serve(self) -> None:
        """Accept whoever comes."""
        for server in self._servers:
            await server.start_serving()

    def welcome(self, transport: asyncio.Transport) -> None:
        """Take a new connection, or close it."""
        name = transport.get_extra_info("peername")
        connection = self._place(name[0] if isinstance(name, tuple) else "local")
        if connection is None:
            transport.set_protocol(_Refused())
            transport.close()
            return
        self.connections.add(connection)
        transport.set_protocol(connection.pump.as_protocol)
        connection.pump.connection_made(transport)

    def _welcome_tls(self, sock: socket.socket, address: str) -> None:
        connection = self._place(address)
        if connection is None:
            sock.close()
            return
        task = self._handshakes[connection] = self._around.loop.create_task(self._shake_hands(connection.pump, sock))
        task.add_done_callback(partial(self._shaken, connection, sock))

    async def _shake_hands(self, pump: Pump, sock: socket.socket) -> bool:
        """Put TLS between the socket and the pump; a handshake has as long as a bind. Tell whether it succeeded."""
        try:
            await self._around.loop.connect_accepted_socket(
                lambda: pump.as_protocol, sock, ssl=self.tls, ssl_handshake_timeout=self._limits.bind_timeout_s
            )
        except OSError:  # ssl.SSLError and TimeoutError too: a peer that speaks no TLS, the wrong one, or nothing
            return False
        return True

    def _shaken(self, connection: ClientSession, sock: socket.socket, handshake: asyncio.Task[bool]) -> None:
        """A handshake is over, or was cancelled, perhaps before it began."""
        del self._handshakes[connection]
        if handshake.cancelled() or handshake.exception() is not None or not handshake.result():
            sock.close()
            connection.pump.connection_lost(None)
        elif not connection.pump.lost.done():
            self.connections.add(connection)

    def _place(self, address: str) -> ClientSession | None:
        """Give a new connection its place, and end another one for it where there are too many."""
        loop = self._around.loop
        place, displaced = self.limiter.arrive(address, loop.time())
        if displaced is not None:
            self._end(displaced.holder)
        if place is None or displaced is not None:
            self._tell(address)
        if place is None:
            return None
        connection = ClientSession(self._speaks, self._around, self.limiter, place, address)
        place.holder = connection
        connection.pump = Pump(
            self._speaks.sessions.make_session(self._limits, loop.time()), connection, loop,
            write_buffer_max_octets=self._write_buffer_max_octets,
        )
        connection.pump.lost.add_done_callback(lambda _: self._forget(connection))
        return connection

    def _forget(self, connection: ClientSession) -> None:
        self.connections.discard(connection)
        self.limiter.leave(connection.place)
        connection.place.holder = None

    def _end(self, connection: ClientSession) -> None:
        """End a connection at once, whatever it waits for."""
        handshake = self._handshakes.get(connection)
        if handshake is not None:
            handshake.cancel()
        else:
            connection.pump.cut()

    def _tell(self, address: str) -> None:
        """Say, once a minute at most, that connections are ended by the limits; metrics count them all."""
        now, ended = self._around.loop.time(), self.limiter.ended.total()
        if now - self._told_at >= TOLD_EVERY_S and not self._around.admission.is_closed:
            self._around.emit(
                "connections_ended", protocol=self.protocol, port=self.tcp_port, peer=address,
                count=ended - self._told, **self.limiter.ended,
            )
            self._told_at, self._told = now, ended

    def close(self) -> None:
        """Take no new connections; those there are stay."""
        for server in self._servers:
            server.close()
        self._servers.clear()

    def unbind_all(self) -> None:
        for connection in tuple(self._handshakes):
            self._end(connection)
        for connection in tuple(self.connections):
            connection.unbind()

    async def wait_empty(self) -> None:
        """Return when every connection is gone."""
        while self.connections:
            await asyncio.wait([connection.pump.lost for connection in self.connections])

    def abort_all(self) -> None:
        for connection in (*self._handshakes, *self.connections):
            self._end(connection)
