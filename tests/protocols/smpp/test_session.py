"""Binding and traffic of SMPP sessions, both roles."""

from __future__ import annotations

import pytest

from protocols.errors import NotBound, UnencodableError, WindowFull
from protocols.events import (
    BindRefused,
    BindRequested,
    Bound,
    Closed,
    CloseReason,
    Fault,
    LateResponse,
    PeerFault,
    RequestExpired,
    RequestReceived,
    ResponseReceived,
)
from protocols.session import Limits, State
from protocols.smpp.codec import encode
from protocols.smpp.pdus import (
    AlertNotification,
    BindTransceiver,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    SubmitSm,
    SubmitSmResp,
    response_to,
)
from protocols.smpp.session import ESME, SMSC, SmppSession
from tests.protocols.smpp.sessions import QUIET, SUBMIT, bound_esme, bound_pair, bound_smsc, closed, names, open_pair

# --- binding ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bind", "state"), [("tx", State.BOUND_TX), ("rx", State.BOUND_RX), ("trx", State.BOUND_TRX)])
@pytest.mark.parametrize("chunk", [0, 1, 5])
def test_bind(bind: str, state: State, chunk: int) -> None:
    pair = bound_pair(bind, chunk=chunk)
    assert (pair.left.state, pair.right.state) == (state, state)
    assert pair.left.version == pair.right.version == 0x34


def test_a_refused_bind_ends_the_esme_and_leaves_the_smsc_open_until_its_deadline() -> None:
    pair = open_pair()
    pair.answers["right"] = lambda pdu: response_to(pdu, status=0x0E)
    pair.left.bind(BindTransceiver(system_id="esme"), now=0.0)
    pair.is_cut = False
    pair.right.receive_data(pair.left.data_to_send(), now=0.0)
    event = pair.right.next_event()
    assert isinstance(event, BindRequested)
    pair.right.respond(event.pdu, response_to(event.pdu, status=0x0E), now=0.0)
    assert pair.right.state is State.OPEN
    pair.left.receive_data(pair.right.data_to_send(), now=0.0)
    refused, end = pair.left.events
    assert isinstance(refused, BindRefused)
    assert refused.status == 0x0E
    assert isinstance(end, Closed)
    assert end.reason is CloseReason.BIND_REFUSED
    pair.right.handle_deadline(now=QUIET.bind_timeout_s)
    assert closed(list(pair.right.events)).reason is CloseReason.BIND_TIMEOUT


def test_nobody_binds_in_time() -> None:
    session = SmppSession(SMSC, QUIET, now=5.0)
    assert session.next_deadline() == 15.0
    session.handle_deadline(now=14.9)
    assert session.state is State.OPEN
    session.handle_deadline(now=15.0)
    assert closed(list(session.events)).reason is CloseReason.BIND_TIMEOUT
    assert session.next_deadline() is None


def test_our_bind_is_not_answered_in_time() -> None:
    session = SmppSession(ESME, QUIET, now=0.0)
    assert session.next_deadline() is None
    session.bind(BindTransceiver(), now=3.0)
    session.handle_deadline(now=13.0)
    assert closed(list(session.events)).reason is CloseReason.BIND_TIMEOUT


def test_a_nacked_bind_is_refused() -> None:
    session = SmppSession(ESME, QUIET, now=0.0)
    session.bind(BindTransceiver(), now=0.0)
    session.receive_data(encode(GenericNack(), 1), now=0.0)
    assert names(list(session.events)) == ["BindRefused", "Closed"]


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_second_bind_is_told_so(is_answered: bool) -> None:
    session = bound_smsc() if is_answered else SmppSession(SMSC, QUIET, now=0.0)
    if not is_answered:
        session.receive_data(encode(BindTransceiver(), 1), now=0.0)
        assert names([session.events.popleft()]) == ["BindRequested"]
    session.receive_data(encode(BindTransceiver(), 9), now=0.0)
    assert session.data_to_send().hex() == "00000010800000090000000500000009"
    (fault,) = session.events
    assert isinstance(fault, PeerFault)
    assert fault.fault is Fault.ALREADY_BOUND


def test_outbind_is_a_notice_before_the_bind() -> None:
    pair = open_pair()
    pair.right.notify(Outbind(system_id="smsc"))
    pair.settle()
    (event,) = pair.take("left")
    assert isinstance(event, RequestReceived)
    pair.left.bind(BindTransceiver(), now=0.0)
    pair.settle()
    assert names(pair.take("left")) == ["Bound"]
    with pytest.raises(NotBound):
        pair.right.notify(Outbind())


