"""A scripted SMSC and ISMG for the client of `send`: real octets through our own sessions and pump."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from gateway.transport.pump import Pump
from protocols.cmpp import auth
from protocols.cmpp import pdus as cmpp
from protocols.cmpp import receipt as cmpp_receipt
from protocols.cmpp.session import ISMG, CmppSession
from protocols.events import BindRequested, Event, RequestReceived
from protocols.session import Session
from protocols.smpp import pdus as smpp
from protocols.smpp.session import SMSC, SmppSession

Script = Callable[["Peer", Any], None]


class Peer:
    """Owner of one accepted session; `on_bind` and `on_request` decide, `requests` keeps what came."""

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop, on_bind: Script, on_request: Script) -> None:
        self.session = session
        self.loop = loop
        self.requests: list[Any] = []
        self.touch: Callable[[], None] = lambda: None  # to be called after a deliver of its own accord
        self._on_bind = on_bind
        self._on_request = on_request

    def handle(self, event: Event) -> None:
        if isinstance(event, BindRequested):
            self._on_bind(self, event.pdu)
        elif isinstance(event, RequestReceived):
            self.requests.append(event.pdu)
            self._on_request(self, event.pdu)

    def settled(self) -> None:
        """Nothing to do between rounds."""

    def respond(self, request: Any, response: Any) -> None:
        self.session.respond(request, response, now=self.loop.time())

    def deliver(self, pdu: Any) -> None:
        self.session.deliver(pdu, None, now=self.loop.time())


@asynccontextmanager
async def smsc(on_request: Script, on_bind: Script | None = None) -> AsyncIterator[tuple[int, list[Peer]]]:
    def accept(peer: Peer, bind: Any) -> None:
        peer.respond(bind, smpp.BindTransceiverResp(system_id="smsc"))

    async with _listening(lambda now: SmppSession(SMSC, now=now), on_bind or accept, on_request) as found:
        yield found


@asynccontextmanager
async def ismg(
    on_request: Script, on_bind: Script | None = None, password: str = "secret01"
) -> AsyncIterator[tuple[int, list[Peer]]]:
    def accept(peer: Peer, request: Any) -> None:
        is_proven = auth.is_proven(request, password)
        version = request.version
        peer.respond(request, auth.accept(request, password, version) if is_proven else auth.refuse(3, version))

    async with _listening(lambda now: CmppSession(ISMG, now=now), on_bind or accept, on_request) as found:
        yield found


@asynccontextmanager
async def _listening(
    make: Callable[[float], Session], on_bind: Script, on_request: Script
) -> AsyncIterator[tuple[int, list[Peer]]]:
    loop = asyncio.get_running_loop()
    peers: list[Peer] = []
    pumps: list[Pump] = []

    def accept() -> Pump:
        peers.append(Peer(make(loop.time()), loop, on_bind, on_request))
        pump = Pump(peers[-1].session, peers[-1], loop)
        peers[-1].touch = pump.touch
        pumps.append(pump)
        return pump

    server = await loop.create_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], peers
    finally:
        server.close()
        for pump in pumps:
            pump.close()
        await server.wait_closed()


def smpp_receipt(message_id: str, stat: str, *, err: str = "000") -> smpp.DeliverSm:
    text = (
        f"id:{message_id} sub:001 dlvrd:001 submit date:2611220600 done date:2611220601 stat:{stat} err:{err} text:hi"
    )
    return smpp.DeliverSm(esm_class=4, short_message=text.encode())


def report(msg_id: int, stat: str, version: int) -> cmpp.Deliver:
    content = cmpp_receipt.write_receipt(
        cmpp_receipt.Receipt(msg_id, stat, "2611220600", "2611220601", "13800138000"), version
    )
    return cmpp.Deliver(msg_id=msg_id, registered_delivery=1, msg_content=content)
