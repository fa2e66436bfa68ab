"""The values both sides of the simulator keep: what a carrier took, what a client ordered and what it heard back."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from protocols.any_pdu import AnyPdu
from protocols.text import udh
from protocols.text.codings import Encoding, decode_text

TAKEN_MAX = 2_000_000
"""Segments and orders kept in detail; past it they are only counted (a load run does not look at each)."""


class Verdict(Enum):
    """What a carrier says to a submit."""

    TAKEN = "taken"
    THROTTLED = "throttled"
    BUSY = "busy"
    REFUSED = "refused"


# --- a carrier's side ------------------------------------------------------------------------------------------------


class SegmentKey(NamedTuple):
    """What makes two segments the same: number, place in a long message, text without its header."""

    destination: str
    number: int
    body: bytes


@dataclass(slots=True)
class TakenSegment:
    """One segment that a carrier took. `octets` include the header if `has_header`."""

    carrier_id: str  # as it was answered
    receipt_id: str  # as its receipt spells it
    source: str
    destination: str
    octets: bytes
    encoding: Encoding
    has_header: bool
    is_flash: bool
    service: str
    wish: int  # 0 no receipt, 1 always, 2 on failure, 3 on success
    taken_at: float  # unix seconds
    link: int = 0  # the number of the connection it came over
    stat: str = ""  # the final word, once decided
    receipts_sent: int = 0
    receipts_acked: int = 0

    @property
    def key(self) -> SegmentKey:
        header = udh.read(self.octets) if self.has_header else None
        if header is None:
            return SegmentKey(self.destination, 1, self.octets)
        return SegmentKey(self.destination, header.concat.number if header.concat else 1, self.octets[header.octets :])

    @property
    def text(self) -> str:
        """The text of this segment alone."""
        return decode_text(self.key.body, self.encoding)


@dataclass(slots=True)
class Ledger:
    """What a carrier took and gave, so that loss and duplicates can be counted from the far end."""

    segments: list[TakenSegment] = field(default_factory=list)
    times: Counter[SegmentKey] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    unanswered_peak: int = 0  # most submits of one link waiting for our answer
    taken: int = 0

    def take(self, segment: TakenSegment) -> None:
        self.taken += 1
        if len(self.segments) < TAKEN_MAX:
            self.segments.append(segment)
            self.times[segment.key] += 1

    def doubles(self) -> dict[SegmentKey, int]:
        """Segments that were taken more than once, and how often."""
        return {key: times for key, times in self.times.items() if times > 1}

    def find(self, words: str) -> list[TakenSegment]:
        """Every taken segment whose text holds these words."""
        return [segment for segment in self.segments if words in segment.text]


@dataclass(slots=True)
class Handset:
    """One MO to be sent, in as many parts as its text takes."""

    source: str
    destination: str
    parts: tuple[bytes, ...]
    encoding: Encoding
    has_header: bool
    service: str = ""


# --- a client's side -------------------------------------------------------------------------------------------------


class PartState(Enum):
    """Where one submit of an order stands."""

    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # no answer came, and it is not sent again


@dataclass(slots=True)
class OrderPart:
    """One submit: what is asked, what was answered, which receipts came."""

    pdu: AnyPdu
    state: PartState = PartState.WAITING
    message_id: str = ""
    status: int = 0
    words: str = ""  # additional_status_info_text of a refusal, where there is one
    stats: list[str] = field(default_factory=list)  # of each receipt, in the order they came
    tries: int = 0

    @property
    def stat(self) -> str:
        """The final word; "" before it came."""
        for stat in self.stats:
            if stat not in INTERIM:
                return stat
        return ""


INTERIM = frozenset({"ENROUTE", "ACCEPTD", "SCHEDULED"})


@dataclass(slots=True)
class Order:
    """One message that a client wants sent."""

    number: int
    destination: str
    text: str
    wants_receipt: bool
    parts: tuple[OrderPart, ...]
    submitted_at: float = 0.0  # monotonic, of the first part
    answered_at: float = 0.0  # of the last answer
    is_counted: bool = False  # final, and in the totals

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to come for any part."""
        wants_receipt = self.wants_receipt
        for part in self.parts:
            state = part.state
            if state is PartState.ACCEPTED:
                if wants_receipt and not part.stat:
                    return False
            elif state is not PartState.REFUSED and state is not PartState.UNKNOWN:
                return False
        return True

    @property
    def outcome(self) -> str:
        """`waiting` until final, then refused, accepted (no receipt wanted), delivered, unknown or failed."""
        if not self.is_final:
            return "waiting"
        states = [part.state for part in self.parts]
        if PartState.REFUSED in states:
            return "refused"
        if PartState.UNKNOWN in states:
            return "unknown"
        if not self.wants_receipt:
            return "accepted"
        stats = {part.stat for part in self.parts}
        if stats == {"DELIVRD"}:
            return "delivered"
        return "unknown" if stats <= {"DELIVRD", "UNKNOWN"} else "failed"


@dataclass(slots=True)
class Heard:
    """An MO that a client received, one DELIVER as it came."""

    source: str
    destination: str
    octets: bytes
    encoding: Encoding
    has_header: bool

    @property
    def text(self) -> str:
        header = udh.read(self.octets) if self.has_header else None
        return decode_text(self.octets[header.octets :] if header else self.octets, self.encoding)


class Told(NamedTuple):
    """A receipt as a client reads it."""

    message_id: str
    stat: str
    error: str
    destination: str


@dataclass(slots=True)
class ClientTotals:
    """What a client has to say about its orders; parts are submits on the wire."""

    orders: int = 0
    orders_accepted: int = 0  # every part of them was
    submitted: int = 0
    accepted: int = 0
    refused: int = 0
    throttled: int = 0
    unknown: int = 0
    receipts: int = 0
    receipts_doubled: int = 0
    receipts_unmatched: int = 0
    inbound: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    binds: int = 0
    binds_refused: int = 0
    goodbyes: int = 0  # unbinds of the other side


class OrderBook:
    """An account's orders, and which part goes by which id. Final orders beyond `orders_max` are forgotten.

    Clients of one account share a book: a receipt may come to any of its sessions. `strays` are receipts whose answer
    did not come, or not yet.
    """

    def __init__(self, orders_max: int = TAKEN_MAX) -> None:
        self._orders_max = orders_max
        self.orders: deque[Order] = deque()
        self.by_id: dict[str, tuple[Order, OrderPart]] = {}
        self.strays: dict[str, list[Told]] = {}
        self.open = 0  # orders that are not final

    def add(self, order: Order) -> None:
        self.orders.append(order)
        self.open += 1
        while len(self.orders) > self._orders_max and self.orders[0].is_final:
            for part in self.orders.popleft().parts:
                self.by_id.pop(part.message_id, None)

    def unfinished(self) -> Iterator[Order]:
        return (order for order in self.orders if not order.is_final)
