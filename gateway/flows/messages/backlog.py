"""A bounded window on an unlimited queue that lies in the store.

Messages up to `active_max` wait in memory. From the first one beyond it on, every further message waits only in the
store (it spilled); when the memory runs low, pages are read back in order of ids. While anything is spilled nothing new
enters memory, so the order holds. The idea is the active queue of mail servers.

Messages that were the next to leave and could not (throttled, their link lost), or whose hours have come, are put in
front: they go by their ids, which for the most part are older than all others.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from gateway.domain.message import Message


class Backlog:
    """One queue in order of ids. `pop` and `give_back` work on memory; `spilled_after` tells what to read next."""

    __slots__ = (
        "_active", "_by_id", "_front", "_read_through", "active_max", "is_refilling", "spilled", "spilled_after",
    )

    def __init__(self, active_max: int, *, spilled_after: int | None = None) -> None:
        self._front: list[tuple[int, Message]] = []  # a heap: given back, before all others
        self._active: deque[Message] = deque()
        self._by_id: dict[int, Message] = {}
        self._read_through = 0  # highest id that a page brought
        self.active_max = active_max
        self.spilled_after = spilled_after  # everything with a higher id is in the store only; None: nothing is
        self.spilled = 0  # grows with each message that spilled: tells a refill whether it saw all
        self.is_refilling = False

    def __len__(self) -> int:
        return len(self._front) + len(self._active)

    def __bool__(self) -> bool:
        return bool(self._front) or bool(self._active) or self.spilled_after is not None

    def put(self, message: Message) -> bool:
        """Append a committed message; False when it stays in the store only, or came from there already."""
        if message.id <= self._read_through:
            return False  # a page saw its commit before we were told of it
        if self.spilled_after is None and len(self._active) < self.active_max:
            self._enter(message)
            self._active.append(message)
            return True
        if self.spilled_after is None:
            self.spilled_after = message.id - 1
        self.spilled += 1
        return False

    def give_back(self, message: Message) -> None:
        """Put a message back in front, in order of ids. Never spills: the caller bounds how many there are."""
        if not message.is_queued:
            self._enter(message)
            heappush(self._front, (message.id, message))

    def _enter(self, message: Message) -> None:
        message.is_queued = True
        self._by_id[message.id] = message

    def pop(self) -> Message | None:
        """Return the first message in memory, or None."""
        front = self._front
        if front and not (self._active and self._active[0].id < front[0][0]):
            message = heappop(front)[1]
        elif self._active:
            message = self._active.popleft()
        else:
            return None
        message.is_queued = False
        self._by_id.pop(message.id, None)
        return message

    @property
    def in_front(self) -> int:
        """Messages that were given back."""
        return len(self._front)

    def find(self, message_id: int) -> Message | None:
        """Return a message that waits in memory."""
        return self._by_id.get(message_id)

    def messages(self) -> list[Message]:
        """Return what waits in memory, in no order."""
        return list(self._by_id.values())

    def is_spilled(self, message_id: int) -> bool:
        """Tell whether a waiting message of this queue lies in the store only."""
        return self.spilled_after is not None and message_id > self.spilled_after

    @property
    def wants_refill(self) -> bool:
        return self.spilled_after is not None and not self.is_refilling and len(self._active) * 2 <= self.active_max

    def refill(self, page: list[Message], *, page_max: int, spilled_before: int) -> None:
        """Take a page that was read after `spilled_after`; `spilled_before` is `spilled` as it was before reading."""
        self.is_refilling = False
        for message in page:
            self._enter(message)
            self._active.append(message)
        if page:
            self.spilled_after = self._read_through = page[-1].id
        if len(page) < page_max and self.spilled == spilled_before:
            self.spilled_after = None

    def oldest_id(self) -> int | None:
        """Return an id that none of the waiting messages is below, or None when nothing waits."""
        marks = [] if self.spilled_after is None else [self.spilled_after + 1]
        if self._front:
            marks.append(self._front[0][0])
        if self._active:
            marks.append(self._active[0].id)
        return min(marks, default=None)
