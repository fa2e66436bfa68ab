"""What is owed to each account: receipts and MO in order, kept while it is away, until it acknowledges them.

Every account has its own queue, window and pace, so a slow one delays nobody else. Memory holds at most
`outbox_active_max` items of an account; what lies behind is read back from the store when the client catches up.
The cursor in the store moves over everything acknowledged in order: after a crash some are delivered again, none lost.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Final

from gateway.domain.meters import Meters
from gateway.domain.outcome import OutboxItem, Outcome
from gateway.domain.ports import Journal, Reader, StoreAway
from gateway.flows.box import AccountBox
from gateway.flows.ports import Emit, FlowLimits, Loop, Receiver

NACK_PAUSE_S = (1.0, 5.0, 15.0, 60.0)
REFILL_RETRY_S: Final = 1.0
SOON_S: Final = 0.001

Spawn = Callable[[Coroutine[Any, Any, None]], None]


class Outbox:
    """All accounts' boxes. Sessions attach when bound to receive, and report acked, nacked or lost."""

    def __init__(
        self, journal: Journal, reader: Reader, loop: Loop, spawn: Spawn, limits: FlowLimits, meters: Meters, emit: Emit
    ) -> None:
        self._journal = journal
        self._reader = reader
        self._loop = loop
        self._spawn = spawn
        self._limits = limits
        self._page_max = max(1, limits.outbox_active_max // 2)
        self._meters = meters
        self._emit = emit
        self._boxes: dict[str, AccountBox] = {}
        self.is_draining = False

    def load(self, cursors: dict[str, int], owed: dict[str, int]) -> None:
        """Begin with accounts that are new to this process: `owed` counts what lies behind each cursor in the store."""
        for account, count in owed.items():
            if account in self._boxes:
                continue
            self._boxes[account] = AccountBox(cursors.get(account, 0), is_behind=count > 0)
            self._meters.account(account).outbox_depth = count

    def box(self, account: str) -> AccountBox:
        found = self._boxes.get(account)
        if found is None:
            found = self._boxes[account] = AccountBox(0, is_behind=False)
        return found

    def expect(self, account: str) -> None:
        """An item for this account is in the batch that gathers."""
        self._meters.account(account).outbox_depth += 1

    def put(self, item: OutboxItem) -> None:
        """Take a committed item."""
        box = self.box(item.account)
        if item.seq <= box.read_through:
            return  # a page saw its commit before we were told of it
        if box.behind_after is not None or len(box.waiting) >= self._limits.outbox_active_max:
            if box.behind_after is None:
                box.behind_after = item.seq - 1
            box.missed += 1
            self._refill_if_low(item.account, box)
            return
        box.waiting.append(item)
        if box.receivers:
            self._pump(item.account, box)

    def attach(self, account: str, receiver: Receiver) -> None:
        box = self.box(account)
        box.receivers.append(receiver)
        self._refill_if_low(account, box)
        self._pump(account, box)

    def detach(self, account: str, receiver: Receiver) -> None:
        """Forget a receiver; its session has reported every item of its own as lost by now, or does so next."""
        box = self.box(account)
        if receiver in box.receivers:
            box.receivers.remove(receiver)

    def ready(self, account: str) -> None:
        """A receiver of this account has room again."""
        box = self._boxes.get(account)
        if box is not None and box.waiting:
            self._pump(account, box)

    def acked(self, item: OutboxItem) -> None:
        """The client has it: move the cursor over everything acknowledged in order."""
        account = item.account
        box = self.box(account)
        meters = self._meters.account(account)
        meters.outbox_depth -= 1
        if isinstance(item, Outcome):
            meters.delivered_receipts += 1
        else:
            meters.delivered_inbound += 1
        self._finish(account, box, item.seq)
        if box.behind_after is not None:
            self._refill_if_low(account, box)
        if box.waiting:
            self._pump(account, box)

    def nacked(self, item: OutboxItem) -> None:
        """The client refused it for now: pause the account, try again, give up after a bounded number."""
        account = item.account
        box = self.box(account)
        count = box.nacks.get(item.seq, 0) + 1
        if count >= self._limits.outbox_nacks_max:
            self._emit("outbox_item_refused", account=account, seq=item.seq, tries=count)
            self._meters.account(account).outbox_depth -= 1
            self._finish(account, box, item.seq)
        else:
            box.nacks[item.seq] = count
            pause_s = NACK_PAUSE_S[min(count, len(NACK_PAUSE_S)) - 1]
            box.paused_until = self._loop.time() + pause_s
            self._take_back(box, item)
            # Timers of the loop may come a little early; a resume before the pause is over would be the last.
            self._loop.call_later(pause_s + SOON_S, self._resume, account)

    def unanswered(self, item: OutboxItem) -> None:
        """The client was silent for the whole response time: pause the account, then try again, without end."""
        box = self.box(item.account)
        box.paused_until = self._loop.time() + NACK_PAUSE_S[-1]
        self._take_back(box, item)
        self._loop.call_later(NACK_PAUSE_S[-1], self._resume, item.account)

    def lost(self, item: OutboxItem) -> None:
        """The session ended before the client acknowledged it; another session gets it."""
        box = self.box(item.account)
        self._take_back(box, item)
        if box.receivers:
            self._loop.call_later(0.0, self._resume, item.account)

    async def give_up_before(self, seq: int) -> None:
        """Owe nothing any more that is older than `seq`: the term for clients that stay away is over.

        An account whose client is just now working off what is old keeps it until the next round.
        """
        for account, box in tuple(self._boxes.items()):
            in_store = await self._old_in_store(account, box, seq)
            if in_store is not None and not (box.flying and next(iter(box.flying)) < seq):
                self._give_up(account, box, seq, in_store)

    async def _old_in_store(self, account: str, box: AccountBox, seq: int) -> int | None:
        """Count what lies in the store only and is older; None where that cannot be said."""
        after = before = box.behind_after
        count = 0
        while after is not None and after < seq - 1 and not box.is_refilling:
            try:
                page = await self._reader.outbox(account, after, self._page_max)
            except StoreAway:
                return None
            old = sum(item.seq < seq for item in page)
            count += old
            after = page[-1].seq if old == self._page_max else None
        return None if box.is_refilling or box.behind_after != before else count

    def _give_up(self, account: str, box: AccountBox, seq: int, in_store: int) -> None:
        dropped = in_store
        while box.waiting and box.waiting[0].seq < seq:
            box.nacks.pop(box.waiting.popleft().seq, None)
            dropped += 1
        if not dropped:
            return
        if box.behind_after is not None:
            box.behind_after = max(box.behind_after, seq - 1)
        box.cursor, box.high = seq - 1, max(box.high, seq - 1)
        self._journal.delivered(account, box.cursor)
        self._move_cursor(account, box)
        self._meters.account(account).outbox_depth -= dropped
        self._emit("outbox_given_up", account=account, items=dropped)

    def _resume(self, account: str) -> None:
        box = self.box(account)
        if box.waiting:
            self._pump(account, box)

    def _take_back(self, box: AccountBox, item: OutboxItem) -> None:
        """Put an undelivered item back at its place in the order (the queue is sorted by seq)."""
        box.flying.pop(item.seq, None)
        waiting = box.waiting
        newer: list[OutboxItem] = []
        while waiting and waiting[0].seq < item.seq:
            newer.append(waiting.popleft())
        waiting.appendleft(item)
        waiting.extendleft(reversed(newer))

    def _finish(self, account: str, box: AccountBox, seq: int) -> None:
        """Mark one item acknowledged and move the cursor over all that are, in order and with none open below."""
        flying = box.flying
        box.nacks.pop(seq, None)
        if seq not in flying:
            return
        flying[seq] = True
        while flying:
            first = next(iter(flying))
            if not flying[first]:
                break
            del flying[first]
            box.high = max(box.high, first)
        self._move_cursor(account, box)

    def _move_cursor(self, account: str, box: AccountBox) -> None:
        if (
            box.high > box.cursor
            and not (box.flying and next(iter(box.flying)) < box.high)
            and not (box.waiting and box.waiting[0].seq < box.high)
        ):
            box.cursor = box.high
            self._journal.delivered(account, box.cursor)

    def _pump(self, account: str, box: AccountBox) -> None:
        waiting = box.waiting
        if self.is_draining or (box.paused_until and self._loop.time() < box.paused_until):
            return
        receiver = self._next_receiver(box)
        while waiting and receiver is not None:
            item = waiting.popleft()
            if box.flying and item.seq < next(reversed(box.flying)):  # taken back before: keep the order of seqs
                box.flying = OrderedDict(sorted([*box.flying.items(), (item.seq, False)]))
            else:
                box.flying[item.seq] = False
            receiver.deliver(item)
            box.turn += 1
            if waiting:
                receiver = self._next_receiver(box)
        if box.behind_after is not None:
            self._refill_if_low(account, box)

    @staticmethod
    def _next_receiver(box: AccountBox) -> Receiver | None:
        """Return the next receiver in turn that has room, or None."""
        receivers = box.receivers
        for _ in range(len(receivers)):
            if box.turn >= len(receivers):
                box.turn = 0
            receiver = receivers[box.turn]
            if receiver.room > 0:
                return receiver
            box.turn += 1
        return None

    def _refill_if_low(self, account: str, box: AccountBox) -> None:
        if (
            box.behind_after is not None
            and not box.is_refilling
            and box.receivers
            and len(box.waiting) * 2 <= self._limits.outbox_active_max
        ):
            box.is_refilling = True
            self._spawn(self._refill(account, box))

    async def _refill(self, account: str, box: AccountBox) -> None:
        missed = box.missed
        after = box.behind_after
        assert after is not None
        page_max = self._page_max
        try:
            page = await self._reader.outbox(account, after, page_max)
        except StoreAway:
            self._loop.call_later(REFILL_RETRY_S, self._retry_refill, account)
            return
        box.is_refilling = False
        box.waiting.extend(page)
        if page:
            box.behind_after = box.read_through = page[-1].seq
        if len(page) < page_max and box.missed == missed:
            box.behind_after = None
        self._pump(account, box)

    def _retry_refill(self, account: str) -> None:
        box = self.box(account)
        box.is_refilling = False
        self._refill_if_low(account, box)

