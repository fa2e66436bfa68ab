"""A third protocol, of these tests alone: a frame is a header of twelve octets and one line of words.

    LOGIN name secret        YES | NO why
    SEND number code text    YES id | NO key
    TELL id state number     YES | NO            (a receipt)
    HEAR number code text    YES | NO            (an MO)

What a protocol adds is all here: a session, PDUs, both dialects, a line for each table, and peers for the simulator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from struct import Struct
from typing import Any, ClassVar

from gateway.dialects.answer import Answered
from gateway.dialects.dialect_interfaces import CarrierProtocol, ClientProtocol, ClientSessions
from gateway.dialects.login import BindRefusal, Login, is_same_secret
from gateway.domain.account import Account, BindMode
from gateway.domain.channel import Channel
from gateway.domain.message import Message, ReceiptWish, Submission
from gateway.domain.outcome import STATE_BY_STAT, Answer, Inbound, NotTaken, Outcome, Receipt, Unreadable
from gateway.domain.verdict import Reject
from gateway.domain.wire import Wire
from gateway.simulator.core_interfaces import CarrierTerms, ClientTerms, Wish
from gateway.simulator.traffic import Handset, Heard, TakenSegment, Told, Verdict
from protocols.any_pdu import AnyPdu
from protocols.dialect import Dialect
from protocols.events import Fault
from protocols.session import Limits, Role, Session, State
from protocols.states import Rule
from protocols.text.codings import Encoding

RESPONSE = 0x8000_0000
LOGIN, SEND, TELL, HEAR, PING, BYE = range(1, 7)
HEADER = Struct(">III")
UCS2 = 8


@dataclass
class Line:
    """One PDU."""

    words: tuple[str, ...] = ()
    sequence: int = 0
    command_id: int = 0
    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = "line"
    IS_RESPONSE: ClassVar[bool] = False


KINDS: dict[int, type[Line]] = {
    number | bit: type(name, (Line,), {"COMMAND_ID": number | bit, "NAME": name})
    for number, name in enumerate(("login", "send", "tell", "hear", "ping", "bye"), start=1) for bit in (0, RESPONSE)
}


def line(command_id: int, *words: str) -> Line:
    return KINDS[command_id](words)


def answer_to(pdu: AnyPdu, *words: str) -> Line:
    return line(pdu.COMMAND_ID | RESPONSE, *words)


def words_of(pdu: AnyPdu) -> tuple[str, ...]:
    assert isinstance(pdu, Line)
    return pdu.words


class LineSession(Session):
    """Either role."""

    DIALECT: ClassVar[Dialect] = Dialect(
        header_octets=12, head=Struct(">4xII").unpack_from, sequence_first=1, sequence_max=0x7FFF_FFFF,
        keepalive_id=PING, unbind_id=BYE, nack_id=None, binds={LOGIN: State.BOUND_TRX}, unanswered=frozenset(),
        rules=(
            Rule(SEND, Role.INITIATOR, frozenset({State.BOUND_TRX})),
            Rule(TELL, Role.ACCEPTOR, frozenset({State.BOUND_TRX})),
            Rule(HEAR, Role.ACCEPTOR, frozenset({State.BOUND_TRX})),
        ),
    )

    def wire_decode(self, frame: bytes) -> Line:
        _, command_id, sequence = HEADER.unpack_from(frame)
        pdu = KINDS.get(command_id, Line)(tuple(frame[HEADER.size :].decode().split("\t")))
        pdu.sequence, pdu.command_id = sequence, command_id
        return pdu

    def wire_encode(self, pdu: AnyPdu, sequence: int) -> bytes:
        body = "\t".join(words_of(pdu)).encode()
        return HEADER.pack(HEADER.size + len(body), pdu.COMMAND_ID, sequence) + body

    def wire_control(self, command_id: int, sequence: int) -> bytes:
        return HEADER.pack(HEADER.size, command_id, sequence)

    def wire_refusal(self, fault: Fault, command_id: int, sequence: int, status: int, frame: bytes) -> bytes:
        return b""

    def wire_bind_status(self, response: AnyPdu) -> int:
        return int(words_of(response)[0] != "YES")

    def wire_bind_seen(self, pdu: AnyPdu) -> None:
        """One version."""


def no_faults(login: str, password: str, is_long_allowed: bool) -> Iterator[tuple[str, str]]:
    if " " in login:
        yield "login", "a login of lines has no blank"


# --- clients ---------------------------------------------------------------------------------------------------------


def read_bind(pdu: AnyPdu) -> Login:
    name, secret = words_of(pdu)
    return Login(name, BindMode.TRX, 0x10, lambda known: is_same_secret(secret.encode(), known))


def bind_refused(pdu: AnyPdu, reason: BindRefusal) -> Line:
    return answer_to(pdu, "NO", reason.name)


class LineClientDialect:
    is_all_or_none: ClassVar[bool] = False
    version = 0x10

    def __init__(self, account: Account) -> None:
        self._account = account

    def bind_accepted(self, pdu: AnyPdu) -> Line:
        return answer_to(pdu, "YES")

    def read_submit(self, pdu: AnyPdu, now: float) -> Submission:
        number, code, text = words_of(pdu)
        return Submission(
            self._account, "line", code, number, Encoding.UCS2, text.encode("utf-16-be"), now, ReceiptWish.FINAL,
            data_coding=UCS2,
        )

    def accepted(self, pdu: AnyPdu, segment_id: int) -> Line:
        return answer_to(pdu, "YES", str(segment_id))

    def accepted_some(self, pdu: AnyPdu, segment_id: int, refusals: Iterable[tuple[int, Reject]]) -> Line:
        raise TypeError("a SEND has one number")

    def refused(self, pdu: AnyPdu, reject: Reject) -> Line:
        return answer_to(pdu, "NO", reject.key.name)

    def read_request(self, pdu: AnyPdu, now: float) -> None:
        return None

    def request_answer(self, pdu: AnyPdu, answer: object) -> Line:
        raise TypeError("nothing is asked")

    def receipt(self, outcome: Outcome) -> Line:
        return line(TELL, str(outcome.answer_id), outcome.state.stat, outcome.destination)

    def inbound_parts(self, inbound: Inbound) -> list[Line]:
        return [line(HEAR, inbound.source, inbound.destination, inbound.text)]

    def is_acked(self, response: AnyPdu) -> bool:
        return words_of(response)[0] == "YES"

    def not_taken(self, response: AnyPdu) -> tuple[NotTaken, int, str]:
        return NotTaken.REFUSED, 1, "NO"


CLIENTS = ClientProtocol(
    name="line", doc="lines", tcp_port=4000, has_tls=False, status_name=lambda status: "NO" if status else "YES",
    login_faults=no_faults,
    sessions=ClientSessions(
        submits=frozenset({KINDS[SEND]}), make_session=lambda limits, now: LineSession(Role.ACCEPTOR, limits, now=now),
        read_bind=read_bind, bind_refused=bind_refused, bind_status=lambda reason: reason.name,
        make_dialect=lambda account, login, session: LineClientDialect(account),
    ),
)


# --- carriers --------------------------------------------------------------------------------------------------------


class LineCarrierDialect:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def bind(self, kind: str, now: float) -> Line:
        return line(LOGIN, self._channel.login, self._channel.password)

    def is_proven(self, pdu: AnyPdu) -> bool:
        return True

    def bind_status_name(self, status: int) -> str:
        return "NO"

    def submit(self, message: Message, index: int, now: float) -> Line:
        return line(SEND, message.destination, message.source, message.parts[index].decode("utf-16-be"))

    def read_answer(self, pdu: AnyPdu) -> Answered:
        said, word = words_of(pdu)
        if said == "YES":
            return Answered(Answer.ACCEPTED, word, 0, "")
        return Answered(Answer.THROTTLED if word == "LATER" else Answer.REFUSED, "", 1, "L:0001")

    def read_deliver(self, pdu: AnyPdu, now: float) -> Receipt | Inbound | Unreadable | None:
        words = words_of(pdu)
        if pdu.COMMAND_ID == HEAR:
            octets = words[2].encode("utf-16-be")
            return Inbound(
                "", 0, self._channel.name, words[0], words[1], Encoding.UCS2, UCS2, octets, b"", now, "", words[2]
            )
        state = STATE_BY_STAT.get(words[1])
        if state is None:
            return Unreadable(self._channel.name, "no state", words[2], "", 0, words[1].encode())
        return Receipt(self._channel.name, (words[0],), state, "", now, words[2], 0.0, 0.0, "", "")

    def deliver_answer(self, pdu: AnyPdu, is_ok: bool = True) -> Line:
        return answer_to(pdu, "YES" if is_ok else "NO")


LINE1 = Wire("line1", "line", 0x10)
CARRIERS = CarrierProtocol(
    name="line", wires=(LINE1,), tcp_port=4000, has_tls=False, bind_modes=("trx",), login_faults=no_faults,
    make_session=lambda limits, now: LineSession(Role.INITIATOR, limits, now=now), make_dialect=LineCarrierDialect,
)


# --- peers for the simulator -----------------------------------------------------------------------------------------


class LineClient:
    def __init__(self, terms: ClientTerms) -> None:
        self._terms = terms

    def make_session(self, limits: Limits, now: float) -> Session:
        return LineSession(Role.INITIATOR, limits, now=now)

    def bind(self, at: float) -> Line:
        return line(LOGIN, self._terms.login, self._terms.password)

    def submits(self, destination: str, text: str, wish: Wish, reference: int) -> Sequence[Line]:
        return [line(SEND, destination, wish.source, text)]

    def message_id(self, response: AnyPdu) -> str:
        return words_of(response)[1]

    def status(self, response: AnyPdu) -> int:
        return int(words_of(response)[0] != "YES")

    def refusal_words(self, response: AnyPdu) -> str:
        return words_of(response)[1]

    def is_temporary(self, status: int) -> bool:
        return False

    def read_deliver(self, pdu: AnyPdu) -> Told | Heard:
        words = words_of(pdu)
        if pdu.COMMAND_ID == TELL:
            return Told(words[0], words[1], "", words[2])
        return Heard(words[0], words[1], words[2].encode("utf-16-be"), Encoding.UCS2, False)

    def deliver_answer(self, pdu: AnyPdu, verdict: Verdict) -> Line:
        return answer_to(pdu, "YES" if verdict is Verdict.TAKEN else "NO")


class LineCarrier:
    FAILURES: tuple[str, ...] = ("UNDELIV",)
    refusal = 1
    throttle = 1

    def __init__(self, first_id: int, terms: CarrierTerms) -> None:
        self._ids = count(first_id)

    def make_session(self, limits: Limits, now: float) -> Session:
        return LineSession(Role.ACCEPTOR, limits, now=now)

    def bind_answer(
        self, session: Session, pdu: AnyPdu, logins: Mapping[str, str], is_full: bool
    ) -> tuple[Line, bool]:
        name, secret = words_of(pdu)
        is_right = logins.get(name) == secret
        return answer_to(pdu, "YES" if is_right else "NO"), is_right

    def is_submit(self, pdu: AnyPdu) -> bool:
        return pdu.COMMAND_ID == SEND

    def read_submit(self, pdu: AnyPdu, at: float) -> list[TakenSegment]:
        number, code, text = words_of(pdu)
        own_id = str(next(self._ids))
        octets = text.encode("utf-16-be")
        return [TakenSegment(own_id, own_id, code, number, octets, Encoding.UCS2, False, False, "", 1, at)]

    def answer(self, pdu: AnyPdu, segments: list[TakenSegment], verdict: Verdict) -> Line:
        if segments:
            return answer_to(pdu, "YES", segments[0].carrier_id)
        return answer_to(pdu, "NO", "NEVER" if verdict is Verdict.REFUSED else "LATER")

    def other_answer(self, pdu: AnyPdu) -> None:
        return None

    def tell_congestion(self, response: AnyPdu, state: int) -> None:
        """There is no word for it."""

    def receipt(self, segment: TakenSegment, at: float, version: int) -> Line:
        return line(TELL, segment.receipt_id, segment.stat, segment.destination)

    def stray_receipt(self, segment: TakenSegment, at: float, version: int) -> Line:
        return line(TELL, "x" + segment.receipt_id, segment.stat, segment.destination)

    def garbled_receipt(self, segment: TakenSegment, at: float, version: int) -> Line:
        return line(TELL, segment.receipt_id, "?", segment.destination)

    def inbound(self, handset: Handset, index: int, at: float) -> Line:
        text = handset.parts[index].decode("utf-16-be" if handset.encoding is Encoding.UCS2 else "ascii")
        return line(HEAR, handset.source, handset.destination, text)

    def is_ok(self, response: AnyPdu) -> bool:
        return words_of(response)[0] == "YES"


def register(monkeypatch: Any) -> None:
    """What one line in each table does; undone after the test."""
    from gateway.dialects.protocol_table import CARRIER_PROTOCOLS, CLIENT_PROTOCOLS, WIRES
    from gateway.simulator.peer_words import CARRIER_WORDS, CLIENT_WORDS

    monkeypatch.setitem(CLIENT_PROTOCOLS, "line", CLIENTS)
    monkeypatch.setitem(CARRIER_PROTOCOLS, "line", CARRIERS)
    monkeypatch.setitem(WIRES, "line1", LINE1)
    monkeypatch.setitem(CLIENT_WORDS, "line", LineClient)
    monkeypatch.setitem(CARRIER_WORDS, "line1", LineCarrier)
