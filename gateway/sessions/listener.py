"""Listening sockets: every new connection is checked, gets its session and pump, and is known until it is lost."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from gateway.flows.admission import Admission
from gateway.sessions.by_protocol import CmppConnection, SmppConnection
from gateway.sessions.connection import Connection, Surroundings
from gateway.transport import WRITE_HIGH_OCTETS, Pump
from protocols.cmpp.session import CmppSession
from protocols.session import Limits, Role, Session
from protocols.smpp.session import SmppSession

BACKLOG = 1024

MakeSession = Callable[[Limits, float], Session]
KINDS: dict[str, tuple[type[Connection], MakeSession]] = {
    "smpp": (SmppConnection, lambda limits, now: SmppSession(Role.ACCEPTOR, limits, now=now)),
    "cmpp": (CmppConnection, lambda limits, now: CmppSession(Role.ACCEPTOR, limits, now=now)),
}


class _Refused(asyncio.Protocol):
    """A connection that may not stay."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _Door(asyncio.Protocol):
    """Decides on a connection once its address is known, then hands the transport to its pump."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._listener.welcome(cast(asyncio.Transport, transport))


class Listener:
    """One listening address of one protocol."""

    def __init__(
        self, protocol: str, limits: Limits, around: Surroundings, admission: Admission, *,
        write_buffer_max_octets: int = WRITE_HIGH_OCTETS,
    ) -> None:  # fmt: skip
        self.protocol = protocol
        self.bound(limits, write_buffer_max_octets)
        self._around = around
        self._admission = admission
        self._server: asyncio.Server | None = None
        self.connections: set[Connection] = set()
        self.port = 0
        self.tls: ssl.SSLContext | None = None

    def bound(self, limits: Limits, write_buffer_max_octets: int) -> None:
        """Set the bounds of the sessions that come from now on."""
        self._limits = limits
        self._write_buffer_max_octets = write_buffer_max_octets

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen; raises OSError when the address is taken. Port 0 picks a free one, told in `port`."""
        # A client that does not finish its handshake is not counted by admission: it has as long as for its bind.
        timeout_s = self._limits.bind_timeout_s if tls is not None else None
        self.tls = tls
        self._server = await self._around.loop.create_server(
            lambda: _Door(self), host, port, ssl=tls, backlog=BACKLOG, reuse_address=True,
            ssl_handshake_timeout=timeout_s,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]

    def welcome(self, transport: asyncio.Transport) -> None:
        name = transport.get_extra_info("peername")
        address = name[0] if isinstance(name, tuple) else "local"
        loop = self._around.loop
        if not self._admission.connect(address, self._around.clock()):
            transport.set_protocol(_Refused())
            transport.close()
            return
        make_connection, make_session = KINDS[self.protocol]
        connection = make_connection(self._around)
        pump = Pump(
            make_session(self._limits, loop.time()), connection, loop,
            write_buffer_max_octets=self._write_buffer_max_octets,
        )  # fmt: skip
        connection.pump = pump
        self.connections.add(connection)

        def forget(_: asyncio.Future[None]) -> None:
            self.connections.discard(connection)
            self._admission.disconnect(address)

        pump.lost.add_done_callback(forget)
        transport.set_protocol(pump.as_protocol)
        pump.connection_made(transport)

    def close(self) -> None:
        """Take no new connections; those there are stay."""
        if self._server is not None:
            self._server.close()

    def unbind_all(self) -> None:
        for connection in tuple(self.connections):
            connection.unbind()

    async def wait_empty(self) -> None:
        """Return when every connection is gone."""
        while self.connections:
            await asyncio.wait([connection.pump.lost for connection in self.connections])

    def abort_all(self) -> None:
        for connection in tuple(self.connections):
            connection.pump.close()
