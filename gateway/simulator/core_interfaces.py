"""What the cores ask of the outside and of the protocols, and how carrier and client are set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from gateway.simulator.traffic import Handset, Heard, TakenSegment, Told, Verdict
from protocols.any_pdu import AnyPdu
from protocols.session import Limits, Session
from protocols.text.codings import Encoding


class LineControl(Protocol):
    """What a core may ask of the connection beside its session. Times are monotonic seconds."""

    @property
    def now(self) -> float: ...
    def touch(self) -> None:
        """The session has something to write, or new events."""

    def cut(self) -> None:
        """End the connection now; what is not written yet never will be."""

    def cut_tail(self, octets: int) -> None:
        """Write what is next without its last octets, then end the connection."""

    def garble(self, octets: bytes) -> None:
        """Write octets that no session made."""

    def mute(self, until: float) -> None:
        """Throw away whatever is to be written before `until`."""


@dataclass(frozen=True, slots=True)
class CarrierTerms:
    """How a carrier is set up, faults aside. Spans are (least, most) seconds."""

    protocol: str = "smpp"  # smpp, cmpp (version by the peer), cmpp20 or cmpp30 (forced)
    logins: Mapping[str, str] = field(default_factory=dict)  # password by system_id or SP_Id; empty: anybody
    answer_s: tuple[float, float] = (0.0, 0.0)
    receipt_s: tuple[float, float] = (0.5, 1.5)  # after the answer
    rate_per_s: float = 0.0  # submits past it are throttled; 0: no limit
    rate_burst: float = 0.0  # most at once, after a while without; 0: what the rate gives in a second
    rate_window_s: float = 0.0  # the rate is counted again with each window of so many seconds; 0: a bucket
    rate_per_link: bool = False  # each link has the rate; else all links together
    throttle_status: int = 0  # SMPP status or CMPP Result of a throttle; 0: the usual one
    tells_congestion: bool = False  # SMPP 5.0: what is past the rate is taken, and congestion_state says so
    window_max: int = 16  # our own delivers unanswered on a link
    links_max: int = 100
    id_form: str = "decimal"  # SMPP: decimal, hex, response_hex (receipt decimal) or receipt_hex
    endings: Mapping[str, str] = field(default_factory=dict)  # final word by the last digits of the number
    retry_s: float = 1.0  # a deliver that was refused or never answered comes again, tries_max times in all
    tries_max: int = 10
    keepalive_idle_s: float | None = 30.0
    response_timeout_s: float = 30.0

    @property
    def limits(self) -> Limits:
        return Limits(
            window_max=self.window_max, keepalive_idle_s=self.keepalive_idle_s,
            response_timeout_s=self.response_timeout_s,
        )


class CarrierWords(Protocol):
    """What a protocol adds to a carrier: its PDUs. `at` is unix seconds."""

    FAILURES: tuple[str, ...]
    refusal: int  # the status or Result of a final refusal
    throttle: int  # and of a throttle

    def make_session(self, limits: Limits, now: float) -> Session: ...
    def bind_answer(
        self, session: Session, pdu: AnyPdu, logins: Mapping[str, str], is_full: bool
    ) -> tuple[AnyPdu, bool]: ...
    def is_submit(self, pdu: AnyPdu) -> bool: ...
    def read_submit(self, pdu: AnyPdu, at: float) -> list[TakenSegment]: ...
    def answer(self, pdu: AnyPdu, segments: list[TakenSegment], verdict: Verdict) -> AnyPdu: ...
    def other_answer(self, pdu: AnyPdu) -> AnyPdu | None: ...
    def tell_congestion(self, response: AnyPdu, state: int) -> None: ...
    def receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu: ...
    def stray_receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu: ...
    def garbled_receipt(self, segment: TakenSegment, at: float, version: int) -> AnyPdu: ...
    def inbound(self, handset: Handset, index: int, at: float) -> AnyPdu: ...
    def is_ok(self, response: AnyPdu) -> bool: ...


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """How a client is set up, faults aside."""

    protocol: str = "smpp"  # smpp, cmpp20 or cmpp30
    mode: str = "trx"  # SMPP: trx, tx or rx
    login: str = ""
    password: str = field(default="", repr=False)
    source: str = ""  # the service code its messages come from
    window_max: int = 16
    rate_per_s: float = 0.0  # submits a second; 0: as fast as the window allows
    resubmits: bool = False  # what was never answered is sent again (and may so be sent twice)
    retries_throttled: bool = True  # what was refused as "too fast" or "busy" is sent again
    retry_s: float = 0.5
    tries_max: int = 100
    keepalive_idle_s: float | None = 30.0
    response_timeout_s: float = 30.0

    @property
    def limits(self) -> Limits:
        return Limits(
            window_max=self.window_max, keepalive_idle_s=self.keepalive_idle_s,
            response_timeout_s=self.response_timeout_s,
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """How one message is to be sent."""

    source: str = ""  # instead of the client's
    encoding: Encoding | None = None  # None: the smallest that carries the text
    is_flash: bool = False
    wants_receipt: bool = True
    split: str = "udh"  # long texts: udh, or for SMPP payload (message_payload) or sar
    service: str = ""
    udh_bits: Literal[8, 16] = 8


class ClientWords(Protocol):
    """What a protocol adds to a client: its PDUs. `at` is unix seconds."""

    def make_session(self, limits: Limits, now: float) -> Session: ...
    def bind(self, at: float) -> AnyPdu: ...
    def submits(self, destination: str, text: str, wish: Wish, reference: int) -> Sequence[AnyPdu]: ...
    def message_id(self, response: AnyPdu) -> str: ...
    def status(self, response: AnyPdu) -> int: ...
    def refusal_words(self, response: AnyPdu) -> str: ...
    def is_temporary(self, status: int) -> bool: ...
    def read_deliver(self, pdu: AnyPdu) -> Told | Heard | None: ...
    def deliver_answer(self, pdu: AnyPdu, verdict: Verdict) -> AnyPdu: ...