# --- traffic ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [0, 1, 3])
def test_submits_and_delivers_cross_on_one_session(chunk: int) -> None:
    pair = bound_pair(chunk=chunk)
    pair.answers["right"] = lambda pdu: response_to(pdu, message_id=f"id{pdu.sequence}")
    pair.answers["left"] = response_to
    sequences = [pair.left.submit(SUBMIT, f"mt{at}", now=0.0) for at in range(5)]
    for at in range(5):
        pair.right.deliver(DeliverSm(short_message=b"mo"), f"mo{at}", now=0.0)
    pair.settle()
    answered = [event for event in pair.take("left") if isinstance(event, ResponseReceived)]
    assert [event.token for event in answered] == [f"mt{at}" for at in range(5)]
    assert [event.pdu.message_id for event in answered] == [f"id{sequence}" for sequence in sequences]
    assert [event.token for event in pair.take("right") if isinstance(event, ResponseReceived)] == [
        f"mo{at}" for at in range(5)
    ]
    assert pair.left.in_flight == pair.right.in_flight == 0


def test_answers_may_come_in_any_order() -> None:
    session = bound_esme()
    sequences = [session.submit(SUBMIT, at, now=0.0) for at in range(4)]
    for sequence in reversed(sequences):
        session.receive_data(encode(SubmitSmResp("x"), sequence), now=0.0)
    assert [event.token for event in session.events if isinstance(event, ResponseReceived)] == [3, 2, 1, 0]


def test_a_full_window_takes_nothing_but_still_answers() -> None:
    session = bound_smsc(Limits(window_max=2, keepalive_idle_s=None))
    for token in range(2):
        session.submit(DeliverSm(), token, now=0.0)
    session.data_to_send()
    with pytest.raises(WindowFull):
        session.submit(DeliverSm(), 2, now=0.0)
    assert session.data_to_send() == b""
    session.receive_data(encode(EnquireLink(), 4) + encode(SUBMIT, 5), now=0.0)
    (event,) = session.events
    assert isinstance(event, RequestReceived)
    session.respond(event.pdu, response_to(event.pdu, message_id="1"), now=0.0)
    assert session.data_to_send() == encode(EnquireLinkResp(), 4) + encode(SubmitSmResp("1"), 5)


def test_what_cannot_be_encoded_takes_no_slot_and_no_token() -> None:
    session = bound_esme()
    with pytest.raises(UnencodableError):
        session.submit(SubmitSm(destination_addr="1" * 21), "token", now=0.0)
    assert (session.in_flight, session.data_to_send()) == (0, b"")
    session.abort("test over")
    assert closed(list(session.events)).in_flight == ()


def test_an_expired_request_frees_its_slot_and_its_answer_is_late_once() -> None:
    session = bound_esme(Limits(window_max=1, response_timeout_s=10.0, keepalive_idle_s=None))
    sequence = session.submit(SUBMIT, "token", now=0.0)
    session.handle_deadline(now=10.0)
    assert list(session.events) == [RequestExpired("token")]
    assert session.free == 1
    session.events.clear()
    for _ in range(2):
        session.receive_data(encode(SubmitSmResp("7"), sequence), now=11.0)
    late, stray = session.events
    assert isinstance(late, LateResponse)
    assert late.token == "token"
    assert isinstance(stray, PeerFault)
    assert stray.fault is Fault.UNMATCHED_RESPONSE
    assert session.state is State.BOUND_TRX


def test_the_sequence_wraps_from_the_top_to_one_and_passes_over_what_is_in_flight() -> None:
    session = bound_esme()
    session._sequence = 0x7FFFFFFF
    first = session.submit(SUBMIT, 0, now=0.0)
    second = session.submit(SUBMIT, 1, now=0.0)
    assert (first, second) == (0x7FFFFFFF, 1)
    session._sequence = 0x7FFFFFFF
    assert session.submit(SUBMIT, 2, now=0.0) == 2


def test_a_notice_needs_no_answer() -> None:
    pair = bound_pair("rx")
    pair.right.notify(AlertNotification(source_addr="8613800138000"))
    pair.settle()
    assert names(pair.take("left")) == ["RequestReceived"]
    with pytest.raises(NotBound):
        pair.right.submit(AlertNotification(), "token", now=0.0)
    pair.left.unbind(now=0.0)
    pair.settle()
    assert closed(pair.take("left")).reason is CloseReason.UNBOUND


def test_bound_event_carries_the_response() -> None:
    pair = open_pair()
    pair.left.bind(BindTransceiver(), now=0.0)
    pair.settle()
    (event,) = pair.take("left")
    assert isinstance(event, Bound)
    assert event.pdu.system_id == "smsc"
