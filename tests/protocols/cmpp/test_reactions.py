"""Bad, odd and untimely input through a real CMPP session: each vector gets the reaction it names, in any chunks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cmpp import pdus
from protocols.cmpp.codec import CMPP30, codec_of
from protocols.cmpp.pdus import Pdu
from protocols.cmpp.session import ISMG, SP, CmppSession
from protocols.events import BindRefused, Bound, Closed, CloseReason, Event, PeerFault, RequestReceived
from protocols.session import State
from tests.vectors import Vector, ids, load

MALFORMED = load("cmpp", "malformed")
ROLES = {"ismg": ISMG, "sp": SP}


def bound(role: str, version: int) -> CmppSession:
    """A session just bound, nothing left to send or to tell."""
    session = CmppSession(ROLES[role], now=0.0)
    if role == "sp":
        session.bind(pdus.Connect(version=version), now=0.0)
        answer = pdus.ConnectResp(version=version)
        session.receive_data(codec_of(version).encode(answer, 1), now=0.0)
    else:
        session.receive_data(CMPP30.encode(pdus.Connect(version=version), 1), now=0.0)
        session.respond(session.events[0].pdu, pdus.ConnectResp(version=version), now=0.0)
    session.events.clear()
    session.data_to_send()
    return session


def session_for(vector: Vector) -> CmppSession:
    """A session in the state the vector starts from, "bound" unless it names another."""
    role, state = vector.reaction.get("role", "ismg"), vector.reaction.get("state", "bound")
    version = int(vector.extra["version"].replace(".", ""), 16)
    if state == "open":
        return CmppSession(ROLES[role], now=0.0)
    if state == "binding":
        session = CmppSession(ROLES[role], now=0.0)
        session.bind(pdus.Connect(version=version), now=0.0)
        session.data_to_send()
        return session
    session = bound(role, version)
    if state == "tested":
        # Make its keepalive carry the sequence of the vector's answer.
        session._sequence = int.from_bytes(vector.octets[8:12], "big")
        session.handle_deadline(now=session.limits.keepalive_idle_s or 0.0)
        session.data_to_send()
    return session


def answers(session: CmppSession) -> list[Pdu]:
    """Everything the session wants to write."""
    octets, found = session.data_to_send(), []
    while octets:
        size = int.from_bytes(octets[:4], "big")
        found.append(codec_of(session.version).decode(octets[:size]))
        octets = octets[size:]
    return found


def shown(events: list[Event]) -> list[str]:
    """Events in a form that compares."""
    return [repr(event) for event in events]


@pytest.mark.parametrize("vector", MALFORMED, ids=ids)
def test_a_malformed_vector_gets_its_reaction(vector: Vector) -> None:
    session, reaction = session_for(vector), vector.reaction
    session.receive_data(vector.octets, now=200.0)
    if "next" in reaction:
        assert session.state is State.BOUND_TRX and not session.events
        session.receive_data(bytes.fromhex(reaction["next"]), now=200.0)
    sent, events = answers(session), list(session.events)

    assert [pdu.NAME for pdu in sent] == ([reaction["answer"]] if "answer" in reaction else [])
    for name in {"result", "status"} & set(reaction):
        assert getattr(sent[0], name) == reaction[name]
    if "result" in reaction:
        assert sent[0].msg_id == 0
        assert sent[0].sequence == int.from_bytes(vector.octets[8:12], "big")
    assert (session.state is State.CLOSED) is reaction["closes"]
    assert [type(event) for event in events].count(Closed) == reaction["closes"]
    received = [event.pdu for event in events if isinstance(event, RequestReceived)]
    expected = [reaction["received"]] if "received" in reaction else []
    assert [as_named(pdu, reaction["received"]) for pdu in received] == expected
    if "version" in reaction:
        assert session.version == reaction["version"]


def as_named(pdu: Pdu, names: dict[str, Any]) -> dict[str, Any]:
    values = {name: getattr(pdu, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@pytest.mark.parametrize("vector", MALFORMED, ids=ids)
@given(data=st.data())
def test_the_reaction_does_not_depend_on_how_octets_arrive(vector: Vector, data: st.DataObject) -> None:
    whole, parts = session_for(vector), session_for(vector)
    whole.receive_data(vector.octets, now=200.0)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(vector.octets)), max_size=8)))
    for start, end in zip([0, *cuts], [*cuts, len(vector.octets)], strict=True):
        parts.receive_data(vector.octets[start:end], now=200.0)
    assert parts.data_to_send() == whole.data_to_send()
    assert parts.state is whole.state
    assert [type(event) for event in parts.events] == [type(event) for event in whole.events]


GOOD = [vector for vector in load("cmpp") if vector.fields]
SENT_BY = {"CMPP_SUBMIT": "sp", "CMPP_QUERY": "sp", "CMPP_CANCEL": "sp", "CMPP_DELIVER": "ismg"}


@pytest.mark.parametrize("vector", [v for v in GOOD if v.fields["command"] in SENT_BY], ids=ids)
def test_a_lawful_request_reaches_its_side_octet_by_octet(vector: Vector) -> None:
    receiver = "ismg" if SENT_BY[vector.fields["command"]] == "sp" else "sp"
    session = bound(receiver, int(vector.extra["version"].replace(".", ""), 16))
    for octet in vector.octets + vector.octets:
        session.receive_data(bytes((octet,)), now=1.0)
    pdu = codec_of(session.version).decode(vector.octets)
    assert list(session.events) == [RequestReceived(pdu), RequestReceived(pdu)]
    assert session.data_to_send() == b""


@pytest.mark.parametrize("vector", [v for v in GOOD if v.fields["command"] in SENT_BY], ids=ids)
def test_a_request_cut_short_is_refused_in_its_own_response(vector: Vector) -> None:
    """The frame says its true, shorter length: the stream goes on."""
    receiver = "ismg" if SENT_BY[vector.fields["command"]] == "sp" else "sp"
    session = bound(receiver, int(vector.extra["version"].replace(".", ""), 16))
    may_refuse = vector.fields["command"] != "CMPP_QUERY"
    for size in range(12, len(vector.octets)):
        session.receive_data(size.to_bytes(4, "big") + vector.octets[4:size], now=1.0)
        sent = answers(session)
        assert [pdu.NAME for pdu in sent] == [vector.fields["command"] + "_RESP"] * may_refuse
        for pdu in sent:
            assert pdu.sequence == vector.fields["sequence"]
            assert getattr(pdu, "result", getattr(pdu, "success_id", None)) not in (0, None)
        (event,) = session.events
        assert isinstance(event, PeerFault)
        session.events.clear()
    assert session.state is State.BOUND_TRX


# --- the answer to CONNECT --------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [0x20, 0x21, 0x30])
@pytest.mark.parametrize(
    ("width", "answered", "spoken"),
    [
        (0x20, 0x20, 0x20),
        (0x20, 0x21, 0x20),
        (0x20, 0x30, 0x20),
        (0x30, 0x20, 0x20),
        (0x30, 0x30, 0x30),
        (0x30, 0x40, 0x30),
    ],
)
def test_an_sp_speaks_3_0_only_when_width_and_version_agree(asked: int, width: int, answered: int, spoken: int) -> None:
    session = CmppSession(SP, now=0.0)
    session.bind(pdus.Connect(version=asked), now=0.0)
    session.receive_data(codec_of(width).encode(pdus.ConnectResp(version=answered), 1), now=0.1)
    assert isinstance(session.next_event(), Bound)
    assert session.version == spoken
    session.data_to_send()
    session.submit(pdus.Submit(dest_terminal_id=("1",)), "t", now=0.2)
    assert len(session.data_to_send()) == (159 if spoken == 0x20 else 195)


@pytest.mark.parametrize("vector", [v for v in GOOD if v.fields.get("status")], ids=ids)
def test_a_refused_connect_names_its_status_and_ends(vector: Vector) -> None:
    session = CmppSession(SP, now=0.0)
    session.bind(pdus.Connect(version=0x30), now=0.0)
    session.receive_data(vector.octets, now=0.1)
    refused, closed = session.events
    assert isinstance(refused, BindRefused) and refused.status == vector.fields["status"]
    assert isinstance(closed, Closed) and closed.reason is CloseReason.BIND_REFUSED


@pytest.mark.parametrize("forced", [0x20, 0x30])
def test_a_forced_version_outranks_connect_and_its_answer(forced: int) -> None:
    other = 0x50 - forced
    sp = CmppSession(SP, forced_version=forced, now=0.0)
    sp.bind(pdus.Connect(version=other), now=0.0)
    sp.receive_data(codec_of(other).encode(pdus.ConnectResp(version=other), 1), now=0.1)
    ismg = CmppSession(ISMG, forced_version=forced, now=0.0)
    ismg.receive_data(codec_of(other).encode(pdus.Connect(version=other), 1), now=0.1)
    assert (sp.version, ismg.version) == (forced, forced)


# --- anything at all --------------------------------------------------------------------------------------------

_ids = st.sampled_from([v for vector in (1, 2, 4, 5, 6, 7, 8, 9, 0x10) for v in (vector, vector | 0x8000_0000)])
_frames = st.builds(
    lambda command, sequence, body: b"".join(n.to_bytes(4, "big") for n in (12 + len(body), command, sequence)) + body,
    _ids,
    st.sampled_from([0, 1, 2, 0xFFFF_FFFF]),
    st.binary(max_size=40) | st.sampled_from([v.octets[12:] for v in GOOD]),
)


@given(
    st.sampled_from(["sp", "ismg"]),
    st.sampled_from(["open", "binding", "bound", "unbinding", "closed"]),
    st.lists(_frames | st.binary(max_size=30), max_size=6),
    st.sampled_from([0x20, 0x30]),
)
def test_no_state_breaks_under_any_input(role: str, state: str, frames: list[bytes], version: int) -> None:
    session = CmppSession(ROLES[role], now=0.0) if state in ("open", "binding") else bound(role, version)
    if state == "binding" and role == "sp":
        session.bind(pdus.Connect(version=version), now=0.0)
    elif state == "binding":
        session.receive_data(CMPP30.encode(pdus.Connect(version=version), 1), now=0.0)
    elif state == "unbinding":
        session.unbind(now=0.0)
    elif state == "closed":
        session.abort("test")
    for frame in frames:
        session.receive_data(frame, now=1.0)
    answers(session)
    assert session.state in State
    closed = [event for event in session.events if isinstance(event, Closed)]
    assert len(closed) == (session.state is State.CLOSED)
    assert not closed or session.events[-1] is closed[0]
    # Left alone it comes to an end of its own, or is bound and alive.
    for _ in range(10):
        deadline = session.next_deadline()
        if deadline is None:
            break
        session.handle_deadline(now=deadline)
    assert (
        session.state is State.CLOSED
        or (session.next_deadline() is None and session.state is State.OPEN)
        or (state == "binding" and role == "ismg")
    )
