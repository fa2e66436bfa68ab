"""What is owed to each account: receipts and MO in order, kept while it is away, until it acknowledges them.

Every account has its own queue and pace, every session of it its own window, so nobody waits for another. What a
client answers decides:

    acknowledged              done
    THROTTLED                 that session gets nothing for a while; the item goes to another one, or waits
    LATER                     that item alone waits, each time longer; after `outbox_tries_max` it is refused
    REFUSED                   the item ends: kept in history as refused by the client, given again by command
    (a receiver that is choosy) it is not for this one: another receiver gets it, or it waits for one
    nothing, for some seconds another session gets it, this one no more until it answers; a late answer counts

Memory holds at most `outbox_active_max` items of an account; what lies behind is read back from the store when the
client catches up. The cursor in the store moves over all that is done in order: after a crash some are delivered
again, none is lost. What waits alone is in a table of its own, and the cursor passes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.domain.ids import first_id_at
from gateway.domain.outcome import NotTaken, OutboxItem, Outcome
from gateway.flows.interfaces import FlowContext, Receiver
from gateway.flows.outbox.account_queue import NOBODY, AccountQueue, Aside, Reception, StoredItems

PAUSE_S: Final[tuple[float, ...]] = (1.0, 2.0, 5.0, 15.0, 30.0)  # of a session that says "too fast", one after another
RETRY_S: Final[tuple[float, ...]] = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0)  # of an item that is to come later
SOON_S: Final = 0.001  # timers of the loop may come a little early
TELL_S: Final = 10.0


class Outbox:
    """All accounts' boxes. Sessions attach when bound to receive, and report what became of each item."""

    def __init__(self, context: FlowContext) -> None:
        self._journal, self._loop, self._limits = context.journal, context.loop, context.limits
        self._meters, self._emit = context.meters, context.emit
        self._boxes: dict[str, AccountQueue] = {}
        self._pages = StoredItems(context, self._pump)
        self.is_draining = False

    def load(
        self, cursors: dict[str, int], owed: dict[str, int], aside: dict[str, dict[int, tuple[int, int]]]
    ) -> None:
        """Begin with accounts that are new to this process.

        `owed` counts what each has not acknowledged; `aside` are seqs that its cursor passed all the same, each with
        its tries and when it was tried last, or replayed (unix milliseconds).
        """
        for account, count in owed.items():
            if account in self._boxes:
                continue
            box = self._boxes[account] = AccountQueue(cursors.get(account, 0), is_behind=count > 0)
            for seq, (tries, at_ms) in aside.get(account, {}).items():
                box.aside[seq] = Aside(None, tries, max(seq, first_id_at(at_ms / 1000)))
                box.unread.append(seq)
            box.apart = frozenset(box.unread)
            self._meters.account(account).outbox_depth = count

    def box(self, account: str) -> AccountQueue:
        found = self._boxes.get(account)
        if found is None:
            found = self._boxes[account] = AccountQueue(0, is_behind=False)
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
            self._pages.refill_if_low(item.account, box)
            return
        box.waiting.append(item)
        if box.receptions:
            self._pump(item.account, box)

    # --- sessions ----------------------------------------------------------------------------------------------------

    def attach(
        self, account: str, receiver: Receiver, protocol: str = "", is_choosy: bool = False
    ) -> Reception:
        """Deliver to this session from now on; return its place, which every report of it names."""
        reception = Reception(receiver, protocol, is_choosy)
        self.join(account, reception)
        return reception

    def join(self, account: str, reception: Reception) -> None:
        """As `attach`, for a session that knows its place already: the first deliver comes before this returns."""
        box = self.box(account)
        box.receptions.append(reception)
        self._pages.refill_if_low(account, box)
        self._pages.read_aside(account, box)
        self._pump(account, box)

    def detach(self, account: str, reception: Reception) -> None:
        """Forget a session; it reports every item that it holds as lost by now, or does so next."""
        box = self.box(account)
        if reception in box.receptions:
            box.receptions.remove(reception)
        reception.receiver = NOBODY

    def ready(self, account: str) -> None:
        """A session of this account has room again."""
        box = self._boxes.get(account)
        if box is not None and (box.waiting or box.stuck or box.left):
            self._pump(account, box)

    def left(self, account: str) -> int:
        """Return how many items wait for a receiver that is for them."""
        return len(self.box(account).left)

    def offer_again(self, account: str) -> None:
        """A choosy receiver may be for what it left before."""
        box = self.box(account)
        box.take_back_left()
        self._pump(account, box)

    def is_reading(self, account: str) -> bool:
        """Tell whether items of this account lie in the store only: more may come without anything new."""
        box = self.box(account)
        return box.behind_after is not None or bool(box.unread)

    def holds(self, item: OutboxItem, reception: Reception) -> bool:
        """Tell whether this session is still the one that was asked last."""
        return self.box(item.account).holder(item.seq) is reception

    # --- what a session reports --------------------------------------------------------------------------------------

    def acked(self, item: OutboxItem, reception: Reception) -> None:
        """The client has it; the first answer counts, whichever session it comes over."""
        account = item.account
        box = self.box(account)
        reception.pauses = 0
        if self._finish(account, box, item.seq):
            meters = self._meters.account(account)
            if isinstance(item, Outcome):
                meters.delivered_receipts += 1
            else:
                meters.delivered_inbound += 1
        if box.behind_after is not None:
            self._pages.refill_if_low(account, box)
        if box.waiting or box.stuck or box.left:
            self._pump(account, box)

    def not_taken(self, item: OutboxItem, reception: Reception, answer: NotTaken, status: int, name: str) -> None:
        """The client said no: for now, for later or for good. `name` is the status in words."""
        account = item.account
        box = self.box(account)
        self._meters.account(account).not_taken[answer] += 1
        is_its_own = box.holder(item.seq) is reception
        box.answered_late(item.seq, reception)
        if answer is NotTaken.REFUSED:
            self._refuse(box, item, reception, status, name)
        elif answer is NotTaken.THROTTLED:
            if is_its_own:
                box.give_back(item)
            self._pause(account, reception)
        elif is_its_own:
            aside = box.aside.get(item.seq)
            if aside is not None and aside.tries + 1 >= self._limits.outbox_tries_max:
                self._refuse(box, item, reception, status, name)
            else:
                self._put_off(box, item, reception, status)
        self._pump(account, box)

    def unwanted(self, item: OutboxItem, reception: Reception) -> None:
        """This receiver is choosy and not for this item, or not now; it asks for it by `offer_again`."""
        box = self.box(item.account)
        if box.holder(item.seq) is not reception:
            box.answered_late(item.seq, reception)
            return
        box.leave(item)
        self._pump(item.account, box)

    def overdue(self, item: OutboxItem, reception: Reception, *, is_silent: bool) -> None:
        """No answer for some seconds: another session is asked as soon as one has room.

        What a second one leaves unanswered among others may be the item's own fault: it waits alone.
        """
        account = item.account
        box = self.box(account)
        if box.holder(item.seq) is not reception:
            return
        self._meters.account(account).overdue += 1
        if item.seq in box.moved and not is_silent:
            self._put_off(box, item, reception, 0)
        else:
            box.stuck[item.seq] = item
        self._pump(account, box)

    def unanswered(self, item: OutboxItem, reception: Reception) -> None:
        """No answer for the whole response time, though others were answered: it waits alone, without end."""
        box = self.box(item.account)
        if box.holder(item.seq) is reception:
            self._put_off(box, item, reception, 0)
            self._pump(item.account, box)

    def lost(self, item: OutboxItem, reception: Reception) -> None:
        """The session ended before the client acknowledged it; another session gets it."""
        box = self.box(item.account)
        if box.holder(item.seq) is not reception:
            box.answered_late(item.seq, reception)
            return
        box.give_back(item)
        if box.receptions:
            self._loop.call_later(0.0, self._resume, item.account)

    # --- refused items -----------------------------------------------------------------------------------------------

    def replay(self, account: str, seqs: Sequence[int], now: float) -> int:
        """Owe refused items again, for a term that begins now (unix seconds); return how many.

        Only so many may wait alone at a time.
        """
        box = self.box(account)
        room = self._limits.outbox_aside_max - len(box.aside)
        chosen = [seq for seq in seqs if seq not in box.aside][: max(0, room)]
        for seq in chosen:
            box.aside[seq] = Aside(None, 0, first_id_at(now))
            box.unread.append(seq)
            self._journal.deliver_refused(account, seq, "replayed", "", 0)
            self._journal.aside(account, seq, 0, 0)
        self._meters.account(account).outbox_depth += len(chosen)
        self._pages.read_aside(account, box)
        return len(chosen)

    def _refuse(self, box: AccountQueue, item: OutboxItem, reception: Reception, status: int, name: str) -> None:
        """End an item that the client does not want, and keep that it does not."""
        account = item.account
        if not self._finish(account, box, item.seq):
            return
        self._journal.deliver_refused(account, item.seq, "refused", reception.protocol, status)
        self._meters.account(account).refused_delivers += 1
        box.refused += 1
        now = self._loop.time()
        if now >= box.refused_told_at + TELL_S:
            self._emit("outbox_item_refused", account=account, seq=item.seq, status=name, items=box.refused)
            box.refused, box.refused_told_at = 0, now

    # --- the term of what nobody fetches -----------------------------------------------------------------------------

    async def give_up_before(self, seq: int) -> None:
        """Owe nothing any more that is older than `seq`: the term for clients that stay away is over.

        An account whose client is just now working off what is old keeps it until the next round.
        """
        for account, box in tuple(self._boxes.items()):
            in_store = await self._pages.count_before(account, box, seq)
            if in_store is not None and not box.is_held_before(seq):
                self._give_up(account, box, seq, in_store)

    def _give_up(self, account: str, box: AccountQueue, seq: int, in_store: int) -> None:
        in_memory, gone = box.drop_before(seq)
        for old in gone:
            self._journal.aside_over(account, old)
        dropped = in_store + in_memory
        if dropped:
            if box.behind_after is not None:
                box.behind_after = max(box.behind_after, seq - 1)
            box.cursor, box.high = seq - 1, max(box.high, seq - 1)
            self._journal.delivered(account, box.cursor)
        self._advance(account, box)
        if dropped or gone:
            self._meters.account(account).outbox_depth -= dropped + len(gone)
            self._emit("outbox_given_up", account=account, items=dropped + len(gone))

    # --- the queue ---------------------------------------------------------------------------------------------------

    def _finish(self, account: str, box: AccountQueue, seq: int) -> bool:
        """Mark an item as done, once, and move the cursor over all that are, in order and with none open below."""
        if box.aside and seq in box.aside:
            self._journal.aside_over(account, seq)
        if not box.finish(seq):
            return False
        self._meters.account(account).outbox_depth -= 1
        self._advance(account, box)
        return True

    def _advance(self, account: str, box: AccountQueue) -> None:
        cursor = box.advance()
        if cursor is not None:
            self._journal.delivered(account, cursor)

    def _put_off(self, box: AccountQueue, item: OutboxItem, reception: Reception, status: int) -> None:
        """Let an item wait alone. Where too many do already, its session is asked for less instead."""
        account, seq = item.account, item.seq
        if seq not in box.aside and len(box.aside) >= self._limits.outbox_aside_max:
            box.take_back(item)
            self._pause(account, reception)
            return
        aside = box.set_aside(item, reception)
        self._journal.aside(account, seq, aside.tries, status)
        self._advance(account, box)
        delay_s = RETRY_S[min(aside.tries, len(RETRY_S)) - 1]
        self._loop.call_later(delay_s + SOON_S, self._due, account, seq)

    def _due(self, account: str, seq: int) -> None:
        """An item that waited alone is to be tried again."""
        box = self.box(account)
        aside = box.aside.get(seq)
        if aside is not None and aside.item is not None and aside.holder is None and not aside.is_queued:
            box.take_back(aside.item)
            self._pump(account, box)

    def _pause(self, account: str, reception: Reception) -> None:
        """Deliver nothing over a session for a while; refusals of what was under way already do not lengthen it."""
        if reception.is_paused:
            return
        pause_s = PAUSE_S[min(reception.pauses, len(PAUSE_S) - 1)]
        reception.pauses += 1
        reception.is_paused = True
        self._loop.call_later(pause_s + SOON_S, self._go_on, account, reception)

    def _go_on(self, account: str, reception: Reception) -> None:
        reception.is_paused = False
        self._resume(account)

    def _resume(self, account: str) -> None:
        self._pump(account, self.box(account))

    def _pump(self, account: str, box: AccountQueue) -> None:
        if self.is_draining:
            return
        if box.stuck:
            self._move_stuck(box)
        if box.left:
            self._offer_left(box)
        waiting = box.waiting
        reception = box.next_reception() if waiting else None
        while waiting and reception is not None:
            if len(box.flying) >= self._limits.outbox_flying_max and not box.was_delivered(waiting[0].seq):
                break
            item = waiting.popleft()
            if box.aside:
                reception = box.reception_for(item.seq, reception)
            box.hold(item, reception)
            reception.receiver.deliver(item)
            box.next_index += 1
            reception = box.next_reception() if waiting else None
        if box.behind_after is not None:
            self._pages.refill_if_low(account, box)

    def _offer_left(self, box: AccountQueue) -> None:
        """Ask sessions that take everything for what the others are not for."""
        choosy = [reception for reception in box.receptions if reception.is_choosy]
        if len(choosy) == len(box.receptions):
            return
        for seq in sorted(box.left):
            reception = box.next_reception(but=choosy)
            if reception is None:
                return
            item = box.left.pop(seq)
            box.hold(item, reception)
            reception.receiver.deliver(item)
            box.next_index += 1

    def _move_stuck(self, box: AccountQueue) -> None:
        """Ask other sessions for what one leaves unanswered."""
        for seq, item in tuple(box.stuck.items()):
            holder = box.holder(seq)
            reception = box.next_reception(but=() if holder is None else (holder,))
            if reception is None:
                return
            del box.stuck[seq]
            box.moved[seq] = holder
            box.hold(item, reception)
            reception.receiver.deliver(item)
            box.next_index += 1
