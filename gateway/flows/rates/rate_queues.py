"""Accepted messages that wait for the rate of their account or service code, not for the channel.

A submit waits for its account's rate before it is accepted; what was accepted earlier (held for its hours, or while the
code was faster) keeps to the rate here, where it leaves. Each code has its queue, triggered messages before batch ones,
so that one client's excess stands in nobody's way. A queue lets one message out at a time: `book` lets the next.

They lie in memory; `queue_max` of the channel bounds them. After a restart the pump fills them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from math import inf

from gateway.domain.account import MessageClass
from gateway.domain.message import Message
from gateway.flows.rates.pace import DeparturePace

Heap = list[tuple[int, Message]]


class _RateQueue:
    """What waits behind one code of one account; `out` was let out and is not claimed yet."""

    __slots__ = ("batch", "out", "source", "triggered")

    def __init__(self, source: str) -> None:
        self.source = source
        self.triggered: Heap = []
        self.batch: Heap = []
        self.out = 0

    def head(self) -> Heap:
        return self.triggered or self.batch


class RateQueues:
    """The queues of one channel. Times are those of the loop."""

    __slots__ = ("_by_code", "_paces", "_waiting", "out")

    def __init__(self, departure_paces: Mapping[str, DeparturePace]) -> None:
        self._paces = departure_paces
        self._by_code: dict[tuple[str, str], _RateQueue] = {}
        self._waiting: dict[int, Message] = {}
        self.out: dict[int, _RateQueue] = {}  # by message let out and not claimed yet: a reload may change its queue

    def __len__(self) -> int:
        return len(self._waiting)

    def _queue_of(self, message: Message, pace: DeparturePace) -> _RateQueue | None:
        return self._by_code.get((message.account.name, pace.code_of(message.source)))

    def may_pass(self, message: Message, tick: float) -> bool:
        """Tell whether a message may leave as far as its account and code go."""
        pace = self._paces.get(message.account.name)
        if pace is None:
            return True
        queue = self._queue_of(message, pace)
        if queue is not None and (queue.out or queue.head()):
            return queue.out == message.id
        return pace.ready_at(message.source, len(message.parts), tick) <= tick

    def keep(self, message: Message) -> None:
        """Let a message wait in its queue."""
        self.drop(message)
        pace = self._paces[message.account.name]
        place = message.account.name, pace.code_of(message.source)
        queue = self._by_code.get(place)
        if queue is None:
            queue = self._by_code[place] = _RateQueue(message.source)
        heap = queue.triggered if message.message_class is MessageClass.TRIGGERED else queue.batch
        if message.id not in self._waiting:
            self._waiting[message.id] = message
            heappush(heap, (message.id, message))

    def book(self, message: Message, segments: int, tick: float) -> None:
        """Count segments that are claimed."""
        pace = self._paces.get(message.account.name)
        if pace is not None:
            pace.book(message.source, segments, tick)
        self.drop(message)

    def drop(self, message: Message) -> None:
        """A message that was let out is on its way, or ended: the next of its queue may come."""
        queue = self.out.pop(message.id, None)
        if queue is not None:
            queue.out = 0

    def release(self, tick: float, let_out: Callable[[Message], None]) -> None:
        """Let out the first of each queue whose time has come."""
        for place, queue in list(self._by_code.items()):
            heap = queue.head()
            if not heap:
                if not queue.out:
                    del self._by_code[place]
            elif place[0] not in self._paces:  # no rate any more
                while heap := queue.head():
                    self._release_first(heap, let_out)
            elif not queue.out and (heap[0][1].is_stopped or self._ready_at(place, queue, tick) <= tick):
                queue.out = self._release_first(heap, let_out)
                self.out[queue.out] = queue

    def _release_first(self, heap: Heap, let_out: Callable[[Message], None]) -> int:
        message_id, message = heappop(heap)
        del self._waiting[message_id]
        let_out(message)
        return message_id

    def messages(self) -> list[Message]:
        """Return what waits, in no order."""
        return list(self._waiting.values())

    def _ready_at(self, place: tuple[str, str], queue: _RateQueue, tick: float) -> float:
        pace = self._paces.get(place[0])
        if pace is None:
            return tick
        return pace.ready_at(queue.source, len(queue.head()[0][1].parts), tick)

    def next_at(self, tick: float) -> float:
        """Return when the next one may come out; infinity: none waits, or none may."""
        times = [self._ready_at(place, queue, tick) for place, queue in self._by_code.items()
                 if queue.head() and not queue.out]
        return min(times, default=inf)

    def find(self, message_id: int) -> Message | None:
        return self._waiting.get(message_id)

    def oldest_id(self) -> int | None:
        """Return the lowest id that waits, or None."""
        heads = [heap[0][0] for queue in self._by_code.values() for heap in (queue.triggered, queue.batch) if heap]
        return min(heads, default=None)
