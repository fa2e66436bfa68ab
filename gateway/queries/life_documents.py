"""The documents of `explain`: of a message, of what never became one, and of an MO; each field as scripts read it.

Moments are ISO texts in China time, money is a decimal text in yuan, ids are texts of decimals.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from gateway.queries.query import QueryDocument


class StageVerdict(QueryDocument):
    """What one stage said: accept, change, hold or refuse; key and clause where it was not a plain accept."""

    stage: str
    verdict: str
    key: str | None
    clause: str | None
    detail: str | None


class WireSegment(QueryDocument):
    """A segment on its way to the carrier; `id` is the client's where it has a twin there."""

    id: str
    carrier_id: str | None
    state: str
    error: str
    billed: bool
    octets: int | None
    channel: str | None
    link: str | None


class ClientSegment(QueryDocument):
    """A segment as the client sent it, with the outcome that it is told."""

    id: str
    state: str
    error: str


class LifeEntry(QueryDocument):
    """A movement of the message's money."""

    entry: str
    amount: str
    returned: str
    hold: str
    time: str
    note: str | None


class EventKind(StrEnum):
    """What may happen to a message, a segment that waits alone, or an MO."""

    ACCEPTED = "accepted"
    NOT_BEFORE = "not_before"
    CLAIMED = "claimed"
    TAKEN = "taken"  # the carrier's answer: it has the segment
    TURNED_DOWN = "turned_down"  # the carrier's answer: it does not want the segment
    THROTTLED = "throttled"
    UNANSWERED = "unanswered"
    TOLD_BY_RECEIPT = "told_by_receipt"
    TOLD_BY_ONE_OF_SEVERAL = "told_by_one_of_several"
    AMBIGUOUS = "ambiguous"
    RECEIPT = "receipt"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    REROUTED = "rerouted"
    APPROVED = "approved"
    REJECTED = "rejected"
    STOPPED = "stopped"
    REFUSED_LATER = "refused_later"  # by a list or a rule that changed while it waited
    AMENDED = "amended"  # any other change, in the words that were kept
    FINAL = "final"
    REFUSED = "refused"
    PART_WAITS = "part_waits"
    RECEIVED = "received"
    CLIENT_REFUSED = "client_refused"
    CLIENT_REPLAYED = "client_replayed"
    CLIENT_ASIDE = "client_aside"


class LifeEvent(QueryDocument):
    """Something that happened to it: in words, and as kind and facts for whoever tells it in other words."""

    time: str
    what: str
    kind: EventKind
    facts: dict[str, str | int]


class ContentCheck(QueryDocument):
    """Hashes of the text as it came and as it leaves, and what was added (S2b-5)."""

    sha256_in: str
    sha256_out: str
    added: list[str]
    intact: bool
    segments_kept: int
    clause: str


class MessageLife(QueryDocument):
    """A message that was accepted."""

    id: str
    msg_id: str
    account: str
    protocol: str
    source: str
    destination: str
    state: str
    contract: str
    message_class: str = Field(serialization_alias="class")
    encoding: str
    characters: int | None
    signature: str | None
    billed_segments: int
    unit_price: str
    price_version: str | None
    channel: str | None
    content: ContentCheck | None
    verdicts: list[StageVerdict]
    segments: list[WireSegment]
    client_segments: list[ClientSegment]
    ledger: list[LifeEntry]
    events: list[LifeEvent]
    final_text: str | None = None
    same_carrier_id: list[str] | None = None


class NoMessageLife(QueryDocument):
    """What never became a message: refused, or a segment whose others are missing."""

    id: str
    msg_id: str
    account: str
    protocol: str
    source: str
    destination: str
    state: str
    contract: str | None
    encoding: str
    octets: int
    verdicts: list[StageVerdict]
    segments: list[WireSegment]
    client_segments: list[ClientSegment]
    ledger: list[LifeEntry]
    events: list[LifeEvent]
    final_text: str | None = None
    same_carrier_id: list[str] | None = None


class InboundLife(QueryDocument):
    """An MO."""

    id: str
    account: str
    source: str
    destination: str
    state: str
    channel: str
    encoding: str
    octets: int
    verdicts: list[StageVerdict]
    segments: list[WireSegment]
    client_segments: list[ClientSegment]
    ledger: list[LifeEntry]
    events: list[LifeEvent]
    final_text: str | None = None
    same_carrier_id: list[str] | None = None


LifeDocument = MessageLife | NoMessageLife | InboundLife
