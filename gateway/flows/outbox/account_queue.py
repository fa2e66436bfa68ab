"""The queue of one account's outbox: what waits, what flies and with whom, what is set aside, how far the cursor is.

    waiting ──delivered──► flying ──acknowledged, or refused for good──► the cursor moves over it
       ▲                     │
       ├──── lost, throttled ┤
       │                     └──"not this one now", or no answer──► aside: in a table of its own, so that the
       └────────────── due again ──────────────────────────────────       cursor and all others go on without it

What a receiver is not for (`left`) waits for another one, or until that one is for it after all. A session may be asked
for an item that another one holds unanswered; whichever answers first decides.

What of it lies in the store only is read back in pages when there is a session to deliver it to.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final

from gateway.domain.outcome import OutboxItem
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import FlowContext, Receiver


class Reception:
    """One session that receives, as the outbox sees it. A choosy one may say that it is not for an item."""

    __slots__ = ("is_choosy", "is_paused", "pauses", "protocol", "receiver")

    def __init__(self, receiver: Receiver, protocol: str, is_choosy: bool = False) -> None:
        self.receiver = receiver
        self.protocol = protocol
        self.is_choosy = is_choosy
        self.is_paused = False  # it said "too fast"
        self.pauses = 0  # one after another, without anything taken in between


class _NoSession:
    """The receiver of what no session holds."""

    @property
    def room(self) -> int:
        return 0

    def deliver(self, item: OutboxItem) -> None:
        raise RuntimeError(f"item {item.seq} has no session")


NOBODY: Final = _NoSession()
QUEUED: Final = Reception(NOBODY, "")  # holds what was delivered once and waits again


class Aside:
    """An item that the cursor may pass though it is owed; `item` is None until it is read back from the store.

    Its term counts from `owed_from`, a seq: its own, or one of the moment when it was replayed.
    """

    __slots__ = ("holder", "is_queued", "item", "owed_from", "tried", "tries")

    def __init__(self, item: OutboxItem | None, tries: int, owed_from: int) -> None:
        self.item = item
        self.tries = tries
        self.owed_from = owed_from
        self.holder: Reception | None = None
        self.is_queued = False  # it is in `waiting`, or left
        self.tried: list[Reception] = []  # sessions that did not take it; others are asked first


class AccountQueue:
    """The queue of one account. `flying` keeps what was ever delivered, in order of seq, until the cursor passes it:
    who holds it, QUEUED where it waits again, None once it is done.
    """

    __slots__ = (
        "apart", "aside", "behind_after", "cursor", "flying", "high", "is_reading_aside", "is_refilling", "left",
        "missed", "moved", "next_index", "read_through", "receptions", "refused", "refused_told_at", "stuck", "unread",
        "waiting",
    )

    def __init__(self, cursor: int, *, is_behind: bool) -> None:
        self.waiting: deque[OutboxItem] = deque()
        self.flying: OrderedDict[int, Reception | None] = OrderedDict()
        self.aside: dict[int, Aside] = {}
        self.unread: list[int] = []  # of those the ones to be read from the store
        self.apart: frozenset[int] = frozenset()  # set aside by an earlier life: no page brings them once they are done
        self.is_reading_aside = False
        self.left: dict[int, OutboxItem] = {}  # a choosy session is not for them, and no other had room yet
        self.stuck: dict[int, OutboxItem] = {}  # overdue, and no other session had room yet
        self.moved: dict[int, Reception | None] = {}  # another session was asked; the one before, while it may answer
        self.receptions: list[Reception] = []
        self.cursor = cursor  # as the store has it, or will
        self.high = cursor  # highest seq that is done
        self.behind_after: int | None = cursor if is_behind else None  # newer items are in the store only
        self.read_through = 0  # highest seq that a page brought
        self.missed = 0
        self.is_refilling = False
        self.refused = 0  # items refused for good and not told yet
        self.refused_told_at = -1e9
        self.next_index = 0

    # --- who has it --------------------------------------------------------------------------------------------------

    def holder(self, seq: int) -> Reception | None:
        """Return the session that was asked last and has not answered; None where it waits, is done or unknown."""
        aside = self.aside.get(seq) if self.aside else None
        holder = self.flying.get(seq) if aside is None else aside.holder
        return None if holder is QUEUED else holder

    def hold(self, item: OutboxItem, reception: Reception) -> None:
        """Note that a session is asked."""
        flying, seq = self.flying, item.seq
        aside = self.aside.get(seq) if self.aside else None
        if aside is not None:
            aside.holder, aside.is_queued = reception, False
        elif seq in flying or not flying or seq > next(reversed(flying)):
            flying[seq] = reception
        else:  # put behind a younger one: keep the order of seqs
            self.flying = OrderedDict(sorted([*flying.items(), (seq, reception)]))

    def was_delivered(self, seq: int) -> bool:
        """Tell whether an item takes no new place: it flew before, or the cursor passes it."""
        return seq in self.flying or seq in self.aside

    def next_reception(self, but: Sequence[Reception] = ()) -> Reception | None:
        """Return the next session that has room, one after another, or None."""
        receptions = self.receptions
        for _ in range(len(receptions)):
            if self.next_index >= len(receptions):
                self.next_index = 0
            reception = receptions[self.next_index]
            if not reception.is_paused and reception.receiver.room > 0 and reception not in but:
                return reception
            self.next_index += 1
        return None

    def reception_for(self, seq: int, usual: Reception) -> Reception:
        """Return the session to ask: for what waited alone one that was not asked yet, if there is one with room."""
        aside = self.aside.get(seq)
        if aside is None or usual not in aside.tried:
            return usual
        return self.next_reception(but=aside.tried) or usual

    # --- back, aside, done -------------------------------------------------------------------------------------------

    def take_back(self, item: OutboxItem) -> None:
        """Put an undelivered item at its place in the order (the queue is sorted by seq)."""
        seq = item.seq
        self.stuck.pop(seq, None)
        aside = self.aside.get(seq)
        if aside is None:
            self.flying[seq] = QUEUED
        else:
            aside.holder, aside.is_queued = None, True
        waiting = self.waiting
        older: list[OutboxItem] = []
        while waiting and waiting[0].seq < seq:
            older.append(waiting.popleft())
        waiting.appendleft(item)
        waiting.extendleft(reversed(older))

    def give_back(self, item: OutboxItem) -> None:
        """A session does not take an item now: it is with the one asked before, if that may answer still, or waits.

        So no session is asked for what it has unanswered.
        """
        before = self.moved.get(item.seq)
        if before is None:
            self.take_back(item)
        else:
            self.moved[item.seq] = None
            self.hold(item, before)
            self.stuck[item.seq] = item

    def leave(self, item: OutboxItem) -> None:
        """A session is not for an item: keep it until another one has room."""
        if self.moved.get(item.seq) is not None:
            self.give_back(item)
            return
        seq = item.seq
        self.stuck.pop(seq, None)
        aside = self.aside.get(seq)
        if aside is None:
            self.flying[seq] = QUEUED
        else:
            aside.holder, aside.is_queued = None, True
        self.left[seq] = item

    def take_back_left(self) -> None:
        """Put all that was left at its place in the order: a session may be for it now."""
        for seq in sorted(self.left, reverse=True):
            self.take_back(self.left.pop(seq))

    def answered_late(self, seq: int, reception: Reception) -> None:
        """A session that was asked before has answered, or is gone: it does not have the item any more."""
        if self.moved.get(seq) is reception:
            self.moved[seq] = None

    def set_aside(self, item: OutboxItem, by: Reception) -> Aside:
        """Let the cursor pass an item that a session held and did not take; return its place, with one try more."""
        aside = self.aside.get(item.seq)
        if aside is None:
            self.finish(item.seq)
            aside = self.aside[item.seq] = Aside(item, 0, item.seq)
        self.stuck.pop(item.seq, None)
        self.moved.pop(item.seq, None)
        if all(reception in aside.tried or reception is by for reception in self.receptions):
            aside.tried.clear()
        aside.tried.append(by)
        aside.holder = None
        aside.tries += 1
        return aside

    def finish(self, seq: int) -> bool:
        """Mark an item that was delivered as done; False where it was done before."""
        aside = self.aside.pop(seq, None) if self.aside else None
        if aside is not None:
            self.stuck.pop(seq, None)
            self.moved.pop(seq, None)
            if aside.is_queued:
                self._leave_queue(seq)
            return True
        flying = self.flying
        holder = flying.get(seq)
        if holder is None:
            return False
        if holder is QUEUED:  # its first session answers at last
            self._leave_queue(seq)
        flying[seq] = None
        if self.stuck:
            self.stuck.pop(seq, None)
        if self.moved:
            self.moved.pop(seq, None)
        self._pass_done()
        return True

    def _pass_done(self) -> None:
        flying = self.flying
        while flying:
            first = next(iter(flying))
            if flying[first] is not None:
                break
            del flying[first]
            if first > self.high:
                self.high = first

    def _leave_queue(self, seq: int) -> None:
        """Take an item out of the queue; what waits again is near its front."""
        if self.left.pop(seq, None) is not None:
            return
        for position, item in enumerate(self.waiting):
            if item.seq == seq:
                del self.waiting[position]
                return

    def advance(self) -> int | None:
        """Return the new cursor, over all that is done in order and with none open below; None where it stays."""
        if self.high <= self.cursor or (self.flying and next(iter(self.flying)) < self.high):
            return None
        self.cursor = self.high
        return self.cursor

    def drop_before(self, seq: int) -> tuple[int, list[int]]:
        """Drop what waits and is older than `seq`; return how many the cursor had not passed, and those set aside."""
        count = 0
        waiting, aside = self.waiting, self.aside
        gone = [old for old, one in aside.items() if one.owed_from < seq and one.holder is None]
        for old in [old for old in self.left if old < seq]:
            if old in aside:
                continue
            del self.left[old]
            self.flying.pop(old, None)
            count += 1
        kept: list[OutboxItem] = []
        while waiting and waiting[0].seq < seq:
            item = waiting.popleft()
            one = aside.get(item.seq)
            if one is None:
                self.flying.pop(item.seq, None)
                count += 1
            elif one.owed_from >= seq:
                kept.append(item)
        waiting.extendleft(reversed(kept))
        for old in gone:
            del aside[old]
            self.left.pop(old, None)
        self._pass_done()
        return count, gone

    def is_held_before(self, seq: int) -> bool:
        """Tell whether a session holds an item that is older and that the cursor has not passed."""
        for old, holder in self.flying.items():
            if old >= seq:
                break
            if holder is not None and holder is not QUEUED:
                return True
        return False


RETRY_S: Final = 1.0


class StoredItems:
    """Fills boxes; `filled(account, box)` is told of each page."""

    def __init__(self, context: FlowContext, filled: Callable[[str, AccountQueue], None]) -> None:
        self._reader, self._loop, self._spawn = context.reader, context.loop, context.spawn
        self._active_max = active_max = context.limits.outbox_active_max
        self._page_max = max(1, active_max // 2)
        self._filled = filled

    def refill_if_low(self, account: str, box: AccountQueue) -> None:
        """Read on where half of what memory may hold was delivered."""
        if (
            box.behind_after is not None
            and not box.is_refilling
            and box.receptions
            and len(box.waiting) * 2 <= self._active_max
        ):
            box.is_refilling = True
            self._spawn(self._refill(account, box))

    async def _refill(self, account: str, box: AccountQueue) -> None:
        missed = box.missed
        after = box.behind_after
        assert after is not None
        try:
            page = await self._reader.outbox(account, after, self._page_max)
        except StoreAway:
            self._loop.call_later(RETRY_S, self._retry_refill, account, box)
            return
        box.is_refilling = False
        box.waiting.extend(page if not box.apart else [item for item in page if item.seq not in box.apart])
        if page:
            box.behind_after = box.read_through = page[-1].seq
        if len(page) < self._page_max and box.missed == missed:
            box.behind_after = None
        self._filled(account, box)

    def _retry_refill(self, account: str, box: AccountQueue) -> None:
        box.is_refilling = False
        self.refill_if_low(account, box)

    def read_aside(self, account: str, box: AccountQueue) -> None:
        """Read what was set aside in an earlier life of the process, or is to be delivered again by command."""
        if box.unread and not box.is_reading_aside and box.receptions:
            box.is_reading_aside = True
            self._spawn(self._read_aside(account, box))

    async def _read_aside(self, account: str, box: AccountQueue) -> None:
        """One page; the next one follows. What the store does not know any more is left as it is, until its term."""
        seqs = box.unread[: self._page_max]
        try:
            items = await self._reader.outbox_items(account, seqs)
        except StoreAway:
            self._loop.call_later(RETRY_S, self._retry_aside, account, box)
            return
        del box.unread[: len(seqs)]
        box.is_reading_aside = False
        for item in items:
            aside = box.aside.get(item.seq)
            if aside is not None and aside.item is None:
                aside.item = item
                box.take_back(item)
        self._filled(account, box)
        self.read_aside(account, box)

    def _retry_aside(self, account: str, box: AccountQueue) -> None:
        box.is_reading_aside = False
        self.read_aside(account, box)

    async def count_before(self, account: str, box: AccountQueue, seq: int) -> int | None:
        """Count what lies in the store only and is older; None where that cannot be said."""
        after = before = box.behind_after
        count = 0
        while after is not None and after < seq - 1 and not box.is_refilling:
            try:
                page = await self._reader.outbox(account, after, self._page_max)
            except StoreAway:
                return None
            old = sum(item.seq < seq for item in page)
            count += old - sum(item.seq in box.apart for item in page[:old])
            after = page[-1].seq if old == self._page_max else None
        return None if box.is_refilling or box.behind_after != before else count
