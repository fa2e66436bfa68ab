"""One client's bind: its requests go to the flows, answers and delivers come back through its session."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final, cast

from gateway.dialects.dialect_interfaces import ClientDialect, ClientProtocol
from gateway.dialects.login import BindRefusal, Login
from gateway.dialects.message_requests import CancelRequest, QueryRequest, ReplaceRequest, RequestAnswer, TotalsRequest
from gateway.domain.account import Account, BindMode
from gateway.domain.meters import AccountMeters, Meters
from gateway.domain.outcome import Inbound, NotTaken, OutboxItem, Outcome
from gateway.domain.verdict import Key, Reject
from gateway.flows.binds.admission import Admission, RefusedBind
from gateway.flows.binds.connection_limits import ConnectionLimiter, ConnectionPlace
from gateway.flows.interfaces import Clock, Emit
from gateway.flows.messages.dispatch import problem_of
from gateway.flows.messages.several import IntakeOfSeveral, Refusals
from gateway.flows.outbox.account_queue import Reception
from gateway.flows.outbox.outbox import Outbox
from gateway.transport.pump import Pump
from gateway.transport.requests import Requests
from protocols.any_pdu import AnyPdu
from protocols.errors import NotBound, WindowFull
from protocols.events import (
    BindRequested,
    Closed,
    Event,
    LateResponse,
    PeerFault,
    RequestExpired,
    RequestOverdue,
    RequestReceived,
    ResponseReceived,
    UnbindRequested,
)

UNWRITABLE: Final = "unwritable"  # in place of a status, of a deliver that was never written
UNREADABLE: Final = Reject(Key.SYSTEM, "read", "a fault of the gateway: this request could not be read")
OVER_WINDOW: Final = Reject(Key.WINDOW, "account.window_max", "more unanswered submits than four windows")
WINDOWS_READ: Final = 4
"""Above its window a client is not read from; so much of what was read at once is taken all the same."""


class SessionNumbers:
    """Numbers of sessions from 1 on, over all listeners of a process."""

    def __init__(self) -> None:
        self._last = 0

    def take(self) -> int:
        self._last += 1
        return self._last


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What every session needs from the gateway."""

    loop: asyncio.AbstractEventLoop
    clock: Clock
    admission: Admission
    intake: IntakeOfSeveral
    outbox: Outbox
    requests: Requests
    meters: Meters
    emit: Emit
    numbers: SessionNumbers = field(default_factory=SessionNumbers)


@dataclass(frozen=True, slots=True)
class _InParts:
    """An MO that is being delivered in several PDUs; `parts` are those still to be sent."""

    item: Inbound
    parts: deque[AnyPdu]


Asked = tuple[AnyPdu, float]
"""A submit, and when it came."""


