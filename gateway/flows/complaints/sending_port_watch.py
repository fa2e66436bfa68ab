"""Complaints and sending ports of a node: takes tickets and orders, commits what they do, then lets the effects know.

One lock: an operation reads, commits and applies before the next begins. Nothing takes effect before its commit.
The same watch serves a command while no gateway runs; then there is no effects to tell.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.contracts.annex import PortState
from gateway.contracts.sending_port_standing import (
    PortEvent,
    PortStanding,
    Switch,
    advance,
    complained,
    judged_again,
    left_opt_in,
    rectified,
    standing_of,
    with_facts,
)
from gateway.contracts.sending_port_terms import PortBook, PortTerms
from gateway.contracts.ticket_input import Draft
from gateway.contracts.ticket_rules import (
    JUDGED,
    duties_of,
    judged_by,
    judgement,
    reply_by_of,
    reply_duty,
    reply_key,
    suspension_duty,
)
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.china_time import DAY_S, day_of, end_of
from gateway.domain.complaint import (
    Cause,
    ComplaintStore,
    PortFacts,
    PortOrder,
    Ticket,
    TicketKind,
    TicketNote,
)
from gateway.flows.complaints.sending_port_effects import PortEffects
from gateway.flows.interfaces import Clock, Emit, nothing

ANSWERED = "answered"
EVIDENCE_DAYS = 7
_EVENTS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class PreparedPorts:
    """The sending ports of a configuration as of a day: where they were stored, and what moved since."""

    book: PortBook
    day: dt.date
    stored: set[str]  # sending ports that have a snapshot
    standings: dict[str, PortStanding]
    moved: Mapping[str, PortStanding]
    facts: PortFacts


class PortWatch:
    """The ports of one node. `start` once, `prepare` and `commit` at a reload, `advance` when a day may have ended.

    `on_ticket` hears of each new complaint once it is committed.
    """

    def __init__(
        self, store: ComplaintStore, effects: PortEffects, clock: Clock, emit: Emit,
        on_ticket: Callable[[Ticket], None] = nothing,
    ) -> None:
        self.store = store
        self._effects = effects
        self._clock = clock
        self._emit = emit
        self._on_ticket = on_ticket
        self._lock = asyncio.Lock()
        self._book = PortBook((), (), {})
        self._stored: set[str] = set()  # sending ports that have a snapshot
        self._day = dt.date.min
        self.standings: dict[str, PortStanding] = {}

    async def start(self, book: PortBook) -> None:
        """Take up where the store says the ports are, make the changes of the midnights since, tell the effects."""
        self.commit(await self.prepare(book))

    async def prepare(self, book: PortBook) -> PreparedPorts:
        """Read where the sending ports of a configuration are, and store what the midnights since have made of them.

        Nothing is seen of it but facts in the store, which are true of a port whatever follows. `commit` MUST come
        before anything else is awaited, for tickets and orders move the sending ports.
        """
        async with self._lock:
            records = await self.store.snapshots()
            day = day_of(self._clock())
            stored = set(records)
            standings = {key: standing_of(terms, records.get(key), day) for key, terms in book.sending_ports.items()}
            moved, facts = await self._advanced(standings, stored)
            return PreparedPorts(book, day, stored, standings, moved, facts)

    def commit(self, prepared: PreparedPorts) -> None:
        """Take over a configuration and tell the effects; ports that went keep their snapshot for when they return."""
        self._book, self._day, self._stored = prepared.book, prepared.day, prepared.stored
        self.standings = prepared.standings
        self._put_in_force(prepared.moved, prepared.facts)
        for standing in self.standings.values():
            self._apply_effects(standing)

    async def advance(self) -> None:
        """Make the changes of every midnight that has passed. Cheap while the day is the same."""
        if day_of(self._clock()) > self._day:
            async with self._lock:
                await self._advance()

    @property
    def next_midnight(self) -> float:
        """When the sending ports may change next, in unix seconds; in the past where a midnight was missed."""
        return end_of(self._day)

    async def _advance(self) -> None:
        day = day_of(self._clock())
        if day > self._day:
            self._put_in_force(*await self._advanced(self.standings, self._stored))
            self._day = day

    async def _advanced(
        self, standings: Mapping[str, PortStanding], stored: Collection[str]
    ) -> tuple[dict[str, PortStanding], PortFacts]:
        """Store what the midnights until now make of sending ports; return those that move, and the facts."""
        now = self._clock()
        facts = PortFacts(snapshots_at=now)
        moved: dict[str, PortStanding] = {}
        for key, standing in standings.items():
            stepped, found = advance(standing, day_of(now), now)
            if stepped.sending_port is standing.sending_port:
                continue
            moved[key] = stepped
            facts.changes += found.changes
            facts.notices += found.notices
            if key in stored:
                facts.snapshots.update(found.snapshots)
        if not facts.is_empty:
            await self._commit(facts, standings)
        return moved, facts

    def now(self) -> float:
        return self._clock()

    # --- tickets -----------------------------------------------------------------------------------------------------

    def known(self, code: str) -> bool:
        """Tell whether a reported code belongs to any sending port."""
        return self.find(code) is not None

    def find(self, code: str) -> str | None:
        """Return the key of the sending port that a reported code belongs to first, or None."""
        return next((sending_port.key for sending_port in self._book.find(code)), None)

    async def evidence(self, ticket: Ticket) -> list[dict[str, Any]]:
        """Return the messages that may have caused a complaint, newest first, as the store knows them."""
        until = end_of(ticket.made_on)
        return await self.store.messages_to(ticket.number, ticket.account, until - EVIDENCE_DAYS * DAY_S, until)

    async def add(self, draft: Draft, actor: str, act: AuditEntry | None = None) -> tuple[Ticket, bool]:
        """Take one complaint; return it with its id, and whether it is new. Raises ValueError for a foreign code.

        `act` is the audit's line, here and below: it is committed with what it tells of.

        The same ticket again (its source and reference, or its number, port, day and source) changes nothing; one that
        another source brought before is kept as its duplicate and does not count.
        """
        async with self._lock:
            await self._advance()
            now = self._clock()
            sending_ports = self._book.find(draft.code)
            if not sending_ports:
                raise ValueError(f"code {draft.code} is under no port of an account or channel")
            known = await self.store.by_ref(draft.source, draft.ref) if draft.ref else None
            if known is not None:
                return known, False
            alike = await self.store.alike(
                draft.number, draft.code, [sending_port.key for sending_port in sending_ports], draft.made_on
            )
            if same := next((each for each in alike if each.source == draft.source and not draft.ref), None):
                return same, False
            ticket = self._ticket(draft, sending_ports, alike, now, actor)
            moved, facts = self._count(ticket, sending_ports, now)
            facts.tickets.append(ticket)
            facts.act = act
            facts.duties += [] if ticket.duplicate_of else duties_of(ticket, sending_ports)
            ids = await self._commit(facts, self.standings)
            self._put_in_force(moved, facts)
            self._on_ticket(ticket := replace(ticket, id=ids[0]))
            return ticket, True

    def _ticket(
        self, draft: Draft, sending_ports: Sequence[PortTerms], alike: Sequence[Ticket], now: float, actor: str
    ) -> Ticket:
        reply_by = reply_by_of(draft.cause, sending_ports[0].profile, draft.arrived_at)
        return Ticket(
            draft.number, draft.code, draft.made_on, draft.arrived_at, now, draft.source, draft.ref, draft.kind,
            draft.cause, draft.words, sending_ports[0].account,
            tuple(sending_port.key for sending_port in sending_ports), reply_by,
            alike[0].id if alike else None, actor,
        )

    def _count(
        self, ticket: Ticket, sending_ports: Sequence[PortTerms], now: float
    ) -> tuple[dict[str, PortStanding], PortFacts]:
        facts, moved = PortFacts(snapshots_at=now), dict[str, PortStanding]()
        for sending_port in sending_ports if ticket.counts else ():
            moved[sending_port.key], found = complained(self.standings[sending_port.key], ticket.made_on, now)
            facts.add(found)
        return moved, facts

    async def judge(
        self, id_: int, kind: str, cause: str, words: str, actor: str, act: AuditEntry | None = None
    ) -> Ticket:
        """Judge a ticket again; its sending ports stand from now on as if it had been judged so from the beginning.

        Raises LookupError for an unknown ticket, ValueError for words that are none.
        """
        async with self._lock:
            await self._advance()
            now = self._clock()
            ticket = await self.judged_ticket(id_)
            judged = replace(ticket, kind=TicketKind(kind or ticket.kind), cause=Cause(cause or ticket.cause))
            profile = next((sending_port.profile for sending_port in self._book.find(ticket.code)), None)
            if judged.cause is not ticket.cause:
                judged = replace(judged, reply_by=reply_by_of(judged.cause, profile, judged.arrived_at))
            note = TicketNote(id_, now, JUDGED, judgement(ticket, judged), words, actor)
            moved, facts = dict[str, PortStanding](), PortFacts(snapshots_at=now, act=act)
            if judged.counts != ticket.counts:
                for key in ticket.sending_ports:
                    standing = self.standings.get(key)
                    if standing is not None and standing.terms.is_limited:
                        events = await self._events(key, judged)
                        moved[key], found = judged_again(standing, events, now)
                        facts.add(found)
            facts.notes.append(note)
            await self._pass_on(ticket, judged, note, facts)
            await self._commit(facts, self.standings)
            self._put_in_force(moved, facts)
            return judged

    async def _pass_on(self, ticket: Ticket, judged: Ticket, note: TicketNote, facts: PortFacts) -> None:
        """Another cause, another one who answers, by another term; an answered ticket and a duplicate have no duty."""
        notes = await self.store.notes([ticket.id])
        if judged.cause is ticket.cause or ticket.duplicate_of or any(each.what == ANSWERED for each in notes):
            return
        facts.duties_done.append((reply_key(ticket.id, notes), note.actor, f"judged: {judged.cause}"))
        facts.duties.append(reply_duty(judged, reply_key(ticket.id, [*notes, note])))

    async def _commit(self, facts: PortFacts, standings: Mapping[str, PortStanding]) -> Sequence[int]:
        """Commit what was decided; a sending port that was suspended makes the duty to tell its client."""
        suspended = [change for change in facts.changes if change.state == PortState.SUSPENDED]
        facts.duties += [suspension_duty(change, standings[change.sending_port].terms) for change in suspended]
        return await self.store.commit(facts)

    async def judged_ticket(self, id_: int) -> Ticket:
        """Return a ticket as it was judged last; raise LookupError for an unknown one."""
        ticket = await self.store.ticket(id_)
        if ticket is None:
            raise LookupError(f"complaint {id_}")
        return judged_by(ticket, await self.store.notes([id_]))

    async def _events(self, key: str, judged: Ticket) -> list[PortEvent]:
        """Return everything that moved a sending port, with one ticket as it is judged now."""
        tickets = list(await self.store.tickets(sending_port=key, limit=_EVENTS_MAX))
        notes = await self.store.notes([ticket.id for ticket in tickets])
        events = []
        for stored in reversed(tickets):
            ticket = judged if stored.id == judged.id else judged_by(stored, notes)
            if ticket.counts:
                events.append(PortEvent(day_of(ticket.recorded_at), "ticket", ticket.made_on))
        orders = reversed(await self.store.orders(key, _EVENTS_MAX))
        moving = ("rectify", "leave_mo_opt_in")
        return [*events, *(PortEvent(day_of(order.at), order.what) for order in orders if order.what in moving)]

    async def answer(self, id_: int, words: str, actor: str, act: AuditEntry | None = None) -> Ticket:
        """Note that a complaint was handled and answered (S4-3.13). Raises LookupError for an unknown one."""
        async with self._lock:
            ticket = await self.judged_ticket(id_)
            facts = PortFacts(snapshots_at=self._clock(), act=act)
            facts.notes.append(TicketNote(id_, self._clock(), ANSWERED, "", words, actor))
            facts.duties_done.append((reply_key(id_, await self.store.notes([id_])), actor, words))
            await self.store.commit(facts)
            return ticket

    # --- orders ------------------------------------------------------------------------------------------------------

    async def rectify(self, key: str, words: str, actor: str, act: AuditEntry | None = None) -> PortStanding:
        """Accept the rectification of a suspended sending port today (R6). Raises LookupError or ValueError."""
        return await self._order(key, "rectify", "", words, actor, rectified, act)

    async def leave_opt_in(self, key: str, words: str, actor: str, act: AuditEntry | None = None) -> PortStanding:
        """End MO opt-in by hand; list entries of the client hold again. Raises LookupError or ValueError."""
        return await self._order(key, "leave_mo_opt_in", "", words, actor, left_opt_in, act)

    async def adjust(
        self, key: str, rate: float | None, words: str, actor: str, act: AuditEntry | None = None
    ) -> PortStanding:
        """Set the live rate of a sending port, or end that (None); sessions and links stay (S4-4.4)."""

        def change(standing: PortStanding, now: float) -> tuple[PortStanding, PortFacts]:
            agreed = standing.terms.agreed
            if rate is not None and agreed and rate > agreed:
                raise ValueError(f"the agreed rate of {key} is {agreed:g}: raise it in the configuration")
            return with_facts(replace(standing, adjusted=rate), (), now)

        return await self._order(key, "rate", "" if rate is None else f"{rate:g}", words, actor, change, act)

    async def switch(
        self, key: str, to: Switch, words: str, actor: str, act: AuditEntry | None = None
    ) -> PortStanding:
        """Isolate, drain (channels) or open a sending port. Raises LookupError or ValueError."""

        def change(standing: PortStanding, now: float) -> tuple[PortStanding, PortFacts]:
            if to == "drained" and not standing.terms.channel:
                raise ValueError("only a channel can be drained")
            return with_facts(replace(standing, switch=to), (), now)

        what: Mapping[Switch, str] = {"open": "resume", "isolated": "isolate", "drained": "drain"}
        return await self._order(key, what[to], "", words, actor, change, act)

    async def _order(
        self, key: str, what: str, value: str, words: str, actor: str,
        change: Callable[[PortStanding, float], tuple[PortStanding, PortFacts]], act: AuditEntry | None,
    ) -> PortStanding:
        async with self._lock:
            await self._advance()
            now = self._clock()
            standing = self.standings.get(key)
            if standing is None:
                raise LookupError(key)
            moved, facts = change(standing, now)
            facts.act = act
            facts.orders.append(PortOrder(key, now, what, value, words, actor))
            await self.store.commit(facts)
            self._put_in_force({key: moved}, facts)
            self._emit("port_ordered", port=key, order=what, value=value, reason=words, actor=actor)
            return moved

    # --- effect ------------------------------------------------------------------------------------------------------

    def _put_in_force(self, moved: Mapping[str, PortStanding], facts: PortFacts) -> None:
        """What was committed holds from now on."""
        self._stored |= facts.snapshots.keys()
        for key, standing in moved.items():
            has_left = self.standings[key].opt_in_since is not None and standing.opt_in_since is None
            self.standings[key] = standing
            self._apply_effects(standing)
            if has_left:
                self._effects.opt_in(standing.terms, None)
        for change in facts.changes:
            standing = self.standings[change.sending_port]
            self._emit(
                "port_changed", port=change.sending_port, account=standing.terms.account,
                channel=standing.terms.channel, state=change.state, rate=change.rate, rule=change.rule,
                clause=change.clause, since=str(change.day),
                mo_opt_in=change.mo_opt_in, next_check=str(change.next_check or ""),
            )

    def _apply_effects(self, standing: PortStanding) -> None:
        self._effects.limit(standing.terms, standing.limit)
        self._effects.drain(standing.terms, standing.switch == "drained")
        if standing.opt_in_since is not None:
            self._effects.opt_in(standing.terms, standing.opt_in_since)
