"""The in-memory twin of PostgresComplaints, for tests and simulation."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.audit_entry import AuditEntry
from gateway.domain.complaint import Duty, PortChange, PortFacts, PortNotice, PortOrder, Ticket, TicketNote


class MemoryComplaints:
    """The `ComplaintStore` over lists; what it holds survives a process as long as somebody keeps it."""

    def __init__(self) -> None:
        self._tickets: list[Ticket] = []
        self._notes: list[TicketNote] = []
        self._orders: list[PortOrder] = []
        self._changes: list[PortChange] = []
        self._notices: list[PortNotice] = []
        self._snapshots: dict[str, dict[str, Any]] = {}
        self.duties: list[Duty] = []
        self.duties_done: list[tuple[str, str, str]] = []
        self.acts: list[AuditEntry] = []

    async def snapshots(self) -> Mapping[str, Mapping[str, Any]]:
        return copy.deepcopy(self._snapshots)

    async def commit(self, facts: PortFacts) -> Sequence[int]:
        first = len(self._tickets) + 1
        for offset, ticket in enumerate(facts.tickets):
            if ticket.ref and await self.by_ref(ticket.source, ticket.ref) is not None:
                raise ValueError(f"ticket {ticket.source} {ticket.ref} is there already")
            self._tickets.append(replace(ticket, id=first + offset))
        self._notes += facts.notes
        self._orders += facts.orders
        self._changes += facts.changes
        self._notices += facts.notices
        self._snapshots.update(copy.deepcopy(facts.snapshots))
        self.duties += [duty.of_ticket(first) if facts.tickets else duty for duty in facts.duties]
        self.duties_done += facts.duties_done
        self.acts += [facts.act] if facts.act is not None else []
        return list(range(first, first + len(facts.tickets)))

    async def alike(self, number: str, code: str, sending_ports: Sequence[str], made_on: dt.date) -> Sequence[Ticket]:
        same = [t for t in self._tickets if (t.number, t.made_on) == (number, made_on)]
        return [t for t in same if t.code == code or set(t.sending_ports) & set(sending_ports)]

    async def by_ref(self, source: str, ref: str) -> Ticket | None:
        return next((t for t in self._tickets if (t.source, t.ref) == (source, ref)), None)

    async def ticket(self, id_: int) -> Ticket | None:
        return next((t for t in self._tickets if t.id == id_), None)

    async def tickets(
        self, *, sending_port: str = "", account: str = "", since: dt.date | None = None, limit: int = 1000
    ) -> Sequence[Ticket]:
        found = [
            t
            for t in reversed(self._tickets)
            if (not sending_port or sending_port in t.sending_ports) and (not account or t.account == account)
            and (since is None or t.made_on >= since)
        ]
        return found[:limit]

    async def messages_to(self, number: str, account: str, since: float, until: float) -> list[dict[str, Any]]:
        return []  # messages are another twin's

    async def consent_of(self, ticket: Ticket) -> list[dict[str, Any]]:
        return []  # so are lists

    async def notes(self, tickets: Sequence[int]) -> Sequence[TicketNote]:
        return [note for note in self._notes if note.ticket in tickets]

    async def orders(self, sending_port: str = "", limit: int = 1000) -> Sequence[PortOrder]:
        return [o for o in reversed(self._orders) if not sending_port or o.sending_port == sending_port][:limit]

    async def changes(self, sending_port: str = "", limit: int = 1000) -> Sequence[PortChange]:
        return [c for c in reversed(self._changes) if not sending_port or c.sending_port == sending_port][:limit]

    async def notices(self, sending_port: str = "", account: str = "", limit: int = 1000) -> Sequence[PortNotice]:
        found = [n for n in reversed(self._notices) if (not sending_port or n.sending_port == sending_port)]
        return [n for n in found if not account or n.account == account][:limit]
