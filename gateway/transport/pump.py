"""The one pump for both protocols and both roles: an asyncio transport here, the five calls of a session there.

It moves octets, events and one timer; every protocol decision is the session's, every other one the owner's. Writes
of one step of the event loop leave together. While the peer does not read, reading from it pauses too, so a slow peer
costs its own buffer and nothing else. An owner with enough requests to answer may `hold` the reading, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

from protocols.events import Closed, CloseReason, Event
from protocols.session import Session

WRITE_HIGH_OCTETS: Final = 256 * 1024
STALLED_WRITE_S = 30.0  # a peer that reads nothing for so long is cut off; not Final, for a test shortens it


class Owner(Protocol):
    """Who decides. `handle` gets every event in order; `settled` is called once after each round of them."""

    def handle(self, event: Event) -> None: ...
    def settled(self) -> None: ...


class _NoOwner:
    """The owner of a pump whose connection is lost: the cycle of the two is broken, for no collector looks for it."""

    def handle(self, event: Event) -> None:
        """Nothing is decided any more."""

    def settled(self) -> None:
        """Nor is anything to be sent."""


_NOBODY: Final = _NoOwner()
Through = Callable[[asyncio.Transport], asyncio.Transport]


class Pump:
    """One connection. `touch` after any verb that was not called from within `handle`.

    `through` puts something of its owner's between the transport and the pump, on this side of it.
    """

    def __init__(
        self, session: Session, owner: Owner, loop: asyncio.AbstractEventLoop, *,
        write_buffer_max_octets: int = WRITE_HIGH_OCTETS, through: Through | None = None,
    ) -> None:
        self._through = through
        self._write_buffer_max_octets = write_buffer_max_octets
        self.session = session
        self._owner: Owner = owner
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._is_touched = False
        self._is_running = False
        self.is_congested = False
        self.is_held = False
        self._stall: asyncio.TimerHandle | None = None
        self.lost: asyncio.Future[None] = loop.create_future()

    @property
    def as_protocol(self) -> asyncio.Protocol:
        """Return itself to asyncio, which asks for the methods below and not for its own class."""
        return cast(asyncio.Protocol, self)

    @property
    def transport(self) -> asyncio.Transport | None:
        """What it writes to; None before the connection is made, and once it is lost."""
        return self._transport

    def change_transport(self, transport: asyncio.Transport) -> None:
        """Write to another one from now on, which leads to the same connection."""
        self._transport = transport

    # --- asyncio calls these -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's, only alike.
        transport = cast(asyncio.Transport, transport)
        self._transport = transport = transport if self._through is None else self._through(transport)
        transport.set_write_buffer_limits(high=self._write_buffer_max_octets)
        self.run()

    def data_received(self, data: bytes) -> None:
        self.session.receive_data(data, now=self._loop.time())
        self.run()

    def eof_received(self) -> bool:
        self.session.receive_eof(now=self._loop.time())
        self.run()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.session.receive_eof(now=self._loop.time())
        self._transport = None
        self.run()
        for handle in (self._timer, self._stall):
            if handle is not None:
                handle.cancel()
        self._timer = self._stall = None
        self._owner, self._through = _NOBODY, None
        if not self.lost.done():
            self.lost.set_result(None)

    def pause_writing(self) -> None:
        self.is_congested = True
        if self._transport is not None:
            self._transport.pause_reading()
            self._stall = self._loop.call_later(STALLED_WRITE_S, self._cut_off)

    def resume_writing(self) -> None:
        self.is_congested = False
        if self._stall is not None and not self.session.is_closed:
            self._stall.cancel()
            self._stall = None
        if self._transport is not None and not self.is_held:
            self._transport.resume_reading()
        self._owner.settled()
        self.touch()

    def _cut_off(self) -> None:
        self.session.abort("the peer stopped reading")
        self.run()
        if self._transport is not None:
            self._transport.abort()

    # --- owners call these -------------------------------------------------------------------------------------------

    @property
    def peer(self) -> str:
        """The peer's address without its port; empty once gone."""
        if self._transport is None:
            return ""
        name = self._transport.get_extra_info("peername")
        return name[0] if isinstance(name, tuple) else "local"

    def touch(self) -> None:
        """Write, and look at events, at the end of this step of the loop."""
        if not self._is_touched and not self._is_running:
            self._is_touched = True
            self._loop.call_soon(self._touched)

    def _touched(self) -> None:
        self._is_touched = False
        self.run()

    def hold(self) -> None:
        """Read no more until `release`: the owner has as many requests to answer as it wants."""
        if not self.is_held and self._transport is not None:
            self.is_held = True
            self._transport.pause_reading()
            self.session.stop_listening(now=self._loop.time())

    def release(self) -> None:
        """Read again, unless the peer does not read."""
        if not self.is_held:
            return
        self.is_held = False
        self.session.listen(now=self._loop.time())
        if self._transport is not None and not self.is_congested:
            self._transport.resume_reading()
        self.touch()

    def close(self) -> None:
        """End now, whatever is in flight."""
        self.session.abort("closed by the gateway")
        self.run()

    def cut(self) -> None:
        """End now, and wait for nothing that the peer would have to do."""
        self.close()
        if self._transport is not None:
            self._transport.abort()

    def run(self) -> None:
        """Hand over events, write what there is, set the timer."""
        if self._is_running:
            return
        self._is_running = True
        session, handle = self.session, self._owner.handle
        events = session.events
        is_closed = False
        try:
            while events:
                event = events.popleft()
                handle(event)
                if type(event) is Closed:
                    is_closed = True
                if not events:
                    self._owner.settled()
        finally:  # an owner that raises loses its connection: the loop closes it, and the end must still be told
            self._is_running = False
        transport = self._transport
        if transport is None:
            return
        data = session.data_to_send()
        if data:
            transport.write(data)
        if is_closed:
            transport.close()
            if self._stall is None:  # what is still in the buffer of a peer that reads nothing would keep it for ever
                self._stall = self._loop.call_later(STALLED_WRITE_S, self._cut_off)
            return
        deadline = session.next_deadline()
        if deadline is not None and (self._timer is None or deadline < self._timer_at):
            self._arm(deadline)

    def _arm(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._loop.call_at(deadline, self._due)

    def _due(self) -> None:
        self._timer = None
        self.session.handle_deadline(now=self._loop.time())
        self.run()


__all__ = ["CloseReason", "Owner", "Pump"]
