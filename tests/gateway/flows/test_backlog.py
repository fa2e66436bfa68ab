"""The bounded window on an unlimited queue, against a model: order kept, nothing lost or twice, memory bounded."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.domain.message import Message
from gateway.flows.messages.backlog import Backlog
from tests.gateway.pipeline.builders import submission

ACTIVE_MAX, PAGE_MAX, TAKEN_MAX = 2, 3, 3


def made(message_id: int) -> Message:
    return Message(message_id, submission())


class BacklogMachine(RuleBasedStateMachine):
    """`stored` is what the store would find; commits are seen by a page before `put` hears of them."""

    def __init__(self) -> None:
        super().__init__()
        self.backlog = Backlog(ACTIVE_MAX)
        self.last_id = 0
        self.stored: list[int] = []  # committed and not claimed
        self.untold: list[int] = []  # committed, `put` not called yet
        self.taken: dict[int, Message] = {}
        self.gone: list[int] = []
        self.page: tuple[list[int], int] | None = None

    @rule(gaps=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def commit(self, gaps: list[int]) -> None:
        for gap in gaps:
            self.last_id += gap
            self.stored.append(self.last_id)
            self.untold.append(self.last_id)

    @precondition(lambda self: self.untold)
    @rule()
    def put(self) -> None:
        """Continuations of one commit run together."""
        while self.untold:
            self.backlog.put(made(self.untold.pop(0)))

    @precondition(lambda self: len(self.taken) < TAKEN_MAX)
    @rule()
    def take(self) -> None:
        message = self.backlog.pop()
        if message is None:
            return
        waiting = [id_ for id_ in self.stored if id_ not in self.taken]
        assert message.id == waiting[0], "the oldest goes first"
        assert not message.is_queued
        self.taken[message.id] = message

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.taken)))
        del self.taken[message_id]
        self.stored.remove(message_id)
        self.gone.append(message_id)

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.taken)))
        self.backlog.give_back(self.taken.pop(message_id))

    @precondition(lambda self: self.page is None and self.backlog.wants_refill)
    @rule()
    def begin_refill(self) -> None:
        self.backlog.is_refilling = True
        after_id = self.backlog.spilled_after
        assert after_id is not None
        self.page = [id_ for id_ in self.stored if id_ > after_id][:PAGE_MAX], self.backlog.spilled

    @precondition(lambda self: self.page is not None)
    @rule()
    def end_refill(self) -> None:
        assert self.page is not None
        ids, before = self.page
        self.page = None
        self.backlog.refill([made(id_) for id_ in ids], page_max=PAGE_MAX, spilled_before=before)

    @invariant()
    def is_bounded_and_knows_the_oldest(self) -> None:
        assert len(self.backlog) <= ACTIVE_MAX + PAGE_MAX + TAKEN_MAX
        told = [id_ for id_ in self.stored if id_ not in self.taken and id_ not in self.untold]
        oldest = self.backlog.oldest_id()
        if told:
            assert oldest is not None and oldest <= told[0], "a restart would begin behind it"
        assert len(self.gone) == len(set(self.gone))

    def teardown(self) -> None:
        """Whatever happened: refilled and taken to the end, everything comes out once, in order."""
        self.put()
        for message in list(self.taken.values()):
            self.backlog.give_back(message)
        self.taken.clear()
        left, wanted = [], list(self.stored)
        for _ in range(4 * len(wanted) + 4):
            if self.page is not None:
                self.end_refill()
            elif self.backlog.wants_refill:
                self.begin_refill()
            elif (message := self.backlog.pop()) is not None:
                left.append(message.id)
                self.stored.remove(message.id)
        assert left == wanted


TestBacklog = BacklogMachine.TestCase
TestBacklog.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)


def emptied(backlog: Backlog) -> list[int]:
    found = []
    while (message := backlog.pop()) is not None:
        found.append(message.id)
    return found


def spilled_and_emptied() -> Backlog:
    """1 and 2 were in memory and left, 3 lies in the store."""
    backlog = Backlog(2)
    assert [backlog.put(made(id_)) for id_ in (1, 2, 3)] == [True, True, False]
    assert emptied(backlog) == [1, 2]
    return backlog


def test_a_page_that_saw_a_commit_before_we_were_told() -> None:
    backlog = spilled_and_emptied()
    backlog.refill([made(3), made(4)], page_max=5, spilled_before=backlog.spilled)
    assert not backlog.put(made(4))
    assert emptied(backlog) == [3, 4]
    assert not backlog


def test_what_spills_while_a_page_is_read_is_read_next() -> None:
    backlog = spilled_and_emptied()
    before = backlog.spilled
    assert not backlog.put(made(4))
    backlog.refill([made(3)], page_max=5, spilled_before=before)
    assert backlog.spilled_after == 3


def test_given_back_goes_before_all_oldest_first() -> None:
    backlog = Backlog(5)
    for id_ in (1, 2, 3, 4):
        backlog.put(made(id_))
    first, second = backlog.pop(), backlog.pop()
    assert first is not None and second is not None
    for message in (first, second, first):
        backlog.give_back(message)
    assert emptied(backlog) == [1, 2, 3, 4]
