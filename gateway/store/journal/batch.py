"""A batch: the rows and continuations of one transaction, gathered while the one before commits.

A row that the store does not take is set aside with all rows of its unit: a message and its hold are one, an entry and
the lot or the line of a statement that stands on it, all outcomes of a message and its resolution. What follows from a
unit is a continuation under its name (FACTS), with another that runs in its place where the unit is not stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Final

from gateway.domain.entry import RESOLUTIONS, Entry, EntryKind
from gateway.domain.store_interfaces import AMENDMENT, CLAIM, ENDING, ENTRY, MONEY, PLACE, SUBMIT
from gateway.ledger.book import legs
from gateway.ledger.draws import parse_draws, words_of
from gateway.store.journal import rows

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
    ("refused_delivers", rows.REFUSED_DELIVERS),
    ("unmatched", rows.UNMATCHED),
    ("unreadable", rows.UNREADABLE),
    ("parts", rows.PARTS),
    ("listed", rows.LIST_FACTS),
)
# Rare rows that belong to the transaction of the facts beside them: a lot with its payment, an alert with its hold.
RARE: dict[str, tuple[str, ...]] = {
    "lots": rows.LOTS,
    "price_versions": rows.PRICE_VERSIONS,
    "price_consents": rows.PRICE_CONSENTS,
    "adjustments": rows.ADJUSTMENTS,
    "money_events": rows.MONEY_EVENTS,
    "audit": rows.AUDIT,
}
AUDIT_LOCK: Final = 0xA0D17  # held to the commit: ids of the audit are committed in order, so a sealed range stays

Continuation = tuple[Callable[..., None], tuple[Any, ...], str, int, Callable[..., None] | None]
"""What runs, with which arguments; of which fact and id it tells (or "" and 0), and what runs instead without it."""

Unit = list[tuple[str, rows.Row, dict[str, Any]]]
"""(table, row, the same by column) of rows that are stored together or not at all."""

# Of which fact the rows of a table are, and which of their columns is its id.
FACTS: Final[dict[str, tuple[str, str]]] = {
    "messages": (SUBMIT, "id"), "short_messages": (SUBMIT, "id"), "parts": (SUBMIT, "segment_id"),
    "claims": (CLAIM, "message_id"), "outcomes": (ENDING, "message_id"), "amendments": (AMENDMENT, "message_id"),
    "movements": (ENTRY, "id"), "lots": (ENTRY, "id"), "adjustments": (ENTRY, "entry_id"),
}


def unit_of(table: str, record: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return which rows of a batch are stored or set aside together with this one; None: it is alone."""
    if table == "movements" and record["kind"] in RESOLUTIONS:
        return ENDING, record["id"]
    if table == "adjustments":
        return ENTRY, record["entry_id"]
    if table in ("messages", "short_messages", "movements", "lots"):
        return ENTRY, record["id"]
    return (ENDING, record["message_id"]) if table == "outcomes" else None


def units(batch: Batch) -> list[Unit]:
    """Return every row of a batch, in units.

    Of two rows with one key each has a unit of its own: the store takes the one that it sees first.
    """
    found: list[Unit] = []
    open_: dict[tuple[str, int], list[tuple[set[tuple[str, Any]], int]]] = {}
    for table, columns, records in (
        *((table, columns, getattr(batch, table)) for table, columns in COPIES),
        *((table, RARE[table], [row]) for table, row in batch.rare),
    ):
        for row in records:
            record = dict(zip(columns, row, strict=True))
            each = (table, row, record)
            name = unit_of(table, record)
            if name is None:
                found.append([each])
                continue
            key = (table, row[0])
            place = next((place for place in open_.setdefault(name, []) if key not in place[0]), None)
            if place is None:
                open_[name].append(({key}, len(found)))
                found.append([each])
            else:
                place[0].add(key)
                found[place[1]].append(each)
    return found


