"""What waits for one channel: triggered and batch messages, those before their hours, those beyond their rate."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.account import MessageClass
from gateway.domain.ids import accepted_at
from gateway.domain.message import Message
from gateway.flows.interfaces import FlowLimits
from gateway.flows.messages.backlog import Backlog
from gateway.flows.messages.held import Held
from gateway.flows.rates.lanes import Lanes
from gateway.flows.rates.pace import Leave


class Queues:
    """The queues of a channel, and what is asked of all of them."""

    def __init__(self, limits: FlowLimits, leaves: Mapping[str, Leave]) -> None:
        self.urgent = Backlog(limits.active_max)
        self.ready = Backlog(limits.active_max)
        self.held = Held(limits.active_max, limits.refill_page)
        self.lanes = Lanes(leaves)

    def __bool__(self) -> bool:
        return bool(self.urgent or self.ready or self.held or self.lanes)

    @property
    def depth(self) -> int:
        """Messages that wait in memory."""
        return len(self.urgent) + len(self.ready) + len(self.held) + len(self.lanes)

    @property
    def in_front(self) -> int:
        return self.urgent.in_front + self.ready.in_front

    def put_in_front(self, message: Message) -> None:
        """Let a message go before those that were accepted later."""
        urgent = message.message_class is MessageClass.TRIGGERED
        (self.urgent if urgent else self.ready).give_back(message)

    def find(self, message_id: int) -> Message | None:
        """Return a message that waits in memory."""
        places = (self.urgent, self.ready, self.lanes, self.held)
        return next((found for place in places if (found := place.find(message_id)) is not None), None)

    def held_count(self, queued: int) -> int:
        """Return how many of `queued` messages wait for their hours, as far as memory can tell."""
        is_spilled = self.held.spilled_after is not None and not (
            self.urgent.spilled_after or self.ready.spilled_after
        )
        others = len(self.urgent) + len(self.ready) + len(self.lanes)
        return max(len(self.held), queued - others) if is_spilled else len(self.held)

    def held_age_s(self, now: float) -> float:
        """Return the age of the oldest message that waits for its hours; 0 when none does."""
        mark = self.held.oldest_id() if len(self.held) else None
        return max(0.0, now - accepted_at(mark)) if mark is not None else 0.0

    def begin_after(self, floor_id: int) -> None:
        """After a restart everything that waits is in the store: read it from `floor_id` on."""
        self.urgent.spilled_after = self.ready.spilled_after = floor_id
        self.held.begin_after(floor_id)

    def oldest_age_s(self, now: float) -> float:
        """Return the age of the oldest message that waits though its window is open; 0 when none does."""
        marks = [mark for queue in (self.urgent, self.ready) if (mark := queue.oldest_id()) is not None]
        return max(0.0, now - accepted_at(min(marks))) if marks else 0.0

    def oldest_id(self) -> int | None:
        """Return an id below which nothing waits, or None."""
        places = (self.urgent, self.ready, self.held, self.lanes)
        return min((mark for place in places if (mark := place.oldest_id()) is not None), default=None)
