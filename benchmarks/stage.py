"""The gateway's sessions, flows and links without kernel and database: octets in, octets out, batches handed over.

A step feeds what the peers would have sent and returns; the peers' own work is done before (`Feeds`), outside any
measured time. One round of a message is submit, flush, answer, receipt, flush, acknowledge, flush.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, cast

from benchmarks.figures import ROOT
from benchmarks.wires import Wire, frames
from gateway.dialects.protocol_table import CARRIER_PROTOCOLS, CLIENT_PROTOCOLS
from gateway.domain.meters import Meters
from gateway.flows.binds.admission import Admission
from gateway.flows.binds.connection_limits import ConnectionLimiter
from gateway.flows.interfaces import FlowContext, FlowLimits
from gateway.flows.wiring import Flows
from gateway.settings import load
from gateway.store.journal.batch import Batch
from gateway.store.journal.gathering import Gathering
from gateway.store.memory.memory_content import MemoryContents
from gateway.transport.carrier_link import CarrierLink
from gateway.transport.carrier_link import LinkContext as LinkSurroundings
from gateway.transport.client_session import ClientSession, SessionContext
from gateway.transport.pool import session_limits
from gateway.transport.pump import Pump
from gateway.transport.requests import Requests
from protocols.session import Limits, Role

LINKS = 4
WINDOW_MAX = 100
PEER = "127.0.0.1"
Feeds = list[tuple[Pump, bytes]]
DESTINATIONS = {"smpp": "155{:08d}", "cmpp": "138{:08d}"}  # by the carrier's protocol, as the shipped prefixes route


class Loop:
    """The calls of an event loop that the gateway makes on this road. Timers never come due."""

    def __init__(self) -> None:
        self._soon: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    time = staticmethod(time.monotonic)

    def call_soon(self, callback: Callable[..., None], *args: Any) -> None:
        self._soon.append((callback, args))

    def call_later(self, delay: float, callback: Callable[..., None], *args: Any) -> Timer:
        return _TIMER

    call_at = call_later

    def create_future(self) -> asyncio.Future[None]:
        return cast("asyncio.Future[None]", _TIMER)

    def run(self) -> None:
        """Do what is to be done soon, until nothing is."""
        while self._soon:
            soon, self._soon = self._soon, []
            for callback, args in soon:
                callback(*args)


class Timer:
    """A timer, or a future, that nothing is expected of."""

    def cancel(self) -> None:
        """It would not have come anyway."""

    def done(self) -> bool:
        return True


_TIMER = Timer()


class Transport:
    """Keeps what is written until the peer takes it."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._written.append(data)

    def take(self) -> bytes:
        data = b"".join(self._written)
        self._written.clear()
        return data

    def set_write_buffer_limits(self, high: int) -> None:
        """It never fills."""

    def get_extra_info(self, name: str) -> Any:
        return (PEER, 1) if name == "peername" else None


