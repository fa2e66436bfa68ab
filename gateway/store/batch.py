"""A batch: the rows and continuations of one transaction, gathered while the one before commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from gateway.domain.entry import Entry, EntryKind
from gateway.ledger.book import legs
from gateway.ledger.draws import parse_draws
from gateway.store import rows
from gateway.store.list_rows import LISTED

# (attribute of Batch, columns); the order of COPY.
COPIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("messages", rows.MESSAGES),
    ("claims", rows.CLAIMS),
    ("answers", rows.ANSWERS),
    ("receipts", rows.RECEIPTS),
    ("outcomes", rows.OUTCOMES),
    ("entries", rows.ENTRIES),
    ("refusals", rows.REFUSALS),
    ("amendments", rows.AMENDMENTS),
    ("inbound", rows.INBOUND),
    ("unmatched", rows.UNMATCHED),
    ("parts", rows.PARTS),
    ("listed", LISTED),
)
# Rare rows that belong to the transaction of the facts beside them: a lot with its payment, an alert with its hold.
RARE: dict[str, tuple[str, ...]] = {
    "lots": ("id", "account", "kind", "quantity", "price_hao", "opens_ms", "closes_ms", "note", "at_ms"),
    "price_versions": ("account", "version", "price_hao", "valid_ms", "noticed_ms", "note", "at_ms"),
    "price_consents": ("account", "version", "confirmed_ms", "evidence", "at_ms"),
    "money_events": ("account", "event", "subject", "detail", "at_ms"),
}


class Batch:
    """Facts in the order they happened; `balances` are deltas by book, `cursors` the newest seq by account.

    `used` are deltas by (account, pool); `rare` are rows of the tables in RARE. A row of those whose key is there
    already is left out in silence: it says what was said.
    """

    __slots__ = (
        "amendments", "answers", "balances", "claims", "continuations", "cursors", "entries", "inbound", "joined",
        "listed", "matched", "messages", "outcomes", "parts", "rare", "receipts", "refusals", "unmatched", "used",
    )  # fmt: skip

    def __init__(self) -> None:
        self.messages: list[rows.Row] = []
        self.claims: list[rows.Row] = []
        self.answers: list[rows.Row] = []
        self.receipts: list[rows.Row] = []
        self.outcomes: list[rows.Row] = []
        self.entries: list[rows.Row] = []
        self.refusals: list[rows.Row] = []
        self.amendments: list[rows.Row] = []
        self.inbound: list[rows.Row] = []
        self.unmatched: list[rows.Row] = []
        self.parts: list[rows.Row] = []
        self.listed: list[rows.Row] = []
        self.joined: list[tuple[int, int]] = []
        self.matched: list[tuple[str, str]] = []
        self.balances: dict[str, int] = {}
        self.cursors: dict[str, int] = {}
        self.used: dict[tuple[str, str], int] = {}
        self.rare: list[tuple[str, rows.Row]] = []
        self.continuations: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    @property
    def size(self) -> int:
        """Rows and continuations; 0 means there is nothing to commit."""
        return (
            len(self.messages) + len(self.claims) + len(self.answers) + len(self.receipts) + len(self.outcomes)
            + len(self.entries) + len(self.refusals) + len(self.amendments) + len(self.inbound)
            + len(self.unmatched) + len(self.parts) + len(self.joined) + len(self.matched) + len(self.cursors)
            + len(self.continuations) + len(self.listed) + len(self.rare)
        )  # fmt: skip

    def with_own_balances(self) -> Batch:
        """Return the same rows with balances that may change: each try begins with what the flows had moved."""
        same = copy(self)
        same.balances = dict(self.balances)
        same.used = dict(self.used)
        return same

    def withdraw(self, entry: Mapping[str, Any]) -> None:
        """Take back what an entry row moves between books: the store would not have the row."""
        kind = EntryKind(entry["kind"])
        moved = Entry(entry["id"], kind, entry["account"], entry["amount_hao"], entry["returned_hao"], 0.0)
        for book, delta_hao in legs(moved):
            self.balances[book] -= delta_hao
        for pool, quantity, _ in parse_draws(entry["note"] or ""):
            self.used[entry["account"], pool] -= quantity
