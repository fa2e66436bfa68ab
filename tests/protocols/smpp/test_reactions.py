"""Every malformed SMPP vector, fed to a real session: the reaction it names, and nothing else is harmed."""

from __future__ import annotations

import pytest

from protocols.events import Bound, Closed, CloseReason, RequestReceived, ResponseReceived
from protocols.framing import Framer
from protocols.session import Limits, Session, State
from protocols.smpp import tlv
from protocols.smpp.codec import decode, encode
from protocols.smpp.constants import HEADER_OCTETS
from protocols.smpp.pdus import BindTransceiver, DeliverSm, EnquireLink, Pdu, SubmitSm
from protocols.smpp.session import ESME, SMSC, SmppSession
from tests.protocols.smpp.sessions import QUIET, bound_esme, bound_smsc
from tests.vectors import Vector, ids, load

BAD = load("smpp", "malformed")


def sent(session: Session) -> list[Pdu]:
    return [decode(frame) for frame in Framer(HEADER_OCTETS, 70_000).split(session.data_to_send())]


def session_for(vector: Vector) -> Session:
    """The session the vector is meant for, ready for it."""
    reaction = vector.reaction
    sequence = int.from_bytes(vector.octets[12:16], "big")
    if reaction.get("state") == "open":
        return SmppSession(SMSC, QUIET, now=0.0)
    if reaction.get("binds"):
        session: Session = SmppSession(ESME, QUIET, now=0.0)
        session.bind(BindTransceiver(), now=0.0)
    elif reaction.get("response_to") == "deliver_sm":
        session = bound_smsc(Limits(window_max=100, keepalive_idle_s=None))
        while session.submit(DeliverSm(), "token", now=0.0) < sequence:
            pass
    elif "response_to" in reaction or reaction.get("request") == "deliver_sm":
        session = bound_esme(Limits(window_max=100, keepalive_idle_s=None))
        while "response_to" in reaction and session.submit(SubmitSm(), "token", now=0.0) < sequence:
            pass
    else:
        session = bound_smsc()
    session.data_to_send()
    return session


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
@pytest.mark.parametrize("vector", BAD, ids=ids)
def test_reaction(vector: Vector, chunk: int) -> None:
    reaction = vector.reaction
    session = session_for(vector)
    before = session.state
    for at in range(0, len(vector.octets), chunk):
        session.receive_data(vector.octets[at : at + chunk], now=1.0)
    answers = [(pdu.NAME, pdu.status, pdu.sequence) for pdu in sent(session)]
    if reaction.get("answer", "none") == "none":
        assert answers == []
    else:
        assert answers == [(reaction["answer"], reaction["status"], reaction["sequence"])]
    events = list(session.events)
    check_request(reaction, [event.pdu for event in events if isinstance(event, RequestReceived)])
    check_response(reaction, events)
    if reaction.get("closes"):
        assert session.state is State.CLOSED
        assert isinstance(events[-1], Closed)
        assert events[-1].reason is CloseReason.PEER_FAULT
    elif reaction.get("binds"):
        assert session.state is State.BOUND_TRX
        assert any(isinstance(event, Bound) for event in events)
    else:
        assert session.state is before
        session.receive_data(encode(EnquireLink(), 77), now=1.0)
        assert [(pdu.NAME, pdu.sequence) for pdu in sent(session)] == [("enquire_link_resp", 77)]


def check_request(reaction: dict[str, object], requests: list[Pdu]) -> None:
    if "request" not in reaction:
        assert requests == []
        return
    (pdu,) = requests
    assert reaction["request"] == pdu.NAME
    assert isinstance(pdu, SubmitSm | DeliverSm)
    facts = {
        "short_message": pdu.short_message.hex(),
        "octets": len(pdu.short_message),
        "tlvs": len(pdu.tlvs),
        "user_message_reference": tlv.get_int(pdu.tlvs, tlv.USER_MESSAGE_REFERENCE),
        "receipted_message_id": tlv.get_text(pdu.tlvs, tlv.RECEIPTED_MESSAGE_ID),
    }
    expected = {name: value for name, value in reaction.items() if name in facts}
    assert expected
    assert {name: facts[name] for name in expected} == expected


def check_response(reaction: dict[str, object], events: list[object]) -> None:
    responses = [event for event in events if isinstance(event, ResponseReceived)]
    if "response" not in reaction:
        assert responses == []
        return
    (response,) = responses
    assert response.token == "token"
    assert reaction["response"] == response.pdu.NAME
    assert response.pdu.status == reaction["response_status"]
