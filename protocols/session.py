"""The engine under both protocols and both roles: octets, times and verbs in; octets, deadlines and events out.

The owner (a pump) does five things and decides nothing:

    session.receive_data(octets, now=t)      or receive_eof: something came in
    session.next_event()                     until None (or drain `session.events`)
    session.data_to_send()                   write it out; b"" when there is nothing
    session.next_deadline()                  wake up then
    session.handle_deadline(now=t)           and call this

Times are monotonic seconds. The engine itself answers keepalives in every state, sends them when the peer is silent,
refuses what the state forbids, answers what cannot be read, keeps the window and all deadlines, and ends orderly.

What is kept is bounded: one unfinished frame; window_max slots and 1024 expired ones; events and octets for what one
`receive_data` held plus the window, as long as the owner drains both after every call and stops reading while the
peer does not take what is written.

`protocols.smpp.session` and `protocols.cmpp.session` add what differs: a `Dialect` of tables and a few methods.
"""

from __future__ import annotations

from typing import Final

from protocols.any_pdu import AnyPdu
from protocols.dialect import RESPONSE_BIT, Dialect, Limits
from protocols.engine import Engine
from protocols.errors import NotBound, WindowFull
from protocols.events import CloseReason, Event
from protocols.states import BOUND, CLOSED, UNBINDING, Role, State
from protocols.timers import Timer

LONG_PAUSE_S: Final = 1.0

__all__ = ["Dialect", "Limits", "Role", "Session", "State"]


class Session(Engine):
    """One session of one role."""

    def next_event(self) -> Event | None:
        """The next thing that happened, None when there is nothing new."""
        return self.events.popleft() if self.events else None

    def data_to_send(self) -> bytes:
        """All octets queued since the last call."""
        out = self._out
        if not out:
            return b""
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        return data

    # --- verbs --------------------------------------------------------------------------------------------------

    @property
    def window_max(self) -> int:
        """Most requests that may be unanswered; may be changed at any time."""
        return self._window.size

    @window_max.setter
    def window_max(self, size: int) -> None:
        self._window.size = size

    @property
    def in_flight(self) -> int:
        """Requests now unanswered."""
        return len(self._window.slots)

    def outstanding(self) -> list[object]:
        """The tokens of requests now unanswered, oldest first."""
        return [slot.token for slot in self._window.slots.values()]

    @property
    def free(self) -> int:
        """Requests that may be sent now as far as the window goes; none to a peer that answers nothing."""
        return self._window.free

    def bind(self, pdu: AnyPdu, *, now: float) -> None:
        """Initiator: ask to be bound; Bound or BindRefused follows. Raises NotBound unless OPEN."""
        if self.role is not Role.INITIATOR or self.state is not State.OPEN:
            raise NotBound(f"cannot bind: {self.role.value}, {self.state.value}")
        self.wire_bind_seen(pdu)
        sequence = self._new_sequence()
        self._out.append(self.wire_encode(pdu, sequence))
        self._bind_asked = sequence, pdu.COMMAND_ID | RESPONSE_BIT, self.DIALECT.binds[pdu.COMMAND_ID]
        self._enter(State.BINDING)
        self._timers.arm(Timer.BIND, now + self.limits.bind_timeout_s)

    def submit(self, pdu: AnyPdu, token: object, *, now: float) -> int:
        """Send a request; its sequence. `token` comes back with the outcome.

        Raises WindowFull, NotBound, UnencodableError: nothing was sent and the token is not taken.
        """
        command_id = pdu.COMMAND_ID
        if command_id not in self._sends or command_id in self.DIALECT.unanswered:
            raise NotBound(f"{self.role.value} may not send {pdu.NAME} when {self.state.value}")
        window = self._window
        if len(window.slots) >= window.size:
            raise WindowFull(f"{window.size} requests are unanswered")
        sequence = self._new_sequence()
        self._out.append(self.wire_encode(pdu, sequence))
        window.take(sequence, token, command_id | RESPONSE_BIT, now)
        return sequence

    def deliver(self, pdu: AnyPdu, token: object, *, now: float) -> int:
        """As `submit`: towards an ESME or SP the same thing has another name."""
        return self.submit(pdu, token, now=now)

    def notify(self, pdu: AnyPdu) -> None:
        """Send a request that has no response (outbind, alert_notification). Raises NotBound, UnencodableError."""
        if pdu.COMMAND_ID not in self._sends or pdu.COMMAND_ID not in self.DIALECT.unanswered:
            raise NotBound(f"{self.role.value} may not send {pdu.NAME} as a notice when {self.state.value}")
        self._out.append(self.wire_encode(pdu, self._new_sequence()))

    def respond(self, request: AnyPdu, response: AnyPdu, *, now: float) -> None:
        """Answer a request with its sequence; the window does not matter. Nothing once closed: nobody would read it.

        Raises UnencodableError; the request is then still unanswered.
        """
        if self.state is CLOSED:
            return
        self._out.append(self.wire_encode(response, request.sequence))
        if request is self._bind_request:
            self._answer_bind(request, response, now)
            return
        if self._owed:
            self._owed -= 1
        if self.state is UNBINDING:
            self._advance_unbind(now)

    def unbind(self, *, now: float) -> None:
        """End orderly: send nothing new, let answers in both directions through, unbind, close. Bounded in time."""
        if self.state in BOUND:
            self._enter(UNBINDING)
            self._timers.arm(Timer.UNBIND, now + self.limits.unbind_timeout_s)
            self._advance_unbind(now)
        elif self.state in (State.OPEN, State.BINDING):
            self._close(CloseReason.UNBOUND, "was not bound")

    def stop_listening(self, *, now: float) -> None:
        """The owner reads nothing until `listen`, so what the peer does not answer meanwhile is not held against it.

        What is overdue is told all the same: another session may do it sooner.
        """
        if not self._timers.is_deaf:
            self._timers.is_deaf = True
            self._deaf_since = now

    def listen(self, *, now: float) -> None:
        """The owner reads again. Short pauses move no deadline: between them everything was heard."""
        timers = self._timers
        if not timers.is_deaf:
            return
        timers.is_deaf = False
        span_s = now - self._deaf_since
        if span_s >= LONG_PAUSE_S:
            timers.heard_at = timers.active_at = now
            if timers.is_armed(Timer.KEEPALIVE):
                timers.arm(Timer.KEEPALIVE, now + self.limits.keepalive_response_s)
            self._window.postpone(span_s)

    def abort(self, reason: str) -> None:
        """End now. What `data_to_send` holds may still be written."""
        self._close(CloseReason.ABORTED, reason)
