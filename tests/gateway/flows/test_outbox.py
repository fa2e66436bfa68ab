"""What is owed to an account, against a model: delivered in order, nothing lost, the cursor behind what is open."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.domain.meters import Meters
from gateway.domain.outcome import Inbound, NotTaken, OutboxItem
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import FlowContext, FlowLimits
from gateway.flows.outbox.outbox import Outbox
from protocols.text.codings import Encoding

TRIES_MAX = 4
ASIDE_MAX = 5
EPOCH = 1_600_000_000.0  # a moment that ids know


def item(seq: int) -> Inbound:
    return Inbound("acme", seq, "a", "139", "1069", Encoding.ASCII, 0, b"", b"", 0.0)


class Surroundings:
    """Loop, journal, reader and spawn in one: small enough to be the model of all four. The rows outlive a crash."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self.order = count()
        self.committed: list[int] = []
        self.cursor = 0
        self.aside_rows: dict[int, int] = {}
        self.refused: dict[int, str] = {}
        self.is_away = False
        self.reading: list[Coroutine[Any, Any, None]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Any:
        heapq.heappush(self.timers, (self.now + delay, next(self.order), callback, args))

    def pass_time(self, span_s: float) -> None:
        until = self.now + span_s
        while self.timers and self.timers[0][0] <= until:
            self.now, _, callback, args = heapq.heappop(self.timers)
            callback(*args)
        self.now = until

    def crash(self) -> None:
        self.timers.clear()
        for coroutine in self.reading:
            coroutine.close()
        self.reading.clear()

    def delivered(self, account: str, seq: int) -> None:
        assert seq > self.cursor
        self.cursor = seq

    def aside(self, account: str, seq: int, tries: int, status: int) -> None:
        self.aside_rows[seq] = tries

    def aside_over(self, account: str, seq: int) -> None:
        del self.aside_rows[seq]

    def deliver_refused(self, account: str, seq: int, what: str, protocol: str, status: int) -> None:
        assert self.refused.get(seq) != what
        self.refused[seq] = what

    def owed(self, after_seq: int) -> list[int]:
        """As the readers have it: what was refused or set aside is not owed behind the cursor."""
        return [
            seq for seq in self.committed
            if seq > after_seq and seq not in self.refused and seq not in self.aside_rows
        ]

    async def outbox(self, account: str, after_seq: int, limit: int) -> list[OutboxItem]:
        if self.is_away:
            raise StoreAway("away")
        page: list[OutboxItem] = [item(seq) for seq in self.owed(after_seq)][:limit]
        await asyncio.sleep(0)  # what commits now is not in the page
        return page

    async def outbox_items(self, account: str, seqs: list[int]) -> list[OutboxItem]:
        if self.is_away:
            raise StoreAway("away")
        await asyncio.sleep(0)
        return [item(seq) for seq in sorted(seqs)]

    def step_reads(self) -> None:
        for coroutine in tuple(self.reading):
            try:
                coroutine.send(None)
            except StopIteration:
                self.reading.remove(coroutine)


class Session:
    """A receiver of the account; `has` are its open slots, those in `overdue` told."""

    def __init__(self, window: int, told: Callable[[OutboxItem], None]) -> None:
        self.window = window
        self.has: list[OutboxItem] = []
        self.overdue: set[int] = set()
        self.is_silent = False
        self.place: Any = None
        self._told = told

    @property
    def room(self) -> int:
        return 0 if self.is_silent else self.window - len(self.has)

    def deliver(self, one: OutboxItem) -> None:
        assert self.room > 0
        self._told(one)
        self.has.append(one)


class OutboxMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.around = Surroundings()
        self.sessions: list[Session] = []
        self.untold: list[int] = []
        self.acked: set[int] = set()
        self.heard: set[int] = set()
        self.first_heard: list[int] = []
        self.tries: dict[int, int] = {}
        self.begin()

    def begin(self) -> None:
        """A life of the process on the rows that there are."""
        around = self.around
        limits = FlowLimits(
            outbox_active_max=4, outbox_tries_max=TRIES_MAX, outbox_aside_max=ASIDE_MAX, outbox_flying_max=12
        )
        wired: Any = around
        self.meters = Meters()
        context = FlowContext(
            wired, wired, wired, lambda: 0.0, around.reading.append, limits, self.meters, lambda event, **values: None
        )
        self.outbox = Outbox(context)
        owed = len(around.owed(around.cursor)) + len(around.aside_rows)
        aside = {seq: (tries, 0) for seq, tries in around.aside_rows.items()}
        self.outbox.load({"acme": around.cursor}, {"acme": owed}, {"acme": aside})

    def told(self, one: OutboxItem) -> None:
        assert one.seq not in self.acked, "it was acknowledged in this life"
        assert self.around.refused.get(one.seq) != "refused", "the client does not want it"
        if one.seq not in self.heard:
            self.heard.add(one.seq)
            self.first_heard.append(one.seq)

    @rule(number=st.integers(1, 6))
    def commit(self, number: int) -> None:
        for _ in range(number):
            seq = (self.around.committed[-1] if self.around.committed else 0) + 1
            self.around.committed.append(seq)
            self.outbox.expect("acme")
            self.untold.append(seq)

    @precondition(lambda self: self.untold)
    @rule()
    def put(self) -> None:
        """Continuations of one commit run together."""
        while self.untold:
            self.outbox.put(item(self.untold.pop(0)))

    @precondition(lambda self: len(self.sessions) < 3)
    @rule(window=st.integers(1, 5), is_choosy=st.sampled_from([False, False, True]))
    def attach(self, window: int, is_choosy: bool = False) -> None:
        session = Session(window, self.told)
        self.sessions.append(session)
        session.place = self.outbox.attach("acme", session, "http" if is_choosy else "smpp", is_choosy)

    @precondition(lambda self: any(session.has and session.place.is_choosy for session in self.sessions))
    @rule(data=st.data())
    def unwanted(self, data: st.DataObject) -> None:
        """A receiver that is choosy has something that it is not for, or not now."""
        choosy = [session for session in self.sessions if session.has and session.place.is_choosy]
        session = data.draw(st.sampled_from(choosy))
        one = data.draw(st.sampled_from(session.has))
        session.has.remove(one)
        session.overdue.discard(one.seq)
        session.is_silent = False
        self.outbox.unwanted(one, session.place)
        assert self.outbox.left("acme") == len(self.outbox.box("acme").left)

    @rule()
    def offer_again(self) -> None:
        self.outbox.offer_again("acme")

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.sessions))
        self.sessions.remove(session)
        self.outbox.detach("acme", session.place)
        for one in session.has:
            self.outbox.lost(one, session.place)

    @rule()
    def crash(self) -> None:
        """What was acknowledged behind an open item is told again; no session outlives it."""
        self.around.crash()
        self.sessions.clear()
        self.untold.clear()
        around = self.around
        refused = {seq for seq, what in around.refused.items() if what == "refused"}
        self.acked = {seq for seq in around.committed if seq <= around.cursor} - around.aside_rows.keys() - refused
        self.begin()

    @precondition(lambda self: any(session.has for session in self.sessions))
    @rule()
    def ack_all(self) -> None:
        for session in self.sessions:
            while session.has:
                self.answers(session, session.has[0], None)

    @precondition(lambda self: any(session.has for session in self.sessions))
    @rule(data=st.data(), answer=st.sampled_from([None, None, *NotTaken]))
    def answer(self, data: st.DataObject, answer: NotTaken | None) -> None:
        session = data.draw(st.sampled_from([session for session in self.sessions if session.has]))
        self.answers(session, data.draw(st.sampled_from(session.has)), answer)

    def answers(self, session: Session, one: OutboxItem, answer: NotTaken | None) -> None:
        session.has.remove(one)
        session.overdue.discard(one.seq)
        session.is_silent = False
        if answer is None:
            if one.seq not in self.done:
                self.acked.add(one.seq)
            self.outbox.acked(one, session.place)
        else:
            self.outbox.not_taken(one, session.place, answer, 0x64 + answer, answer.name)

    @precondition(lambda self: any(session.has for session in self.sessions))
    @rule(data=st.data(), is_silent=st.booleans())
    def overdue(self, data: st.DataObject, is_silent: bool) -> None:
        session = data.draw(st.sampled_from([session for session in self.sessions if session.has]))
        session.is_silent = is_silent
        for one in tuple(session.has):
            if one.seq not in session.overdue:
                session.overdue.add(one.seq)
                self.outbox.overdue(one, session.place, is_silent=is_silent)

    @precondition(lambda self: any(session.overdue and not session.is_silent for session in self.sessions))
    @rule()
    def expire(self) -> None:
        session = next(session for session in self.sessions if session.overdue and not session.is_silent)
        one = next(one for one in session.has if one.seq in session.overdue)
        session.has.remove(one)
        session.overdue.discard(one.seq)
        self.outbox.unanswered(one, session.place)

    @precondition(lambda self: "refused" in self.around.refused.values())
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        refused = [seq for seq, what in self.around.refused.items() if what == "refused"]
        chosen = data.draw(st.lists(st.sampled_from(refused), min_size=1, unique=True))
        room = ASIDE_MAX - len(self.around.aside_rows)
        assert self.outbox.replay("acme", chosen, EPOCH) == min(room, len(chosen))

    @rule(span_s=st.sampled_from([0.0, 0.5, 2.0, 70.0, 2_000.0]))
    def pass_time(self, span_s: float) -> None:
        self.around.pass_time(span_s)

    @rule()
    def read(self) -> None:
        self.around.step_reads()

    @rule(is_away=st.booleans())
    def store(self, is_away: bool) -> None:
        self.around.is_away = is_away

    @property
    def done(self) -> set[int]:
        return self.acked | {seq for seq, what in self.around.refused.items() if what == "refused"}

    @invariant()
    def cursor_is_behind_all_that_is_open(self) -> None:
        done, aside = self.done, self.around.aside_rows
        assert all(seq in done or seq in aside for seq in self.around.committed if seq <= self.around.cursor)

    @invariant()
    def what_waits_alone_is_open_and_bounded(self) -> None:
        assert len(self.around.aside_rows) <= ASIDE_MAX
        assert not self.done & self.around.aside_rows.keys()

    @invariant()
    def the_gauge_is_what_is_owed(self) -> None:
        open_ = set(self.around.committed) - self.done
        assert self.meters.account("acme").outbox_depth == len(open_)

    @invariant()
    def nobody_else_is_asked_before_it_is_overdue(self) -> None:
        for seq in {one.seq for session in self.sessions for one in session.has}:
            fresh = [
                session for session in self.sessions
                if seq in [one.seq for one in session.has] and seq not in session.overdue
            ]
            assert len(fresh) <= 1 or seq in self.done or seq in self.around.refused  # done, or replayed since

    def teardown(self) -> None:
        """Whatever happened: with a client that takes all, everything comes; what is new to it comes in order."""
        self.around.is_away = False
        self.put()
        while self.sessions:
            gone = self.sessions.pop()
            self.outbox.detach("acme", gone.place)
            for one in gone.has:
                self.outbox.lost(one, gone.place)
        self.attach(3)
        (last,) = self.sessions
        for _ in range(10 * len(self.around.committed) + 50):
            if last.has:
                self.answers(last, last.has[0], None)
            else:
                self.around.step_reads()
                self.around.pass_time(2_000.0)
        assert self.done == set(self.around.committed)
        assert not self.around.aside_rows
        assert self.first_heard == sorted(self.first_heard)
        assert not self.around.owed(self.around.cursor)
        self.around.crash()


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


def behind() -> tuple[OutboxMachine, Session]:
    """Items 1 to 6 of an account that was away; memory holds four, the rest is being read."""
    machine = OutboxMachine()
    machine.commit(6)
    machine.put()
    machine.attach(10)
    return machine, machine.sessions[0]


def test_a_page_that_saw_a_commit_before_we_were_told() -> None:
    machine, session = behind()
    for _ in range(6):
        machine.read()
    assert [one.seq for one in session.has] == [1, 2, 3, 4, 5, 6]
    machine, session = behind()
    machine.commit(1)
    for _ in range(8):
        machine.read()
    machine.put()
    for _ in range(8):
        machine.read()
    assert [one.seq for one in session.has] == [1, 2, 3, 4, 5, 6, 7]


def test_what_comes_while_a_page_is_read_is_read_next() -> None:
    for steps in range(10):  # a page is asked for in one step and comes in the next
        machine, session = behind()
        for _ in range(steps):
            machine.read()
        machine.commit(1)
        machine.put()
        for _ in range(12):
            machine.read()
        assert [one.seq for one in session.has] == list(range(1, 8)), steps
