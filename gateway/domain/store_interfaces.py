"""What the flows ask of the outside. The prose is the contract: MUST and MAY NOT.

Journal  appends facts to the batch that is gathering; the store commits batches one after another
Reader   looks things up that are not in memory
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol

from gateway.domain.entry import Entry
from gateway.domain.list_entry import ListFact
from gateway.domain.message import Message, Submission
from gateway.domain.outcome import Answer, Inbound, OutboxItem, Outcome, Receipt, Unreadable
from gateway.domain.recent import RecentMessage, SentText
from gateway.domain.verdict import Reject

# The queues of a channel, as the store tells them apart: triggered, batch, and those with a not_before.
URGENT: Final = "urgent"
READY: Final = "ready"
HELD: Final = "held"

# What a continuation may tell of, see Journal.upon.
SUBMIT: Final = "submit"  # a message with its hold, or a part that waits for others; by its id
PLACE: Final = "place"  # a message in the place of another that ends in the same batch: it is never put off
CLAIM: Final = "claim"  # by the id of its message
ENDING: Final = "ending"  # all outcomes of a message with its resolution; by the id of the message
AMENDMENT: Final = "amendment"  # by the id of its message
ENTRY: Final = "entry"  # an entry of the ledger with the lot that it pays for; by its id
MONEY: Final = "money"  # any entry that is no message's, and any rare fact; its id is 0


REPLACED_BY: Final = "replaced by "  # an amendment of a message, before the id of the one in its place


class Journal(Protocol):
    """Facts in the order they happened.

    Calls are synchronous and only append. Everything appended between two steps of the event loop is in ONE
    transaction, so a flow MUST append all that belongs together without awaiting in between. A continuation given
    to `then` runs after that transaction has committed, in order, on the event loop; it MUST NOT run otherwise.
    The store MAY NOT drop or reorder a fact, and MAY NOT report a commit that a crash can undo.
    A fact whose own row the database does not take (docs/loss.md) is set aside, and holds up no other: what tells of
    it to anybody MUST be given to `upon`. `withdrawn` hears of each such row before anything that follows from it.
    While the database is away or late `is_open` is False: flows MUST refuse new submits then, and MAY still append
    facts about what was accepted before; those wait, bounded by the windows of the links. A submit that was taken
    before is put off, if it is certain that it is not and will not be committed.
    """

    withdrawn: Callable[[str, Mapping[str, Any], Entry | None], None]
    """(table, row, the entry that the row is): it is not stored, and what it moved in memory MUST be moved back."""

    @property
    def is_open(self) -> bool: ...
    @property
    def pending(self) -> int: ...
    def then(self, continuation: Callable[..., None], *args: Any) -> None: ...
    def upon(
        self, fact: str, id: int, continuation: Callable[..., None], otherwise: Callable[..., None], *args: Any
    ) -> None:
        """As `then` for what tells of one fact; where that is not stored `otherwise(is_later, *args)` runs instead.

        `is_later` is False for a fact set aside: the database will never take it. It is True for a SUBMIT put off:
        the database gave no answer in time, and the client may try again. Exactly one of the two runs. What runs
        otherwise runs before all that follows from the batch, the last appended first.
        """
        ...

    def accepted(self, message: Message) -> None:
        """Store a message together with its hold, which MUST be in `message.hold`."""
        ...

    def claimed(self, message: Message) -> None: ...
    def answered(
        self, message: Message, index: int, answer: Answer, carrier_message_id: str, status: int, at: float
    ) -> None: ...
    def received(self, message: Message, index: int, receipt: Receipt, at: float) -> None: ...
    def unmatched(self, receipt: Receipt, at: float, is_ambiguous: bool = False) -> None: ...
    def unreadable(self, found: Unreadable, at: float) -> None: ...
    def matched(self, channel: str, carrier_message_id: str) -> None: ...
    def concluded(self, outcome: Outcome, at: float) -> None: ...
    def ended(self, entry: Entry, outcomes: Sequence[Outcome]) -> None:
        """Store the resolution of a hold together with the outcomes of all client segments of its message."""
        ...

    def entry(self, entry: Entry) -> None: ...
    # Rare facts about money. They commit with the entries beside them; one whose key is stored already changes nothing.
    def lot_opened(
        self, id: int, account: str, kind: str, quantity: int, price_hao: int, opens_at: float, closes_at: float,
        note: str, at: float,
    ) -> None:
        """Append a lot of segments under the id of its entry. `closes_at` is infinite where it never lapses."""
        ...

    def price_announced(
        self, account: str, version: str, price_hao: int, valid_from: float, noticed_at: float | None, note: str,
        at: float,
    ) -> None:
        """Append a new unit price of an account; `noticed_at` is when the client was told, if it was."""
        ...

    def price_confirmed(
        self, account: str, version: str, confirmed_at: float, evidence: str, at: float
    ) -> None:
        """Append a client's consent to a price that was announced."""
        ...

    def adjusted(
        self, entry: Entry, month: date, clause: str, reason: str, actor: str, evidence: str
    ) -> None:
        """Append the line that the statement of `month` (its first day) shows for an entry that was booked later."""
        ...

    def money_event(self, account: str, event: str, subject: str, detail: str, at: float) -> None:
        """Append that something was told or done about an account's money, once for each subject."""
        ...

    def audited(
        self, at: float, actor: str, source: str, action: str, subject: str, result: str, reason: str, detail: str
    ) -> None:
        """Append a line of the audit, in the transaction of what it tells of."""
        ...

    def refused(self, submission: Submission, segment_id: int, stage: str, reject: Reject) -> None: ...
    def request_answered(
        self, account: str, key_digest: str, body_digest: str, status: int, answer: str, at: float
    ) -> None:
        """Store how a request over HTTP was answered, by the digest of its key. Append it in the step of its submits.

        It is stored with them or not at all; one whose key is stored already is left out in silence.
        """
        ...

    def asked_with(self, message: Message, reference: str, callback: str, receipt_mask: int) -> None:
        """Store what else was asked with a message over HTTP, in its step: empty texts and 0 where nothing was."""
        ...

    def part(self, submission: Submission, segment_id: int) -> None: ...
    def parts_joined(self, segment_ids: Sequence[int], message_id: int) -> None: ...
    def inbound(self, inbound: Inbound) -> None: ...
    def listed(self, fact: ListFact) -> None: ...
    def delivered(self, account: str, seq: int) -> None:
        """Move the cursor: everything owed up to here was acknowledged, was refused for good, or is set aside."""
        ...

    def aside(self, account: str, seq: int, tries: int, status: int) -> None:
        """Note that an item waits alone, apart from the cursor, after so many tries and this last answer."""
        ...

    def aside_over(self, account: str, seq: int) -> None: ...
    def deliver_refused(self, account: str, seq: int, what: str, protocol: str, status: int) -> None:
        """Store that a client does not want an item (`refused`), or that it is owed again (`replayed`)."""
        ...

    def amended(self, message: Message, what: str, at: float) -> None: ...


