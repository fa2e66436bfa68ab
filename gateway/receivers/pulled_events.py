"""The receiver that an account reads itself: by pages, each of which acknowledges the one before, or as a stream.

    GET /v1/events?after=CURSOR     page: what is here and not acknowledged, oldest first, with its cursor
    GET /v1/events/stream           each event as it comes; on the next connect Last-Event-ID acknowledges
    POST /v1/events/ack             acknowledges up to a cursor, for either

A cursor counts what was shown, not what exists: it acknowledges what this reader was shown up to it, and nothing that
another receiver gave back meanwhile. A cursor of an earlier process acknowledges nothing, so that its last page is told
again. What was shown and not acknowledged within the lease goes back to the outbox; somebody else may have it then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.domain.outcome import OutboxItem
from gateway.flows.interfaces import Loop, Timer
from gateway.flows.outbox.account_queue import Reception
from gateway.flows.outbox.outbox import Outbox

PROTOCOL: Final = "http"
HELD_MAX: Final = 1_000  # shown and not acknowledged, and next to be shown
LEASE_S: Final = 60.0
READING_MAX_S: Final = 5.0  # for the first page of what lies in the store
CHECK_S: Final = 0.05


class NotACursor(ValueError):
    """A cursor that this gateway never gave."""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item and the cursor that acknowledges it and all that was shown before it."""

    item: OutboxItem
    cursor: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some items, and the cursor that acknowledges all of them."""

    items: tuple[ShownItem, ...]
    cursor: str


class PulledEvents:
    """A Receiver of the outbox for one account; attached while it is read, and for the lease behind that."""

    def __init__(self, account: str, outbox: Outbox, loop: Loop, life: str, lease_s: float = LEASE_S) -> None:
        self.account = account
        self._outbox = outbox
        self._loop = loop
        self._life = life  # of this process: cursors of another one are none of ours
        self._lease_s = lease_s
        self._reception: Reception | None = None
        self._fresh: dict[int, OutboxItem] = {}  # by seq: not shown yet
        self._shown: dict[int, OutboxItem] = {}  # by their number, in order: not acknowledged yet
        self._shown_count = 0
        self._came = asyncio.Event()
        self._timer: Timer | None = None
        self._readers = 0
        self._shown_at: dict[int, float] = {}  # by their number, on the loop's clock
        self._stream = 0  # the one that is written to; 0: none
        self._streams = 0

    # --- Receiver ----------------------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        return 0 if self._reception is None else max(0, HELD_MAX - len(self._fresh) - len(self._shown))

    def deliver(self, item: OutboxItem) -> None:
        self._fresh[item.seq] = item
        self._came.set()

    # --- reading -----------------------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        return self._reception is None

    @property
    def shown(self) -> int:
        """How many were shown and are not acknowledged."""
        return len(self._shown)

    def begin(self) -> None:
        """Somebody reads from now until `end`."""
        self._readers += 1
        self._cancel()
        if self._reception is None:
            self._reception = Reception(self, PROTOCOL)
            self._outbox.join(self.account, self._reception)

    def end(self) -> None:
        """Give what is not acknowledged the lease to be so."""
        self._readers -= 1
        if self._readers == 0 and self._reception is not None:
            self._cancel()
            self._timer = self._loop.call_later(self._lease_s, self.close)

    def acknowledge(self, cursor: str) -> int:
        """Take note that the client has what it was shown up to a cursor; return how many. Raises NotACursor."""
        number = self._number(cursor)
        done = [each for each in self._shown if each <= number]
        for each in done:
            item = self._shown.pop(each)
            del self._shown_at[each]
            assert self._reception is not None
            self._outbox.acked(item, self._reception)
        if done and self._reception is not None:
            self._outbox.ready(self.account)
        return len(done)

    def _number(self, cursor: str) -> int:
        life, dot, number = cursor.partition(".")
        if not dot or not number.isascii() or not number.isdigit() or len(number) > 18 or not life.isalnum():
            raise NotACursor("is no cursor that this gateway gave")
        return int(number) if life == self._life else 0

    async def page(self, limit: int, wait_s: float) -> EventPage:
        """Return what is not acknowledged, oldest shown first; wait for the first of it. Call between begin and end."""
        await self._something(wait_s)
        while self._fresh and len(self._shown) < limit:
            self._show()
        items = tuple(
            ShownItem(item, self._cursor(number)) for number, item in list(self._shown.items())[:limit]
        )
        return EventPage(items, items[-1].cursor if items else self._cursor(self._shown_count))

    async def following(self, wait_s: float) -> Sequence[ShownItem]:
        """Return what was not shown yet, for a stream; nothing where nothing came within the time."""
        if not self._fresh:
            self._came.clear()
            await _within(self._came, wait_s)
        before = self._shown_count
        while self._fresh:
            self._show()
        return [
            ShownItem(item, self._cursor(number)) for number, item in self._shown.items() if number > before
        ]

    def unacknowledged(self) -> Sequence[ShownItem]:
        """Return what was shown before and is not acknowledged: a new stream begins with it."""
        self._shown_at = dict.fromkeys(self._shown_at, self._loop.time())
        return [ShownItem(item, self._cursor(number)) for number, item in self._shown.items()]

    async def _something(self, wait_s: float) -> None:
        until = self._loop.time() + wait_s
        reading_until = self._loop.time() + READING_MAX_S
        while not self._fresh and not self._shown:
            left_s = until - self._loop.time()
            if left_s <= 0:
                if not self._outbox.is_reading(self.account) or self._loop.time() >= reading_until:
                    return
                left_s = CHECK_S
            self._came.clear()
            await _within(self._came, left_s)

    def _show(self) -> None:
        seq = min(self._fresh)
        self._shown_count += 1
        self._shown[self._shown_count] = self._fresh.pop(seq)
        self._shown_at[self._shown_count] = self._loop.time()

    def _cursor(self, number: int) -> str:
        return f"{self._life}.{number}"

    # --- streams -----------------------------------------------------------------------------------------------------

    def take_stream(self) -> int:
        """Begin to write a stream, in the place of another one; return its number."""
        self._streams += 1
        self._stream = self._streams
        self._came.set()  # the other one ends
        return self._stream

    def leave_stream(self, number: int) -> None:
        if self._stream == number:
            self._stream = 0

    def is_stream(self, number: int) -> bool:
        """Tell whether a stream is the one that is written to."""
        return self._stream == number and self._reception is not None

    @property
    def is_streamed(self) -> bool:
        return self._stream > 0

    def wants_acknowledgement(self, after_s: float) -> bool:
        """Tell whether nothing more can be shown, or what was shown waits so long: a stream had better begin again."""
        oldest = next(iter(self._shown_at.values()), None)
        is_old = oldest is not None and self._loop.time() - oldest >= after_s
        return is_old or (len(self._shown) >= HELD_MAX and not self._fresh)

    # --- the end of it -----------------------------------------------------------------------------------------------

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Give back what nobody acknowledged."""
        self._cancel()
        reception, self._reception = self._reception, None
        if reception is None:
            return
        held = [*self._shown.values(), *self._fresh.values()]
        self._shown.clear()
        self._shown_at.clear()
        self._fresh.clear()
        self._came.set()
        for item in held:
            self._outbox.lost(item, reception)
        self._outbox.detach(self.account, reception)


async def _within(event: asyncio.Event, wait_s: float) -> None:
    try:
        async with asyncio.timeout(wait_s):
            await event.wait()
    except TimeoutError:
        return


class AllPulledEvents:
    """Those of all accounts that read."""

    def __init__(self, outbox: Outbox, loop: Loop, life: str) -> None:
        self._outbox = outbox
        self._loop = loop
        self._life = life
        self._by_account: dict[str, PulledEvents] = {}

    def of(self, account: str) -> PulledEvents:
        found = self._by_account.get(account)
        if found is None:
            found = self._by_account[account] = PulledEvents(account, self._outbox, self._loop, self._life)
        return found

    def close(self) -> None:
        for found in self._by_account.values():
            found.close()
