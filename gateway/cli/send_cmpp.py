"""The CMPP client of `send`: an SP on our own protocols and the gateway's own pump."""

from __future__ import annotations

import asyncio
import time
import zlib

from gateway.cli.reply import Reply, SendOrder, SentSegment, key_names, name_of
from gateway.domain.verdict import Key
from gateway.transport.pump import Pump
from protocols.cmpp import auth, pdus, receipt
from protocols.cmpp.constants import ConnectStatus, MsgFmt, RegisteredDelivery, Result
from protocols.cmpp.session import SP, CmppSession
from protocols.events import BindRefused, Bound, Closed, Event, RequestReceived, ResponseReceived
from protocols.text.codings import Encoding
from protocols.text.segments import split, with_concat_udh

_STOP_S = 2.0


class ServiceProvider:
    """Owner of one session: submits the order's segments as the window allows, answers and reads what comes."""

    def __init__(self, order: SendOrder, reply: Reply, loop: asyncio.AbstractEventLoop) -> None:
        self.session = CmppSession(SP, now=loop.time())
        self._loop = loop
        self._order = order
        self._reply = reply
        self._waiting = submits_of(order)
        reply.segments.extend(SentSegment() for _ in self._waiting)
        self._next = 0
        self._is_bound = False

    def bind(self) -> None:
        order = self._order
        request = auth.connect(order.account, order.password, order.version, time.time())
        self.session.bind(request, now=self._loop.time())

    def handle(self, event: Event) -> None:
        if isinstance(event, Bound):
            self._is_bound = True
        elif isinstance(event, BindRefused):
            self._reply.fail(f"bind refused: {name_of(ConnectStatus, event.status)}")
        elif isinstance(event, ResponseReceived):
            pdu, segment = event.pdu, event.token
            assert isinstance(pdu, pdus.SubmitResp) and isinstance(segment, SentSegment)
            self._reply.answer(segment, str(pdu.msg_id), pdu.result, reason_of(pdu.result))
        elif isinstance(event, RequestReceived) and isinstance(event.pdu, pdus.Deliver):
            self._receive(event.pdu)
        elif isinstance(event, Closed) and not self._reply.done.is_set():
            self._reply.fail(f"the session ended: {event.detail}")

    def settled(self) -> None:
        while self._is_bound and self._next < len(self._waiting) and self.session.free:
            segment = self._reply.segments[self._next]
            self.session.submit(self._waiting[self._next], segment, now=self._loop.time())
            self._next += 1

    def _receive(self, deliver: pdus.Deliver) -> None:
        self.session.respond(deliver, pdus.DeliverResp(msg_id=deliver.msg_id), now=self._loop.time())
        if deliver.registered_delivery == RegisteredDelivery.RECEIPT:
            read = receipt.read_receipt(deliver.msg_content)
            if read is not None and read.is_final:
                self._reply.receipt(str(read.msg_id), read.stat, "" if read.is_delivered else read.stat)


async def send_cmpp(order: SendOrder) -> Reply:
    """Connect, submit one message, wait for its answers and receipts, terminate."""
    loop = asyncio.get_running_loop()
    reply = Reply()
    provider = ServiceProvider(order, reply, loop)
    try:
        async with asyncio.timeout(order.wait_s):
            pump = Pump(provider.session, provider, loop)
            await loop.create_connection(lambda: pump.as_protocol, order.host, order.tcp_port)
            provider.bind()
            pump.touch()
            await reply.done.wait()
    except TimeoutError:
        reply.problem = f"no receipt within {order.wait_s:g} s" if reply.segments[0].id else "no answer"
    except OSError as error:
        reply.fail(f"no connection: {error}")
        return reply
    provider.session.unbind(now=loop.time())
    pump.touch()
    try:
        async with asyncio.timeout(_STOP_S):
            await asyncio.shield(pump.lost)
    except TimeoutError:
        pump.close()
    return reply


def submits_of(order: SendOrder) -> list[pdus.Submit]:
    """Return one SUBMIT a segment: ASCII where it is, else UCS-2, cut behind a 6-octet header where it is long."""
    encoding, msg_fmt = (
        (Encoding.ASCII, MsgFmt.ASCII) if order.text.isascii() else (Encoding.UCS2, MsgFmt.UCS2)
    )
    bodies = split(order.text, encoding)
    reference = zlib.crc32(order.text.encode()) & 0xFF
    parts = with_concat_udh(bodies, reference)
    return [
        pdus.Submit(
            pk_total=len(parts), pk_number=number, registered_delivery=RegisteredDelivery.RECEIPT,
            tp_udhi=int(len(parts) > 1), msg_fmt=int(msg_fmt), msg_src=order.account, src_id=order.source,
            dest_terminal_id=(order.destination,), msg_content=part,
        )
        for number, part in enumerate(parts, start=1)
    ]


def reason_of(result: int) -> str:
    """Return the words of a Result: the reject keys that use it, else the specification's name."""
    if result == 0:
        return ""
    keys = key_names(key for key in Key if key.cmpp_result == result)
    return keys or name_of(Result, result)
