"""Submission, message, segment: what the client asked, the text to one recipient, one submit on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from gateway.domain.account import Account, MessageClass
from gateway.domain.entry import Draw, Entry
from gateway.domain.outcome import State
from protocols.text.codings import Encoding
from protocols.text.schemes import CLASS_0, SCHEMES


class ReceiptWish(IntEnum):
    """SMPP registered_delivery bits 1..0 (5.0 names value 3); CMPP Registered_Delivery 0 and 1."""

    NONE = 0
    FINAL = 1
    FAILURE = 2
    SUCCESS = 3

    def wants(self, state: State) -> bool:
        """Tell whether a final state is to be reported."""
        if self is ReceiptWish.FINAL:
            return True
        if self is ReceiptWish.NONE:
            return False
        return (state is State.DELIVERED) == (self is ReceiptWish.SUCCESS)


@dataclass(frozen=True, slots=True)
class Concat:
    """This segment's place in a long message, from a UDH (8 or 16 bits) or the sar_ TLVs."""

    reference: int
    total: int
    number: int


@dataclass(slots=True)
class Submission:
    """One client submit to one destination, already out of its protocol's words.

    `octets` is the user data behind any header; `udh` the header's elements other than concatenation, as one UDH
    with its length octet, or empty. Times are unix seconds.
    """

    account: Account
    protocol: str  # "smpp", "cmpp" or "http"
    source: str
    destination: str
    encoding: Encoding
    octets: bytes
    received_at: float
    receipt_wish: ReceiptWish = ReceiptWish.NONE
    concat: Concat | None = None
    udh: bytes = b""
    flash: bool = False
    data_coding: int = 0
    service_id: str = ""
    priority: int = 0
    protocol_id: int = 0
    deliver_at: float | None = None
    expires_at: float | None = None
    user_reference: int | None = None
    sp_id: str = ""  # CMPP Msg_src; must equal the login
    wants_interim: bool = False
    replace_if_present: bool = False
    message_class: MessageClass | None = None
    answer_id: int = 0  # the id the client was told, where it is not the segment's own (submit_multi)

    # Written out: compiled, it costs a tenth of what dataclass makes. A test holds it to the fields.
    def __init__(
        self, account: Account, protocol: str, source: str, destination: str, encoding: Encoding, octets: bytes,
        received_at: float, receipt_wish: ReceiptWish = ReceiptWish.NONE, concat: Concat | None = None,
        udh: bytes = b"", flash: bool = False, data_coding: int = 0, service_id: str = "", priority: int = 0,
        protocol_id: int = 0, deliver_at: float | None = None, expires_at: float | None = None,
        user_reference: int | None = None, sp_id: str = "", wants_interim: bool = False,
        replace_if_present: bool = False, message_class: MessageClass | None = None, answer_id: int = 0,
    ) -> None:
        self.account = account
        self.protocol = protocol
        self.source = source
        self.destination = destination
        self.encoding = encoding
        self.octets = octets
        self.received_at = received_at
        self.receipt_wish = receipt_wish
        self.concat = concat
        self.udh = udh
        self.flash = flash
        self.data_coding = data_coding
        self.service_id = service_id
        self.priority = priority
        self.protocol_id = protocol_id
        self.deliver_at = deliver_at
        self.expires_at = expires_at
        self.user_reference = user_reference
        self.sp_id = sp_id
        self.wants_interim = wants_interim
        self.replace_if_present = replace_if_present
        self.message_class = message_class
        self.answer_id = answer_id


    @property
    def scheme(self) -> int:
        """What the coding number says beside the alphabet: class, deletion, waiting (protocols.text.schemes)."""
        return SCHEMES[self.data_coding] or (CLASS_0 if self.flash else 0)


class SegmentState(IntEnum):
    """Where one wire segment stands. Rows of docs/loss.md."""

    WAITING = 0
    CLAIMED = 1  # bound to a link in a committed row; written, or about to be
    SENT = 2  # the carrier answered OK; a receipt is due
    UNKNOWN = 3  # no answer came
    DONE = 4  # final


# Bound once: an enum member costs a slow look-up.
_DONE: Final = SegmentState.DONE
_ENROUTE: Final = State.ENROUTE
_UCS2: Final = Encoding.UCS2
_BATCH: Final = MessageClass.BATCH


