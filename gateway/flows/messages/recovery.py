"""What a restart does before the doors open, and the housekeeping that goes on while they are.

Only segments that were claimed and not answered are unknown; what was never claimed is read back page by page and
simply sent; what was answered waits for its receipt in the store. Segments that became unknown before are taken up
from below the floor too: a receipt for their phone may still settle them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from gateway.domain.ids import first_id_at
from gateway.domain.message import Message, SegmentState
from gateway.domain.outcome import NO_ANSWER, NO_RECEIPT, Receipt, State
from gateway.domain.store_interfaces import StoreAway
from gateway.domain.verdict import Reject
from gateway.flows.interfaces import FlowContext
from gateway.flows.messages.dispatch import Dispatch
from gateway.flows.receipts.receipts import Receipts
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.stage_order import reroute

NO_CHANNEL: Final = "GW:0013"
NOT_SENT: Final = "GW:0061"
PAGE: Final = 1_000
LATER_MAX: Final = 1_000_000  # ids remembered that were not due when they were read; beyond it the walk waits for them
LATER_EACH_ROUND: Final = 500
UNMATCHED_S: Final = 86_400.0  # receipts that nobody asked for are tried so long


class Recovery:
    """Walks unsettled messages: after a restart from the floor on, later at the end of their wait."""

    def __init__(
        self, context: FlowContext, dispatch: Dispatch, receipts: Receipts, policies: Mapping[str, Policy]
    ) -> None:
        self._journal, self._reader, self._clock = context.journal, context.reader, context.clock
        self._limits, self._emit = context.limits, context.emit
        self._dispatch = dispatch
        self._receipts = receipts
        self._policies = policies
        self._expired_through = 0
        self._later: deque[int] = deque()

    async def restart(self, floor_id: int, last_id: int) -> dict[str, int]:
        """Bring back what was not finished when the process ended; return what was found, by kind."""
        found = {"unknown": 0, "waiting_again": 0, "moved_on": 0, "sent": 0}
        now = self._clock()
        oldest_id = first_id_at(now - self._limits.receipt_wait_s)
        for read, after_id, up_to_id in (
            (self._reader.doubtful, oldest_id, floor_id), (self._reader.unsettled, floor_id, last_id),
        ):
            page = await read(after_id, up_to_id, PAGE)
            while page:
                for message in page:
                    if message.attempts:
                        self._resume(message, found)
                    elif message.channel not in self._dispatch.senders:
                        found["moved_on"] += 1
                        self._move_on(message)
                page = await read(page[-1].id, up_to_id, PAGE) if len(page) == PAGE else []
        await self._remember_given_up(oldest_id, last_id)
        for receipt in await self._replay(now - self._limits.receipt_wait_s):
            self._receipts.reconsider(receipt)
        for sender in self._dispatch.senders.values():
            sender.begin_after(floor_id)
        return found

    async def _remember_given_up(self, after_id: int, last_id: int) -> None:
        """What ended for want of an answer may be what a receipt means: then it means no other."""
        while True:
            page = await self._reader.given_up(after_id, last_id, PAGE)
            for message in page:
                for index, error in enumerate(message.errors):
                    if error == NO_ANSWER:
                        self._receipts.spent(message, index)
            if len(page) < PAGE:
                return
            after_id = page[-1].id

    def _resume(self, message: Message, found: dict[str, int]) -> None:
        now = self._clock()
        states = message.states
        self._receipts.know(message)
        for index in message.resent:
            self._receipts.spent(message, index)
        for index, state in enumerate(bytes(states)):
            if state == SegmentState.CLAIMED:
                found["unknown"] += 1
                self._dispatch.recovered(message, index, now)
            elif state == SegmentState.UNKNOWN:
                found["unknown"] += 1
                self._dispatch.unknown(message, index, now)
            elif state == SegmentState.SENT:
                found["sent"] += 1
        if SegmentState.WAITING not in states:
            return
        if message.channel in self._dispatch.senders:
            found["waiting_again"] += 1
            self._dispatch.senders[message.channel].requeue(message)
        elif states.count(SegmentState.WAITING) == len(states):
            found["moved_on"] += 1
            self._move_on(message)
        else:  # the other parts went over a channel that is gone: these cannot follow them
            for index, state in enumerate(bytes(states)):
                if state == SegmentState.WAITING:
                    self._receipts.ended(message, index, State.UNDELIVERABLE, NO_CHANNEL, now)

    def _move_on(self, message: Message) -> None:
        """Give a waiting message whose channel is no longer configured to another, or end it."""
        now = self._clock()
        message.tried_channels += (message.channel,)
        message.link = ""
        _, verdict = reroute(message, self._policies[message.account.name], now)
        message.reset_states()
        if isinstance(verdict, Reject):
            for index in range(len(message.parts)):
                self._receipts.ended(message, index, State.UNDELIVERABLE, verdict.key.stat, now)
        else:
            self._journal.amended(message, "rerouted", now)
            self._journal.then(self._dispatch.senders[message.channel].requeue, message)

    async def _replay(self, since: float) -> list[Receipt]:
        return await self._receipts.replay(await self._reader.unmatched(int(since * 1000), self._limits.parked_max))

    async def replay_unmatched(self) -> None:
        """Let receipts that were forgotten in memory find answers that came since."""
        try:
            await self._replay(self._clock() - UNMATCHED_S)
        except StoreAway:
            return  # the next round is as good

    async def expire_old(self) -> int:
        """End what has waited too long for a receipt: closed as unknown, its hold expires (settled point 3).

        The wait begins when a segment was last sent. One that still waits to leave is looked at again later; when no
        channel took it for as long after it could have left, it ends EXPIRED.
        """
        now = self._clock()
        ended = await self._expire_later(now)
        up_to = first_id_at(now - self._limits.receipt_wait_s)
        while self._expired_through < up_to and len(self._later) < LATER_MAX:
            try:
                page = await self._reader.unsettled(self._expired_through, up_to, PAGE)
            except StoreAway:
                return ended
            ended += self._expire_page(page, now)
            self._expired_through = page[-1].id if len(page) == PAGE else up_to
        if ended:
            self._emit("receipt_wait_over", messages=ended)
        return ended

    async def _expire_later(self, now: float) -> int:
        """Look again at some of those that were not due when they were read."""
        due = [self._later.popleft() for _ in range(min(len(self._later), LATER_EACH_ROUND))]
        ended = 0
        for message_id in due:
            waiting = self._dispatch.waiting(message_id)
            if waiting is not None and not self._is_due(waiting, waiting.sent_at, now):
                self._later.append(message_id)  # known without the store
                continue
            try:
                ended += self._expire_page(await self._reader.unsettled(message_id - 1, message_id, 1), now)
            except StoreAway:
                self._later.append(message_id)
        return ended

    def _expire_page(self, page: list[Message], now: float) -> int:
        in_memory = self._receipts.living() if page else {}
        ended = 0
        for message in page:
            living = self._dispatch.waiting(message.id) or in_memory.get(message.id, message)
            if not self._is_due(living, max(living.sent_at, message.sent_at), now):
                self._later.append(message.id)
                continue
            for index, state in enumerate(bytes(living.states)):
                if state == SegmentState.WAITING:
                    self._receipts.ended(living, index, State.EXPIRED, NOT_SENT, now)
                else:
                    self._receipts.ended(living, index, State.UNKNOWN, NO_RECEIPT, now)
            self._receipts.close(living, now)
            ended += 1
        return ended

    def _is_due(self, living: Message, sent_at: float, now: float) -> bool:
        could_leave_at = max(living.not_before, living.submission.received_at)
        return now - max(sent_at, could_leave_at) >= self._wait_s(living)

    def _wait_s(self, message: Message) -> float:
        """Return how long a receipt is waited for. A contract's shorter word counts only from the node's wait on."""
        hours = self._policies[message.account.name].profile.unknown_after_h
        return min(hours * 3600.0, self._limits.receipt_wait_s)
