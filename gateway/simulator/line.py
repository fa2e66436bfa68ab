"""What stands between a pump and its transport: octets pass as they are until a fault is asked for.

`Line` is a transport to the pump and a fault injector to a core. Faults act on what is written, where the peer sees
them: the session on this side goes on believing that all is well until the connection ends.
"""

from __future__ import annotations

import asyncio
from typing import cast

from gateway.transport.pump import Owner, Pump
from protocols.session import Session


class Line(asyncio.Transport):
    """One connection as a core may mistreat it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self._under: asyncio.Transport | None = None
        self._muted_until = 0.0
        self._tail_octets = 0
        self._is_cut = False
        self.pump: Pump | None = None

    def attach(self, under: asyncio.BaseTransport) -> Line:
        """Stand in front of a real transport; returns the transport to give to the pump."""
        self._under = cast(asyncio.Transport, under)
        return self

    # --- what a core asks for ----------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self._loop.time()

    def touch(self) -> None:
        if self.pump is not None:
            self.pump.touch()

    def cut(self) -> None:
        self._is_cut = True
        if self._under is not None:
            self._under.close()

    def cut_tail(self, octets: int) -> None:
        self._tail_octets = octets
        self.touch()

    def garble(self, octets: bytes) -> None:
        self._write(octets)

    def mute(self, until: float) -> None:
        self._muted_until = until

    # --- what a pump asks for ----------------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._tail_octets:
            self._write(data)
            return
        self._write(data[: -self._tail_octets])
        self.cut()

    def _write(self, octets: bytes | bytearray | memoryview) -> None:
        if self._under is not None and not self._is_cut and self._loop.time() >= self._muted_until:
            self._under.write(octets)

    def close(self) -> None:
        if self._under is not None:
            self._under.close()

    def abort(self) -> None:
        if self._under is not None:
            self._under.abort()

    def is_closing(self) -> bool:
        return self._under is None or self._under.is_closing()

    def pause_reading(self) -> None:
        if self._under is not None:
            self._under.pause_reading()

    def resume_reading(self) -> None:
        if self._under is not None:
            self._under.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        if self._under is not None:
            self._under.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default if self._under is None else self._under.get_extra_info(name, default)


def pump_through(line: Line, session: Session, owner: Owner, loop: asyncio.AbstractEventLoop) -> Pump:
    """Return a pump whose transport is a `Line`."""
    line.pump = Pump(session, owner, loop, through=line.attach)
    return line.pump