class Stage:
    """A gateway with `sessions` clients of one protocol and four links to a carrier of another or the same."""

    def __init__(self, client: Wire, carrier: Wire, sessions: int = 10) -> None:
        self.client, self.carrier = client, carrier
        self.loop, self.journal, self.meters = Loop(), Gathering(0, time.time), Meters()
        self.journal.is_open = True
        self._settings = load(ROOT / "config")
        self._destination = DESTINATIONS[carrier.protocol]
        self._number = 0
        loop, quiet = cast(asyncio.AbstractEventLoop, self.loop), lambda *args, **values: None
        context = FlowContext(
            self.journal, cast(Any, None), loop, time.time, _spawn_nothing, FlowLimits(), self.meters, quiet
        )
        self.flows = Flows(context, MemoryContents(), node=0)
        self.journal.watch(self.flows.ids, self.flows.seqs)
        self.flows.load(self._settings.accounts, self._settings.channels, self._settings.profiles)
        self.flows.book.top_up(client.account, 1, 10**15, time.time())
        admission = Admission()
        admission.load(self._settings.accounts)
        self._around = SessionContext(
            loop, time.time, admission, self.flows.intake, self.flows.outbox,
            Requests(self.flows.amend, cast(Any, None), _spawn_nothing), self.meters, quiet,
        )
        self._limiter = ConnectionLimiter(admission)
        self._beyond = LinkSurroundings(
            loop, time.time, self.flows.dispatch, self.flows.receipts, self.flows.inbound, quiet
        )
        self._links = [self._bind_link(number) for number in range(LINKS)]
        self._sessions = [self._bind_session() for _ in range(sessions)]
        self.flush()

    # --- both sides are bound at the start ---------------------------------------------------------------------------

    def _bind_session(self) -> tuple[Pump, Transport]:
        place, _ = self._limiter.arrive(PEER, self.loop.time())
        assert place is not None, "the gateway had no room for our connection"
        connection = ClientSession(CLIENT_PROTOCOLS[self.client.protocol], self._around, self._limiter, place, PEER)
        session = self.client.make_session(Role.ACCEPTOR, Limits(window_max=WINDOW_MAX), self.loop.time())
        connection.pump = pump = Pump(session, connection, self._around.loop)
        transport = _connect(pump)
        pump.data_received(self.client.encode(self.client.bind(time.time()), 1))
        self.loop.run()
        transport.take()
        assert connection.account is not None, "the gateway did not take our bind"
        return pump, transport

    def _bind_link(self, number: int) -> tuple[Pump, Transport]:
        channel = self._settings.channels[self.carrier.channel]
        dialect = CARRIER_PROTOCOLS[self.carrier.protocol].make_dialect(channel)
        link = CarrierLink(
            f"{channel.name}/{number}", "trx", channel, dialect, self.meters.channel(channel.name), self._beyond,
            lambda name: self.flows.dispatch.channel_changed(name, True),
        )
        self.flows.dispatch.senders[channel.name].add_link(link)
        session = self.carrier.make_session(Role.INITIATOR, session_limits(channel), self.loop.time())
        link.pump = pump = Pump(session, link, self._around.loop)
        transport = _connect(pump)
        session.bind(link.bind_pdu(), now=self.loop.time())
        pump.run()
        request = self.carrier.decode(transport.take())
        pump.data_received(self.carrier.encode(self.carrier.bind_accepted(request), request.sequence))
        self.loop.run()
        assert link.is_bound, "the link did not take the carrier's answer"
        return pump, transport

    # --- what the peers send ---------------------------------------------------------------------------------------

    def submits(self, messages: int) -> Feeds:
        """Return new submits, spread over the sessions."""
        wire, sessions = self.client, self._sessions
        octets: list[list[bytes]] = [[] for _ in sessions]
        for number in range(self._number, self._number + messages):
            pdu = wire.submit(self._destination.format(number), number)
            octets[number % len(sessions)].append(wire.encode(pdu, number + 2))
        self._number += messages
        return [(pump, b"".join(parts)) for (pump, _), parts in zip(sessions, octets, strict=True) if parts]

    def answers(self) -> tuple[Feeds, Feeds]:
        """Take what the links wrote; return the carrier's answers to it, and the receipts that follow them."""
        wire = self.carrier
        answers: Feeds = []
        receipts: Feeds = []
        for pump, transport in self._links:
            answered, told = [], []
            for frame in frames(transport.take()):
                pdu = wire.decode(frame)
                if type(pdu) is wire.SUBMIT:
                    carrier_id = wire.next_id()
                    answered.append(wire.encode(wire.submit_accepted(carrier_id), pdu.sequence))
                    told.append(wire.encode(wire.receipt(carrier_id), pdu.sequence))
            if answered:
                answers.append((pump, b"".join(answered)))
                receipts.append((pump, b"".join(told)))
        return answers, receipts

    def acknowledgements(self) -> Feeds:
        """Take what the sessions wrote; return the clients' answers to the receipts in it."""
        wire = self.client
        feeds: Feeds = []
        for pump, transport in self._sessions:
            pdus = [wire.decode(frame) for frame in frames(transport.take())]
            delivers = [pdu for pdu in pdus if type(pdu) is wire.DELIVER]
            if delivers:
                acknowledged = [wire.encode(wire.deliver_accepted(pdu), pdu.sequence) for pdu in delivers]
                feeds.append((pump, b"".join(acknowledged)))
        return feeds

    # --- what the gateway does ---------------------------------------------------------------------------------------

    def feed(self, feeds: Feeds) -> None:
        for pump, octets in feeds:
            pump.data_received(octets)
        self.loop.run()

    def flush(self) -> Batch:
        """Take the batch as committed: its continuations, and what they write."""
        batch = self.journal.take_gathered()
        for continuation, args, *_ in batch.continuations:
            continuation(*args)
        self.loop.run()
        return batch

    def tidy(self) -> None:
        """What housekeeping does once a second."""
        self.flows.receipts.forget_ended()

    @property
    def counts(self) -> tuple[int, int]:
        """(accepted messages, receipts taken by the clients) so far."""
        meters = self.meters.account(self.client.account)
        return meters.accepted, meters.delivered_receipts


def _connect(pump: Pump) -> Transport:
    transport = Transport()
    pump.connection_made(cast(asyncio.BaseTransport, transport))
    return transport


def _spawn_nothing(coroutine: Coroutine[Any, Any, None]) -> None:
    """Whatever is looked up in the database stays unknown."""
    coroutine.close()
