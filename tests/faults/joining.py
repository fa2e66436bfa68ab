"""What clients, gateway and carriers saw of each phone, side by side, and what of it may not be.

Every order has a phone of its own, so a phone joins four ledgers that know nothing of each other: the client's book,
the gateway's history, the gateway's entries, the carrier's ledger. A rule is a sentence and a test of one row.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.domain.entry import RESOLUTIONS, EntryKind
from gateway.domain.outcome import Answer, State
from gateway.simulator.traffic import PartState
from tests.daemon.daemon_process import DaemonProcess
from tests.daemon.peers_of_daemon import Side

SHOWN_MAX = 5  # rows of a broken rule that are printed


@dataclass
class Row:
    """One phone. Amounts are hao."""

    phone: str
    # the client
    state: PartState = PartState.WAITING
    stats: list[str] = field(default_factory=list)  # the final words of its receipts
    # the gateway
    ids: list[int] = field(default_factory=list)
    account: str = ""
    outcomes: list[State] = field(default_factory=list)
    claims: int = 0
    unknowns: int = 0  # answers that never came
    held: list[int] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)  # what each resolution of the hold charged
    # the carrier
    taken: list[str] = field(default_factory=list)  # the word it ended each copy with
    is_told: bool = True  # every copy's receipt was acknowledged by the gateway

    @property
    def is_accepted(self) -> bool:
        return self.state is PartState.ACCEPTED

    @property
    def is_final(self) -> bool:
        return bool(self.outcomes)


Rule = tuple[str, Callable[[Row], bool]]
RULES: tuple[Rule, ...] = (
    ("accepted is stored", lambda row: not row.is_accepted or bool(row.ids)),
    ("refused is not stored", lambda row: row.state is not PartState.REFUSED or not row.ids),
    ("one order is one message", lambda row: len(row.ids) <= 1),
    ("one message has one end at most", lambda row: len(row.outcomes) <= 1),
    ("nothing goes to a carrier that is not stored", lambda row: not row.taken or bool(row.ids)),
    ("nothing goes to a carrier without a claim", lambda row: not row.taken or row.claims > 0),
    ("what is stored and has no end was claimed: it may be at the carrier", lambda row: row.is_final or not row.ids
     or row.claims > 0),
    ("what a carrier reported has its end", lambda row: not (row.taken and row.is_told) or row.is_final),
    ("the end is one that a carrier told", lambda row: not (row.taken and row.is_final)
     or bool(row.unknowns) or (row.outcomes[0] is State.DELIVERED) in {word == "DELIVRD" for word in row.taken}),
    ("delivered is what a carrier delivered", lambda row: State.DELIVERED not in row.outcomes
     or "DELIVRD" in row.taken),
    ("a client with an answer gets the receipt of each end", lambda row: not (row.is_accepted and row.is_final)
     or bool(row.stats)),
    ("a receipt says the end that is stored", lambda row: not row.stats or not row.is_accepted or (row.is_final
     and all((word == "DELIVRD") == (row.outcomes[0] is State.DELIVERED) for word in row.stats))),
    ("one hold, and one resolution with the end", lambda row: len(row.held) == len(row.ids)
     and len(row.resolved) == len(row.outcomes)),
    ("charged is what was delivered, once", lambda row: row.resolved == [
        amount if state is State.DELIVERED else 0 for amount, state in zip(row.held, row.outcomes, strict=False)]),
)


async def join(daemon: DaemonProcess, sides: Iterable[Side]) -> list[Row]:
    """Return a row for each phone that anybody saw."""
    rows: dict[str, Row] = {}

    def row(phone: str) -> Row:
        return rows.setdefault(phone[-11:], Row(phone[-11:]))

    for side in sides:
        for order in side.orders:
            found, part = row(order.destination), order.parts[0]
            found.state, found.stats = part.state, [word for word in part.stats if word not in ("ENROUTE", "ACCEPTD")]
        for segment in side.carrier.ledger.segments:
            found = row(segment.destination)
            found.taken.append(segment.stat)
            found.is_told = found.is_told and segment.receipts_acked > 0
    phones: dict[int, str] = {}
    for stored in await daemon.rows("SELECT id, destination, account, link FROM messages"):
        found = row(stored["destination"])
        phones[stored["id"]] = found.phone
        found.ids.append(stored["id"])
        found.account = stored["account"]
        found.claims += stored["link"] is not None
    await _add_facts(daemon, {id: rows[phone] for id, phone in phones.items()})
    return list(rows.values())


async def _add_facts(daemon: DaemonProcess, by_id: dict[int, Row]) -> None:
    for stored in await daemon.rows("SELECT message_id FROM claims"):
        by_id[stored["message_id"]].claims += 1
    for stored in await daemon.rows(f"SELECT message_id FROM answers WHERE answer = {int(Answer.UNKNOWN)}"):
        by_id[stored["message_id"]].unknowns += 1
    for stored in await daemon.rows("SELECT message_id, state FROM outcomes"):
        by_id[stored["message_id"]].outcomes.append(State(stored["state"]))
    for stored in await daemon.rows("SELECT id, kind, amount_hao FROM entries"):
        kind = EntryKind(stored["kind"])
        if kind is EntryKind.HOLD:
            by_id[stored["id"]].held.append(stored["amount_hao"])
        elif kind in RESOLUTIONS:
            charged = kind is EntryKind.SETTLE
            by_id[stored["id"]].resolved.append(stored["amount_hao"] if charged else 0)


def broken(rows: Iterable[Row], *, may_be_open: bool, may_double: bool) -> list[str]:
    """Return a line for each rule that some rows break.

    `may_be_open`: segments whose outcome is unknown may wait for a receipt that never comes (await_receipt).
    `may_double`: a carrier may have taken twice what was unknown in between (resend_once).
    """
    rules: list[Rule] = [
        *RULES,
        ("every end has come", lambda row: may_be_open or row.is_final or not row.ids),
        ("taken once, or sent again because nobody knew", lambda row: len(row.taken) <= 1
         or (may_double and len(row.taken) == 2 and row.unknowns > 0)),
    ]
    against: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for sentence, holds in rules:
            if not holds(row):
                against[sentence].append(row)
    return [
        f"{sentence}: broken by {len(found)}, such as\n    " + "\n    ".join(map(str, found[:SHOWN_MAX]))
        for sentence, found in against.items()
    ]


def summary(rows: Iterable[Row]) -> Counter[str]:
    """Count what became of the orders, for the line that a run prints."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts["orders"] += 1
        counts[row.state.value] += 1
        counts["delivered"] += State.DELIVERED in row.outcomes
        counts["failed"] += row.is_final and State.DELIVERED not in row.outcomes
        counts["open"] += bool(row.ids) and not row.is_final
        counts["taken_twice"] += len(row.taken) > 1
        counts["told_again"] += len(row.stats) > 1
        counts["charged_hao"] += sum(row.resolved)
    return counts
