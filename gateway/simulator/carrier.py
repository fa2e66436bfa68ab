"""The core of a simulated carrier: submits in; answers, receipts and MO out; faults as the plan has them.

No socket, no clock, no loop: a `ServedLink` takes the events of one session (it is the owner of a pump), actions that
come later wait in the agenda; the `LineControl` says what happens to octets. One seed and one plan give one run.

    submit ──► judge: rate, refusals ──► ledger ──► answer (late, lost, twice …) ──► receipt when it is due, on any
                                                                                       link that may receive
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final, cast

from gateway.simulator.agenda import Agenda
from gateway.simulator.allowance import Allowance
from gateway.simulator.core_interfaces import CarrierTerms, LineControl
from gateway.simulator.fault_injector import FaultInjector
from gateway.simulator.fault_plan import FaultPlan
from gateway.simulator.peer_words import CARRIER_WORDS
from gateway.simulator.traffic import Handset, Ledger, TakenSegment, Verdict
from protocols.any_pdu import AnyPdu
from protocols.events import (
    BindRequested,
    Closed,
    Event,
    RequestExpired,
    RequestReceived,
    ResponseReceived,
    UnbindRequested,
)
from protocols.session import Session, State
from protocols.text.codings import Encoding, choose_encoding
from protocols.text.segments import split, with_concat_udh

_RECEIVING: Final = (State.BOUND_RX, State.BOUND_TRX)
DELIVERED: Final = "DELIVRD"


@dataclass(slots=True, eq=False)
class Job:
    """One deliver: a receipt of `segment` (kind says of which sort), or one part of an MO."""

    kind: str  # receipt, stray_receipt, garbled_receipt or inbound
    segment: TakenSegment | None = None
    handset: Handset | None = None
    index: int = 0
    tries: int = 0


class ServedLink:
    """One connection to the carrier; the owner of its pump."""

    def __init__(self, carrier: SimulatedCarrier, number: int, session: Session, line: LineControl) -> None:
        self._carrier = carrier
        self.number = number
        self.session = session
        self.line = line
        self.is_bound = False
        self.unanswered = 0
        self.allowance = Allowance()

    @property
    def room(self) -> int:
        """Delivers that may be sent now."""
        return self.session.free if self.session.state in _RECEIVING else 0

    def handle(self, event: Event) -> None:
        carrier, now = self._carrier, self.line.now
        if isinstance(event, RequestReceived):
            carrier.requested(self, event.pdu, now)
        elif isinstance(event, ResponseReceived):
            carrier.delivered(cast(Job, event.token), carrier.words.is_ok(event.pdu), now)
        elif isinstance(event, RequestExpired):
            carrier.delivered(cast(Job, event.token), False, now)
        elif isinstance(event, BindRequested):
            carrier.bind_requested(self, event.pdu, now)
        elif isinstance(event, UnbindRequested):
            carrier.ledger.counts["goodbyes"] += 1
        elif isinstance(event, Closed):
            carrier.closed(self, cast(tuple[Job, ...], event.in_flight))

    def settled(self) -> None:
        self._carrier.flush(self.line.now)


class SimulatedCarrier:
    """One carrier with any number of links. `unix_offset_s` is what unix seconds are ahead of monotonic ones."""

    def __init__(self, seed: int, plan: FaultPlan, terms: CarrierTerms, *, unix_offset_s: float = 0.0) -> None:
        self.terms = terms
        self.agenda = Agenda()
        self.ledger = Ledger()
        self.links: list[ServedLink] = []
        self.inbound_acked: list[Handset] = []
        self.fault_injector = FaultInjector(plan, random.Random(f"carrier {seed}"))
        self._offset_s = unix_offset_s
        self._numbers = count(1)
        self._owed: deque[Job] = deque()
        self._allowance = Allowance()
        self.words = CARRIER_WORDS[terms.protocol](self.fault_injector.rng.getrandbits(31), terms)
        if terms.throttle_status:
            self.words.throttle = terms.throttle_status

    # --- what tests and people ask for -----------------------------------------------------------------------------

    def open(self, line: LineControl) -> ServedLink:
        """Begin with a new connection; the link is the owner of its pump."""
        return ServedLink(self, next(self._numbers), self.words.make_session(self.terms.limits, line.now), line)

    def send_inbound(self, source: str, destination: str, text: str, now: float, *, service: str = "") -> Handset:
        """Send one MO from a phone, cut if it is long, to whoever is bound to receive, now or later."""
        encoding = choose_encoding(text, (Encoding.ASCII,))
        bodies = split(text, encoding)
        parts = with_concat_udh(bodies, self.fault_injector.rng.getrandbits(8))
        handset = Handset(source, destination, tuple(parts), encoding, len(parts) > 1, service)
        self._owed.extend(Job("inbound", handset=handset, index=index) for index in range(len(parts)))
        self.ledger.counts["inbound"] += 1
        self.flush(now)
        return handset

    def heal(self, now: float) -> None:
        """From now on do everything right."""
        self.fault_injector.follow(FaultPlan.calm())
        for link in self.links:
            link.line.mute(now)

    @property
    def owed(self) -> int:
        """Receipts and MO that no link could take yet."""
        return len(self._owed)

    def unbind_all(self, now: float) -> None:
        for link in tuple(self.links):
            link.session.unbind(now=now)
            link.line.touch()

    # --- events of links -------------------------------------------------------------------------------------------

    def bind_requested(self, link: ServedLink, pdu: AnyPdu, now: float) -> None:
        is_full = len(self.links) >= self.terms.links_max
        response, link.is_bound = self.words.bind_answer(link.session, pdu, self.terms.logins, is_full)
        self.ledger.counts["binds" if link.is_bound else "binds_refused"] += 1
        link.session.respond(pdu, response, now=now)
        if link.is_bound:
            self.links.append(link)

    def requested(self, link: ServedLink, pdu: AnyPdu, now: float) -> None:
        words = self.words
        if not words.is_submit(pdu):
            response = words.other_answer(pdu)
            if response is not None:
                link.session.respond(pdu, response, now=now)
            return
        link.unanswered += 1
        if link.unanswered > self.ledger.unanswered_peak:
            self.ledger.unanswered_peak = link.unanswered
        verdict = self._judge(link, now)
        if verdict is Verdict.TAKEN:
            segments = words.read_submit(pdu, now + self._offset_s)
        else:
            segments = []
            self.ledger.counts[verdict.value] += 1
        response = words.answer(pdu, segments, verdict)
        if self.terms.tells_congestion:
            words.tell_congestion(response, self._allowance_of(link).congestion(self.terms))
        answered_at = self._plan_answer(link, pdu, response, now)
        for segment in segments:
            segment.link = link.number
            self.ledger.take(segment)
            self._plan_receipt(segment, now, answered_at)
        if not self.fault_injector.is_calm:
            self.ledger.counts.update(self.fault_injector.disturb(link.session, link.line, now))

    def delivered(self, job: Job, is_ok: bool, now: float) -> None:
        """A deliver was answered, or will not be."""
        segment = job.segment
        if is_ok:
            self.ledger.counts[f"{job.kind}_acked"] += 1
            if job.kind == "receipt" and segment is not None:
                segment.receipts_acked += 1
            elif job.handset is not None and job.index + 1 == len(job.handset.parts):
                self.inbound_acked.append(job.handset)
        elif job.tries < self.terms.tries_max:
            self.agenda.at(now + self.terms.retry_s, partial(self._owe, job))
        else:
            self.ledger.counts["given_up"] += 1

    def closed(self, link: ServedLink, in_flight: tuple[Job, ...]) -> None:
        if link in self.links:
            self.links.remove(link)
        self._owed.extendleft(reversed(in_flight))  # perhaps they came, perhaps not: a carrier tells them again

    # --- answers -----------------------------------------------------------------------------------------------------

    def _judge(self, link: ServedLink, now: float) -> Verdict:
        plan, strikes = self.fault_injector.plan, self.fault_injector.strikes
        if (self.terms.rate_per_s and not self._is_within_rate(link, now)) or strikes(plan.throttled):
            return Verdict.THROTTLED
        if strikes(plan.busy):
            return Verdict.BUSY
        return Verdict.REFUSED if strikes(plan.refused) else Verdict.TAKEN

    def _allowance_of(self, link: ServedLink) -> Allowance:
        return link.allowance if self.terms.rate_per_link else self._allowance

    def _is_within_rate(self, link: ServedLink, now: float) -> bool:
        return self._allowance_of(link).take(self.terms, now) or self.terms.tells_congestion

    def _plan_answer(self, link: ServedLink, pdu: AnyPdu, response: AnyPdu, now: float) -> float:
        """Answer now or later, perhaps never; when it is done, or would be."""
        usual = now + self.fault_injector.within(self.terms.answer_s)
        times = self.fault_injector.answer_times(usual)
        if not times:
            link.unanswered -= 1
            self.ledger.counts["answers_lost"] += 1
            return usual
        for number, due in enumerate(times):
            if due <= now:
                self._answer(link, pdu, response, number == 0, now)
            else:
                self.agenda.at(due, partial(self._answer, link, pdu, response, number == 0))
        return times[0]

    def _answer(self, link: ServedLink, pdu: AnyPdu, response: AnyPdu, is_first: bool, now: float) -> None:
        link.unanswered -= is_first
        link.session.respond(pdu, response, now=now)
        link.line.touch()

    # --- receipts ----------------------------------------------------------------------------------------------------

    def _plan_receipt(self, segment: TakenSegment, now: float, answered_at: float) -> None:
        """Decide how the message ends, and when it is told."""
        segment.stat = self._ending(segment.destination)
        if segment.wish == 0 or (segment.wish != 1 and (segment.stat == DELIVERED) != (segment.wish == 3)):
            return
        times = self.fault_injector.receipt_times(now, answered_at + self.fault_injector.within(self.terms.receipt_s))
        if not times:
            self.ledger.counts["receipts_lost"] += 1
        for due, kind in times:
            self.agenda.at(due, partial(self._owe, Job(kind, segment)))

    def _ending(self, destination: str) -> str:
        for ending, stat in self.terms.endings.items():
            if destination.endswith(ending):
                return stat
        fault_injector = self.fault_injector
        return fault_injector.rng.choice(self.words.FAILURES) if fault_injector.strikes(
            fault_injector.plan.failed
        ) else DELIVERED

    def _owe(self, job: Job, now: float) -> None:
        self._owed.append(job)
        self.flush(now)

    def flush(self, now: float) -> None:
        """Deliver what is owed while a link has room, one link after another."""
        owed = self._owed
        while owed:
            link = next((link for link in self.links if link.room), None)
            if link is None:
                return
            self._deliver(link, owed.popleft(), now)
            if len(self.links) > 1:
                self.links.append(self.links.pop(0))

    def _deliver(self, link: ServedLink, job: Job, now: float) -> None:
        at = now + self._offset_s
        if job.handset is not None:
            pdu = self.words.inbound(job.handset, job.index, at)
        else:
            pdu = getattr(self.words, job.kind)(job.segment, at, link.session.version)
        job.tries += 1
        if job.kind == "receipt" and job.segment is not None:
            job.segment.receipts_sent += 1
        self.ledger.counts[f"{job.kind}_sent"] += 1
        link.session.deliver(pdu, job, now=now)
        link.line.touch()
