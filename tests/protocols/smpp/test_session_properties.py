"""What must hold for any input: every state and command, any octets, any chunking."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import NotBound
from protocols.events import Closed, Event, RequestReceived
from protocols.framing import Framer
from protocols.session import Limits, Role, Session, State
from protocols.smpp.codec import decode, encode
from protocols.smpp.constants import HEADER_OCTETS, RESPONSE_BIT
from protocols.smpp.pdus import BY_ID, REQUESTS, BindTransceiver, Pdu, UnknownPdu, response_to
from protocols.smpp.session import ESME, RULES, SMSC, SmppSession
from tests.protocols.smpp.sessions import BINDS, bind_smsc, bound_esme
from tests.vectors import load

LIMITS = Limits(window_max=4, keepalive_idle_s=30.0)
STATES = ["open", "binding", "tx", "rx", "trx", "unbinding", "closed"]
WANTED = {
    "open": State.OPEN,
    "binding": State.BINDING,
    "tx": State.BOUND_TX,
    "rx": State.BOUND_RX,
    "trx": State.BOUND_TRX,
    "unbinding": State.UNBINDING,
    "closed": State.CLOSED,
}
OCTETS = [vector.octets for vector in load("smpp")]


def session_in(role: Role, name: str) -> Session:
    """A session of this role in this state, with nothing to send or tell."""
    session: Session
    if name in BINDS:
        session = bound_esme(LIMITS, name) if role is ESME else SmppSession(SMSC, LIMITS, now=0.0)
        if role is SMSC:
            bind_smsc(session, name)
    elif name == "binding":
        session = SmppSession(role, LIMITS, now=0.0)
        if role is ESME:
            session.bind(BindTransceiver(), now=0.0)
        else:
            session.receive_data(encode(BindTransceiver(), 1), now=0.0)
    elif name == "unbinding":
        session = session_in(role, "trx")
        session.unbind(now=0.0)
    else:
        session = SmppSession(role, LIMITS, now=0.0)
        if name == "closed":
            session.abort("test")
    session.data_to_send()
    session.events.clear()
    assert session.state is WANTED[name]
    return session


def answers(session: Session) -> list[Pdu]:
    return [decode(frame) for frame in Framer(HEADER_OCTETS, 70_000).split(session.data_to_send())]


@pytest.mark.parametrize("cls", REQUESTS, ids=lambda cls: cls.NAME)
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("role", [ESME, SMSC])
def test_every_request_in_every_state(role: Role, name: str, cls: type[Pdu]) -> None:
    """A request is either handed over, or answered by its own response; never both, never neither."""
    session = session_in(role, name)
    session.receive_data(encode(cls(), 42), now=1.0)
    handed = [event for event in session.events if isinstance(event, RequestReceived)]
    sent = answers(session)
    assert session.state in State
    state = State.BOUND_TRX if name == "unbinding" else WANTED[name]
    rule = next((rule for rule in RULES if rule.command_id == cls.COMMAND_ID), None)
    if name == "closed":
        assert (handed, sent) == ([], [])
    elif cls.NAME == "enquire_link":
        assert [(pdu.NAME, pdu.status, pdu.sequence) for pdu in sent] == [("enquire_link_resp", 0, 42)]
    elif rule is not None and state in rule.states and rule.sender is not role:
        assert len(handed) == 1
        assert sent == []
    elif cls.NAME == "unbind" and name in ("tx", "rx", "trx", "unbinding"):
        assert [(pdu.NAME, pdu.status, pdu.sequence) for pdu in sent] == [("unbind_resp", 0, 42)]
    elif cls.NAME.startswith("bind_") and role is SMSC:
        statuses = [pdu.status for pdu in sent]
        assert statuses == ([] if name == "open" else [5])
    else:
        assert handed == []
        expected = cls.COMMAND_ID | RESPONSE_BIT if cls.COMMAND_ID | RESPONSE_BIT in BY_ID else RESPONSE_BIT
        assert [(pdu.COMMAND_ID, pdu.status, pdu.sequence) for pdu in sent] == [(expected, 4, 42)]


@pytest.mark.parametrize("cls", [cls for cls in BY_ID.values() if cls.IS_RESPONSE], ids=lambda cls: cls.NAME)
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("role", [ESME, SMSC])
def test_a_response_is_never_answered(role: Role, name: str, cls: type[Pdu]) -> None:
    for status in (0, 0x58):
        for sequence in (1, 2, 42):
            session = session_in(role, name)
            session.receive_data(encode(cls(status=status), sequence), now=1.0)
            assert session.data_to_send() == b""


@pytest.mark.parametrize("cls", REQUESTS, ids=lambda cls: cls.NAME)
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("role", [ESME, SMSC])
def test_we_send_only_what_the_peer_must_take(role: Role, name: str, cls: type[Pdu]) -> None:
    session = session_in(role, name)
    peer = session_in(SMSC if role is ESME else ESME, name)
    try:
        if cls.COMMAND_ID in session.DIALECT.unanswered:
            session.notify(cls())
        else:
            session.submit(cls(), "token", now=0.0)
    except NotBound:
        assert session.data_to_send() == b""
        return
    assert name != "unbinding"
    peer.receive_data(session.data_to_send(), now=0.0)
    (event,) = peer.events
    assert isinstance(event, RequestReceived)


def run(role: Role, name: str, stream: bytes, cuts: list[int]) -> tuple[list[Event], bytes, State]:
    """Feed a stream in pieces, answering what asks for it."""
    session = session_in(role, name)
    events: list[Event] = []
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    for start, end in pairwise(edges):
        session.receive_data(stream[start:end], now=1.0)
        while (event := session.next_event()) is not None:
            events.append(event)
    return events, session.data_to_send(), session.state


@given(
    role=st.sampled_from([ESME, SMSC]),
    name=st.sampled_from(STATES),
    parts=st.lists(st.one_of(st.sampled_from(OCTETS), st.binary(max_size=30)), max_size=5),
    cuts=st.lists(st.integers(0, 3000), max_size=10),
)
@settings(deadline=None, max_examples=300)
def test_any_chunking_gives_the_same_events(role: Role, name: str, parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    assert run(role, name, stream, cuts) == run(role, name, stream, [])


@given(
    role=st.sampled_from([ESME, SMSC]),
    name=st.sampled_from(STATES),
    bodies=st.lists(st.tuples(st.sampled_from([*BY_ID, 0xEE, 0x800000EE]), st.binary(max_size=60)), max_size=6),
    sequence=st.integers(0, 0xFFFFFFFF),
)
@settings(deadline=None, max_examples=500)
def test_arbitrary_bodies_raise_nothing_and_end_at_most_once(
    role: Role, name: str, bodies: list[tuple[int, bytes]], sequence: int
) -> None:
    session = session_in(role, name)
    for command_id, body in bodies:
        session.receive_data(encode(UnknownPdu(command_id, body), sequence), now=1.0)
        for pdu in answers(session):
            assert pdu.IS_RESPONSE or pdu.NAME == "unbind"
    for seconds in (5.0, 31.0, 100.0, 1000.0):
        session.handle_deadline(now=seconds)
    ends = [event for event in session.events if isinstance(event, Closed)]
    assert len(ends) <= 1
    assert session.events[-1] is ends[0] if ends else True
    assert session.state in State


@given(st.binary(max_size=2000))
@settings(deadline=None, max_examples=200)
def test_arbitrary_octets_raise_nothing(octets: bytes) -> None:
    for role in (ESME, SMSC):
        session = session_in(role, "trx")
        session.receive_data(octets, now=1.0)
        assert session.state in State


def test_a_flood_of_unknown_commands_is_answered_one_for_one() -> None:
    session = session_in(SMSC, "trx")
    session.receive_data(encode(UnknownPdu(0xEE), 7) * 1000, now=1.0)
    assert len(session.data_to_send()) == HEADER_OCTETS * 1000
    assert len(session.events) == 1000
    assert response_to(BindTransceiver()).NAME == "bind_transceiver_resp"
