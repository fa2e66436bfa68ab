"""A network in memory: the two calls of an event loop that open connections, without sockets.

Octets take `latency_s` and arrive in order, in pieces as they were written, or `chunk` at a time so that every PDU is
cut somewhere. It stands in wherever a loop is asked to listen or connect, and needs nothing but the loop's timers:
under a loop with simulated time a day passes in milliseconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

WRITE_HIGH_OCTETS = 64 * 1024
MakeProtocol = Callable[[], asyncio.Protocol]


class Pipe(asyncio.Transport):
    """One end of a connection; `far` is the other."""

    far: Pipe

    def __init__(self, network: Network, protocol: asyncio.Protocol, peer: tuple[str, int]) -> None:
        super().__init__()
        self._network = network
        self._loop = network.loop
        self._protocol = protocol
        self._peer = peer
        self._high = WRITE_HIGH_OCTETS
        self._travelling: deque[bytes] = deque()  # towards this end
        self._arrived: deque[bytes] = deque()  # at this end, not handed over while reading is paused
        self._under_way = 0  # octets from this end that the far one has not taken
        self._is_reading = True
        self._is_full = False
        self._is_closing = False
        self._is_lost = False

    # --- asyncio.Transport -------------------------------------------------------------------------------------------

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = cast(asyncio.Protocol, protocol)  # a pump is one by its methods alone

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._peer if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = WRITE_HIGH_OCTETS if high is None else high

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_closing or not data:
            return
        octets = bytes(data)
        self._under_way += len(octets)
        self.far.expect(octets)
        if self._under_way > self._high and not self._is_full:
            self._is_full = True
            self._protocol.pause_writing()

    def close(self) -> None:
        """What was written still arrives, then the end."""
        if not self._is_closing:
            self._is_closing = True
            self.far.expect(b"")
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        if not self._is_reading:
            self._is_reading = True
            self._loop.call_soon(self._hand_over)

    # --- the network -------------------------------------------------------------------------------------------------

    def expect(self, octets: bytes) -> None:
        """Octets left the far end, or b"" for its end: they arrive after the latency, in order."""
        # Timers of one moment fire in any order, so each takes what is oldest.
        self._travelling.append(octets)
        if self._network.latency_s:
            self._loop.call_later(self._network.latency_s, self._arrive)
        else:
            self._loop.call_soon(self._arrive)

    def _arrive(self) -> None:
        self._arrived.append(self._travelling.popleft())
        self._hand_over()

    def _hand_over(self) -> None:
        chunk = self._network.chunk
        while self._arrived and self._is_reading and not self._is_closing:
            octets = self._arrived.popleft()
            if not octets:
                self._protocol.eof_received()
                self.close()
                return
            self.far.taken(len(octets))
            for at in range(0, len(octets), chunk or len(octets)):
                self._protocol.data_received(octets[at : at + (chunk or len(octets))])

    def taken(self, octets: int) -> None:
        self._under_way -= octets
        if self._is_full and self._under_way <= self._high // 4:
            self._is_full = False
            self._protocol.resume_writing()

    def _lose(self, fault: Exception | None) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._protocol.connection_lost(fault)


def _nobody() -> asyncio.Protocol:
    """Whoever comes before anybody accepts waits in a real system; here nobody comes so early."""
    raise ConnectionRefusedError("nobody accepts yet")


class _Server:
    """A listening address; closing it leaves its connections alone."""

    def __init__(self, network: Network, address: tuple[str, int], make_protocol: MakeProtocol) -> None:
        self._network = network
        self._address = address
        self._make_protocol = make_protocol
        self.sockets = (self,)

    def getsockname(self) -> tuple[str, int]:
        return self._address

    async def start_serving(self) -> None:
        self._network.listening[self._address] = self._make_protocol

    def close(self) -> None:
        self._network.listening.pop(self._address, None)


class Network:
    """Addresses and the pipes between them. `listening` maps (host, port) to what makes the accepting protocol."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, latency_s: float = 0.0, chunk: int = 0) -> None:
        self.loop = loop
        self.latency_s = latency_s
        self.chunk = chunk
        self.listening: dict[tuple[str, int], MakeProtocol] = {}
        self._next_tcp_port = 40_000

    async def create_server(
        self, protocol_factory: MakeProtocol, host: str, port: int, *, start_serving: bool = True, **_: object
    ) -> _Server:
        """Listen; port 0 takes a free one. Raises OSError when the address is taken."""
        if not port:
            port = self._next_tcp_port = self._next_tcp_port + 1
        if (host, port) in self.listening:
            raise OSError(f"{host}:{port} is in use")
        self.listening[host, port] = protocol_factory if start_serving else _nobody
        return _Server(self, (host, port), protocol_factory)

    async def create_connection(
        self, protocol_factory: MakeProtocol, host: str, port: int, **_: object
    ) -> tuple[Pipe, asyncio.Protocol]:
        """Connect; raises OSError where nobody listens."""
        make_far = self.listening.get((host, port))
        if make_far is None:
            raise ConnectionRefusedError(f"nobody listens on {host}:{port}")
        self._next_tcp_port += 1
        protocol = protocol_factory()
        near = Pipe(self, protocol, (host, port))
        far = Pipe(self, make_far(), (host, self._next_tcp_port))
        near.far, far.far = far, near
        far.get_protocol().connection_made(far)
        protocol.connection_made(near)
        return near, protocol
