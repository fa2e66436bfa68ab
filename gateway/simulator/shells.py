"""The cores on an event loop: a carrier's listener, and a client's connection that comes back when it is lost.

`Connector` is the seam: asyncio's own loop opens TCP; `pipes.Network` opens the same in memory, for simulated time.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Final, Protocol

from gateway.simulator.agenda import Agenda
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.client import SimulatedClient
from gateway.simulator.line import Line, pump_through
from gateway.transport.pump import Pump

BACKLOG: Final = 512
CONNECT_TIMEOUT_S: Final = 10.0


class Server(Protocol):
    """What listens: asyncio.Server is one."""

    def close(self) -> None: ...


class Connector(Protocol):
    """Where connections come from; asyncio.AbstractEventLoop is one."""

    async def create_server(self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int) -> Server: ...
    async def create_connection(
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[asyncio.BaseTransport, asyncio.Protocol]: ...


class Clockwork:
    """Runs an agenda on a loop: one timer, for the next action."""

    def __init__(self, agenda: Agenda, loop: asyncio.AbstractEventLoop) -> None:
        self._agenda = agenda
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._is_running = False
        agenda.wake = self._arm
        self._arm()

    def _arm(self) -> None:
        if self._is_running:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._agenda.next_due
        if due is not None:
            self._timer = self._loop.call_at(due, self._run)

    def _run(self) -> None:
        self._is_running = True
        # A timer may fire up to the clock's resolution early.
        now = max(self._loop.time(), self._agenda.next_due or 0.0)
        self._agenda.run_due(now)
        self._is_running = False
        self._timer = None
        self._arm()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class CarrierListener:
    """A carrier that listens. `tcp_port` is known once it is open; 0 asks for a free one."""

    def __init__(
        self, carrier: SimulatedCarrier, loop: asyncio.AbstractEventLoop, wire: Connector | None = None
    ) -> None:
        self.carrier = carrier
        self.tcp_port = 0
        self._loop = loop
        self._wire: Connector = wire or loop
        self._server: Server | None = None
        self._pumps: set[Pump] = set()
        self._clockwork = Clockwork(carrier.agenda, loop)

    async def open(self, host: str, tcp_port: int) -> None:
        """Listen; raises OSError when the address is taken."""
        self._server = await self._wire.create_server(self._accept, host, tcp_port)
        sockets = getattr(self._server, "sockets", None)
        self.tcp_port = sockets[0].getsockname()[1] if sockets else tcp_port

    def _accept(self) -> asyncio.Protocol:
        line = Line(self._loop)
        link = self.carrier.open(line)
        pump = pump_through(line, link.session, link, self._loop)
        self._pumps.add(pump)
        pump.lost.add_done_callback(lambda _: self._pumps.discard(pump))
        return pump.as_protocol

    def cut_all(self) -> None:
        """End every connection without a word."""
        for pump in tuple(self._pumps):
            pump.close()

    async def close(self, timeout_s: float = 2.0) -> None:
        """Say goodbye on every link, then go."""
        if self._server is not None:
            self._server.close()
        self.carrier.unbind_all(self._loop.time())
        if self._pumps:
            await asyncio.wait([pump.lost for pump in self._pumps], timeout=timeout_s)
        self.cut_all()
        self._clockwork.stop()


class ClientRunner:
    """A client that connects, binds, and does so again whenever the connection ends."""

    def __init__(
        self, client: SimulatedClient, loop: asyncio.AbstractEventLoop, host: str, tcp_port: int, *, seed: int = 0,
        wire: Connector | None = None, reconnect_min_s: float = 0.2, reconnect_max_s: float = 10.0,
    ) -> None:
        self.client = client
        self.problem = ""  # why there is no connection now
        self._loop = loop
        self._wire: Connector = wire or loop
        self._host, self._tcp_port = host, tcp_port
        self._rng = random.Random(f"runner {seed}")
        self._reconnect_min_s, self._reconnect_max_s = reconnect_min_s, reconnect_max_s
        self._clockwork = Clockwork(client.agenda, loop)
        self._pump: Pump | None = None
        self._line: Line | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._loop.create_task(self._keep())

    async def _keep(self) -> None:
        delay_s = self._reconnect_min_s
        while True:
            binds = self.client.totals.binds
            try:
                await self._connect_once()
                self.problem = ""
            except (OSError, TimeoutError) as fault:
                self.problem = str(fault) or "no connection in time"
            delay_s = self._reconnect_min_s if self.client.totals.binds > binds else delay_s * 2
            delay_s = min(delay_s, self._reconnect_max_s)
            await asyncio.sleep(delay_s * self._rng.uniform(0.5, 1.0))

    async def _connect_once(self) -> None:
        """Connect, bind, and return when the connection is gone."""
        line = Line(self._loop)
        link = self.client.open(line)
        pump = pump_through(line, link.session, link, self._loop)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._wire.create_connection(lambda: pump.as_protocol, self._host, self._tcp_port)
            self._pump, self._line = pump, line
            self.client.bind(self._loop.time())
            await asyncio.shield(pump.lost)
        finally:
            pump.close()

    def drop(self) -> None:
        """End the connection without a word; the next one follows."""
        if self._pump is not None:
            self._pump.close()

    def stop_reading(self) -> None:
        """Take nothing more off this connection: what comes fills the buffers of both sides."""
        if self._line is not None:
            self._line.pause_reading()

    async def stop(self, timeout_s: float = 5.0) -> None:
        """Unbind, then go."""
        self.client.unbind(self._loop.time())
        pump = self._pump
        if pump is not None and not pump.lost.done():
            await asyncio.wait([pump.lost], timeout=timeout_s)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._clockwork.stop()
