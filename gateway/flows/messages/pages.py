"""Pages of what waits for a channel in the store only, read back into its queues."""

from __future__ import annotations

from collections.abc import Callable

from gateway.domain.store_interfaces import HELD, Reader, StoreAway
from gateway.flows.interfaces import Clock
from gateway.flows.messages.backlog import Backlog
from gateway.flows.messages.held import Held


class Pages:
    """Each method returns False when the store is away: try again soon."""

    def __init__(self, channel: str, reader: Reader, clock: Clock, page_max: int) -> None:
        self._channel = channel
        self._reader = reader
        self._clock = clock
        self._page_max = page_max

    async def refill(self, queue: Backlog, name: str) -> bool:
        """Read the next page of a queue that wants one."""
        before, after_id = queue.spilled, queue.spilled_after
        assert after_id is not None
        try:
            page = await self._reader.waiting(self._channel, after_id, self._page_max, name)
        except StoreAway:
            queue.is_refilling = False
            return False
        queue.refill(page, page_max=self._page_max, spilled_before=before)
        return True

    async def walk(self, held: Held, release: Callable[[float], None]) -> bool:
        """Walk the held messages of the store, page by page; `release` makes room after each."""
        after_id: int | None = held.begin_walk(self._clock())
        try:
            while after_id is not None:
                page = await self._reader.waiting(self._channel, after_id, self._page_max, HELD)
                now = self._clock()
                after_id = held.take_page(page, now)
                release(now)
        except StoreAway:
            held.break_off()
            return False
        return True
