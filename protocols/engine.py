"""The reacting half of a session: what happens when octets come in or a deadline comes.

`protocols.session` is its public face and adds the verbs; read that first.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from protocols.any_pdu import AnyPdu
from protocols.dialect import RESPONSE_BIT, Limits, Wire
from protocols.errors import PduError
from protocols.events import (
    BindRefused,
    BindRequested,
    Bound,
    Closed,
    CloseReason,
    Event,
    Fault,
    LateResponse,
    PeerFault,
    RequestExpired,
    RequestOverdue,
    RequestReceived,
    ResponseReceived,
    UnbindRequested,
)
from protocols.framing import Framer
from protocols.states import BOUND, CLOSED, UNBINDING, Role, State, permissions
from protocols.timers import Timer, Timers
from protocols.window import Window

COMMAND_MAX: Final = 0x0001FFFF  # vendors' commands included; above, a frame is out of step and this part of a text


class Engine(Wire):
    """The half of a session that reacts. What `Wire` asks for is the protocol's to write."""

    def __init__(self, role: Role, limits: Limits, *, now: float) -> None:
        self.role = role
        self.limits = limits
        self.state = State.OPEN
        self.version = 0
        self.events: deque[Event] = deque()
        self._out: list[bytes] = []
        self._framer = Framer(self.DIALECT.header_octets, limits.frame_max_octets)
        self._window = Window(limits.window_max, limits.response_timeout_s, limits.overdue_s)
        self._timers = Timers(limits.keepalive_idle_s, limits.inactivity_s, now)
        self._sequence = self.DIALECT.sequence_first
        self._sends = self._accepts = frozenset[int]()
        self._owed = 0
        self._deaf_since = 0.0
        self._bind_asked: tuple[int, int, State] | None = None  # ours: its sequence, its answer's id, where it leads
        self._bind_request: AnyPdu | None = None  # the peer's, to be answered
        self._keepalive_sequence: int | None = None
        self._unbind_sequence: int | None = None
        self._unbind_request: AnyPdu | None = None
        self._enter(State.OPEN)
        if role is Role.ACCEPTOR:
            self._timers.arm(Timer.BIND, now + limits.bind_timeout_s)

    @property
    def is_closed(self) -> bool:
        """Whether the session is over; nothing but `data_to_send` and `next_event` matters then."""
        return self.state is CLOSED

    # --- octets -------------------------------------------------------------------------------------------------

    @property
    def unfinished(self) -> bytes:
        """What came of a frame whose end has not."""
        return self._framer.unfinished

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take octets in: every whole frame is handled now. Never raises for what a peer sent."""
        if self.is_closed:
            return
        timers, framer, told = self._timers, self._framer, len(self.events)
        timers.heard_at = now
        for frame in framer.split(data):
            self._receive_frame(frame, now)
            if self.state is CLOSED:
                return
        if framer.fault is not None:
            answer = self.wire_refusal(Fault.BAD_LENGTH, 0, 0, 0, b"")
            if answer:
                self._out.append(answer)
            self._fault(Fault.BAD_LENGTH, framer.fault.problem, 0, b"")
        if len(self.events) > told:  # keepalives are no event
            timers.active_at = now

    def receive_eof(self, *, now: float) -> None:
        """The peer will send no more. After an unbind that is an orderly end."""
        is_orderly = self.state is UNBINDING
        self._close(CloseReason.UNBOUND if is_orderly else CloseReason.PEER_GONE, "end of stream")

    def _receive_frame(self, frame: bytes, now: float) -> None:
        try:
            pdu = self.wire_decode(frame)
        except PduError as error:
            self._refuse(Fault.MALFORMED, error.problem, error.status, frame)
            return
        command_id = pdu.COMMAND_ID
        if command_id in self._accepts:
            self._owed += command_id not in self.DIALECT.unanswered
            self.events.append(RequestReceived(pdu))
        elif command_id & RESPONSE_BIT:
            slot = self._window.settle(pdu.sequence, command_id)
            if slot is None:
                self._receive_control_response(pdu, command_id, frame, now)
                return
            self._window.heard(now)
            self.events.append(ResponseReceived(slot.token, pdu))
            if self.state is UNBINDING:
                self._advance_unbind(now)
        else:
            self._receive_control(pdu, command_id, frame, now)

    def _receive_control(self, pdu: AnyPdu, command_id: int, frame: bytes, now: float) -> None:
        """A keepalive, unbind or bind, or something this state does not allow."""
        dialect = self.DIALECT
        if command_id == dialect.keepalive_id:
            self._out.append(self.wire_control(command_id | RESPONSE_BIT, pdu.sequence))
        elif command_id == dialect.unbind_id and (self.state in BOUND or self.state is UNBINDING):
            self._unbind_request = pdu
            self.events.append(UnbindRequested())
            if self.state is not UNBINDING:
                self._enter(UNBINDING)
                self._timers.arm(Timer.UNBIND, now + self.limits.unbind_timeout_s)
            self._advance_unbind(now)
        elif command_id in dialect.binds and self.role is Role.ACCEPTOR:
            if self.state is not State.OPEN:
                self._refuse(Fault.ALREADY_BOUND, f"bind when {self.state.value}", 0, frame)
                return
            self.wire_bind_seen(pdu)
            self._bind_request = pdu
            self._enter(State.BINDING)
            self.events.append(BindRequested(pdu))
        elif command_id:
            self._refuse(Fault.WRONG_STATE, f"{pdu.NAME} when {self.state.value}", 0, frame)
        else:
            unknown_id = dialect.head(frame)[0]
            if unknown_id & RESPONSE_BIT:
                self._fault(Fault.UNMATCHED_RESPONSE, f"unknown response {_command(unknown_id)}", 0, frame)
            else:
                self._refuse(Fault.UNKNOWN_COMMAND, f"unknown command {_command(unknown_id)}", 0, frame)

    def _receive_control_response(self, pdu: AnyPdu, command_id: int, frame: bytes, now: float) -> None:
        """A response that no slot waits for under its own command: the engine's own, a nack, late, or stray."""
        dialect = self.DIALECT
        sequence = pdu.sequence
        is_nack = command_id == dialect.nack_id
        if is_nack:
            pdu = self.wire_nack(pdu)
        slot = self._window.settle(sequence, None) if is_nack else None
        if slot is not None:
            self._window.heard(now)
            self.events.append(ResponseReceived(slot.token, pdu))
            if self.state is UNBINDING:
                self._advance_unbind(now)
        elif sequence == self._keepalive_sequence and (is_nack or command_id == dialect.keepalive_id | RESPONSE_BIT):
            self._keepalive_sequence = None
            self._timers.disarm(Timer.KEEPALIVE)
        elif self._is_bind_response(sequence, command_id, is_nack):
            self._receive_bind_response(pdu, is_nack, now)
        elif sequence == self._unbind_sequence and (is_nack or command_id == dialect.unbind_id | RESPONSE_BIT):
            self._close(CloseReason.UNBOUND, "unbind answered")
        elif (slot := self._window.settle_late(sequence, None if is_nack else command_id)) is not None:
            self.events.append(LateResponse(slot.token, pdu))
        else:
            self._fault(Fault.UNMATCHED_RESPONSE, f"{pdu.NAME} to nothing, sequence {sequence}", 0, frame)

    # --- binding ------------------------------------------------------------------------------------------------

    def _is_bind_response(self, sequence: int, command_id: int, is_nack: bool) -> bool:
        if self._bind_asked is None or self.state is not State.BINDING:
            return False
        asked, response_id, _ = self._bind_asked
        return sequence == asked and (is_nack or command_id == response_id)

    def _receive_bind_response(self, pdu: AnyPdu, is_nack: bool, now: float) -> None:
        status = self.wire_bind_status(pdu)
        if is_nack or status:
            self.events.append(BindRefused(pdu, status))
            self._close(CloseReason.BIND_REFUSED, f"status {status}")
            return
        assert self._bind_asked is not None
        self.wire_bind_seen(pdu)
        self._enter_bound(self._bind_asked[2], now)
        self.events.append(Bound(pdu))

    def _answer_bind(self, request: AnyPdu, response: AnyPdu, now: float) -> None:
        self._bind_request = None
        if self.state is not State.BINDING:
            return
        if self.wire_bind_status(response):
            # The peer may try again until the bind deadline, which still runs; the owner may also abort.
            self._enter(State.OPEN)
        else:
            self._enter_bound(self.DIALECT.binds[request.COMMAND_ID], now)

    def _enter_bound(self, state: State, now: float) -> None:
        self._enter(state)
        self._timers.disarm(Timer.BIND)
        self._timers.is_bound = True
        self._timers.active_at = now

    # --- the end ------------------------------------------------------------------------------------------------

    def _advance_unbind(self, now: float) -> None:
        """Take the next step of an orderly end once nothing is unanswered in either direction.

        A peer that bound to us and unbinds will answer no more delivers: they go over another session, and it is not
        kept waiting. The other way round an answer that never came would leave a submit unknown.
        """
        is_leaving = self._unbind_request is not None and self.role is Role.ACCEPTOR
        if not self._owed and (is_leaving or not self._window.slots):
            self._step_unbind(now)

    def _step_unbind(self, now: float) -> None:
        if self._unbind_request is not None:
            command_id = self.DIALECT.unbind_id | RESPONSE_BIT
            self._out.append(self.wire_control(command_id, self._unbind_request.sequence))
            self._close(CloseReason.UNBOUND, "the peer unbound")
        elif self._unbind_sequence is None:
            self._unbind_sequence = self._new_sequence()
            self._out.append(self.wire_control(self.DIALECT.unbind_id, self._unbind_sequence))
            self._timers.arm(Timer.UNBIND, now + self.limits.unbind_timeout_s)

    def _close(self, reason: CloseReason, detail: str) -> None:
        if self.state is CLOSED:
            return
        self._enter(CLOSED)
        self._timers.disarm_all()
        self.events.append(Closed(reason, detail, self._window.clear()))

    # --- deadlines ----------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When `handle_deadline` is to be called, None when nothing is waited for."""
        window = self._window
        first = self._timers.next_deadline()
        if window.slots:
            expires_at = None if self._timers.is_deaf else window.deadline
            for at in (expires_at, window.overdue_at):
                if at is not None and (first is None or at < first):
                    first = at
        return first

    def handle_deadline(self, *, now: float) -> None:
        """Do what is due by `now`; nothing if called too early."""
        window = self._window
        for token in window.take_overdue(now):
            self.events.append(RequestOverdue(token, window.is_silent))
        if not self._timers.is_deaf:
            if window.is_given_up(now):
                self._close(CloseReason.SILENT, "no request of ours was answered in time")
                return
            for token in window.expire(now):
                self.events.append(RequestExpired(token))
        while (timer := self._timers.due(now)) is not None:
            self._due(timer, now)
        if self.state is UNBINDING:
            self._advance_unbind(now)

    def _due(self, timer: Timer, now: float) -> None:
        if timer is Timer.IDLE:
            self._keepalive_sequence = self._new_sequence()
            self._out.append(self.wire_control(self.DIALECT.keepalive_id, self._keepalive_sequence))
            self._timers.arm(Timer.KEEPALIVE, now + self.limits.keepalive_response_s)
        elif timer is Timer.UNBIND and (self._unbind_request is not None or self._unbind_sequence is None):
            self._step_unbind(now)  # not everything was answered, but time is up
        else:
            self._close(*_ENDS[timer])

    # --- small parts --------------------------------------------------------------------------------------------

    def _enter(self, state: State) -> None:
        if state is UNBINDING:
            self._sends = frozenset()  # while the peer may still send what it might before
        else:
            allowed = permissions(self.DIALECT.rules, self.role, state)
            self._sends, self._accepts = allowed.sends, allowed.accepts
        self.state = state

    def _new_sequence(self) -> int:
        dialect, slots = self.DIALECT, self._window.slots
        while True:
            sequence = self._sequence
            self._sequence = sequence + 1 if sequence < dialect.sequence_max else dialect.sequence_first
            if sequence not in slots:  # after a full circle a number may still be in flight: pass over it
                return sequence

    def _refuse(self, fault: Fault, problem: str, status: int, frame: bytes) -> None:
        """Answer a bad request; a request this state forbids is told so, however badly it is written."""
        dialect = self.DIALECT
        command_id, sequence = dialect.head(frame)
        is_traffic = command_id not in (dialect.keepalive_id, dialect.unbind_id) and command_id not in dialect.binds
        if fault is Fault.MALFORMED and is_traffic and command_id not in self._accepts:
            fault = Fault.WRONG_STATE
        answer = self.wire_refusal(fault, command_id, sequence, status, frame)
        if answer:
            self._out.append(answer)
        self._fault(fault, problem, status, frame)

    def _fault(self, fault: Fault, problem: str, status: int, frame: bytes) -> None:
        """Tell a fault in a frame, b"" where there is none."""
        shown = f"{_command(self.DIALECT.head(frame)[0])}, {len(frame)} octets" if frame else ""
        self.events.append(PeerFault(fault, problem, status, shown))
        if fault in self.DIALECT.closing:
            self._close(CloseReason.PEER_FAULT, f"{fault.value}: {problem}")


def _command(command_id: int) -> str:
    return f"0x{command_id:08x}" if command_id & ~RESPONSE_BIT <= COMMAND_MAX else "of no protocol"


_ENDS: Final = {
    Timer.BIND: (CloseReason.BIND_TIMEOUT, "not bound in time"),
    Timer.UNBIND: (CloseReason.UNBOUND, "unbind not answered in time"),
    Timer.KEEPALIVE: (CloseReason.KEEPALIVE_TIMEOUT, "keepalive not answered in time"),
    Timer.INACTIVE: (CloseReason.INACTIVE, "no traffic"),
}
