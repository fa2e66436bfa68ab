"""A batch: the rows and continuations of one transaction, gathered while the one before commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final

from gateway.domain.entry import Entry, EntryKind
from gateway.ledger.book import legs
from gateway.ledger.draws import parse_draws, words_of
from gateway.store import rows
from gateway.store.list_rows import LISTED

# (attribute of Batch, columns); the order of COPY.
COPIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("messages", rows.MESSAGES),
    ("short_messages", rows.SHORT_MESSAGES),
    ("claims", rows.CLAIMS),
    ("answers", rows.ANSWERS),
    ("receipts", rows.RECEIPTS),
    ("outcomes", rows.OUTCOMES),
    ("movements", rows.MOVEMENTS),
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
    "adjustments": (
        "entry_id", "account", "month", "kind", "clause", "amount_hao", "reason", "created_ms", "actor", "evidence",
    ),
    "money_events": ("account", "event", "subject", "detail", "at_ms"),
}


class Batch:
    """Facts in the order they happened; `moved` are sums by account, `cursors` the newest seq by account.

    `used` are deltas by (account, pool); `rare` are rows of the tables in RARE. A row of those whose key is there
    already is left out in silence: it says what was said.
    """

    __slots__ = (
        "amendments", "answers", "claims", "continuations", "cursors", "inbound", "joined", "listed", "matched",
        "messages", "moved", "movements", "outcomes", "parts", "rare", "receipts", "refusals", "short_messages",
        "unmatched", "used",
    )  # fmt: skip

    def __init__(self) -> None:
        self.messages: list[rows.Row] = []
        self.short_messages: list[rows.Row] = []
        self.claims: list[rows.Row] = []
        self.answers: list[rows.Row] = []
        self.receipts: list[rows.Row] = []
        self.outcomes: list[rows.Row] = []
        self.movements: list[rows.Row] = []
        self.refusals: list[rows.Row] = []
        self.amendments: list[rows.Row] = []
        self.inbound: list[rows.Row] = []
        self.unmatched: list[rows.Row] = []
        self.parts: list[rows.Row] = []
        self.listed: list[rows.Row] = []
        self.joined: list[tuple[int, int]] = []
        self.matched: list[tuple[str, str]] = []
        self.moved: dict[str, list[int]] = {}  # amounts by EntryKind, then what was returned by EntryKind
        self.cursors: dict[str, int] = {}
        self.used: dict[tuple[str, str], int] = {}
        self.rare: list[tuple[str, rows.Row]] = []
        self.continuations: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    @property
    def size(self) -> int:
        """Rows and continuations; 0 means there is nothing to commit."""
        return (
            len(self.messages) + len(self.short_messages) + len(self.claims) + len(self.answers) + len(self.receipts)
            + len(self.outcomes)
            + len(self.movements) + len(self.refusals) + len(self.amendments) + len(self.inbound)
            + len(self.unmatched) + len(self.parts) + len(self.joined) + len(self.matched) + len(self.cursors)
            + len(self.continuations) + len(self.listed) + len(self.rare)
        )  # fmt: skip

    def move(self, entry: Entry, sign: int = 1) -> None:
        """Add an entry to the sums; with sign -1 take it off."""
        sums = self.moved.get(entry.account)
        if sums is None:
            sums = self.moved[entry.account] = [0] * (2 * RETURNED)
        kind = entry.kind
        sums[kind] += sign * entry.amount_hao
        sums[kind + RETURNED] += sign * entry.returned_hao

    def balances(self) -> dict[str, int]:
        """Return the delta of each book: legs are sums, so they are taken of the sums."""
        deltas: dict[str, int] = {}
        for account, sums in self.moved.items():
            for kind in EntryKind:
                for book, delta_hao in legs(Entry(0, kind, account, sums[kind], sums[kind + RETURNED], 0.0)):
                    deltas[book] = deltas.get(book, 0) + delta_hao
        return {book: delta_hao for book, delta_hao in deltas.items() if delta_hao}

    def with_own_balances(self) -> Batch:
        """Return the same rows with balances that may change: each try begins with what the flows had moved."""
        same = copy(self)
        same.moved = {account: list(sums) for account, sums in self.moved.items()}
        same.used = dict(self.used)
        return same

    def withdraw(self, table: str, record: Mapping[str, Any]) -> None:
        """Leave out what a row moves that the store did not take."""
        entry = entry_of(table, record)
        if entry is None:
            return
        self.move(entry, -1)
        for pool, quantity, _ in entry.draws:
            self.used[entry.account, pool] -= quantity


RETURNED: Final = max(EntryKind) + 1


def entry_of(table: str, record: Mapping[str, Any]) -> Entry | None:
    """Return the ledger entry that a row is, as the view `entries` does; None where it is none."""
    if table in ("messages", "short_messages"):
        at = record["accepted_ms"] / 1000
        hold = Entry(record["id"], EntryKind.HOLD, record["account"], record["amount_hao"], 0, at)
        return None if parse_draws(record["price_version"]) else hold
    if table == "outcomes" and record["kind"] is not None:
        kind, at = EntryKind(record["kind"]), record["at_ms"] / 1000
        return Entry(
            record["segment_id"], kind, record["account"], record["charged_hao"], record["returned_hao"], at
        )
    if table != "movements":
        return None
    note = record["note"] or ""
    return Entry(
        record["id"], EntryKind(record["kind"]), record["account"], record["amount_hao"], record["returned_hao"],
        record["at_ms"] / 1000, words_of(note), parse_draws(note),
    )  # fmt: skip