class ClientSession:
    """The owner of one pump on the client side; a Responder to the intake and a Receiver to the outbox."""

    def __init__(
        self, protocol: ClientProtocol, around: SessionContext, limiter: ConnectionLimiter, place: ConnectionPlace,
        peer: str
    ) -> None:
        self._around = around
        self._protocol = protocol.name
        self._sessions = protocol.sessions
        self._submits = protocol.sessions.submits
        self._limiter = limiter
        self.place = place
        self._loop = around.loop
        self._clock = around.clock
        self._intake = around.intake
        self._outbox = around.outbox
        self.pump: Pump
        self.account: Account | None = None
        self.peer = peer
        self.number = around.numbers.take()
        self.mode = ""  # trx, tx or rx
        self.bound_at = 0.0  # unix seconds
        self._dialect: ClientDialect  # from the bind on
        self._meters: AccountMeters | None = None
        self._unanswered = 0
        self._is_receiver = False
        self._reception: Reception | None = None
        self._is_leaving = False
        self._window_max = 0
        self._read_max = 0
        self._refusing: asyncio.TimerHandle | None = None  # the answer to a bind that waits its time

    # --- events of the session ---------------------------------------------------------------------------------------

    def handle(self, event: Event) -> None:
        kind = type(event)
        if kind is RequestReceived:
            pdu = event.pdu  # type: ignore[union-attr]
            if type(pdu) in self._submits:
                self._submitted(pdu)
            elif self._unanswered < self._read_max:
                self._other_request(pdu)
            else:
                self._respond(pdu, self._dialect.refused(pdu, OVER_WINDOW))
        elif kind is ResponseReceived:
            self._delivered(event.token, event.pdu)  # type: ignore[union-attr]
        else:
            self._handle_rare(event)

    def _handle_rare(self, event: Event) -> None:
        if isinstance(event, BindRequested):
            self._bind(event.pdu)
        elif isinstance(event, LateResponse):
            self._delivered(event.token, event.pdu)
        elif isinstance(event, RequestOverdue):
            assert self._reception is not None
            self._outbox.overdue(_item_of(event.token), self._reception, is_silent=event.is_silent)
        elif isinstance(event, RequestExpired):
            assert self._reception is not None
            self._outbox.unanswered(_item_of(event.token), self._reception)
        elif isinstance(event, UnbindRequested):
            self._stop_receiving()
        elif isinstance(event, PeerFault):
            self._around.meters.faults[(self._protocol, event.fault.name.lower())] += 1
            self._around.emit(
                "peer_fault", account=self._name, peer=self.peer, protocol=self._protocol, problem=event.problem,
                frame=event.frame,
            )
        elif isinstance(event, Closed):
            self._closed(event)

    def settled(self) -> None:
        """A round of events is done, or the peer reads again: deliver more."""
        if self._is_receiver and self.account is not None:
            self._outbox.ready(self.account.name)

    # --- binding ----------------------------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return self.account.name if self.account is not None else ""

    def _bind(self, pdu: AnyPdu) -> None:
        login = self._sessions.read_bind(pdu)
        verdict = self._limiter.bind(self.place, login, self.peer, self._protocol, self._loop.time())
        if isinstance(verdict, RefusedBind):
            self._tell_refusal(login, verdict)
            self._refusing = self._loop.call_later(verdict.delay_s, self._refuse_bind, pdu, verdict.reason)
            return
        session = self.pump.session
        self.account = verdict
        self.mode, self.bound_at = login.mode.value, self._clock()
        self._dialect = self._sessions.make_dialect(verdict, login, session)
        self._meters = self._around.meters.account(verdict.name)
        self._meters.sessions += 1
        self._window_max = verdict.window_max
        self._read_max = WINDOWS_READ * verdict.window_max
        session.window_max = verdict.window_max
        session.respond(pdu, self._dialect.bind_accepted(pdu), now=self._loop.time())
        self._around.emit(
            "session_bound", account=verdict.name, peer=self.peer, protocol=self._protocol, mode=login.mode.value,
            version=_version_text(self._dialect.version), asked=_version_text(login.version),
        )
        if login.mode is not BindMode.TX:
            self._is_receiver = True
            # Attach after this round, so that the bind response leaves before the first deliver.
            self._loop.call_soon(self._attach)

    def _tell_refusal(self, login: Login, verdict: RefusedBind) -> None:
        around, reason = self._around, verdict.reason
        shown = around.admission.shown(login.login)
        around.emit(
            "bind_refused", login=shown, peer=self.peer, protocol=self._protocol, reason=reason.name.lower(),
            status=self._sessions.bind_status(reason), why=verdict.why, asked=_version_text(login.version),
        )
        if verdict.banned == "login":
            around.emit("login_banned", login=shown, peer=self.peer, protocol=self._protocol)
        elif verdict.banned:
            around.emit("address_banned", peer=self.peer, protocol=self._protocol)

    def _attach(self) -> None:
        if self._is_receiver and self.account is not None:
            self._reception = Reception(self, self._protocol)
            self._outbox.join(self.account.name, self._reception)

    def _refuse_bind(self, pdu: AnyPdu, reason: BindRefusal) -> None:
        self._refusing = None
        self.pump.session.respond(pdu, self._sessions.bind_refused(pdu, reason), now=self._loop.time())
        self.pump.run()
        self.pump.session.unbind(now=self._loop.time())
        self.pump.run()

    def _stop_receiving(self) -> None:
        if self._is_receiver and self.account is not None:
            self._is_receiver = False
            if self._reception is not None:
                self._outbox.detach(self.account.name, self._reception)

    def _closed(self, event: Closed) -> None:
        if self._refusing is not None:  # a guesser who goes leaves nothing that waits
            self._refusing.cancel()
            self._refusing = None
        account = self.account
        if account is None:
            return
        self._stop_receiving()
        reception = self._reception
        if reception is not None:
            for token in event.in_flight:
                self._outbox.lost(_item_of(token), reception)
        self.account = self._reception = None
        self._around.admission.leave(account.name)
        assert self._meters is not None
        self._meters.sessions -= 1
        self._around.emit(
            "session_closed", account=account.name, peer=self.peer, protocol=self._protocol,
            reason=event.reason.name.lower(), detail=event.detail,
        )

    @property
    def protocol(self) -> str:
        return self._protocol

    @property
    def name(self) -> str:
        """What operators call it."""
        return f"{self._protocol}-{self.number}"

    @property
    def version(self) -> str:
        """The version that it speaks; known once it is bound."""
        return _version_text(self._dialect.version)

    @property
    def unanswered(self) -> int:
        """Requests of the client that wait for an answer."""
        return self._unanswered

    def unbind(self) -> None:
        """Ask the client to go: nothing new is delivered, what is in flight is let in."""
        self._stop_receiving()
        self._is_leaving = True
        self.pump.session.unbind(now=self._loop.time())
        self.pump.touch()

    # --- submits: Responder ------------------------------------------------------------------------------------------

    def _refuse(self, pdu: AnyPdu, reject: Reject) -> None:
        """Refuse a submit that never reached the intake, and count it."""
        assert self._meters is not None
        self._meters.refused[(reject.key.name, reject.clause)] += 1
        self._respond(pdu, self._dialect.refused(pdu, reject))

    def _submitted(self, pdu: AnyPdu) -> None:
        now = self._clock()
        if self._unanswered >= self._read_max:
            self._refuse(pdu, OVER_WINDOW)
            return
        try:
            submission = self._dialect.read_submit(pdu, now)
        except Exception as fault:  # of ours: it costs this submit, not the session, which would come back with it
            self._around.emit("submit_not_read", account=self._name, protocol=self._protocol, problem=problem_of(fault))
            submission = UNREADABLE
        if isinstance(submission, Reject):
            self._refuse(pdu, submission)
        elif isinstance(submission, list):
            self._count()
            self._intake.submit_each(submission, self, (pdu, now))
        else:
            self._count()
            self._intake.submit(submission, self, (pdu, now))

    def _count(self) -> None:
        """One more request is to be answered. Above the window nothing more is read until some are."""
        self._unanswered += 1
        if self._unanswered > self._window_max:
            self.pump.hold()

    def _count_down(self) -> None:
        self._unanswered -= 1
        if self.pump.is_held and self._unanswered <= self._window_max:
            self.pump.release()
            self.settled()

    @property
    def is_all_or_none(self) -> bool:
        return self._dialect.is_all_or_none

    def accepted(self, context: Asked, segment_id: int) -> None:
        pdu, received_at = context
        self._count_down()
        self._meters.response.observe(self._clock() - received_at)  # type: ignore[union-attr]
        self._respond(pdu, self._dialect.accepted(pdu, segment_id))

    def accepted_some(self, context: Asked, segment_id: int, refusals: Refusals) -> None:
        self._count_down()
        self._respond(context[0], self._dialect.accepted_some(context[0], segment_id, refusals))

    def refused(self, context: Asked, reject: Reject) -> None:
        self._count_down()
        self._respond(context[0], self._dialect.refused(context[0], reject))

    def _respond(self, request: AnyPdu, response: AnyPdu) -> None:
        self.pump.session.respond(request, response, now=self._loop.time())
        self.pump.touch()

    # --- requests beside submits -------------------------------------------------------------------------------------

    def _other_request(self, pdu: AnyPdu) -> None:
        """Have it answered, perhaps later: it counts as a submit does until then."""
        assert self.account is not None
        asked = self._dialect.read_request(pdu, self._clock())
        if isinstance(asked, QueryRequest | CancelRequest | ReplaceRequest | TotalsRequest):
            self._count()
            self._around.requests.ask(
                self.account.name, asked, lambda answer: self._answer(pdu, answer), self._count_down
            )
        elif asked is not None:
            self._respond(pdu, asked)
        else:
            self._around.emit("request_ignored", account=self._name, command=pdu.NAME)

    def _answer(self, pdu: AnyPdu, answer: RequestAnswer) -> None:
        self._count_down()
        self._respond(pdu, self._dialect.request_answer(pdu, answer))

    # --- delivers: Receiver ------------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        if not self._is_receiver or self.pump.is_congested or self.pump.is_held:
            return 0
        return self.pump.session.free

    def _delivered(self, token: object, response: AnyPdu) -> None:
        """The client answered a deliver, perhaps late."""
        reception = self._reception
        assert reception is not None
        if not self._dialect.is_acked(response):
            answer, status, name = self._dialect.not_taken(response)
            self._outbox.not_taken(_item_of(token), reception, answer, status, name)
        elif type(token) is _InParts and token.parts:
            self._deliver_more(token, reception)
        else:
            self._outbox.acked(_item_of(token), reception)

    def _deliver_more(self, owed: _InParts, reception: Reception) -> None:
        if not self._is_receiver:
            self._outbox.lost(owed.item, reception)
        elif self._outbox.holds(owed.item, reception):  # else another session has begun with all of it
            self._deliver_next(owed)

    def _deliver_next(self, owed: _InParts) -> None:
        """Send the next part of an MO: one after the other, so that the window holds."""
        self.pump.session.deliver(owed.parts.popleft(), owed, now=self._loop.time())
        self.pump.touch()

    def deliver(self, item: OutboxItem) -> None:
        reception = self._reception
        assert reception is not None
        try:
            self._write(item)
        except (NotBound, WindowFull):  # the session ended under us, or filled: another one gets it
            self._loop.call_soon(self._outbox.lost, item, reception)
        except Exception as fault:  # this client's protocol cannot say it: kept as refused, those behind it go on
            self._around.emit(
                "deliver_not_written", account=item.account, protocol=self._protocol, seq=item.seq,
                problem=problem_of(fault),
            )
            self._loop.call_soon(self._outbox.not_taken, item, reception, NotTaken.REFUSED, 0, UNWRITABLE)

    def _write(self, item: OutboxItem) -> None:
        if isinstance(item, Outcome):
            pdu = self._dialect.receipt(item)
        else:
            parts = self._dialect.inbound_parts(item)
            if len(parts) > 1:
                self._deliver_next(_InParts(item, deque(parts)))
                return
            pdu = parts[0]
        self.pump.session.deliver(pdu, item, now=self._loop.time())
        self.pump.touch()


def _item_of(token: object) -> OutboxItem:
    """Return what is owed behind the token of a deliver."""
    return token.item if isinstance(token, _InParts) else cast(OutboxItem, token)


def _version_text(version: int) -> str:
    """Write 0x34 as 3.4."""
    return f"{version >> 4}.{version & 15}"
