"""What is owed to an account, against a model: delivered in order, nothing lost, the cursor behind what is open."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.domain.meters import Meters
from gateway.domain.outcome import Inbound, OutboxItem
from gateway.domain.ports import StoreAway
from gateway.flows.outbox import Outbox
from gateway.flows.ports import FlowLimits, nothing
from protocols.text.codings import Encoding

NACKS_MAX = 4


def item(seq: int) -> Inbound:
    return Inbound("acme", seq, "a", "139", "1069", Encoding.ASCII, 0, b"", b"", 0.0)


class Surroundings:
    """Loop, journal, reader and spawn in one: small enough to be the model of all four."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self.committed: list[int] = []
        self.cursor = 0
        self.is_away = False
        self.reading: list[Coroutine[Any, Any, None]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Any:
        heapq.heappush(self.timers, (self.now + delay, len(self.timers) + int(self.now * 1e6), callback, args))

    def pass_time(self, span_s: float) -> None:
        until = self.now + span_s
        while self.timers and self.timers[0][0] <= until:
            self.now, _, callback, args = heapq.heappop(self.timers)
            callback(*args)
        self.now = until

    def delivered(self, account: str, seq: int) -> None:
        assert seq > self.cursor
        self.cursor = seq

    async def outbox(self, account: str, after_seq: int, limit: int) -> list[OutboxItem]:
        if self.is_away:
            raise StoreAway("away")
        page: list[OutboxItem] = [item(seq) for seq in self.committed if seq > after_seq][:limit]
        await asyncio.sleep(0)  # what commits now is not in the page
        return page

    def step_reads(self) -> None:
        for coroutine in tuple(self.reading):
            try:
                coroutine.send(None)
            except StopIteration:
                self.reading.remove(coroutine)


class Session:
    """A receiver of the account."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.has: list[OutboxItem] = []

    @property
    def room(self) -> int:
        return self.window - len(self.has)

    def deliver(self, one: OutboxItem) -> None:
        assert self.room > 0
        self.has.append(one)


class OutboxMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.around = around = Surroundings()
        limits = FlowLimits(outbox_active_max=4, outbox_nacks_max=NACKS_MAX)
        wired: Any = around
        self.outbox = Outbox(wired, wired, wired, around.reading.append, limits, Meters(), nothing)
        self.sessions: list[Session] = []
        self.untold: list[int] = []
        self.acked: set[int] = set()
        self.given_up: set[int] = set()
        self.nacks: dict[int, int] = {}

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

    @precondition(lambda self: len(self.sessions) < 2)
    @rule(window=st.integers(1, 5))
    def attach(self, window: int) -> None:
        self.sessions.append(Session(window))
        self.outbox.attach("acme", self.sessions[-1])

    @precondition(lambda self: self.sessions)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        session = data.draw(st.sampled_from(self.sessions))
        self.sessions.remove(session)
        self.outbox.detach("acme", session)
        for one in session.has:
            self.outbox.lost(one)

    @precondition(lambda self: any(session.has for session in self.sessions))
    @rule()
    def ack_all(self) -> None:
        for session in self.sessions:
            for one in tuple(session.has):
                session.has.remove(one)
                self.acked.add(one.seq)
                self.outbox.acked(one)

    @precondition(lambda self: any(session.has for session in self.sessions))
    @rule(data=st.data(), is_ok=st.booleans())
    def answer(self, data: st.DataObject, is_ok: bool) -> None:
        session = data.draw(st.sampled_from([session for session in self.sessions if session.has]))
        one = session.has.pop(data.draw(st.integers(0, len(session.has) - 1)))
        assert one.seq not in self.acked
        if is_ok:
            self.acked.add(one.seq)
            self.outbox.acked(one)
        else:
            self.nacks[one.seq] = self.nacks.get(one.seq, 0) + 1
            if self.nacks[one.seq] >= NACKS_MAX:
                self.given_up.add(one.seq)
            self.outbox.nacked(one)

    @rule(span_s=st.sampled_from([0.0, 0.5, 2.0, 70.0]))
    def pass_time(self, span_s: float) -> None:
        self.around.pass_time(span_s)

    @rule()
    def read(self) -> None:
        self.around.step_reads()

    @rule(is_away=st.booleans())
    def store(self, is_away: bool) -> None:
        self.around.is_away = is_away

    @invariant()
    def cursor_is_behind_all_that_is_open(self) -> None:
        done = self.acked | self.given_up
        assert all(seq in done for seq in self.around.committed if seq <= self.around.cursor)

    @invariant()
    def nobody_has_the_same_twice(self) -> None:
        held = [one.seq for session in self.sessions for one in session.has]
        assert len(held) == len(set(held))

    def teardown(self) -> None:
        """Whatever happened: with a client that takes all, everything comes, first hearings in order."""
        self.around.is_away = False
        self.put()
        while self.sessions:
            gone = self.sessions.pop()
            self.outbox.detach("acme", gone)
            for one in gone.has:
                self.outbox.lost(one)
        last = Session(3)
        self.outbox.attach("acme", last)
        heard = []
        for _ in range(10 * len(self.around.committed) + 50):
            if last.has:
                heard.append(last.has.pop(0))
                self.acked.add(heard[-1].seq)
                self.outbox.acked(heard[-1])
            else:
                self.around.step_reads()
                self.around.pass_time(61.0)
        assert self.acked | self.given_up == set(self.around.committed)
        assert [one.seq for one in heard] == sorted(one.seq for one in heard)
        assert self.around.cursor == (self.around.committed[-1] if self.around.committed else 0)
        for coroutine in self.around.reading:
            coroutine.close()


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)


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
