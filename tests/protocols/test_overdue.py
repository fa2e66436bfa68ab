"""What a peer leaves unanswered for a while, against a model; what is not held against it; how it may leave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cmpp import pdus as cmpp
from protocols.cmpp.codec import CMPP30
from protocols.cmpp.session import ISMG, CmppSession
from protocols.events import (
    BindRequested,
    Closed,
    CloseReason,
    LateResponse,
    RequestExpired,
    RequestOverdue,
    RequestReceived,
    ResponseReceived,
    UnbindRequested,
)
from protocols.session import Limits, Session, State
from protocols.smpp.codec import encode
from protocols.smpp.pdus import DeliverSm, DeliverSmResp, EnquireLink, SubmitSmResp, Unbind, UnbindResp
from tests.protocols.smpp.sessions import SUBMIT, bound_smsc

OVERDUE_S, TIMEOUT_S = 5.0, 30.0
LIMITS = Limits(window_max=4, response_timeout_s=TIMEOUT_S, keepalive_idle_s=None, overdue_s=OVERDUE_S)


def bound_ismg(limits: Limits) -> CmppSession:
    session = CmppSession(ISMG, limits, now=0.0)
    session.receive_data(CMPP30.encode(cmpp.Connect("900001", bytes(16), 0x30, 1), 1), now=0.0)
    event = session.events.popleft()
    assert isinstance(event, BindRequested)
    session.respond(event.pdu, cmpp.ConnectResp(0, version=0x30), now=0.0)
    session.data_to_send()
    return session


STEPS = st.lists(
    st.one_of(
        st.just(("deliver", 0.0)), st.tuples(st.just("answer"), st.floats(0, 0.999)),
        st.tuples(st.just("wait"), st.sampled_from([0.0, 1.0, 2.5, 5.0, 20.0])),
    ),
    max_size=60,
)


@given(STEPS)
def test_each_request_is_told_overdue_once_and_a_silent_peer_gets_no_more(steps: list[tuple[str, float]]) -> None:
    session, now, answered_at, is_silent = bound_smsc(LIMITS), 0.0, 0.0, False
    slots: dict[int, float] = {}  # sequence -> sent at
    told: set[int] = set()
    for step, share in steps:
        if step == "deliver" and session.free:
            sequence = session.deliver(DeliverSm(), len(slots), now=now)
            slots[sequence] = now
        elif step == "answer" and slots:
            sequence = sorted(slots)[int(share * len(slots))]
            del slots[sequence]
            session.receive_data(encode(DeliverSmResp(), sequence), now=now)
            assert isinstance(session.events.popleft(), ResponseReceived)
            answered_at, is_silent = now, False
        elif step == "wait":
            until = now + share
            while (due := session.next_deadline()) is not None and due <= until:
                now = max(now, due)
                expected = [s for s, sent in slots.items() if s not in told and sent + OVERDUE_S <= now]
                gone = [s for s, sent in slots.items() if sent + TIMEOUT_S <= now]
                session.handle_deadline(now=now)
                events = list(session.events)
                session.events.clear()
                if is_silent and gone:
                    closed = events[-1]
                    assert isinstance(closed, Closed) and closed.reason is CloseReason.SILENT
                    assert len(events) == 1 + len(expected)
                    assert len(closed.in_flight) == len(slots)
                    return
                assert len([e for e in events if isinstance(e, RequestExpired)]) == len(gone)
                fresh = [e for e in events if isinstance(e, RequestOverdue)]
                assert len(fresh) == len(expected)
                is_silent = is_silent or any(answered_at <= slots[s] for s in expected)
                assert all(event.is_silent == is_silent for event in fresh)
                told.update(expected)
                for sequence in gone:
                    del slots[sequence]
            now = until
        assert session.free == (0 if is_silent else LIMITS.window_max - len(slots))
    assert all(sequence in told for sequence, sent in slots.items() if sent + OVERDUE_S < now)


def test_an_answer_behind_its_time_is_an_answer() -> None:
    session = bound_smsc(LIMITS)
    sequence = session.deliver(DeliverSm(), "one", now=0.0)
    session.handle_deadline(now=5.0)
    assert list(session.events) == [RequestOverdue("one", True)]
    session.events.clear()
    assert session.free == 0
    session.receive_data(encode(DeliverSmResp(), sequence), now=29.0)
    [event] = session.events
    assert isinstance(event, ResponseReceived) and event.token == "one"
    assert session.free == LIMITS.window_max


def test_one_that_alone_is_left_unanswered_expires_and_its_late_answer_is_told() -> None:
    session = bound_smsc(LIMITS)
    left = session.deliver(DeliverSm(), "left", now=0.0)
    for second in range(1, 30):
        sequence = session.deliver(DeliverSm(), "next", now=float(second))
        session.receive_data(encode(DeliverSmResp(), sequence), now=float(second))
        session.handle_deadline(now=float(second))
    session.handle_deadline(now=30.0)
    kinds = [type(event) for event in session.events if not isinstance(event, ResponseReceived)]
    assert kinds == [RequestOverdue, RequestExpired]
    assert not [event for event in session.events if isinstance(event, RequestOverdue) and event.is_silent]
    session.events.clear()
    session.receive_data(encode(DeliverSmResp(), left), now=40.0)
    [event] = session.events
    assert isinstance(event, LateResponse) and event.token == "left"


def test_a_peer_may_have_as_long_for_one_as_for_all() -> None:
    """`overdue_s` is `response_timeout_s` at most: then the first that is overdue ends a silent session."""
    session = bound_smsc(replace(LIMITS, overdue_s=100.0))
    session.deliver(DeliverSm(), "one", now=0.0)
    session.handle_deadline(now=TIMEOUT_S)
    overdue, closed = session.events
    assert overdue == RequestOverdue("one", True)
    assert isinstance(closed, Closed) and closed.in_flight == ("one",)


def test_a_peer_that_answers_keepalives_only_is_silent_all_the_same() -> None:
    session = bound_smsc(replace(LIMITS, keepalive_idle_s=1.0))
    session.deliver(DeliverSm(), "one", now=0.0)
    for second in range(1, 31):
        session.receive_data(encode(EnquireLink(), second), now=float(second))
        session.handle_deadline(now=float(second))
    closed = session.events[-1]
    assert isinstance(closed, Closed)
    assert (closed.reason, closed.in_flight) == (CloseReason.SILENT, ("one",))


# --- while the owner does not listen ---------------------------------------------------------------------------------


def test_what_is_not_read_is_not_held_against_the_peer() -> None:
    """Neither deliver nor keepalive expires; that another session may do it sooner is told."""
    session = bound_smsc(replace(LIMITS, keepalive_idle_s=10.0, keepalive_response_s=5.0))
    sequence = session.deliver(DeliverSm(), "one", now=0.0)
    session.handle_deadline(now=11.0)  # asks whether the peer is there
    session.events.clear()
    session.stop_listening(now=12.0)
    assert session.next_deadline() is None
    session.handle_deadline(now=300.0)
    assert not session.events and session.state is State.BOUND_TRX
    session.listen(now=300.0)
    assert session.next_deadline() == 305.0  # of the keepalive
    session.receive_data(encode(DeliverSmResp(), sequence), now=301.0)
    [event] = session.events
    assert isinstance(event, ResponseReceived)


def test_overdue_is_told_while_nothing_is_read() -> None:
    session = bound_smsc(LIMITS)
    session.stop_listening(now=0.0)
    session.deliver(DeliverSm(), "one", now=0.0)
    assert session.next_deadline() == OVERDUE_S
    session.handle_deadline(now=OVERDUE_S)
    assert list(session.events) == [RequestOverdue("one", True)]


def test_short_pauses_move_no_deadline() -> None:
    session = bound_smsc(replace(LIMITS, overdue_s=None))
    session.deliver(DeliverSm(), "one", now=0.0)
    for tick in range(300):
        session.stop_listening(now=tick / 10)
        session.listen(now=tick / 10 + 0.09)
    assert session.next_deadline() == TIMEOUT_S


# --- leaving ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["smpp", "cmpp"])
def test_who_bound_to_us_may_leave_with_delivers_unanswered(protocol: str) -> None:
    """It is answered with nothing before it; its tokens come back at once, so that others get what they stand for."""
    if protocol == "smpp":
        session: Session = bound_smsc(LIMITS)
        session.deliver(DeliverSm(), "one", now=0.0)
        asks, answer = encode(Unbind(), 9), encode(UnbindResp(), 9)
    else:
        session = bound_ismg(LIMITS)
        session.deliver(cmpp.Deliver(msg_id=1), "one", now=0.0)
        asks, answer = CMPP30.encode(cmpp.Terminate(), 9), CMPP30.encode(cmpp.TerminateResp(), 9)
    session.data_to_send()
    session.receive_data(asks, now=1.0)
    assert session.data_to_send() == answer
    unbind, closed = session.events
    assert isinstance(unbind, UnbindRequested) and isinstance(closed, Closed)
    assert (closed.reason, closed.in_flight) == (CloseReason.UNBOUND, ("one",))


def test_its_submits_are_answered_before_it_leaves() -> None:
    session = bound_smsc(LIMITS)
    session.deliver(DeliverSm(), "one", now=0.0)
    session.data_to_send()
    session.receive_data(encode(SUBMIT, 2) + encode(Unbind(), 3), now=0.0)
    assert session.data_to_send() == b""
    received = session.events[0]
    assert isinstance(received, RequestReceived)
    session.respond(received.pdu, SubmitSmResp("1"), now=1.0)
    assert session.data_to_send() == encode(SubmitSmResp("1"), 2) + encode(UnbindResp(), 3)
    assert session.is_closed
