"""Sockets that listen and hand over what they accept, before anything is known of it but its address.

An event loop's own server begins TLS by itself and tells nobody of a connection until its handshake is over, however
many wait there. Here the listener decides first.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

AGAIN_S: Final = 1.0  # where the system has no descriptor left: others may go meanwhile
AT_ONCE_MAX: Final = 100  # connections accepted in one step of the loop

Arrived = Callable[[socket.socket, str], None]


class Acceptor:
    """All sockets of one address. `arrived` gets each connection, non-blocking, with its peer's address."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, arrived: Arrived, sockets: Sequence[socket.socket] = ()
    ) -> None:
        self._loop = loop
        self._arrived = arrived
        self.sockets = list(sockets)

    async def open(self, host: str, tcp_port: int, backlog: int) -> None:
        """Listen, and accept nobody yet; raises OSError when the address is taken, and then listens nowhere."""
        found = await self._loop.getaddrinfo(host, tcp_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, kind, protocol, _, address in dict.fromkeys(found):
                self.sockets.append(_listening(family, kind, protocol, address, backlog))
        except OSError:
            self.close()
            raise

    async def start_serving(self) -> None:
        """Accept whoever comes, and who has come since the sockets listen."""
        for sock in self.sockets:
            self._loop.add_reader(sock.fileno(), self._accept, sock)

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(AT_ONCE_MAX):
            try:
                accepted, peer = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # no descriptor or memory left; the socket would tell us again at once
                self._loop.remove_reader(sock.fileno())
                self._loop.call_later(AGAIN_S, self._go_on, sock)
                return
            accepted.setblocking(False)
            self._arrived(accepted, str(peer[0]))

    def _go_on(self, sock: socket.socket) -> None:
        if sock in self.sockets:
            self._loop.add_reader(sock.fileno(), self._accept, sock)

    def close(self) -> None:
        """Accept nothing any more; what was accepted stays."""
        for sock in self.sockets:
            self._loop.remove_reader(sock.fileno())
            sock.close()
        self.sockets.clear()


def copies(sockets: Iterable[Any]) -> list[socket.socket]:
    """Return sockets of our own for what a server listens on: they listen as long as either is open."""
    return [socket.socket(fileno=os.dup(each.fileno())) for each in sockets if hasattr(each, "fileno")]


def listen_now(sockets: Iterable[Any], backlog: int) -> None:
    """Let the system hold connections until they are accepted, so that what hinders it is known now: OSError."""
    for each in copies(sockets):
        with each:
            each.listen(backlog)


def _listening(family: int, kind: int, protocol: int, address: tuple[object, ...], backlog: int) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(address)
        sock.listen(backlog)
    except OSError:
        sock.close()
        raise
    return sock
