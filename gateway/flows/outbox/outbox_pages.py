"""What of an account's outbox lies in the store only, read back in pages when there is a session to deliver it to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import FlowContext
from gateway.flows.outbox.box import AccountBox

RETRY_S: Final = 1.0


class OutboxPages:
    """Fills boxes; `filled(account, box)` is told of each page."""

    def __init__(self, context: FlowContext, filled: Callable[[str, AccountBox], None]) -> None:
        self._reader, self._loop, self._spawn = context.reader, context.loop, context.spawn
        self._active_max = active_max = context.limits.outbox_active_max
        self._page_max = max(1, active_max // 2)
        self._filled = filled

    def refill_if_low(self, account: str, box: AccountBox) -> None:
        """Read on where half of what memory may hold was delivered."""
        if (
            box.behind_after is not None
            and not box.is_refilling
            and box.receptions
            and len(box.waiting) * 2 <= self._active_max
        ):
            box.is_refilling = True
            self._spawn(self._refill(account, box))

    async def _refill(self, account: str, box: AccountBox) -> None:
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

    def _retry_refill(self, account: str, box: AccountBox) -> None:
        box.is_refilling = False
        self.refill_if_low(account, box)

    def read_aside(self, account: str, box: AccountBox) -> None:
        """Read what was set aside in an earlier life of the process, or is to be delivered again by command."""
        if box.unread and not box.is_reading_aside and box.receptions:
            box.is_reading_aside = True
            self._spawn(self._read_aside(account, box))

    async def _read_aside(self, account: str, box: AccountBox) -> None:
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

    def _retry_aside(self, account: str, box: AccountBox) -> None:
        box.is_reading_aside = False
        self.read_aside(account, box)

    async def count_before(self, account: str, box: AccountBox, seq: int) -> int | None:
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
