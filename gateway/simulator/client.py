"""The core of a simulated client: orders in; submits out within window and rate; answers, receipts and MO in.

As the carrier's, it knows no socket, clock or loop. The shell opens a connection, gives its line, and opens another
when that is gone; orders that were waiting stay, those in flight are unknown or, if the client `resubmits`, sent again.
The faults of its plan fall on what it answers (receipts and MO) and on its connection.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace
from functools import partial
from typing import Final, cast

from gateway.simulator.agenda import Agenda
from gateway.simulator.core_interfaces import ClientTerms, LineControl, Wish
from gateway.simulator.fault_injector import FaultInjector
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.peer_words import CLIENT_WORDS
from gateway.simulator.traffic import ClientTotals, Heard, Order, OrderBook, OrderPart, PartState, Told, Verdict
from protocols.any_pdu import AnyPdu
from protocols.events import (
    BindRefused,
    Bound,
    Closed,
    Event,
    LateResponse,
    RequestExpired,
    RequestReceived,
    UnbindRequested,
)
from protocols.events import ResponseReceived as Answered
from protocols.session import Session, State

_SENDING: Final = (State.BOUND_TX, State.BOUND_TRX)
HEARD_MAX: Final = 10_000
CATCH_UP_S: Final = 0.1  # of the rate, where a timer came late or a window was full


Token = tuple[Order, OrderPart]


class ClientLink:
    """One connection of the client; the owner of its pump."""

    def __init__(self, client: SimulatedClient, session: Session, line: LineControl) -> None:
        self._client = client
        self.session = session
        self.line = line

    def handle(self, event: Event) -> None:
        client, now = self._client, self.line.now
        if isinstance(event, Answered | LateResponse):
            client.answered(cast(Token, event.token), event.pdu, now)
        elif isinstance(event, RequestReceived):
            client.requested(self, event.pdu, now)
        elif isinstance(event, RequestExpired):
            client.unanswered(cast(Token, event.token))
        elif isinstance(event, Bound):
            client.totals.binds += 1
            client.is_bound = True
        elif isinstance(event, BindRefused):
            client.totals.binds_refused += 1
            client.bind_status = event.status
        elif isinstance(event, UnbindRequested):
            client.totals.goodbyes += 1
        elif isinstance(event, Closed):
            client.closed(self, cast(tuple[Token, ...], event.in_flight))

    def settled(self) -> None:
        self._client.pump(self.line.now)


class SimulatedClient:
    """One client with one connection at a time. `unix_offset_s` is what unix seconds are ahead of monotonic ones."""

    def __init__(
        self, seed: int, plan: FaultPlan, terms: ClientTerms, *, unix_offset_s: float = 0.0,
        book: OrderBook | None = None
    ) -> None:
        self.terms = terms
        self.agenda = Agenda()
        self.book = book or OrderBook()
        self.totals = ClientTotals()
        self.heard: deque[Heard] = deque(maxlen=HEARD_MAX)
        self.is_bound = False
        self.bind_status = 0
        self.fault_injector = FaultInjector(plan, random.Random(f"client {seed}"))
        self._offset_s = unix_offset_s
        self._wish = Wish(source=terms.source)
        self._link: ClientLink | None = None
        self._waiting: deque[Token] = deque()
        self._reference = self.fault_injector.rng.getrandbits(16)
        self._next_at = 0.0
        self._is_noted = False
        self.words = CLIENT_WORDS[terms.protocol](terms)

    # --- what tests and people ask for -------------------------------------------------------------------------------

    def order(self, destination: str, text: str, now: float, wish: Wish | None = None) -> Order:
        """Have one message sent, now or as soon as bind, window and rate allow. Raises EncodingError."""
        if wish is None:
            wish = self._wish
        elif not wish.source:
            wish = replace(wish, source=self.terms.source)
        self._reference += 1
        parts = tuple([OrderPart(pdu) for pdu in self.words.submits(destination, text, wish, self._reference)])
        order = Order(self.totals.orders + 1, destination, text, wish.wants_receipt, parts)
        self.totals.orders += 1
        self.book.add(order)
        if not self._waiting:  # who had nothing to send has not fallen behind
            self._next_at = max(self._next_at, now)
        self._waiting.extend((order, part) for part in parts)
        self.pump(now)
        return order

    @property
    def waiting(self) -> int:
        """Submits not written yet."""
        return len(self._waiting)

    @property
    def is_settled(self) -> bool:
        """Whether every order in the client's book is final."""
        return not self.book.open

    def open(self, line: LineControl) -> ClientLink:
        """Begin with a new connection; the link is the owner of its pump. `bind` follows once it is connected."""
        self._link = ClientLink(self, self.words.make_session(self.terms.limits, line.now), line)
        return self._link

    def bind(self, now: float) -> None:
        assert self._link is not None
        self._link.session.bind(self.words.bind(now + self._offset_s), now=now)
        self._link.line.touch()

    def unbind(self, now: float) -> None:
        if self._link is not None:
            self._link.session.unbind(now=now)
            self._link.line.touch()

    def heal(self, now: float) -> None:
        """From now on do everything right."""
        self.fault_injector.follow(FaultPlan.calm())
        if self._link is not None:
            self._link.line.mute(now)

    # --- submits -----------------------------------------------------------------------------------------------------

    def pump(self, now: float) -> None:
        """Write what window and rate allow."""
        link = self._link
        if link is None:
            return
        session, waiting, rate = link.session, self._waiting, self.terms.rate_per_s
        is_written = False
        while waiting and session.free and session.state in _SENDING:
            if rate and self._next_at > now:
                self._pump_at(self._next_at)
                break
            order, part = waiting.popleft()
            session.submit(part.pdu, (order, part), now=now)
            part.state = PartState.IN_FLIGHT
            part.tries += 1
            order.submitted_at = order.submitted_at or now
            self.totals.submitted += 1
            is_written = True
            if rate:
                self._next_at = max(self._next_at, now - CATCH_UP_S) + 1 / rate
            self.fault_injector.disturb(session, link.line, now)
        if is_written:
            link.line.touch()

    def _pump_at(self, due: float) -> None:
        if not self._is_noted:
            self._is_noted = True
            self.agenda.at(due, self._pump_noted)

    def _pump_noted(self, now: float) -> None:
        self._is_noted = False
        self.pump(now)

    def answered(self, token: Token, response: AnyPdu, now: float) -> None:
        order, part = token
        status = self.words.status(response)
        order.answered_at = now
        if not status:
            part.state, part.status = PartState.ACCEPTED, 0
            part.message_id = self.words.message_id(response)
            self.book.by_id[part.message_id] = token
            self.totals.accepted += 1
            self.totals.orders_accepted += all(each.state is PartState.ACCEPTED for each in order.parts)
            for told in self.book.strays.pop(part.message_id, ()):
                self._match(token, told)
        elif self.words.is_temporary(status) and self.terms.retries_throttled and part.tries < self.terms.tries_max:
            self.totals.throttled += 1
            part.state = PartState.WAITING
            self.agenda.at(now + self.terms.retry_s, partial(self._again, token))
        else:
            part.state, part.status = PartState.REFUSED, status
            part.words = self.words.refusal_words(response)
            self.totals.refused += 1
        self._settle(order)

    def _again(self, token: Token, now: float) -> None:
        self._waiting.append(token)
        self.pump(now)

    def unanswered(self, token: Token) -> None:
        """No answer came; the message may be on its way all the same."""
        order, part = token
        if self.terms.resubmits and part.tries < self.terms.tries_max:
            part.state = PartState.WAITING
            self._waiting.append(token)
            return
        part.state = PartState.UNKNOWN
        self.totals.unknown += 1
        self._settle(order)

    def closed(self, link: ClientLink, in_flight: tuple[Token, ...]) -> None:
        if link is self._link:
            self._link = None
            self.is_bound = False
        for token in in_flight:
            self.unanswered(token)

    def _settle(self, order: Order) -> None:
        if not order.is_counted and order.is_final:
            order.is_counted = True
            self.book.open -= 1
            self.totals.outcomes[order.outcome] += 1

    # --- delivers ----------------------------------------------------------------------------------------------------

    def requested(self, link: ClientLink, pdu: AnyPdu, now: float) -> None:
        """Take a receipt or MO, unless the plan says that this client refuses it; answer."""
        fault_injector = self.fault_injector
        verdict = self._judge()
        found = self.words.read_deliver(pdu) if verdict is Verdict.TAKEN else None
        if isinstance(found, Told):
            self._told(found)
        elif found is not None:
            self.totals.inbound += 1
            self.heard.append(found)
        response = self.words.deliver_answer(pdu, verdict)
        for due in fault_injector.answer_times(now):
            if due <= now:
                link.session.respond(pdu, response, now=now)
            else:
                self.agenda.at(due, partial(self._answer, link, pdu, response))
        fault_injector.disturb(link.session, link.line, now)

    def _judge(self) -> Verdict:
        strikes, plan = self.fault_injector.strikes, self.fault_injector.plan
        if strikes(plan.throttled):
            return Verdict.THROTTLED
        if strikes(plan.busy):
            return Verdict.BUSY
        return Verdict.REFUSED if strikes(plan.refused) else Verdict.TAKEN

    def _told(self, told: Told) -> None:
        self.totals.receipts += 1
        token = self.book.by_id.get(told.message_id)
        if token is None:
            self.totals.receipts_unmatched += 1
            if len(self.book.strays) < HEARD_MAX:
                self.book.strays.setdefault(told.message_id, []).append(told)
        else:
            self._match(token, told)

    def _match(self, token: Token, told: Told) -> None:
        order, part = token
        if part.stat:
            self.totals.receipts_doubled += 1
        part.stats.append(told.stat)
        self._settle(order)

    def _answer(self, link: ClientLink, pdu: AnyPdu, response: AnyPdu, now: float) -> None:
        link.session.respond(pdu, response, now=now)
        link.line.touch()