class Reader(Protocol):
    """Look-ups; each is bounded by its `limit` and MAY raise StoreAway while the database is away."""

    async def find_answered(self, channel: str, carrier_message_ids: Sequence[str]) -> dict[str, tuple[Message, int]]:
        """Return {carrier id: (message, wire segment index)} of segments without a final state."""
        ...

    async def waiting(self, channel: str, after_id: int, limit: int, queue: str) -> list[Message]:
        """Return accepted and never claimed messages of one of a channel's queues, oldest first."""
        ...

    async def outbox(self, account: str, after_seq: int, limit: int) -> list[OutboxItem]:
        """Return what is owed to an account behind its cursor, in order, but what was set aside or refused."""
        ...

    async def outbox_items(self, account: str, seqs: Sequence[int]) -> list[OutboxItem]:
        """Return these items, in order; those that are not there any more are left out."""
        ...

    async def find(self, segment_id: int) -> Message | None:
        """Return the message that holds this client segment, with its states."""
        ...

    async def successor(self, message_id: int) -> int | None:
        """Return the message that took the place of one that was replaced; None where none did."""
        ...

    async def find_alone(self, segment_id: int) -> Outcome | Submission | None:
        """Return what is known of a client segment that is in no message: its outcome, or itself while it waits."""
        ...

    async def unsettled(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        """Return messages without an outcome in a range of ids, oldest first, with their history."""
        ...

    async def doubtful(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        """Return of those the ones with a segment whose outcome became unknown."""
        ...

    async def given_up(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        """Return messages that ended NO_ANSWER in a range of ids: receipts may still mean them."""
        ...

    async def unmatched(self, since_ms: int, limit: int) -> list[Receipt]:
        """Return receipts that no answer has named yet, oldest first."""
        ...

    async def recent(self, accounts: Sequence[str], after_id: int, before_id: int, limit: int) -> list[RecentMessage]:
        """Return accepted triggered messages that bear a signature, between two ids, the newest first."""
        ...

    async def offering(self, account: str, destination: str, since_id: int, limit: int) -> list[SentText]:
        """Return what an account sent to a number that may offer something to a reply, the newest first."""
        ...

    async def count_accepted(self, account: str, from_id: int, settled_id: int, up_to_id: int) -> int:
        """Return how many messages of an account were accepted in a range of ids; up to `settled_id` it is kept."""
        ...

    async def day_counts(self, account: str, day: str, service_id: str | None) -> dict[str, int]:
        """Return the counts of one day (YYYYMMDD, China time) for CMPP_QUERY: total, sent, waiting, failed, inbound."""
        ...


class StoreAway(Exception):
    """The database does not answer; nothing is lost, try again."""