def facts_of(table: str, record: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the names under which continuations may tell of a row."""
    fact, column = FACTS.get(table, ("", ""))
    found = [(fact, int(record[column]))] if fact else []
    if fact == SUBMIT:
        found.append((PLACE, found[0][1]))
    is_message = table == "movements" and (record["kind"] in RESOLUTIONS or record["kind"] == EntryKind.HOLD)
    return [*found, (MONEY, 0)] if table in RARE or (table == "movements" and not is_message) else found


class Batch:
    """Facts in the order they happened; `moved` are sums by account, `cursors` the newest seq by account.

    `outbox_aside` has (tries, status, at_ms) of an outbox item that waits alone by (account, seq), None where it does
    no more.
    `used` are deltas by (account, pool); `rare` are rows of the tables in RARE. A row of those whose key is there
    already is left out in silence: it says what was said. Likewise what requests over HTTP leave: `request_keys`, how
    each was answered by its key, and `asked`, what else was asked with a message.
    """

    __slots__ = (
        "amendments", "answers", "asked", "claims", "continuations", "cursors", "inbound", "joined", "listed",
        "matched", "messages", "moved", "movements", "outbox_aside", "outcomes", "parts", "rare", "receipts",
        "refusals", "refused_delivers", "request_keys", "set_aside", "short_messages", "unmatched", "unreadable",
        "used",
    )

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
        self.refused_delivers: list[rows.Row] = []
        self.unmatched: list[rows.Row] = []
        self.unreadable: list[rows.Row] = []
        self.parts: list[rows.Row] = []
        self.listed: list[rows.Row] = []
        self.joined: list[tuple[int, int]] = []
        self.matched: list[tuple[str, str]] = []
        self.moved: dict[str, list[int]] = {}  # amounts by EntryKind, then what was returned by EntryKind
        self.cursors: dict[str, int] = {}
        self.outbox_aside: dict[tuple[str, int], tuple[int, int, int] | None] = {}
        self.used: dict[tuple[str, str], int] = {}
        self.rare: list[tuple[str, rows.Row]] = []
        self.request_keys: list[rows.Row] = []
        self.asked: list[rows.Row] = []
        self.continuations: list[Continuation] = []
        self.set_aside: list[tuple[str, Mapping[str, Any]]] = []  # (table, row) that the store did not take

    @property
    def size(self) -> int:
        """Rows and continuations; 0 means there is nothing to commit."""
        return (
            len(self.messages) + len(self.short_messages) + len(self.claims) + len(self.answers) + len(self.receipts)
            + len(self.outcomes)
            + len(self.movements) + len(self.refusals) + len(self.amendments) + len(self.inbound)
            + len(self.unmatched) + len(self.parts) + len(self.joined) + len(self.matched) + len(self.cursors)
            + len(self.continuations) + len(self.listed) + len(self.rare) + len(self.refused_delivers)
            + len(self.outbox_aside) + len(self.unreadable)
        )

    @property
    def has_submits(self) -> bool:
        """Tell whether somebody may wait for what is in it."""
        return bool(self.short_messages or self.messages or self.parts)

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
        same.set_aside = []
        return same

    def withdraw(self, table: str, record: Mapping[str, Any]) -> None:
        """Leave out what a row moves that the store did not take."""
        entry = entry_of(table, record)
        if entry is None:
            return
        self.move(entry, -1)
        for pool, quantity, _ in entry.draws:
            self.used[entry.account, pool] -= quantity

    def what_follows(self) -> list[Continuation]:
        """Return what is to run behind the commit.

        First what runs in place of what tells of rows set aside, the last first, as one undoes; then all else in order.
        """
        if not self.set_aside:
            return self.continuations
        missing = {fact for table, record in self.set_aside for fact in facts_of(table, record)}
        instead: list[Continuation] = []
        rest: list[Continuation] = []
        for each in self.continuations:
            _, args, fact, id_, otherwise = each
            if otherwise is not None and (fact, id_) in missing:
                instead.append((otherwise, (False, *args), "", 0, None))
            else:
                rest.append(each)
        return [*reversed(instead), *rest]

    def joined_in_fact(self) -> list[tuple[int, int]]:
        """Return what joined parts, without what is set aside: its parts wait on."""
        lost = {record["id"] for table, record in self.set_aside if table in ("messages", "short_messages")}
        return [each for each in self.joined if each[1] not in lost] if lost else self.joined

    def put_off(self) -> tuple[list[tuple[str, Mapping[str, Any]]], list[Continuation]]:
        """Take out every submit that somebody waits for; return its rows, and what runs now, the last first.

        The caller MUST be sure that no copy of this batch can be committed any more. Lists are new ones: whoever is
        at the old ones goes on with them.
        """
        ids = {id_ for _, _, fact, id_, otherwise in self.continuations if fact == SUBMIT and otherwise is not None}
        if not ids:
            return [], []
        self.request_keys, self.asked = [], []  # each stands beside submits that are taken out
        instead: list[Continuation] = []
        rest: list[Continuation] = []
        for each in self.continuations:
            _, args, fact, _, otherwise = each
            if fact == SUBMIT and otherwise is not None:
                instead.append((otherwise, (True, *args), "", 0, None))
            else:
                rest.append(each)
        self.continuations = rest
        self.joined = [(segment_id, message_id) for segment_id, message_id in self.joined if message_id not in ids]
        self.messages, one = _parted("messages", self.messages, rows.MESSAGES, ids)
        self.short_messages, two = _parted("short_messages", self.short_messages, rows.SHORT_MESSAGES, ids)
        self.movements, three = _parted("movements", self.movements, rows.MOVEMENTS, ids)
        self.parts, four = _parted("parts", self.parts, rows.PARTS, ids)
        taken = [*one, *two, *three, *four]
        for table, record in taken:
            self.withdraw(table, record)
        return taken, instead[::-1]


def _parted(
    table: str, records: list[rows.Row], columns: Sequence[str], ids: set[int]
) -> tuple[list[rows.Row], list[tuple[str, Mapping[str, Any]]]]:
    """Return the rows that stay, and those of the ids."""
    stay = [record for record in records if record[0] not in ids]
    return stay, [(table, dict(zip(columns, record, strict=True))) for record in records if record[0] in ids]


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
    )
