"""Pipes that join two pumps, and what may happen to them: latency, pieces, cuts, half-closes, a host that is gone."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.simulator.pipes import Network, Pipe

Address = tuple[str, int]


class Net(Network):
    """The simulator's network with every pipe known by the address that was called."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop, latency_s=0.002)
        self._pipes: dict[Address, list[Pipe]] = {}
        self.gone: set[Address] = set()
        self.servers = 0  # calls that listen so far: what `failing` counts
        self.failing: set[int] = set()
        self.faults: dict[Address, list[BaseException]] = {}  # what the next calls of an address raise, first to last

    async def create_connection(self, protocol_factory: Any, host: str, port: int, **_: Any) -> Any:
        if (host, port) in self.gone:
            raise ConnectionRefusedError(f"{host}:{port} is gone")
        if self.faults.get((host, port)):
            raise self.faults[host, port].pop(0)
        near, protocol = await super().create_connection(protocol_factory, host, port)
        pipes = self._pipes.setdefault((host, port), [])
        pipes[:] = [pipe for pipe in pipes if not pipe.is_closing()]
        pipes.append(near)
        return near, protocol

    async def create_server(self, protocol_factory: Any, host: str, port: int, **keys: Any) -> Any:
        self.servers += 1
        if self.servers in self.failing:
            raise OSError(f"{host}:{port} is in use")
        return await super().create_server(protocol_factory, host, port, **keys)

    def cut(self, address: Address) -> None:
        """End every connection to an address at once; what is on its way never arrives."""
        for near in self._pipes.pop(address, ()):
            for end in (near, near.far):
                sever(end)

    def half_close(self, address: Address) -> None:
        """Whoever called hears the end of the stream; what it wrote before still arrives."""
        for near in self._pipes.get(address, ()):
            if not near.is_closing():
                near.expect(b"")

    def take_away(self, address: Address) -> None:
        """The host is gone: connections end, and nobody can call it."""
        self.gone.add(address)
        self.cut(address)

    def bring_back(self, address: Address) -> None:
        self.gone.discard(address)


class Nobody(asyncio.Protocol):
    """The protocol of a process that died: it hears nothing."""


def sever(end: Pipe, *, process_died: bool = False) -> None:
    """Break one end of a pipe; the process behind it learns of it, unless it died."""
    if process_died:
        end.set_protocol(Nobody())
    if not end.is_closing():
        end._is_closing = True
        end._loop.call_soon(end._lose, ConnectionResetError("cut"))
