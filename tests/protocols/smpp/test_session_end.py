"""Keepalives, deadlines and the end of SMPP sessions, both roles, under simulated time."""

from __future__ import annotations

import pytest

from protocols.errors import LocalError, NotBound
from protocols.events import (
    CloseReason,
    RequestReceived,
    UnbindRequested,
)
from protocols.session import Limits, State
from protocols.smpp.codec import encode
from protocols.smpp.pdus import (
    DeliverSm,
    EnquireLink,
    GenericNack,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from tests.protocols.smpp.sessions import SUBMIT, bound_esme, bound_pair, bound_smsc, closed, names

# --- keepalives and other deadlines -----------------------------------------------------------------------------


def test_keepalives_keep_a_silent_session_alive() -> None:
    pair = bound_pair(limits=Limits(keepalive_idle_s=30.0, keepalive_response_s=5.0))
    pair.advance(3600.0)
    assert (pair.left.state, pair.right.state) == (State.BOUND_TRX, State.BOUND_TRX)
    assert pair.take("left") == pair.take("right") == []


def test_traffic_puts_the_keepalive_off() -> None:
    session = bound_smsc(Limits(keepalive_idle_s=30.0))
    session.receive_data(encode(SUBMIT, 5), now=20.0)
    assert session.next_deadline() == 50.0
    session.handle_deadline(now=49.0)
    assert session.data_to_send() == b""
    session.handle_deadline(now=50.0)
    assert session.data_to_send() == encode(EnquireLink(), 1)


def test_a_dead_peer_is_noticed_and_unknown_outcomes_are_given_back() -> None:
    limits = Limits(keepalive_idle_s=30.0, keepalive_response_s=5.0, response_timeout_s=600.0)
    pair = bound_pair(limits=limits)
    pair.is_cut = True
    pair.left.submit(SUBMIT, "token", now=0.0)
    pair.advance(34.0)
    assert pair.left.state is State.BOUND_TRX
    pair.advance(1.0)
    end = closed(pair.take("left"))
    assert end.reason is CloseReason.KEEPALIVE_TIMEOUT
    assert end.in_flight == ("token",)


def test_keepalives_do_not_count_as_activity() -> None:
    pair = bound_pair(limits=Limits(keepalive_idle_s=10.0, inactivity_s=60.0))
    pair.advance(59.0)
    assert pair.left.state is State.BOUND_TRX
    pair.advance(2.0)
    reasons = {closed(pair.take(side)).reason for side in ("left", "right")}
    assert CloseReason.INACTIVE in reasons


def test_a_nacked_keepalive_is_an_answer() -> None:
    session = bound_smsc(Limits(keepalive_idle_s=30.0, keepalive_response_s=5.0))
    session.handle_deadline(now=30.0)
    session.receive_data(encode(GenericNack(status=3), 1), now=31.0)
    session.handle_deadline(now=40.0)
    assert session.state is State.BOUND_TRX
    assert list(session.events) == []


# --- the end ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["left", "right"])
def test_unbind_by_either_side(side: str) -> None:
    pair = bound_pair()
    other = "right" if side == "left" else "left"
    getattr(pair, side).unbind(now=0.0)
    pair.settle()
    assert closed(pair.take(side)).reason is CloseReason.UNBOUND
    assert names(pair.take(other)) == ["UnbindRequested", "Closed"]


def test_unbind_lets_answers_through_first() -> None:
    pair = bound_pair()
    pair.left.submit(SUBMIT, "token", now=0.0)
    pair.settle()
    (received,) = pair.take("right")
    assert isinstance(received, RequestReceived)
    pair.left.unbind(now=0.0)
    with pytest.raises(NotBound):
        pair.left.submit(SUBMIT, "too late", now=0.0)
    pair.settle()
    assert pair.left.state is State.UNBINDING
    pair.right.respond(received.pdu, SubmitSmResp("1"), now=1.0)
    pair.settle()
    assert names(pair.take("left")) == ["ResponseReceived", "Closed"]
    assert names(pair.take("right")) == ["UnbindRequested", "Closed"]


def test_the_asked_side_answers_what_it_owes_before_it_answers_the_unbind() -> None:
    session = bound_smsc()
    session.receive_data(encode(SUBMIT, 2) + encode(Unbind(), 3), now=0.0)
    received, asked = session.events
    assert isinstance(asked, UnbindRequested)
    assert session.data_to_send() == b""
    assert isinstance(received, RequestReceived)
    session.respond(received.pdu, SubmitSmResp("1"), now=1.0)
    assert session.data_to_send() == encode(SubmitSmResp("1"), 2) + encode(UnbindResp(), 3)
    assert session.is_closed


def test_an_unbind_does_not_wait_for_ever() -> None:
    """A submit that is never answered keeps the peer waiting so long and no longer."""
    session = bound_smsc(Limits(unbind_timeout_s=5.0, keepalive_idle_s=None))
    session.submit(DeliverSm(), "token", now=0.0)
    session.receive_data(encode(SUBMIT, 2), now=0.0)
    session.data_to_send()
    session.receive_data(encode(Unbind(), 3), now=1.0)
    assert session.data_to_send() == b""
    session.handle_deadline(now=6.0)
    assert session.data_to_send() == encode(UnbindResp(), 3)
    assert closed(list(session.events)).in_flight == ("token",)


def test_our_unbind_is_sent_though_answers_are_missing_and_ends_though_it_is_not_answered() -> None:
    session = bound_esme(Limits(unbind_timeout_s=5.0, keepalive_idle_s=None))
    session.submit(SUBMIT, "token", now=0.0)
    session.data_to_send()
    session.unbind(now=0.0)
    assert session.data_to_send() == b""
    session.handle_deadline(now=5.0)
    assert session.data_to_send() == encode(Unbind(), 3)
    session.handle_deadline(now=10.0)
    end = closed(list(session.events))
    assert (end.reason, end.in_flight) == (CloseReason.UNBOUND, ("token",))


def test_unbinds_that_cross_end_both() -> None:
    pair = bound_pair()
    pair.left.unbind(now=0.0)
    pair.right.unbind(now=0.0)
    pair.settle()
    assert closed(pair.take("left")).reason is CloseReason.UNBOUND
    assert closed(pair.take("right")).reason is CloseReason.UNBOUND


def test_eof_is_an_orderly_end_only_after_an_unbind() -> None:
    for is_unbinding, reason in ((True, CloseReason.UNBOUND), (False, CloseReason.PEER_GONE)):
        session = bound_esme()
        if is_unbinding:
            session.unbind(now=0.0)
        session.receive_eof(now=1.0)
        assert closed(list(session.events)).reason is reason


def test_a_closed_session_is_silent() -> None:
    session = bound_smsc()
    session.receive_data(encode(SUBMIT, 2), now=0.0)
    session.abort("test")
    before = list(session.events)
    closed(before)
    session.receive_data(encode(SUBMIT, 3), now=0.0)
    session.receive_eof(now=0.0)
    session.handle_deadline(now=1e9)
    session.abort("again")
    session.unbind(now=0.0)
    session.respond(before[0].pdu, SubmitSmResp("1"), now=0.0)  # type: ignore[union-attr]
    assert list(session.events) == before
    assert session.data_to_send() == b""
    with pytest.raises(LocalError):
        session.submit(DeliverSm(), "token", now=0.0)


def test_frames_behind_the_end_of_a_session_are_not_handled() -> None:
    session = bound_smsc()
    session.receive_data(encode(Unbind(), 2) + encode(SUBMIT, 3), now=0.0)
    assert names(list(session.events)) == ["UnbindRequested", "Closed"]


def test_a_good_pdu_before_a_bad_length_is_handled() -> None:
    session = bound_smsc()
    session.receive_data(encode(SUBMIT, 2) + b"\0\0\0\x0f" + b"\0" * 40, now=0.0)
    assert names(list(session.events)) == ["RequestReceived", "PeerFault", "Closed"]
    assert session.data_to_send().hex() == "00000010800000000000000200000000"
