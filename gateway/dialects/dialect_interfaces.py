"""What client sessions and carrier links ask of a protocol. The prose is the contract: MUST and MAY NOT.

A protocol of clients is a `ClientProtocol`, one of carriers a `CarrierProtocol`; `protocol_table` lists them. Both
sides share this:

- A dialect is pure: it MAY NOT read a clock, do I/O or write a log, and MAY NOT keep a PDU or a message. It MAY keep
  what it works out once of its account or channel, and what it learns of words that repeat, within a bound.
- It translates and decides nothing else: who may send what is the stages' to judge, what is charged the flows'.
- It masks nothing. Numbers and texts leave it as they are in domain values only; whoever logs masks them. The words of
  a Reject MAY name a value that is no text, no number and no secret.
- It MAY NOT answer by itself. It returns what is to be written, and the session writes it, once, after the commit
  that the answer speaks of.
- What a peer may write MUST NOT raise: a request that cannot be read is a Reject, an unreadable receipt an Unreadable.
  A raise is a fault of ours. From `read_submit` and `submit`, of what is delivered and of a carrier's answers it costs
  that one message (refused as SYSTEM, not acknowledged, unknown), is told as an event, and MUST leave the dialect
  usable; from anything else it costs the connection.

Not compiled, on purpose: compiled modules then ask a dialect by name, whatever class it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from gateway.dialects.answer import Answered
from gateway.dialects.login import BindRefusal, Login
from gateway.dialects.message_requests import ClientRequest, RequestAnswer
from gateway.domain.account import Account
from gateway.domain.channel import Channel
from gateway.domain.message import Message, Submission
from gateway.domain.outcome import Inbound, NotTaken, Outcome, Receipt, Unreadable
from gateway.domain.verdict import Reject
from gateway.domain.wire import Wire
from protocols.any_pdu import AnyPdu
from protocols.session import Limits, Session

LoginFaults = Iterator[tuple[str, str]]
"""Pairs of a key, login or password, and what is wrong with it."""


class ClientDialect(Protocol):
    """One bind of one account: the client's requests into domain values, and what it is told into PDUs.

    `is_all_or_none`: an answer has one result, so one refused destination refuses all; else `accepted_some` names
    them. `version` is the one that is spoken, as 0x34.
    """

    is_all_or_none: ClassVar[bool]
    version: int

    def bind_accepted(self, pdu: AnyPdu) -> AnyPdu:
        """Return the answer to the bind, with our own proof where the protocol has one."""

    def read_submit(self, pdu: AnyPdu, now: float) -> Submission | list[Submission] | Reject:
        """Return what a request of `ClientSessions.submits` asks for: one submission for each destination.

        `octets` MUST be the user data behind its header, `encoding` what they are, `data_coding` the client's number
        (a number below 16 means what it means in SMPP, unless policy knows this protocol's own). Numbers and the text
        stay as the client wrote them: the stages normalise.
        """

    def accepted(self, pdu: AnyPdu, segment_id: int) -> AnyPdu:
        """Return the answer OK. What it calls the message MUST lead back to `segment_id` (or its first of several)."""

    def accepted_some(self, pdu: AnyPdu, segment_id: int, refusals: Iterable[tuple[int, Reject]]) -> AnyPdu:
        """Return the answer OK that names the refused destinations by position. Never asked of all-or-none."""

    def refused(self, pdu: AnyPdu, reject: Reject) -> AnyPdu:
        """Return the refusal of any request, also of one that `read_request` reads. MUST exist for every key."""

    def read_request(self, pdu: AnyPdu, now: float) -> ClientRequest | AnyPdu | None:
        """Return what a request beside submits asks for, or its answer at once. None: ignored, and told as such."""

    def request_answer(self, pdu: AnyPdu, answer: RequestAnswer) -> AnyPdu:
        """Return the answer to what `read_request` read: for each kind as RequestAnswer says."""

    def receipt(self, outcome: Outcome) -> AnyPdu:
        """Return the request that tells an outcome under the id of the answer."""

    def inbound_parts(self, inbound: Inbound) -> Sequence[AnyPdu]:
        """Return the requests that carry an MO, at least one. They are sent one by one and owed as one."""

    def is_acked(self, response: AnyPdu) -> bool:
        """Tell whether the client took what it was sent."""

    def not_taken(self, response: AnyPdu) -> tuple[NotTaken, int, str]:
        """Return what a refusal of the client means, its status, and the status by name."""


@dataclass(frozen=True, slots=True)
class ClientSessions:
    """How a protocol opens sessions: what is asked before it is known who binds.

    `submits` are the classes of PDUs that carry an MT. `make_dialect` is called once a bind is admitted and before it
    is answered; it MAY settle the session's version. A login that nobody has MUST be read and refused as any other.
    """

    submits: frozenset[type]
    make_session: Callable[[Limits, float], Session]
    read_bind: Callable[[AnyPdu], Login]
    bind_refused: Callable[[AnyPdu, BindRefusal], AnyPdu]
    bind_status: Callable[[BindRefusal], str]  # the status that the peer is told, by name
    make_dialect: Callable[[Account, Login, Session], ClientDialect]


@dataclass(frozen=True, slots=True)
class ClientProtocol:
    """A protocol that accounts may name and listeners listen for.

    `status_name` names what a client answered a deliver with. `login_faults(login, password, is_long_allowed)` says
    what is wrong with an account's credentials in this protocol.
    """

    name: str  # in settings, rows, metrics and logs
    doc: str  # what docs/configuration.md says of its listener
    tcp_port: int  # the usual one
    has_tls: bool
    status_name: Callable[[int], str]
    login_faults: Callable[[str, str, bool], LoginFaults]
    sessions: ClientSessions


class CarrierDialect(Protocol):
    """One link of a channel: our messages into the carrier's requests, its answers and delivers into domain values.

    A link has a dialect of its own, which lives as long as the channel is configured so, over all its binds.
    """

    def bind(self, kind: str, now: float) -> AnyPdu:
        """Return the bind of a kind (trx, tx or rx). It MAY remember what it asked until the answer."""

    def is_proven(self, pdu: AnyPdu) -> bool:
        """Tell whether a bind's answer proves who gave it; True where the protocol has no such proof."""

    def bind_status_name(self, status: int) -> str:
        """Return the name of a refused bind's status."""

    def submit(self, message: Message, index: int, now: float) -> AnyPdu:
        """Return the request of one wire segment. MUST NOT change the message; a raise ends the segment as refused."""

    def read_answer(self, pdu: AnyPdu) -> Answered:
        """Return what the carrier said to a submit. Its id MUST have the one spelling that `read_deliver` tries."""

    def read_deliver(self, pdu: AnyPdu, now: float) -> Receipt | Inbound | Unreadable | None:
        """Return the receipt or MO in a request of the carrier; None where there is nothing to do but to answer.

        A receipt that says no state MUST be an Unreadable: it may decide nothing.
        """

    def deliver_answer(self, pdu: AnyPdu, is_ok: bool = True) -> AnyPdu | None:
        """Return the answer to a request of the carrier; not OK MUST make it come again. None: it has no answer."""


@dataclass(frozen=True, slots=True)
class CarrierProtocol:
    """A protocol that channels may speak, in each of its `wires`; `login_faults` as of ClientProtocol."""

    name: str
    wires: tuple[Wire, ...]
    tcp_port: int  # the usual one
    has_tls: bool
    bind_modes: tuple[str, ...]  # of trx and tx+rx
    login_faults: Callable[[str, str, bool], LoginFaults]
    make_session: Callable[[Limits, float], Session]
    make_dialect: Callable[[Channel], CarrierDialect]
