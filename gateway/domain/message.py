"""Submission, message, segment: what the client asked, the text to one recipient, one submit on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from gateway.domain.account import Account, MessageClass
from gateway.domain.entry import Draw, Entry
from gateway.domain.outcome import State
from protocols.text.codings import Encoding


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
    protocol: str  # "smpp" or "cmpp"
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


class SegmentState(IntEnum):
    """Where one wire segment stands. Rows of docs/loss.md."""

    WAITING = 0
    CLAIMED = 1  # bound to a link in a committed row; written, or about to be
    SENT = 2  # the carrier answered OK; a receipt is due
    UNKNOWN = 3  # no answer came
    DONE = 4  # final


_DONE, _ENROUTE = SegmentState.DONE, State.ENROUTE


@dataclass(slots=True, eq=False)
class Message:
    """The text to one recipient from accept to its end.

    `segment_ids` are the ids that the client holds (one for each of its own segments, N); `parts` are the user data
    of the wire segments (M), header included. The stages of the pipeline fill it top to bottom.
    """

    id: int
    submission: Submission
    segment_ids: tuple[int, ...] = ()
    wishes: tuple[ReceiptWish, ...] = ()  # one for each client segment
    text: str | None = None  # final text, signature included; None for binary
    body: str | None = None  # the client's text before the signature
    signature: str = ""
    template: str = ""  # the filed template that the text was made of
    encoding: Encoding = Encoding.UCS2
    message_class: MessageClass = MessageClass.BATCH
    parts: tuple[bytes, ...] = ()
    has_udh: bool = False
    billed: int = 1
    price_hao: int = 0
    amount_hao: int = 0
    draws: tuple[Draw, ...] = ()  # taken from pools: lots, a package's segments, a makeup
    profile: str = ""  # name@version that judged it
    price_version: str = ""
    channel: str = ""
    link: str = ""
    not_before: float = 0.0
    expires_at: float = 0.0
    attempts: int = 0
    tried_channels: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()  # decisions that changed it (deferred, re-cut, signed), as "stage clause"
    # road state
    # set by begin_road
    states: bytearray = field(default_factory=bytearray)  # SegmentState a wire segment
    results: list[State] = field(default_factory=list)  # final State a wire segment
    errors: list[str] = field(default_factory=list)
    is_stopped: bool = False  # cancelled, killed or concluded while it waited
    is_queued: bool = False  # in a queue of its channel, so that two throttled parts do not queue it twice
    resent: tuple[int, ...] = ()  # wire segments sent again because their first outcome was unknown
    sent_at: float = 0.0
    ended_at: float = 0.0
    hold: Entry | None = None  # between the hold and its commit

    @property
    def account(self) -> Account:
        return self.submission.account

    @property
    def source(self) -> str:
        return self.submission.source

    @property
    def destination(self) -> str:
        return self.submission.destination

    def begin_road(self) -> None:
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
