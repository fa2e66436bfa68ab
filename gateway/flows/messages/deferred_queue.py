"""Messages whose window is closed, in the order their windows open; beyond a bound they lie in the store only.

Memory holds up to `active_max` of them, and `page_max` more once they are due. What spilled is found again by walking
the store in order of ids, page by page, when the first of it is due: `begin_walk`, then `take_page` until it says that
the walk is over. Ids that were taken beyond the mark are remembered until the mark has passed them, so that none is
taken twice.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from gateway.domain.message import Message

WALK_EVERY_S: Final = 5.0


class DeferredQueue:
    """Times are unix seconds."""

    __slots__ = (
        "_by_id", "_heap", "_ids", "_left_after", "_left_due",
        "_read_through", "_spilled", "_spilled_before", "_spilled_due", "_taken",
        "_walk_after", "_walked_at", "active_max", "is_walking", "page_max", "spilled_after",
    )

    def __init__(self, active_max: int, page_max: int) -> None:
        self.active_max = active_max
        self.page_max = page_max
        self._heap: list[tuple[float, int, Message]] = []
        self._by_id: dict[int, Message] = {}
        self._ids: list[int] = []  # a heap; those that left are skipped when they come to the top
        self.spilled_after: int | None = None  # what lies in the store only has a higher id; None: nothing does
        self._spilled_due = inf  # when the first of it is due
        self._spilled = 0
        self._read_through = 0
        self._taken: set[int] = set()
        self.is_walking = False
        self._walked_at = -inf
        self._walk_after = self._spilled_before = 0
        self._left_after: int | None = None
        self._left_due = inf

    def __len__(self) -> int:
        return len(self._heap)

    def __bool__(self) -> bool:
        return bool(self._heap) or self.spilled_after is not None

    def put(self, message: Message) -> None:
        """Keep a committed message until its `not_before`."""
        if message.id <= self._read_through:
            return  # a page saw its commit before we were told of it
        if self.spilled_after is None and len(self._heap) < self.active_max:
            self._push(message)
            return
        if self.spilled_after is None:
            self.spilled_after = message.id - 1
        self._spilled += 1
        self._spilled_due = min(self._spilled_due, message.not_before)

    def set_aside(self, message: Message) -> bool:
        """Keep a message whose hours ended while it waited to leave; False: no room, it stays where it was.

        The store need not know: after a restart it is found in its queue and set aside again. One that was claimed
        before is always taken; links bound how many there are.
        """
        if len(self._heap) >= self.active_max and not message.attempts:
            return False
        self._push(message)
        return True

    def take_due(self, now: float) -> Message | None:
        """Return a message whose window is open, the earliest first, or None."""
        heap = self._heap
        return self._by_id.pop(heappop(heap)[1]) if heap and heap[0][0] <= now else None

    def _push(self, message: Message) -> None:
        heappush(self._heap, (message.not_before, message.id, message))
        heappush(self._ids, message.id)
        self._by_id[message.id] = message

    def next_due(self) -> float | None:
        """When something is to be done next: a window opens, or the store is to be walked."""
        due = self._heap[0][0] if self._heap else inf
        if self.spilled_after is not None and not self.is_walking:
            due = min(due, max(self._spilled_due, self._walked_at + WALK_EVERY_S))
        return None if due == inf else due

    def wants_walk(self, now: float) -> bool:
        is_time = self._spilled_due <= now and now >= self._walked_at + WALK_EVERY_S
        return self.spilled_after is not None and not self.is_walking and is_time

    def begin_after(self, floor_id: int) -> None:
        """After a restart: everything is in the store, due who knows when."""
        self.spilled_after, self._spilled_due = floor_id, -inf

    def begin_walk(self, now: float) -> int:
        """Return the id after which to read the first page."""
        assert self.spilled_after is not None
        self.is_walking, self._walked_at = True, now
        self._walk_after, self._spilled_before = self.spilled_after, self._spilled
        self._left_after, self._left_due = None, inf
        self._spilled_due = inf  # those that spill from now on
        return self._walk_after

    def break_off(self) -> None:
        """The store was away: walk again soon."""
        self.is_walking, self._spilled_due = False, -inf

    def take_page(self, page: list[Message], now: float) -> int | None:
        """Take what there is room for; return the id after which to read on, or None at the end of the walk."""
        for message in page:
            if message.id in self._taken:
                continue
            is_due = message.not_before <= now
            if len(self._heap) < self.active_max + (self.page_max if is_due else 0):
                self._push(message)
                self._taken.add(message.id)
            else:
                if self._left_after is None:
                    self._left_after = message.id - 1
                self._left_due = min(self._left_due, message.not_before)
        if page:
            self._walk_after = page[-1].id
            self._read_through = max(self._read_through, self._walk_after)
        if len(page) == self.page_max:
            return self._walk_after
        self._end_walk()
        return None

    def _end_walk(self) -> None:
        self.is_walking = False
        self._spilled_due = min(self._spilled_due, self._left_due)
        if self._left_after is not None:
            self.spilled_after = self._left_after
        elif self._spilled != self._spilled_before:
            self.spilled_after = self._walk_after
        else:
            self.spilled_after = None
        mark = self.spilled_after
        self._taken = {id_ for id_ in self._taken if id_ > mark} if mark is not None else set()

    def messages(self) -> list[Message]:
        """Return what is held in memory, in no order."""
        return [entry[2] for entry in self._heap]

    def is_spilled(self, message_id: int) -> bool:
        """Tell whether a held message lies in the store only."""
        return self.spilled_after is not None and message_id > self.spilled_after and message_id not in self._taken

    def readmit(self, message: Message) -> None:
        """Hold a message, perhaps one read from the store just now, until its new `not_before`."""
        if self.is_spilled(message.id):
            self._taken.add(message.id)
        elif message.id not in self._by_id:
            return  # its time came meanwhile: it waits to leave
        self._heap = [entry for entry in self._heap if entry[1] != message.id]
        heapify(self._heap)
        self._push(message)

    def find(self, message_id: int) -> Message | None:
        return self._by_id.get(message_id)

    def oldest_id(self) -> int | None:
        """Return an id that none of the held messages is below, or None when nothing is held."""
        marks = [] if self.spilled_after is None else [self.spilled_after + 1]
        ids = self._ids
        while ids and ids[0] not in self._by_id:
            heappop(ids)
        marks += ids[:1]
        return min(marks, default=None)
