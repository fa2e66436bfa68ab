"""What the flows ask of links, sessions and the loop. The prose is the contract: MUST and MAY NOT."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.domain.message import Message
from gateway.domain.meters import Meters
from gateway.domain.outcome import OutboxItem
from gateway.domain.store_interfaces import Journal, Reader
from gateway.domain.verdict import Reject


class Link(Protocol):
    """A bind to a carrier.

    `room` is how many segments it takes now: 0 while unbound, paused, draining or full. `claim(n)` books room before
    the claim is committed; `submit` writes one claimed segment and MUST NOT block: beyond its window it keeps the
    segment until an answer frees a place. It MUST report each submitted segment exactly once to the dispatch, as
    answered or as unknown, also when it dies. `claims` counts the segments of all `claim` calls; `take_lost(claims)`,
    called when all that was claimed up to that count has departed, returns and forgets what was claimed and neither
    submitted nor unclaimed. `outstanding` are those written and not answered yet.
    """

    name: str
    claims: int

    @property
    def room(self) -> int: ...
    @property
    def is_bound(self) -> bool: ...
    def claim(self, segments: int) -> None: ...
    def unclaim(self, segments: int) -> None: ...
    def take_lost(self, claims: int) -> int: ...
    def submit(self, message: Message, index: int) -> None: ...
    def outstanding(self) -> Iterable[tuple[Message, int]]: ...


Token = Any
"""The caller's own object that comes back with the answer; flows never look into it."""


class Responder(Protocol):
    """A client session that waits for an answer; `token` is whatever it gave with the submit.

    Exactly one of the two is called for each submit, `accepted` only after the commit.
    """

    def accepted(self, token: Token, segment_id: int) -> None: ...
    def refused(self, token: Token, reject: Reject) -> None: ...


class Receiver(Protocol):
    """A client session that takes receipts and MO.

    `room` is how many more it takes now: 0 to a client that does not answer. `deliver` MUST end in one outbox call
    with the place that `attach` gave: acked, not_taken, unanswered or lost; `overdue` MAY come before.
    """

    @property
    def room(self) -> int: ...
    def deliver(self, item: OutboxItem) -> None: ...


class Timer(Protocol):
    def cancel(self) -> None: ...


class Loop(Protocol):
    """The part of an event loop that flows use; times are those of `time()`, not of the wall clock."""

    def time(self) -> float: ...
    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Timer: ...


Clock = Callable[[], float]
Emit = Callable[..., None]
Spawn = Callable[[Coroutine[Any, Any, None]], None]


@dataclass(frozen=True, slots=True)
class FlowLimits:
    """Bounds of the flows; every one is a key of hongyan.toml [limits]."""

    pending_rows_max: int = 50_000  # uncommitted rows above which new submits are told to come later
    active_max: int = 20_000  # waiting messages in memory, a channel
    refill_page: int = 2_000
    awaiting_max: int = 200_000  # answered segments in memory that wait for a receipt
    parked_max: int = 20_000  # early receipts in memory
    outbox_active_max: int = 5_000  # items in memory, an account
    outbox_flying_max: int = 100_000  # of an account, delivered and not passed by its cursor
    outbox_aside_max: int = 1_000  # items of an account that wait alone
    outbox_tries_max: int = 8  # of an item that a client wants later
    unknowns_max: int = 20_000
    pace_max: int = 10_000  # submits that wait for the account's rate
    lookup_page: int = 500
    receipt_wait_s: float = 72 * 3600.0
    attempts_max: int = 16  # submits of one message, throttled ones not counted
    joiner_timeout_s: float = 60.0
    joiner_sets_max: int = 10_000
    joiner_octets_max: int = 16 << 20
    parked_s: float = 600.0
    frequency_numbers_max: int = 1_000_000


@dataclass(frozen=True, slots=True)
class FlowContext:
    """What every flow of one node works with. `clock` gives unix seconds, `loop.time()` the monotonic ones.

    `spawn` runs a coroutine beside the traffic and keeps it; `emit` tells an event and its values to the log.
    """

    journal: Journal
    reader: Reader
    loop: Loop
    clock: Clock
    spawn: Spawn
    limits: FlowLimits
    meters: Meters
    emit: Emit


def nothing(*_: object, **__: object) -> None:
    """An emitter for whoever does not listen."""


def stored(journal: Journal, fact: str, id: int) -> asyncio.Future[None]:
    """Return what ends when a fact that was appended in this step is stored, or in a ValueError where it is set aside.

    Whoever gives up waiting knows nothing of it.
    """
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    journal.upon(fact, id, _tell, _tell_not, told)
    return told


def _tell(told: asyncio.Future[None]) -> None:
    if not told.done():
        told.set_result(None)


def _tell_not(is_later: bool, told: asyncio.Future[None]) -> None:
    if not told.done():
        told.set_exception(ValueError("the database did not take it (event store_refused_row); nothing was done"))
