"""Accepted messages that wait for the rate of their account or service code, not for the channel.

A submit waits for its account's rate before it is accepted; what was accepted earlier (held for its hours, or while the
code was faster) keeps to the rate here, where it leaves. Each code has its lane, triggered messages before batch ones,
so that one client's excess stands in nobody's way. A lane lets one message out at a time: `book` lets the next.

Lanes lie in memory; `queue_max` of the channel bounds them. After a restart the pump fills them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from math import inf

from gateway.domain.account import MessageClass
from gateway.domain.message import Message
from gateway.flows.rates.pace import Leave

Heap = list[tuple[int, Message]]


class _Lane:
    """What waits behind one code of one account; `out` was let out and is not claimed yet."""

    __slots__ = ("batch", "leave", "out", "source", "triggered")

    def __init__(self, leave: Leave, source: str) -> None:
        self.leave = leave
        self.source = source
        self.triggered: Heap = []
        self.batch: Heap = []
        self.out = 0

    def head(self) -> Heap:
        return self.triggered or self.batch


class Lanes:
    """The lanes of one channel. Times are those of the loop."""

    __slots__ = ("_by_code", "_leaves", "_waiting", "out")

    def __init__(self, leaves: Mapping[str, Leave]) -> None:
        self._leaves = leaves
        self._by_code: dict[tuple[str, str], _Lane] = {}
        self._waiting: dict[int, Message] = {}
        self.out: dict[int, _Lane] = {}  # messages let out and not claimed yet: a reload may give them another lane

    def __len__(self) -> int:
        return len(self._waiting)

    def _lane(self, message: Message, leave: Leave) -> _Lane | None:
        return self._by_code.get((message.account.name, leave.code_of(message.source)))

    def may_pass(self, message: Message, tick: float) -> bool:
        """Tell whether a message may leave as far as its account and code go."""
        leave = self._leaves.get(message.account.name)
        if leave is None:
            return True
        lane = self._lane(message, leave)
        if lane is not None and (lane.out or lane.head()):
            return lane.out == message.id
        return leave.ready_at(message.source, len(message.parts), tick) <= tick

    def keep(self, message: Message) -> None:
        """Let a message wait in its lane."""
        self.drop(message)
        leave = self._leaves[message.account.name]
        place = message.account.name, leave.code_of(message.source)
        lane = self._by_code.get(place)
        if lane is None:
            lane = self._by_code[place] = _Lane(leave, message.source)
        heap = lane.triggered if message.message_class is MessageClass.TRIGGERED else lane.batch
        if message.id not in self._waiting:
            self._waiting[message.id] = message
            heappush(heap, (message.id, message))

    def book(self, message: Message, segments: int, tick: float) -> None:
        """Count segments that are claimed."""
        leave = self._leaves.get(message.account.name)
        if leave is not None:
            leave.book(message.source, segments, tick)
        self.drop(message)

    def drop(self, message: Message) -> None:
        """A message that was let out is on its way, or ended: the next of its lane may come."""
        lane = self.out.pop(message.id, None)
        if lane is not None:
            lane.out = 0

    def release(self, tick: float, let_out: Callable[[Message], None]) -> None:
        """Let out the first of each lane whose time has come."""
        for place, lane in list(self._by_code.items()):
            heap = lane.head()
            if not heap:
                if not lane.out:
                    del self._by_code[place]
            elif place[0] not in self._leaves:  # no rate any more
                while heap := lane.head():
                    self._let_out(heap, let_out)
            elif not lane.out and (heap[0][1].is_stopped or self._ready_at(place, lane, tick) <= tick):
                lane.out = self._let_out(heap, let_out)
                self.out[lane.out] = lane

    def _let_out(self, heap: Heap, let_out: Callable[[Message], None]) -> int:
        message_id, message = heappop(heap)
        del self._waiting[message_id]
        let_out(message)
        return message_id

    def messages(self) -> list[Message]:
        """Return what waits, in no order."""
        return list(self._waiting.values())

    def _ready_at(self, place: tuple[str, str], lane: _Lane, tick: float) -> float:
        leave = self._leaves.get(place[0])
        if leave is None:
            return tick
        return leave.ready_at(lane.source, len(lane.head()[0][1].parts), tick)

    def next_at(self, tick: float) -> float:
        """Return when the next one may come out; infinity: none waits, or none may."""
        times = [self._ready_at(place, lane, tick) for place, lane in self._by_code.items()
                 if lane.head() and not lane.out]
        return min(times, default=inf)

    def find(self, message_id: int) -> Message | None:
        return self._waiting.get(message_id)

    def oldest_id(self) -> int | None:
        """Return the lowest id that waits, or None."""
        heads = [heap[0][0] for lane in self._by_code.values() for heap in (lane.triggered, lane.batch) if heap]
        return min(heads, default=None)
