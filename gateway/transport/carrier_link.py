"""One bind to a carrier: claimed segments out, answers, receipts and MO in."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from gateway.dialects.dialect_interfaces import CarrierDialect
from gateway.domain.channel import Channel
from gateway.domain.message import Message
from gateway.domain.meters import ChannelMeters
from gateway.domain.outcome import Answer, Inbound, Receipt, Unreadable
from gateway.flows.inbound import InboundFlow
from gateway.flows.interfaces import Clock, Emit
from gateway.flows.messages.dispatch import Dispatch, problem_of
from gateway.flows.receipts.receipts import Receipts
from gateway.pipeline.policy.failover import classify
from gateway.transport.pump import Pump
from protocols.any_pdu import AnyPdu
from protocols.errors import NotBound, WindowFull
from protocols.events import (
    BindRefused,
    Bound,
    Closed,
    Event,
    LateResponse,
    PeerFault,
    RequestExpired,
    RequestReceived,
    ResponseReceived,
    UnbindRequested,
)

SOON_S: Final = 0.001  # timers of the loop may come so much early

UNPROVEN: Final = -1  # in place of a status: the peer said yes, and we left

Token = tuple[Message, int, float]


@dataclass(frozen=True, slots=True)
class LinkContext:
    """What every link needs from the gateway."""

    loop: asyncio.AbstractEventLoop
    clock: Clock
    dispatch: Dispatch
    receipts: Receipts
    inbound: InboundFlow
    emit: Emit


class CarrierLink:
    """The owner of one pump on the carrier side; implements flows.interfaces.Link."""

    def __init__(
        self, name: str, kind: str, channel: Channel, dialect: CarrierDialect, meters: ChannelMeters,
        around: LinkContext, changed: Callable[[str], None],
    ) -> None:
        self._changed = changed
        self.name = name
        self.channel = channel
        self._kind = kind  # trx, tx or rx
        self._dialect = dialect
        self._meters = meters
        self._around = around
        self._loop = around.loop
        self._dispatch = around.dispatch
        self._sender = around.dispatch.senders[channel.name]
        self._learnt = self._sender.learnt
        self.pump: Pump | None = None
        self._claimed = 0  # segments claimed and not written yet
        self.claims = 0  # segments ever claimed
        self._unsent: deque[tuple[Message, int]] = deque()
        self._paused_until = 0.0
        self.is_bound = False
        self.is_draining = False
        self.is_held = False  # by an operator: it is not bound again
        self.connected: Callable[[Pump], None] | None = None  # hears of each new connection, before its bind
        self.refused_status: int | None = None
        self.bound_at = 0.0  # unix seconds

    # --- flows.interfaces.Link ------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        pump = self.pump
        if not self.is_bound or pump is None or self._kind == "rx" or self.is_draining or pump.is_congested:
            return 0
        if self._paused_until:
            if self._loop.time() < self._paused_until:
                return 0
            self._paused_until = 0.0
        return pump.session.free - self._claimed

    def claim(self, segments: int) -> None:
        self._claimed += segments
        self.claims += segments

    def take_lost(self, claims: int) -> int:
        """Forget what was claimed before `claims` and is neither written nor returned; return how many segments."""
        lost = self._claimed - (self.claims - claims) - len(self._unsent)
        self.unclaim(max(0, lost))
        return max(0, lost)

    def unclaim(self, segments: int) -> None:
        self._claimed = max(0, self._claimed - segments)

    def submit(self, message: Message, index: int) -> None:
        pump = self.pump
        if pump is None or not self.is_bound or self.is_draining or self._paused_until > self._loop.time():
            self.unclaim(1)
            self._dispatch.unanswered(message, index, was_written=False)
        elif self._unsent or pump.session.free <= 0:
            self._unsent.append((message, index))
        else:
            self._write(pump, message, index, self._around.clock(), self._loop.time())

    def _write(self, pump: Pump, message: Message, index: int, now: float, tick: float) -> None:
        self._claimed -= 1
        try:
            pdu = self._dialect.submit(message, index, now)
            pump.session.submit(pdu, (message, index, tick), now=tick)
        except (NotBound, WindowFull):  # the session ended under us, or filled: nothing was written
            self._dispatch.unanswered(message, index, was_written=False)
            return
        except Exception as fault:  # whatever it was: what was accepted and claimed never hangs in silence
            self._dispatch.unwritable(message, index, fault)
            return
        self._meters.submitted += 1
        pump.touch()

    def bind_pdu(self) -> AnyPdu:
        """Return the bind request of this link."""
        return self._dialect.bind(self._kind, self._around.clock())

    @property
    def kind(self) -> str:
        """What it carries: trx, tx or rx."""
        return self._kind

    @property
    def state(self) -> str:
        """bound, throttled, leaving, held or down."""
        if self.is_held and not self.is_bound:
            return "held"
        if not self.is_bound:
            return "down"
        if self.is_draining:
            return "leaving"
        return "throttled" if self._paused_until > self._loop.time() else "bound"

    @property
    def in_flight(self) -> int:
        return self.pump.session.in_flight if self.pump is not None else 0

    def unanswered_ids(self) -> list[int]:
        """Return the ids of messages with a segment claimed or in flight here."""
        in_flight = [message.id for message, _ in self.outstanding()]
        return in_flight + [message.id for message, _ in self._unsent]

    def outstanding(self) -> list[tuple[Message, int]]:
        pump = self.pump
        tokens = [] if pump is None else cast(list[Token], pump.session.outstanding())
        return [(message, index) for message, index, _ in tokens]

    # --- events of the session ---------------------------------------------------------------------------------------

    def handle(self, event: Event) -> None:
        kind = type(event)
        if kind is ResponseReceived:
            self._answered(cast(Token, event.token), event.pdu)  # type: ignore[union-attr]
        elif kind is RequestReceived:
            self._requested(event.pdu)  # type: ignore[union-attr]
        elif kind is RequestExpired:
            self._meters.unknown += 1
            message, index, _ = cast(Token, event.token)  # type: ignore[union-attr]
            self._dispatch.unanswered(message, index, was_written=True)
        elif kind is LateResponse:
            self._answered(cast(Token, event.token), event.pdu, is_late=True)  # type: ignore[union-attr]
        else:
            self._handle_rare(event)

    def _handle_rare(self, event: Event) -> None:
        channel = self.channel.name
        if isinstance(event, Bound):
            if not self._dialect.is_proven(event.pdu) and not self._goes_on_unproven():
                return
            self.is_bound = True
            self.bound_at = self._around.clock()
            self._meters.binds += 1
            self._changed(channel)
            version = 0 if self.pump is None else self.pump.session.version
            self._around.emit("link_bound", channel=channel, link=self.name, version=f"{version >> 4}.{version & 15}")
        elif isinstance(event, BindRefused):
            self.refused_status = event.status
            self._around.emit(
                "link_refused", channel=channel, link=self.name, status=event.status,
                name=self._dialect.bind_status_name(event.status),
            )
        elif isinstance(event, UnbindRequested):
            self.is_draining = True
            self._give_back_unsent()
        elif isinstance(event, PeerFault):
            self._around.emit(
                "peer_fault", channel=channel, link=self.name, problem=event.problem, frame=event.frame
            )
        elif isinstance(event, Closed):
            self._closed(event)

    def _goes_on_unproven(self) -> bool:
        """The ISMG may not know the secret: warn; leave it where the channel wants proof."""
        is_refused = self.channel.quirks.verify_ismg
        self._around.emit("link_unproven", channel=self.channel.name, link=self.name, is_refused=is_refused)
        if is_refused and self.pump is not None:
            self.refused_status = UNPROVEN
            self.pump.session.unbind(now=self._loop.time())
            self.pump.touch()
        return not is_refused

    def settled(self) -> None:
        """A round of events is done: fill the window again."""
        pump = self.pump
        if pump is not None and self._unsent:
            now, tick = self._around.clock(), self._loop.time()
            while self._unsent and self._paused_until <= tick and pump.session.free > 0:
                self._write(pump, *self._unsent.popleft(), now, tick)
        if self.is_bound:
            self._sender.claim_waiting()

    def _answered(self, token: Token, pdu: AnyPdu, *, is_late: bool = False) -> None:
        message, index, written_at = token
        tick = self._loop.time()
        self._meters.response.observe(tick - written_at)
        try:
            read = self._dialect.read_answer(pdu)
        except Exception as fault:  # an answer that says nothing to us: the outcome is unknown
            self._around.emit(
                "answer_not_read", channel=self.channel.name, link=self.name, message=message.id,
                problem=problem_of(fault),
            )
            self._meters.unknown += not is_late
            self._dispatch.unanswered(message, index, was_written=True)
            return
        self._meters.answers[(read.answer, read.status)] += 1
        if read.answer is Answer.ACCEPTED:
            self._learnt.accepted(written_at, tick)
        elif read.answer is Answer.THROTTLED:
            self._throttled(read.status, written_at, tick)
        if read.congestion:
            self._sender.throttle.congested(read.congestion, written_at, tick)
        self._dispatch.answered(message, index, read.answer, read.carrier_id, read.status, read.stat, is_late=is_late)

    def _throttled(self, status: int, written_at: float, tick: float) -> None:
        refusal = classify(self.channel, status)
        if refusal.is_throttle:
            self._sender.throttle.throttled(written_at, tick, refusal.pause_s)
            self._give_back_unsent()
        else:
            self._pause(tick, refusal.pause_s or self.channel.throttle_pause_s)

    def _pause(self, tick: float, pause_s: float) -> None:
        """The carrier wants less: stop this link for a while; what was not written yet waits again, in order."""
        if tick >= self._paused_until:
            self._around.emit("link_throttled", channel=self.channel.name, link=self.name, pause_s=pause_s)
            self._loop.call_later(pause_s, self._go_on)
        self._paused_until = tick + pause_s
        self._give_back_unsent()

    def _go_on(self) -> None:
        """The pause is over, unless it was prolonged meanwhile."""
        rest_s = self._paused_until - self._loop.time()
        if rest_s > SOON_S:
            self._loop.call_later(rest_s, self._go_on)
        else:
            self._paused_until = 0.0
            self.settled()

    def _give_back_unsent(self) -> None:
        while self._unsent:
            message, index = self._unsent.pop()
            self.unclaim(1)
            self._dispatch.unanswered(message, index, was_written=False)

    def _requested(self, pdu: AnyPdu) -> None:
        if not self.is_bound:
            return  # from an ISMG that we leave: what it says about our messages is no fact
        try:
            found = self._dialect.read_deliver(pdu, self._around.clock())
        except Exception as fault:  # not acknowledged, for nothing of it is kept: the carrier tells it again
            self._around.emit(
                "deliver_not_read", channel=self.channel.name, link=self.name, problem=problem_of(fault)
            )
            self._acknowledge(pdu, is_ok=False)
            return
        if isinstance(found, Receipt):
            self._around.receipts.arrived(found, self._acknowledge, pdu)
        elif isinstance(found, Inbound):
            self._around.inbound.arrived(found, self._acknowledge, pdu)
        elif isinstance(found, Unreadable):
            self._around.receipts.unreadable(found, self._acknowledge, pdu)
        else:
            self._acknowledge(pdu)

    def _acknowledge(self, pdu: AnyPdu, is_ok: bool = True) -> None:
        """Answer a deliver; called after the commit of what it brought. A dead session needs no answer."""
        pump = self.pump
        response = self._dialect.deliver_answer(pdu, is_ok)
        if pump is not None and response is not None:
            pump.session.respond(pdu, response, now=self._loop.time())
            pump.touch()

    def _closed(self, event: Closed) -> None:
        if self.is_bound:
            self._meters.binds -= 1
            self._around.emit(
                "link_closed", channel=self.channel.name, link=self.name, reason=event.reason.name.lower(),
                detail=event.detail, in_flight=len(event.in_flight),
            )
        self.is_bound = False
        self._give_back_unsent()
        for token in event.in_flight:
            message, index, _ = cast(Token, token)
            self._meters.unknown += 1
            self._dispatch.unanswered(message, index, was_written=True)
        self.pump = None  # claims whose commit is under way are given back one by one, when it is done
        self._changed(self.channel.name)

    def unbind(self) -> None:
        """End orderly: nothing new is claimed, answers are let in."""
        self.is_draining = True
        self._give_back_unsent()
        if self.pump is not None:
            self.pump.session.unbind(now=self._loop.time())
            self.pump.touch()

    def abort(self) -> None:
        if self.pump is not None:
            self.pump.close()
