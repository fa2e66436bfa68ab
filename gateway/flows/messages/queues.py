"""What waits for one channel: triggered and batch messages, those before their hours, those beyond their rate.

Memory holds a bounded part of each; what lies in the store only is read back in pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.domain.account import MessageClass
from gateway.domain.ids import accepted_at
from gateway.domain.message import Message
from gateway.domain.store_interfaces import HELD, StoreAway
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.backlog import Backlog
from gateway.flows.messages.deferred_queue import DeferredQueue
from gateway.flows.rates.pace import DeparturePace
from gateway.flows.rates.rate_queues import RateQueues


class Queues:
    """The queues of a channel, and what is asked of all of them."""

    def __init__(self, context: FlowContext, channel: str, departure_paces: Mapping[str, DeparturePace]) -> None:
        self._channel, self._reader, self._clock = channel, context.reader, context.clock
        limits = context.limits
        self._page_max = limits.refill_page
        self.urgent = Backlog(limits.active_max)
        self.ready = Backlog(limits.active_max)
        self.deferred = DeferredQueue(limits.active_max, limits.refill_page)
        self.rate_queues = RateQueues(departure_paces)

    def __bool__(self) -> bool:
        return bool(self.urgent or self.ready or self.deferred or self.rate_queues)

    @property
    def depth(self) -> int:
        """Messages that wait in memory."""
        return len(self.urgent) + len(self.ready) + len(self.deferred) + len(self.rate_queues)

    @property
    def in_front(self) -> int:
        return self.urgent.in_front + self.ready.in_front

    def put_in_front(self, message: Message) -> None:
        """Let a message go before those that were accepted later."""
        urgent = message.message_class is MessageClass.TRIGGERED
        (self.urgent if urgent else self.ready).give_back(message)

    def find(self, message_id: int) -> Message | None:
        """Return a message that waits in memory."""
        places = (self.urgent, self.ready, self.rate_queues, self.deferred)
        return next((found for place in places if (found := place.find(message_id)) is not None), None)

    def deferred_count(self, queued: int) -> int:
        """Return how many of `queued` messages wait for their hours, as far as memory can tell."""
        is_spilled = self.deferred.spilled_after is not None and not (
            self.urgent.spilled_after or self.ready.spilled_after
        )
        others = len(self.urgent) + len(self.ready) + len(self.rate_queues)
        return max(len(self.deferred), queued - others) if is_spilled else len(self.deferred)

    def deferred_age_s(self, now: float) -> float:
        """Return the age of the oldest message that waits for its hours; 0 when none does."""
        mark = self.deferred.oldest_id() if len(self.deferred) else None
        return max(0.0, now - accepted_at(mark)) if mark is not None else 0.0

    def begin_after(self, floor_id: int) -> None:
        """After a restart everything that waits is in the store: read it from `floor_id` on."""
        self.urgent.spilled_after = self.ready.spilled_after = floor_id
        self.deferred.begin_after(floor_id)

    def oldest_age_s(self, now: float) -> float:
        """Return the age of the oldest message that waits though its window is open; 0 when none does."""
        marks = [mark for queue in (self.urgent, self.ready) if (mark := queue.oldest_id()) is not None]
        return max(0.0, now - accepted_at(min(marks))) if marks else 0.0

    def oldest_id(self) -> int | None:
        """Return an id below which nothing waits, or None."""
        places = (self.urgent, self.ready, self.deferred, self.rate_queues)
        return min((mark for place in places if (mark := place.oldest_id()) is not None), default=None)

    # --- what lies in the store only ---------------------------------------------------------------------------------

    async def refill(self, queue: Backlog, name: str) -> bool:
        """Read the next page of a queue that wants one; False when the store is away: try again soon."""
        before, after_id = queue.spilled, queue.spilled_after
        assert after_id is not None
        try:
            page = await self._reader.waiting(self._channel, after_id, self._page_max, name)
        except StoreAway:
            queue.is_refilling = False
            return False
        queue.refill(page, page_max=self._page_max, spilled_before=before)
        return True

    async def walk_deferred(self, release: Callable[[float], None]) -> bool:
        """Walk the deferred messages of the store, page by page; `release` makes room after each. As `refill`."""
        deferred = self.deferred
        after_id: int | None = deferred.begin_walk(self._clock())
        try:
            while after_id is not None:
                page = await self._reader.waiting(self._channel, after_id, self._page_max, HELD)
                now = self._clock()
                after_id = deferred.take_page(page, now)
                release(now)
        except StoreAway:
            deferred.break_off()
            return False
        return True
