"""Complaints as tickets, what they did to a sending port, and what one operation on them commits.

A port is a service code of an account (its key is the code) or our code at a carrier (its key is `channel:NAME`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Protocol

from gateway.domain.audit_entry import AuditEntry

CHANNEL_PREFIX: Final = "channel:"


class TicketSource(StrEnum):
    """Who passed a complaint on."""

    REGULATOR = "12321"
    CARRIER = "carrier"
    HOTLINE = "hotline"


class TicketKind(StrEnum):
    """What is complained of (S4-A3-1); the first three are spam and count."""

    NINE_FORBIDDEN = "nine_forbidden"  # 九不准
    FIVE_KINDS = "five_kinds"  # 五大类
    UNSOLICITED = "unsolicited"
    OTHER = "other"  # a price, a text that is hard to read: answered, but no spam


class Cause(StrEnum):
    """Who caused the complaint; what the carrier caused does not count (S4-4.9)."""

    CLIENT = "client"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One complaint as it came. `id` is 0 until stored; `arrived_at` and `recorded_at` are unix seconds.

    `ports` are the keys of all sending ports it belongs to; `duplicate_of` the ticket that says the same already.
    """

    number: str
    code: str
    made_on: dt.date
    arrived_at: float
    recorded_at: float
    source: TicketSource
    ref: str = ""
    kind: TicketKind = TicketKind.UNSOLICITED
    cause: Cause = Cause.CLIENT
    words: str = ""
    account: str = ""
    sending_ports: tuple[str, ...] = ()
    reply_by: float = 0.0
    duplicate_of: int | None = None
    actor: str = ""
    id: int = 0

    @property
    def counts(self) -> bool:
        """Whether it counts against its sending ports."""
        is_spam = self.kind is not TicketKind.OTHER
        return is_spam and self.cause is not Cause.CARRIER and self.duplicate_of is None


@dataclass(frozen=True, slots=True)
class TicketNote:
    """Something that happened to a ticket later: judged, answered, linked. `value` is what a program reads of it."""

    ticket: int
    at: float
    what: str
    value: str
    words: str
    actor: str


@dataclass(frozen=True, slots=True)
class PortOrder:
    """What an operator ordered of a sending port or channel: rectify, leave_mo_opt_in, rate, isolate, drain, resume."""

    sending_port: str
    at: float
    what: str
    value: str
    words: str
    actor: str


@dataclass(frozen=True, slots=True)
class PortChange:
    """A state of a port: the first day it holds, the row of the annex, the rate, and when to look again."""

    sending_port: str
    day: dt.date
    rule: str
    clause: str
    state: str
    rate: float
    mo_opt_in: bool
    next_check: dt.date | None
    at: float


@dataclass(frozen=True, slots=True)
class PortNotice:
    """The document that tells an account (or, upstream, ourselves) of a change."""

    sending_port: str
    account: str
    at: float
    clause: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Something a person must do by an instant (unix seconds), under a clause.

    `key` names it for good; "{ticket}" in it and in the subject is the id of the first ticket committed with it.
    """

    kind: str
    clause: str
    account: str
    subject: str
    due_at: float
    key: str
    details: str = ""

    def of_ticket(self, id_: int) -> Duty:
        """Return it with the number of its ticket."""
        key, subject = (words.replace("{ticket}", str(id_)) for words in (self.key, self.subject))
        return replace(self, key=key, subject=subject)


@dataclass(slots=True)
class PortFacts:
    """All that one operation commits together. `snapshots` holds the state of each sending port that moved."""

    tickets: list[Ticket] = field(default_factory=list)
    notes: list[TicketNote] = field(default_factory=list)
    orders: list[PortOrder] = field(default_factory=list)
    changes: list[PortChange] = field(default_factory=list)
    notices: list[PortNotice] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    duties_done: list[tuple[str, str, str]] = field(default_factory=list)  # (key, actor, evidence)
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)
    snapshots_at: float = 0.0
    act: AuditEntry | None = None  # the audit's line

    def add(self, more: PortFacts) -> None:
        """Take over what a step of a sending port commits."""
        self.changes += more.changes
        self.notices += more.notices
        self.snapshots.update(more.snapshots)

    @property
    def is_empty(self) -> bool:
        return not (self.tickets or self.notes or self.orders or self.changes or self.notices or self.snapshots)


class ComplaintStore(Protocol):
    """Where complaints are kept. `commit` MUST take all of the facts or none; it returns the tickets' ids in order.

    Tickets, notes, orders, changes and notices are append-only; only snapshots are replaced. Lists come newest first.
    A store MAY raise StoreAway or the driver's error; nothing is changed then.
    """

    async def snapshots(self) -> Mapping[str, Mapping[str, Any]]: ...
    async def commit(self, facts: PortFacts) -> Sequence[int]: ...
    async def alike(
        self, number: str, code: str, sending_ports: Sequence[str], made_on: dt.date
    ) -> Sequence[Ticket]: ...
    async def by_ref(self, source: str, ref: str) -> Ticket | None: ...
    async def ticket(self, id_: int) -> Ticket | None: ...
    async def tickets(
        self, *, sending_port: str = "", account: str = "", since: dt.date | None = None, limit: int = 1000
    ) -> Sequence[Ticket]: ...
    async def messages_to(self, number: str, account: str, since: float, until: float) -> list[dict[str, Any]]: ...
    async def consent_of(self, ticket: Ticket) -> list[dict[str, Any]]: ...
    async def notes(self, tickets: Sequence[int]) -> Sequence[TicketNote]: ...
    async def orders(self, sending_port: str = "", limit: int = 1000) -> Sequence[PortOrder]: ...
    async def changes(self, sending_port: str = "", limit: int = 1000) -> Sequence[PortChange]: ...
    async def notices(self, sending_port: str = "", account: str = "", limit: int = 1000) -> Sequence[PortNotice]: ...
