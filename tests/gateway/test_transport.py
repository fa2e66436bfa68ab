"""The pump: an owner that fails loses its connection, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.transport.pump import Pump
from protocols.events import Closed
from protocols.smpp.session import SMSC, SmppSession


class Clumsy:
    """An owner that raises at the first event it gets."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def handle(self, event: Any) -> None:
        self.events.append(event)
        if len(self.events) == 1:
            raise ZeroDivisionError

    def settled(self) -> None:
        """Nothing to do between rounds."""


async def test_the_end_is_told_to_an_owner_that_raised() -> None:
    loop, owner = asyncio.get_running_loop(), Clumsy()
    troubles: list[Any] = []
    loop.set_exception_handler(lambda _, context: troubles.append(context["exception"]))
    pump = Pump(SmppSession(SMSC, now=loop.time()), owner, loop)
    server = await loop.create_server(lambda: pump, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    writer.write(bytes.fromhex("00000010000102000000000000000001"))  # a command that nobody knows
    async with asyncio.timeout(30):
        await pump.lost
        await reader.read(-1)
    assert isinstance(owner.events[-1], Closed)
    assert [type(trouble) for trouble in troubles] == [ZeroDivisionError]
    writer.close()
    server.close()
