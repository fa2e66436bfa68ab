"""The window against a plain model: never over its size, every token back exactly once, also across the wrap."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocols.errors import WindowFull
from protocols.events import Closed, LateResponse, RequestExpired, ResponseReceived
from protocols.session import Limits
from protocols.smpp.codec import encode
from protocols.smpp.constants import SEQUENCE_MAX
from protocols.smpp.pdus import GenericNack, SubmitSm, SubmitSmResp
from protocols.window import Window
from tests.protocols.smpp.sessions import bound_esme

TIMEOUT_S = 30.0


class WindowMachine(RuleBasedStateMachine):
    """A session's window beside a dict of what should be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.session = bound_esme(Limits(window_max=4, response_timeout_s=TIMEOUT_S, keepalive_idle_s=None))
        # Near the end of the numbers, so that a few steps wrap around.
        self.session._sequence = SEQUENCE_MAX - 5
        self.now = 0.0
        self.flying: dict[int, tuple[int, float]] = {}
        self.late: dict[int, int] = {}
        self.given = 0
        self.returned: list[int] = []

    @rule()
    def submit(self) -> None:
        if len(self.flying) >= self.session.window_max:
            try:
                self.session.submit(SubmitSm(), -1, now=self.now)
            except WindowFull:
                return
            raise AssertionError("the window took one too many")
        sequence = self.session.submit(SubmitSm(), self.given, now=self.now)
        assert 1 <= sequence <= SEQUENCE_MAX
        assert sequence not in self.flying
        self.flying[sequence] = self.given, self.now + TIMEOUT_S
        self.given += 1

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), is_nack=st.booleans())
    def answer(self, data: st.DataObject, is_nack: bool) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.flying)))
        token, _ = self.flying.pop(sequence)
        answer = GenericNack(status=3) if is_nack else SubmitSmResp("1")
        self.session.receive_data(encode(answer, sequence), now=self.now)
        (event,) = self.drain()
        assert isinstance(event, ResponseReceived)
        assert event.token == token
        self.returned.append(token)

    @precondition(lambda self: self.late)
    @rule(data=st.data())
    def answer_late(self, data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.late)))
        token = self.late.pop(sequence)
        self.session.receive_data(encode(SubmitSmResp("1"), sequence), now=self.now)
        assert self.drain() == [LateResponse(token, SubmitSmResp("1", sequence=sequence))]

    @rule(seconds=st.sampled_from([0.0, 1.0, 14.0, 31.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.session.handle_deadline(now=self.now)
        expired = [sequence for sequence, (_, deadline) in self.flying.items() if deadline <= self.now]
        tokens = [self.flying[sequence][0] for sequence in expired]
        assert self.drain() == [RequestExpired(token) for token in tokens]
        for sequence in expired:
            self.late[sequence] = self.flying.pop(sequence)[0]
        self.returned += tokens

    @rule(size=st.integers(0, 6))
    def resize(self, size: int) -> None:
        self.session.window_max = size

    @invariant()
    def counts_agree(self) -> None:
        assert self.session.in_flight == len(self.flying)
        assert self.session.free == max(self.session.window_max - len(self.flying), 0)
        deadlines = [deadline for _, deadline in self.flying.values()]
        assert self.session.next_deadline() == min(deadlines, default=None)

    def teardown(self) -> None:
        self.session.abort("test over")
        *_, closed = self.drain()
        assert isinstance(closed, Closed)
        self.returned += closed.in_flight
        assert sorted(self.returned) == list(range(self.given))

    def drain(self) -> list[object]:
        events = list(self.session.events)
        self.session.events.clear()
        return events


TestWindowMachine = WindowMachine.TestCase
TestWindowMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_expired_requests_are_remembered_up_to_a_bound() -> None:
    window = Window(5000, 1.0, late_max=10)
    for sequence in range(100):
        window.take(sequence, f"t{sequence}", 4, now=0.0)
    assert window.expire(1.0) == [f"t{sequence}" for sequence in range(100)]
    found = [sequence for sequence in range(100) if window.settle_late(sequence, 4)]
    assert found == list(range(90, 100))
    assert [sequence for sequence in range(100) if window.settle_late(sequence, 4)] == []


def test_an_answer_of_another_command_settles_nothing() -> None:
    window = Window(5, 1.0)
    window.take(1, "token", 0x80000004, now=0.0)
    assert window.settle(1, 0x80000005) is None
    assert window.settle(2, 0x80000004) is None
    slot = window.settle(1, 0x80000004)
    assert slot is not None
    assert slot.token == "token"
    assert len(window) == 0


def test_one_stuck_request_leaves_nothing_behind_for_the_answered_ones() -> None:
    window = Window(50, 60.0)
    window.take(0, "stuck", 4, now=0.0)
    for sequence in range(1, 10_000):
        window.take(sequence, None, 4, now=0.001 * sequence)
        window.settle(sequence, 4)
    assert len(window.slots) == 1
    assert window.deadline == 60.0
