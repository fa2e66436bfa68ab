"""What stands between a connection and its pump while somebody listens to it, and only then.

A pump that nobody listens to knows nothing of this: its transport is the connection's own, and the connection calls it
without a detour.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from gateway.transport.pump import Pump


class Listening(Protocol):
    """Who listens. It MAY NOT raise: the connection goes on whatever becomes of it."""

    def received(self, octets: bytes) -> None: ...
    def wrote(self, octets: bytes) -> None: ...
    def lost(self) -> None: ...


class Tap:
    """The protocol of a transport, and the transport of a pump; `remove` takes it out again."""

    def __init__(self, pump: Pump, transport: asyncio.Transport, listening: Listening) -> None:
        self._pump = pump
        self._transport = transport
        self._listening = listening

    # --- the transport calls these ---------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._listening.received(data)
        self._pump.data_received(data)

    def eof_received(self) -> bool:
        return self._pump.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._pump.connection_lost(exc)
        self._listening.lost()

    def pause_writing(self) -> None:
        self._pump.pause_writing()

    def resume_writing(self) -> None:
        self._pump.resume_writing()

    # --- the pump calls these ----------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        self._listening.wrote(data)
        self._transport.write(data)

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._transport.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str) -> object:
        return self._transport.get_extra_info(name)

    # --- who listens calls this --------------------------------------------------------------------------------------

    def remove(self) -> None:
        """Let transport and pump work without it again."""
        if self._pump.transport is cast(asyncio.Transport, self):
            self._pump.change_transport(self._transport)
            self._transport.set_protocol(self._pump.as_protocol)


def listen_to(pump: Pump, listening: Listening) -> Tap | None:
    """Put a tap before a pump that is connected; None where it is not, or somebody listens already."""
    transport = pump.transport
    if transport is None or isinstance(cast(object, transport), Tap):
        return None
    tap = Tap(pump, transport, listening)
    pump.change_transport(cast(asyncio.Transport, tap))
    transport.set_protocol(cast(asyncio.Protocol, tap))
    return tap
