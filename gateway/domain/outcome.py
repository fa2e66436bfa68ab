"""What became of a segment: final states, a carrier's receipt, an outcome for the client, an MO."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from protocols.text.codings import Encoding


class State(IntEnum):
    """Message states; the numbers are SMPP 3.4 §5.2.28 message_state."""

    ENROUTE = 1
    DELIVERED = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIVERABLE = 5
    ACCEPTED = 6
    UNKNOWN = 7
    REJECTED = 8

    @property
    def is_final(self) -> bool:
        return self not in _OPEN

    @property
    def stat(self) -> str:
        """The seven-letter word of receipts, alike in SMPP and CMPP."""
        return _STATS[self]


_OPEN: Final = frozenset({State.ENROUTE, State.ACCEPTED})
_STATS: Final = {
    State.ENROUTE: "ENROUTE",
    State.DELIVERED: "DELIVRD",
    State.EXPIRED: "EXPIRED",
    State.DELETED: "DELETED",
    State.UNDELIVERABLE: "UNDELIV",
    State.ACCEPTED: "ACCEPTD",
    State.UNKNOWN: "UNKNOWN",
    State.REJECTED: "REJECTD",
}
STATE_BY_STAT: Final = {word: state for state, word in _STATS.items()}


class Answer(IntEnum):
    """A carrier's answer to one submit of a segment; `unknown` when none came."""

    ACCEPTED = 1
    REFUSED = 2
    THROTTLED = 3  # not taken now; the segment waits again
    UNKNOWN = 4


class NotTaken(IntEnum):
    """What a client says to a receipt or MO that it does not take."""

    THROTTLED = 1  # nothing more just now, over this session
    LATER = 2  # not this one now
    REFUSED = 3  # not this one, ever


@dataclass(slots=True)
class Receipt:
    """A carrier's report on one segment, read from its deliver.

    `id_candidates` are spellings to try, best first; `error` is the carrier's own word or code, kept as it came. What
    it says beside: when the carrier took the segment, within [submitted_from, submitted_until), both 0 where it does
    not; the first characters of its text; the number it came from (ours); which part of a long message it is, from 1.
    """

    channel: str
    id_candidates: tuple[str, ...]
    state: State
    error: str
    done_at: float
    destination: str = ""
    submitted_from: float = 0.0
    submitted_until: float = 0.0
    text: str = ""
    source: str = ""
    part: int = 0
    is_contradicted: bool = False  # its text says another state than its parameters, which count
    came_at: float = field(default=0.0, compare=False)  # set where nothing was found for it at once

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(
        self, channel: str, id_candidates: tuple[str, ...], state: State, error: str, done_at: float,
        destination: str = "", submitted_from: float = 0.0, submitted_until: float = 0.0, text: str = "",
        source: str = "", part: int = 0, is_contradicted: bool = False, came_at: float = 0.0,
    ) -> None:
        self.channel = channel
        self.id_candidates = id_candidates
        self.state = state
        self.error = error
        self.done_at = done_at
        self.destination = destination
        self.submitted_from = submitted_from
        self.submitted_until = submitted_until
        self.text = text
        self.source = source
        self.part = part
        self.is_contradicted = is_contradicted
        self.came_at = came_at


OF_GATEWAY: Final = "GW:"  # begins the errors that the gateway itself ends a segment with
NO_RECEIPT: Final = "GW:0072"  # the error of what a carrier took and told nothing more of
NO_ANSWER: Final = "GW:0054"  # the error of what counts as failed by its account's policy, for no answer came
CANCELLED: Final = "GW:CANC"  # the error of what its client took back: no failure
# Of an answer that the carrier never gave: its receipt told that it took the segment, and under which id. Statuses of
# the wire are not negative.
TOLD_BY_RECEIPT: Final = -1
TOLD_BY_ONE_OF_SEVERAL: Final = -2  # as many receipts as segments, and nothing tells which is whose


@dataclass(slots=True)
class Unreadable:
    """A deliver that is a receipt by its type and says no state, or nothing at all: kept as it came.

    `octets` are its text or Msg_Content, `parameters` its SMPP parameters, both as on the wire.
    """

    channel: str
    problem: str
    source: str
    destination: str
    coding: int  # data_coding or Msg_Fmt
    octets: bytes
    parameters: bytes = b""


@dataclass(slots=True)
class Outcome:
    """The one final state of one client segment, and the receipt owed for it.

    `seq` orders an account's outbox; `is_owed` tells whether the client asked for the receipt.
    """

    account: str
    seq: int
    segment_id: int
    message_id: int
    state: State
    error: str
    done_at: float
    is_owed: bool
    source: str
    destination: str
    submitted_at: float
    text: str  # the first characters, for the receipt's text: field
    answer_id: int  # the id that the client knows it by
    user_reference: int | None = None
    service_id: str = ""

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(
        self, account: str, seq: int, segment_id: int, message_id: int, state: State, error: str, done_at: float,
        is_owed: bool, source: str, destination: str, submitted_at: float, text: str, answer_id: int,
        user_reference: int | None = None, service_id: str = "",
    ) -> None:
        self.account = account
        self.seq = seq
        self.segment_id = segment_id
        self.message_id = message_id
        self.state = state
        self.error = error
        self.done_at = done_at
        self.is_owed = is_owed
        self.source = source
        self.destination = destination
        self.submitted_at = submitted_at
        self.text = text
        self.answer_id = answer_id
        self.user_reference = user_reference
        self.service_id = service_id


@dataclass(slots=True)
class Inbound:
    """An MO on its way to an account (`account` empty: no service code matched; kept, delivered to nobody)."""

    account: str
    seq: int
    channel: str
    source: str
    destination: str
    encoding: Encoding
    data_coding: int
    octets: bytes  # without a concat header: joined
    udh: bytes
    received_at: float
    service_id: str = ""
    text: str = ""


OutboxItem = Outcome | Inbound
