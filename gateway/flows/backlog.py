"""A bounded window on an unlimited queue that lies in the store.

Messages up to `active_max` wait in memory. From the first one beyond it on, every further message waits only in the
store (it spilled); when the memory runs low, pages are read back in order of ids. While anything is spilled nothing new
enters memory, so the order holds. The idea is the active queue of mail servers.
"""

from __future__ import annotations

from collections import deque

from gateway.domain.message import Message


class Backlog:
    """One queue in order of ids. `take` and `give_back` work on memory; `spilled_after` tells what to read next."""

    __slots__ = ("_active", "_by_id", "active_max", "is_refilling", "spilled", "spilled_after")

    def __init__(self, active_max: int, *, spilled_after: int | None = None) -> None:
        self._active: deque[Message] = deque()
        self._by_id: dict[int, Message] = {}
        self.active_max = active_max
        self.spilled_after = spilled_after  # everything with a higher id is in the store only; None: nothing is
        self.spilled = 0  # grows with each message that spilled: tells a refill whether it saw all
        self.is_refilling = False

    def __len__(self) -> int:
        return len(self._active)

    def __bool__(self) -> bool:
        return bool(self._active) or self.spilled_after is not None

    def put(self, message: Message) -> bool:
        """Append a committed message; False when it stays in the store only."""
        if self.spilled_after is None and len(self._active) < self.active_max:
            message.is_queued = True
            self._active.append(message)
            self._by_id[message.id] = message
            return True
        if self.spilled_after is None:
            self.spilled_after = message.id - 1
        self.spilled += 1
        return False

    def give_back(self, message: Message) -> None:
        """Put a message back in front: it was taken and could not leave. Never spills, so at most a window of them."""
        if not message.is_queued:
            message.is_queued = True
            self._active.appendleft(message)
            self._by_id[message.id] = message

    def take(self) -> Message | None:
        """Return the first message in memory, or None."""
        if not self._active:
            return None
        message = self._active.popleft()
        message.is_queued = False
        self._by_id.pop(message.id, None)
        return message

    def find(self, message_id: int) -> Message | None:
        """Return a message that waits in memory."""
        return self._by_id.get(message_id)

    @property
    def wants_refill(self) -> bool:
        return self.spilled_after is not None and not self.is_refilling and len(self._active) * 2 <= self.active_max

    def refill(self, page: list[Message], *, page_max: int, spilled_before: int) -> None:
        """Take a page that was read after `spilled_after`; `spilled_before` is `spilled` as it was before reading."""
        self.is_refilling = False
        for message in page:
            message.is_queued = True
            self._active.append(message)
            self._by_id[message.id] = message
        if page:
            self.spilled_after = page[-1].id
        if len(page) < page_max and self.spilled == spilled_before:
            self.spilled_after = None

    def oldest_id(self) -> int | None:
        """Return an id that none of the waiting messages is below, or None when nothing waits."""
        if self._active:
            return min(message.id for message in (self._active[0], self._active[-1]))
        return None if self.spilled_after is None else self.spilled_after + 1