FIELDS: Final = (
    "amount_hao", "attempts", "billed", "body", "channel", "claimed_at", "clauses", "doubted_at", "draws", "encoding",
    "ended_at", "errors", "expires_at", "has_udh", "hold", "id", "is_queued", "is_stopped", "is_under_review", "link",
    "message_class",
    "not_before", "parts", "price_hao", "price_version", "profile", "resent", "results", "segment_ids",
    "sent_at", "signature", "states", "submission", "template", "text", "tried_channels", "wishes",
)


class Message:
    """The text to one recipient from accept to its end.

    `segment_ids` are the ids that the client holds (one for each of its own segments, N); `parts` are the user data
    of the wire segments (M), header included. The stages of the pipeline fill it top to bottom.
    """

    __slots__ = FIELDS

    def __init__(
        self, id: int, submission: Submission, segment_ids: tuple[int, ...] = (), wishes: tuple[ReceiptWish, ...] = ()
    ) -> None:
        self.id = id
        self.submission = submission
        self.segment_ids = segment_ids
        self.wishes = wishes  # one for each client segment
        self.text: str | None = None  # final text, signature included; None for binary
        self.body: str | None = None  # the client's text before the signature
        self.signature = ""
        self.template = ""  # the filed template that the text was made of
        self.encoding = _UCS2
        self.message_class = _BATCH
        self.parts: tuple[bytes, ...] = ()
        self.has_udh = False
        self.billed = 1
        self.price_hao = 0
        self.amount_hao = 0
        self.draws: tuple[Draw, ...] = ()  # taken from pools: lots, a package's segments, a makeup
        self.profile = ""  # name@version that judged it
        self.price_version = ""
        self.channel = ""
        self.link = ""
        self.not_before = 0.0
        self.expires_at = 0.0
        self.is_under_review = False  # its text is doubtful: it waits for an operator's word until `expires_at`
        self.attempts = 0
        self.tried_channels: tuple[str, ...] = ()
        self.clauses: tuple[str, ...] = ()  # decisions that changed it (deferred, re-cut, signed), as "stage clause"
        # what became of its wire segments, set by reset_states
        self.states = bytearray()  # SegmentState a wire segment
        self.results: list[State] = []  # final State a wire segment
        self.errors: list[str] = []
        self.is_stopped = False  # cancelled, killed or concluded while it waited
        self.is_queued = False  # in a queue of its channel, so that two throttled parts do not queue it twice
        self.resent: tuple[int, ...] = ()  # wire segments sent again because their first outcome was unknown
        self.claimed_at = 0.0  # last; nothing of it was written to this channel before
        self.doubted_at = 0.0  # when a segment's outcome became unknown, the last one
        self.sent_at = 0.0
        self.ended_at = 0.0
        self.hold: Entry | None = None  # between the hold and its commit

    @property
    def account(self) -> Account:
        return self.submission.account

    @property
    def source(self) -> str:
        return self.submission.source

    @property
    def destination(self) -> str:
        return self.submission.destination

    def twin(self) -> Message:
        """Return a message of its own that says the same, for a stage that must leave no trace in this one."""
        made = Message(self.id, self.submission)
        for name in FIELDS:
            setattr(made, name, getattr(self, name))
        return made

    def reset_states(self) -> None:
        """Set every wire segment to WAITING once the parts are cut."""
        n = len(self.parts)
        self.states = bytearray(n)
        self.results = [_ENROUTE] * n
        self.errors = [""] * n

    @property
    def is_final(self) -> bool:
        return self.states.count(_DONE) == len(self.states)

    def conclude(self, index: int, state: State, error: str) -> bool:
        """Set the final state of one wire segment; False when it had one already."""
        if self.states[index] == _DONE:
            return False
        self.states[index] = _DONE
        self.results[index] = state
        self.errors[index] = error
        return True

    def rolled_up(self) -> tuple[State, str]:
        """Return the state of the whole: delivered only when every wire segment was, else the first failure."""
        for state, error in zip(self.results, self.errors, strict=True):
            if state is not State.DELIVERED:
                return state, error
        return State.DELIVERED, self.errors[0] if self.errors else ""

    def segment_result(self, position: int) -> tuple[State, str]:
        """Return what to report on client segment `position`: its own twin when N equals M, else the whole."""
        if len(self.segment_ids) == len(self.parts):
            return self.results[position], self.errors[position]
        return self.rolled_up()


def message_of(id: int, submission: Submission) -> Message:
    """Return the message of a submission that is whole by itself, ready for the stages."""
    return Message(id, submission, (id,), (submission.receipt_wish,))
