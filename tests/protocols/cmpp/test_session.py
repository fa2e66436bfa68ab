"""Two real CMPP sessions, SP on the left and ISMG on the right, over a fake wire under simulated time."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cmpp import auth, pdus
from protocols.cmpp.codec import CMPP20, CMPP30, codec_of
from protocols.cmpp.constants import ConnectStatus, Result
from protocols.cmpp.msg_id import MsgIdSource
from protocols.cmpp.receipt import Receipt, read_receipt, write_receipt
from protocols.cmpp.session import ISMG, SP, CmppSession
from protocols.errors import NotBound, WindowFull
from protocols.events import (
    BindRefused,
    Bound,
    Closed,
    CloseReason,
    Fault,
    LateResponse,
    PeerFault,
    RequestExpired,
    RequestReceived,
    ResponseReceived,
    UnbindRequested,
)
from protocols.session import Limits, State
from tests.protocols.pair import Pair

QUIET = Limits(keepalive_idle_s=None, window_max=16)
NOON = 1_795_320_000.0
SECRET = "888888"
BOTH = pytest.mark.parametrize("version", [0x20, 0x30], ids=["2.0", "3.0"])


def ismg(pair: Pair, ids: MsgIdSource) -> Any:
    """An ISMG that checks the secret and takes everything."""

    def answer(request: pdus.Pdu) -> pdus.Pdu | None:
        if isinstance(request, pdus.Connect):
            if auth.is_proven(request, SECRET):
                return auth.accept(request, SECRET, pair.right.version)
            return auth.refuse(ConnectStatus.AUTHENTICATION, pair.right.version)
        if isinstance(request, pdus.Submit):
            return pdus.response_to(request, msg_id=ids.take(NOON, len(request.dest_terminal_id)))
        return pdus.response_to(request)

    return answer


def open_pair(limits: Limits = QUIET, chunk: int = 0) -> Pair:
    pair = Pair(CmppSession(SP, limits, now=0.0), CmppSession(ISMG, limits, now=0.0), chunk=chunk)
    pair.answers = {"right": ismg(pair, MsgIdSource(1001)), "left": pdus.response_to}
    return pair


def bound_pair(version: int = 0x30, limits: Limits = QUIET, chunk: int = 0) -> Pair:
    pair = open_pair(limits, chunk)
    pair.left.bind(auth.connect("900001", SECRET, version, NOON), now=0.0)
    pair.settle()
    pair.take("left"), pair.take("right")
    assert pair.left.state is pair.right.state is State.BOUND_TRX
    return pair


def submit(*numbers: str) -> pdus.Submit:
    return pdus.Submit(registered_delivery=1, src_id="10690001", dest_terminal_id=numbers or ("13800138000",))


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


# --- binding ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "spoken"), [(0x00, 0x20), (0x20, 0x20), (0x21, 0x20), (0x30, 0x30)])
@pytest.mark.parametrize("chunk", [0, 1])
def test_both_sides_prove_the_secret_and_speak_one_version(version: int, spoken: int, chunk: int) -> None:
    pair = open_pair(chunk=chunk)
    request = auth.connect("900001", SECRET, version, NOON)
    pair.left.bind(request, now=0.0)
    pair.settle()
    (bound,) = pair.take("left")
    assert isinstance(bound, Bound) and auth.is_answer_proven(bound.pdu, request, SECRET)
    assert not auth.is_answer_proven(bound.pdu, request, "other")
    assert kinds(pair.take("right")) == ["BindRequested"]
    assert (pair.left.version, pair.right.version) == (spoken, spoken)


@BOTH
def test_a_wrong_secret_is_refused_in_the_clients_width_and_may_be_tried_again(version: int) -> None:
    session = CmppSession(ISMG, QUIET, now=0.0)
    session.receive_data(codec_of(version).encode(auth.connect("900001", "wrong", version, NOON), 5), now=0.0)
    request = session.events.popleft().pdu
    assert not auth.is_proven(request, SECRET)
    session.respond(request, auth.refuse(ConnectStatus.AUTHENTICATION, session.version), now=0.0)
    refusal = session.data_to_send()
    assert len(refusal) == (33 if version == 0x30 else 30) and bytes(16) in refusal
    assert session.state is State.OPEN

    sp = CmppSession(SP, QUIET, now=0.0)
    sp.bind(auth.connect("900001", "wrong", version, NOON), now=0.0)
    sp.receive_data(refusal[:8] + (1).to_bytes(4, "big") + refusal[12:], now=0.0)
    refused, closed = sp.events
    assert isinstance(refused, BindRefused) and refused.status == ConnectStatus.AUTHENTICATION
    assert isinstance(closed, Closed) and closed.reason is CloseReason.BIND_REFUSED


def test_an_account_kept_in_2_0_answers_a_3_0_client_in_2_0_and_the_client_follows() -> None:
    pair = open_pair()
    answer = pair.answers["right"]

    def answer_in_20(request: pdus.Pdu) -> pdus.Pdu | None:
        if isinstance(request, pdus.Connect):
            pair.right.speak(0x20)
        return answer(request)

    pair.answers["right"] = answer_in_20
    request = auth.connect("900001", SECRET, 0x30, NOON)
    pair.left.bind(request, now=0.0)
    pair.settle()
    (bound,) = pair.take("left")
    assert auth.is_answer_proven(bound.pdu, request, SECRET)
    assert (pair.left.version, pair.right.version) == (0x20, 0x20)
    pair.left.submit(submit(), "token", now=pair.now)
    pair.settle()
    assert kinds(pair.take("left")) == ["ResponseReceived"]


@pytest.mark.parametrize("octets", [12, 38, 40])
def test_an_unreadable_connect_is_refused_as_such_and_may_be_tried_again(octets: int) -> None:
    session = CmppSession(ISMG, QUIET, now=0.0)
    frame = (CMPP30.encode(auth.connect("900001", SECRET, 0x30, NOON), 5) + b"\0")[:octets]
    session.receive_data(octets.to_bytes(4, "big") + frame[4:], now=0.0)
    assert session.data_to_send() == CMPP30.encode(auth.refuse(ConnectStatus.STRUCTURE, 0x30), 5)
    (fault,) = session.events
    assert isinstance(fault, PeerFault) and fault.fault is Fault.MALFORMED
    assert session.state is State.OPEN


def test_who_never_connects_or_never_answers_is_left() -> None:
    waiting = CmppSession(ISMG, now=0.0)
    asking = CmppSession(SP, now=0.0)
    asking.bind(auth.connect("900001", SECRET, 0x30, NOON), now=0.0)
    for session in (waiting, asking):
        deadline = session.next_deadline()
        assert deadline == 30.0
        session.handle_deadline(now=deadline)
        (closed,) = session.events
        assert isinstance(closed, Closed) and closed.reason is CloseReason.BIND_TIMEOUT


# --- traffic ----------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("chunk", [0, 1, 13])
def test_a_message_a_receipt_and_an_mo_cross(version: int, chunk: int) -> None:
    pair = bound_pair(version, chunk=chunk)
    pair.left.submit(submit("13800138000", "13800138001"), "mt", now=0.0)
    pair.settle()
    (received,) = pair.take("right")
    assert isinstance(received, RequestReceived)
    assert received.pdu.dest_terminal_id == ("13800138000", "13800138001")
    (answered,) = pair.take("left")
    assert isinstance(answered, ResponseReceived) and (answered.token, answered.pdu.result) == ("mt", 0)

    told = Receipt(answered.pdu.msg_id, "DELIVRD", "2611221200", "2611221201", "13800138000")
    content = write_receipt(told, version)
    deliver = pdus.Deliver(msg_id=5, dest_id="10690001", registered_delivery=1, msg_content=content)
    pair.right.deliver(deliver, "receipt", now=0.0)
    pair.right.deliver(pdus.Deliver(msg_id=6, dest_id="10690001", msg_content=b"TD"), "mo", now=0.0)
    pair.settle()
    receipt, mo = pair.take("left")
    assert isinstance(receipt, RequestReceived) and read_receipt(receipt.pdu.msg_content) == told
    assert isinstance(mo, RequestReceived) and mo.pdu.msg_content == b"TD"
    assert [(e.token, e.pdu.msg_id) for e in pair.take("right")] == [("receipt", 5), ("mo", 6)]


def test_query_and_cancel_are_answered() -> None:
    pair = bound_pair()
    pair.left.submit(pdus.Query("20261122"), "query", now=0.0)
    pair.left.submit(pdus.Cancel(7), "cancel", now=0.0)
    pair.settle()
    assert [(e.token, e.pdu.NAME) for e in pair.take("left")] == [
        ("query", "CMPP_QUERY_RESP"),
        ("cancel", "CMPP_CANCEL_RESP"),
    ]


def test_the_window_holds_16_each_way_and_keepalives_pass_it() -> None:
    pair = bound_pair()
    for number in range(16):
        pair.left.submit(submit(), number, now=0.0)
    with pytest.raises(WindowFull):
        pair.left.submit(submit(), "one too many", now=0.0)
    assert (pair.left.in_flight, pair.left.free, pair.right.free) == (16, 0, 16)
    pair.left.data_to_send()
    pair.left.receive_data(CMPP30.encode(pdus.ActiveTest(), 77), now=0.0)
    assert pair.left.data_to_send() == CMPP30.encode(pdus.ActiveTestResp(), 77)


def test_answers_may_come_in_any_order_and_late_ones_find_their_request() -> None:
    pair = bound_pair()
    pair.answers["right"] = lambda request: None
    sequences = [pair.left.submit(submit(), token, now=0.0) for token in "abc"]
    pair.settle()
    pair.left.receive_data(CMPP30.encode(pdus.SubmitResp(3), sequences[2]), now=1.0)
    pair.advance(30.0)
    expired = pair.take("left")
    assert [(type(e), e.token) for e in expired] == [
        (ResponseReceived, "c"),
        (RequestExpired, "a"),
        (RequestExpired, "b"),
    ]
    pair.left.receive_data(CMPP30.encode(pdus.SubmitResp(1), sequences[0]) * 2, now=31.0)
    late, stray = pair.left.events
    assert isinstance(late, LateResponse) and (late.token, late.pdu.msg_id) == ("a", 1)
    assert isinstance(stray, PeerFault) and stray.fault is Fault.UNMATCHED_RESPONSE


def test_sequences_use_all_32_bits_and_wrap() -> None:
    pair = bound_pair()
    pair.left._sequence = 0xFFFF_FFFE
    assert [pair.left.submit(submit(), n, now=0.0) for n in range(3)] == [0xFFFF_FFFE, 0xFFFF_FFFF, 1]
    pair.settle()
    assert [e.token for e in pair.take("left")] == [0, 1, 2]


@pytest.mark.parametrize("sequence", [0, 1, 0x8000_0000, 0xFFFF_FFFF])
def test_any_sequence_of_the_peer_is_answered_with_itself(sequence: int) -> None:
    pair = bound_pair(0x20)
    pair.right.receive_data(CMPP20.encode(submit(), sequence), now=0.0)
    request = pair.right.events.popleft().pdu
    pair.right.respond(request, pdus.response_to(request, result=Result.FLOW_CONTROL), now=0.0)
    assert pair.right.data_to_send() == CMPP20.encode(pdus.SubmitResp(0, 8), sequence)


# --- who may send what ------------------------------------------------------------------------------------------


def test_each_side_sends_only_what_is_its_own() -> None:
    pair = bound_pair()
    for session, pdu in ((pair.left, pdus.Deliver()), (pair.right, submit()), (pair.left, pdus.Fwd())):
        with pytest.raises(NotBound):
            session.submit(pdu, "token", now=0.0)
    unbound = CmppSession(SP, now=0.0)
    with pytest.raises(NotBound):
        unbound.submit(submit(), "token", now=0.0)


@BOTH
@pytest.mark.parametrize("pdu", [pdus.Deliver(msg_id=4), pdus.Fwd(msg_id=4)], ids=["deliver", "fwd"])
def test_an_ismgs_command_from_an_sp_is_refused_and_the_session_stays(version: int, pdu: pdus.Pdu) -> None:
    session = bound_pair(version).right
    codec = codec_of(version)
    session.receive_data(codec.encode(pdu, 9), now=0.0)
    answer = codec.decode(session.data_to_send())
    assert (answer.NAME, answer.sequence) == (pdu.NAME + "_RESP", 9)
    assert (answer.result, answer.msg_id) == (Result.COMMAND, pdu.msg_id)
    (fault,) = session.events
    assert isinstance(fault, PeerFault) and fault.fault is Fault.WRONG_STATE
    assert session.state is State.BOUND_TRX


# Octets of each response's body and where its Result lies: sums of the sizes in the tables of CMPP 3.0, section 8.6.
ROUTING = [
    (0x10, 65, 4 + 6 + 15 + 2 + 9 + 9 + 4, 1), (0x11, 78, 4 + 6 + 15 + 2 + 6 + 21 + 1 + 4 + 4, 1),
    (0x12, 73, 4 + 6 + 15 + 2 + 9 + 9 + 4, 1), (0x13, 19, 0, 4), (0x14, 19, 0, 4), (0x15, 1, 0, 5), (0x16, 1, 0, 5),
    (0x17, 96, 4 + 6 + 15 + 2 + 6 + 21 + 1 + 10 + 4 + 4, 1),
]


@BOTH
@pytest.mark.parametrize("body", [b"", b"001001", bytes(120)], ids=["empty", "short", "long"])
@pytest.mark.parametrize(("command_id", "octets", "at", "result"), ROUTING)
def test_a_routing_command_is_refused_in_its_own_response(
    version: int, command_id: int, octets: int, at: int, result: int, body: bytes
) -> None:
    session = bound_pair(version).right
    session.receive_data(struct.pack(">III", 12 + len(body), command_id, 77) + body, now=0.0)
    answer = session.data_to_send()
    assert struct.unpack(">III", answer[:12]) == (12 + octets, command_id | 0x80000000, 77)
    assert answer[12 + at] == result and not any(answer[12 : 12 + at] + answer[13 + at :])
    assert session.state is State.BOUND_TRX


@BOTH
@pytest.mark.parametrize("octets", [0, 13, 14, 20, 22, 23, 24, 90])
def test_a_refused_fwd_names_its_part_as_far_as_it_came(version: int, octets: int) -> None:
    body = (b"001001002002" + bytes((1, 0)) + bytes(range(0x81, 0x89)) + bytes((3, 2)) + b"x" * 80)[:octets]
    session = bound_pair(version).right
    session.receive_data(struct.pack(">III", 12 + len(body), 9, 5) + body, now=0.0)
    answer = codec_of(version).decode(session.data_to_send())
    told = body[14:24].ljust(10, b"\0")
    assert isinstance(answer, pdus.FwdResp) and answer.result == Result.COMMAND
    assert (answer.msg_id, answer.pk_total, answer.pk_number) == (int.from_bytes(told[:8], "big"), told[8], told[9])


def test_a_second_connect_is_refused_and_the_first_stays() -> None:
    session = bound_pair().right
    session.receive_data(CMPP30.encode(auth.connect("900001", SECRET, 0x30, NOON), 9), now=0.0)
    assert session.data_to_send() == CMPP30.encode(auth.refuse(ConnectStatus.OTHER, 0x30), 9)
    assert session.state is State.BOUND_TRX


@pytest.mark.parametrize("role", [SP, ISMG], ids=["sp", "ismg"])
def test_an_active_test_is_answered_before_connect(role: Any) -> None:
    session = CmppSession(role, now=0.0)
    session.receive_data(CMPP30.encode(pdus.ActiveTest(), 3), now=0.0)
    assert session.data_to_send() == CMPP30.encode(pdus.ActiveTestResp(), 3)
    assert session.state is State.OPEN


@pytest.mark.parametrize("octets", [0, 1, 8])
def test_an_unreadable_response_is_never_answered_and_its_request_expires(octets: int) -> None:
    pair = bound_pair(0x30)
    sequence = pair.left.submit(submit(), "token", now=0.0)
    pair.left.data_to_send()
    frame = CMPP30.encode(pdus.SubmitResp(), sequence)
    size = 12 + octets
    pair.left.receive_data(size.to_bytes(4, "big") + frame[4:size], now=0.0)
    fault = pair.left.events.popleft()
    assert isinstance(fault, PeerFault) and fault.problem.startswith("unreadable response")
    assert pair.left.data_to_send() == b"" and pair.left.in_flight == 1
    pair.left.handle_deadline(now=30.0)
    assert list(pair.left.events) == [RequestExpired("token")]


# --- keepalive --------------------------------------------------------------------------------------------------

ALIVE = Limits(keepalive_idle_s=30.0, keepalive_response_s=10.0, window_max=16)


def test_silent_sessions_stay_alive_for_a_day() -> None:
    pair = bound_pair(limits=ALIVE)
    pair.advance(86_400.0)
    assert pair.left.state is pair.right.state is State.BOUND_TRX
    assert pair.take("left") == pair.take("right") == []


def test_a_dead_wire_is_noticed_and_what_was_in_flight_is_given_back() -> None:
    pair = bound_pair(limits=ALIVE)
    pair.is_cut = True
    pair.left.submit(submit(), "token", now=29.0)
    pair.advance(41.0)
    (closed,) = pair.take("left")
    assert isinstance(closed, Closed) and closed.reason is CloseReason.KEEPALIVE_TIMEOUT
    assert closed.in_flight == ("token",)


# --- the end ----------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("side", ["left", "right"])
def test_either_side_terminates_after_the_answers_are_through(version: int, side: str) -> None:
    pair = bound_pair(version)
    pair.left.submit(submit(), "mt", now=0.0)
    pair.right.deliver(pdus.Deliver(msg_id=1), "mo", now=0.0)
    (pair.left if side == "left" else pair.right).unbind(now=0.0)
    pair.settle()
    left, right = pair.take("left"), pair.take("right")
    assert [e.token for e in left if isinstance(e, ResponseReceived)] == ["mt"]
    assert [e.token for e in right if isinstance(e, ResponseReceived)] == ["mo"]
    for events in (left, right):
        assert isinstance(events[-1], Closed)
        assert (events[-1].reason, events[-1].in_flight) == (CloseReason.UNBOUND, ())
    other = right if side == "left" else left
    assert [type(e) for e in other if isinstance(e, UnbindRequested)] == [UnbindRequested]


def test_a_plain_close_is_a_terminate_once_we_said_so_and_a_loss_otherwise() -> None:
    said, unsaid = bound_pair().left, bound_pair().left
    said.unbind(now=0.0)
    unsaid.submit(submit(), "token", now=0.0)
    for session, reason, tokens in ((said, CloseReason.UNBOUND, ()), (unsaid, CloseReason.PEER_GONE, ("token",))):
        session.receive_eof(now=1.0)
        assert isinstance(session.events[-1], Closed)
        assert (session.events[-1].reason, session.events[-1].in_flight) == (reason, tokens)


# --- everything at once -----------------------------------------------------------------------------------------

_STEPS = ["submit", "deliver", "wait", "long wait", "answer", "mute", "unbind left", "unbind right", "cut"]


@given(st.lists(st.sampled_from(_STEPS), max_size=30), st.sampled_from([0x20, 0x30]), st.sampled_from([0, 1, 50]))
def test_every_token_comes_back_exactly_once(steps: list[str], version: int, chunk: int) -> None:
    pair = bound_pair(version, Limits(window_max=3, keepalive_idle_s=30.0), chunk)
    willing, given_in = dict(pair.answers), {"left": list[int](), "right": list[int]()}
    for number, step in enumerate(steps):
        if step in ("submit", "deliver"):
            side, pdu = ("left", submit()) if step == "submit" else ("right", pdus.Deliver(msg_id=number))
            session = pair.left if side == "left" else pair.right
            try:
                session.submit(pdu, number, now=pair.now)
            except (WindowFull, NotBound):
                assert session.free == 0 or session.state is not State.BOUND_TRX
            else:
                given_in[side].append(number)
        elif step in ("wait", "long wait"):
            pair.advance(1.0 if step == "wait" else 31.0)
        elif step in ("answer", "mute"):
            pair.answers = dict.fromkeys(willing, lambda request: None) if step == "mute" else dict(willing)
        elif step == "cut":
            pair.is_cut = True
        else:
            (pair.left if step.endswith("left") else pair.right).unbind(now=pair.now)
        assert pair.left.in_flight <= 3 and pair.right.in_flight <= 3
    pair.left.unbind(now=pair.now)
    pair.right.unbind(now=pair.now)
    pair.advance(200.0)
    assert pair.left.state is pair.right.state is State.CLOSED
    for side in ("left", "right"):
        assert sorted(tokens_of(pair.take(side))) == given_in[side]


def tokens_of(events: list[Any]) -> list[int]:
    """Every token that came back; Closed must be last."""
    found = [event.token for event in events if isinstance(event, ResponseReceived | RequestExpired)]
    assert isinstance(events[-1], Closed) and kinds(events).count("Closed") == 1
    return [*found, *events[-1].in_flight]
