"""The figures of a month as the store adds them up: what a statement is made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from gateway.domain.entry import Entry, EntryKind
from gateway.ledger.book import legs


@dataclass(frozen=True, slots=True)
class Group:
    """Messages of one class, contract and price that ended alike; amounts in hao, exact.

    `state` is the word of receipts, or PARTIAL (delivered in part), MIXED (failed in several ways), OPEN (not ended).
    `unknown` counts wire segments without a receipt, `unknown_messages` the messages they belong to.
    """

    message_class: str
    profile: str
    price_version: str
    price_hao: int
    state: str
    messages: int
    billed: int
    wire: int
    charged: int
    unknown: int
    unknown_messages: int
    amount_hao: int

    @property
    def alike(self) -> tuple[str, str, str, int, str]:
        """What makes two groups one."""
        return self.message_class, self.profile, self.price_version, self.price_hao, self.state

    def with_more(self, other: Group) -> Group:
        """Return the sum of two groups that are alike."""
        return replace(
            self, messages=self.messages + other.messages, billed=self.billed + other.billed,
            wire=self.wire + other.wire, charged=self.charged + other.charged, unknown=self.unknown + other.unknown,
            unknown_messages=self.unknown_messages + other.unknown_messages,
            amount_hao=self.amount_hao + other.amount_hao,
        )


@dataclass(frozen=True, slots=True)
class Movement:
    """All entries of one kind in a span of time."""

    kind: EntryKind
    count: int
    amount_hao: int
    returned_hao: int

    def owed_hao(self, account: str) -> int:
        """Return what they take from the account's books together: above 0 where the client owes more."""
        own = {f"available:{account}", f"held:{account}"}
        entry = Entry(0, self.kind, account, self.amount_hao, self.returned_hao, 0.0)
        return -sum(delta_hao for book, delta_hao in legs(entry) if book in own)


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry without a message."""

    id: int
    kind: EntryKind
    amount_hao: int
    at: float
    note: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message closed without a receipt."""

    id: int
    accepted_at: float
    destination: str
    billed: int


@dataclass(frozen=True, slots=True)
class StatementAdjustment:
    """A line carried into this month: what a re-check found, a late fee. Above 0: the client owes more."""

    kind: str
    clause: str
    amount_hao: int
    reason: str
    evidence: str
    entry_id: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One account's month.

    `balance_hao` is available and held together now; `since` are the entries from the month's first instant until now,
    `later` those after its last. `adjusted` are the entries of the month that `adjustments` lines stand for.
    """

    account: str
    month: dt.date
    groups: tuple[Group, ...]
    balance_hao: int
    since: tuple[Movement, ...]
    later: tuple[Movement, ...]
    postings: tuple[Posting, ...]
    unknown: tuple[Unknown, ...]
    refused: tuple[tuple[str, str, int], ...]
    adjustments: tuple[StatementAdjustment, ...]
    adjusted: tuple[Movement, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing at all is known of the month: no message, no entry, no line, no refusal."""
        return not (self.groups or self.movements() or self.adjustments or self.refused)

    @property
    def opening_hao(self) -> int:
        return self.balance_hao + sum(each.owed_hao(self.account) for each in self.since)

    @property
    def closing_hao(self) -> int:
        return self.balance_hao + sum(each.owed_hao(self.account) for each in self.later)

    def movements(self) -> dict[EntryKind, Movement]:
        """Return the month's entries by kind."""
        found = {each.kind: each for each in self.since}
        for each in self.later:
            all_ = found[each.kind]
            found[each.kind] = Movement(
                each.kind, all_.count - each.count, all_.amount_hao - each.amount_hao,
                all_.returned_hao - each.returned_hao,
            )
        return {kind: each for kind, each in found.items() if each.count}
