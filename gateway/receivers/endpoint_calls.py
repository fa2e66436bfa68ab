"""The calls of one endpoint: a queue in order, one call at a time, each tried again until it is taken."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import orjson

from gateway.domain.callback_endpoint import NO_PARTICULARS, CallState, Endpoint, Particulars
from gateway.domain.meters import Meters
from gateway.domain.outcome import OutboxItem
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import Clock, Emit, Loop, Spawn, Timer
from gateway.flows.outbox.outbox import Outbox
from gateway.receivers.callback_client import Call
from gateway.receivers.callback_states import KEPT, TRANSITIONS, CallEvent, CallResult, RetrySteps
from gateway.receivers.event_document import document_of, event_id, several
from gateway.receivers.signatures import signed_headers

TOLD_AT_TRY: Final = 3  # that many in a row failed: it is told, and told when it is over
JSON: Final = {"Content-Type": "application/json"}

Make = Callable[[Call], Awaitable[CallResult]]


class ParticularsSource(Protocol):
    """What clients said of their messages; raises StoreAway while nobody can say."""

    async def particulars(self, message_ids: Sequence[int]) -> Mapping[int, Particulars]: ...


class StateKeeper(Protocol):
    """Keeps that an endpoint is disabled, so that a restart does not call it again."""

    async def disabled(self, endpoint: Endpoint, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CallSurroundings:
    """What the callbacks of every account need."""

    outbox: Outbox
    make: Make
    problem_of_url: Callable[[str], str]
    source: ParticularsSource
    keeper: StateKeeper
    loop: Loop
    clock: Clock
    spawn: Spawn
    meters: Meters
    emit: Emit
    steps: RetrySteps


class ItemOwner(Protocol):
    """The receiver that an endpoint's items came from; each item ends in `acked` or is left, once."""

    said: dict[int, Particulars]

    def acked(self, item: OutboxItem) -> None: ...
    def leave_all(self, items: deque[OutboxItem]) -> None: ...
    def offer_again(self) -> None: ...
    def count(self, result: CallResult) -> None: ...


class EndpointCalls:
    """One endpoint: its queue, its state, and the call that is under way."""

    def __init__(self, owner: ItemOwner, endpoint: Endpoint, around: CallSurroundings) -> None:
        self._owner = owner
        self.around = around
        self.endpoint = endpoint
        self.state = endpoint.state
        self.queue: deque[OutboxItem] = deque()
        self.tries = 0
        self.problem = ""  # of the last call
        self.failing_since = 0.0
        self.next_at = 0.0
        self._timer: Timer | None = None
        self._through = 0  # what was tried and not taken ends here: it is tried again as it was
        self.is_calling = False
        self._is_closed = False

    @property
    def is_ready(self) -> bool:
        return self.state is CallState.READY and not self._is_closed

    # --- calls -------------------------------------------------------------------------------------------------------

    def put(self, item: OutboxItem) -> None:
        self.queue.append(item)
        if self.is_ready and not self.is_calling:
            self.is_calling = True
            self.around.spawn(self._work())

    async def _work(self) -> None:
        try:
            while self.queue and self.is_ready:
                await self._call_once(self._batch())
        except Exception as fault:  # of ours: it costs a wait, not the account's events
            self.around.emit("task_failed", exc_info=fault)
            self._wait(CallResult(0, problem="a fault of the gateway"))
        finally:
            self.is_calling = False
            if not self.is_ready:
                self.give_back()

    def _batch(self) -> list[OutboxItem]:
        """Return the oldest items for one call. What failed is put together as before, so its id is the same."""
        queue = self.queue
        batch = [queue[index] for index in range(min(self.endpoint.batch_max, len(queue)))]
        if batch[0].seq <= self._through:
            batch = [item for item in batch if item.seq <= self._through]
        return batch

    async def _call_once(self, batch: list[OutboxItem]) -> None:
        said = self._owner.said
        documents = [document_of(item, said.get(item.seq, NO_PARTICULARS)) for item in batch]
        id = event_id(batch[0].seq) if len(batch) == 1 else f"evts_{batch[0].seq}_{batch[-1].seq}_{len(batch)}"
        result = await self.around.make(signed_call(self.endpoint, id, several(documents), self.around.clock()))
        self._owner.count(result)
        if result.event is CallEvent.TAKEN:
            self._taken(batch)
            return
        self._through = batch[-1].seq
        if result.event is CallEvent.GONE:
            await self._disable(result)
        else:
            self._wait(result)

    def _taken(self, batch: list[OutboxItem]) -> None:
        if self.tries >= TOLD_AT_TRY:
            self.around.emit("callback_recovered", **self._names, tries=self.tries)
        self._forget_failures()
        self._through = 0
        for item in batch:
            self.queue.popleft()
            self._owner.acked(item)

    def _forget_failures(self) -> None:
        self.tries, self.problem, self.failing_since, self.next_at = 0, "", 0.0, 0.0

    # --- what was not taken ------------------------------------------------------------------------------------------

    def _wait(self, result: CallResult) -> None:
        around = self.around
        self._note(result)
        self._change(result.event)
        if self.tries == TOLD_AT_TRY:
            around.emit("callback_failing", **self._names, problem=self.problem, tries=self.tries)
        wait_s = around.steps.wait_s(result, self.tries)
        self.next_at = around.clock() + wait_s
        self._timer = around.loop.call_later(wait_s, self._due)

    async def _disable(self, result: CallResult) -> None:
        self._note(result)
        self._change(CallEvent.GONE)
        self.around.emit("callback_disabled", **self._names, problem=self.problem)
        with contextlib.suppress(StoreAway):  # then the next start calls it once more, and hears the same
            await self.around.keeper.disabled(self.endpoint, self.problem)

    def _note(self, result: CallResult) -> None:
        self.tries += 1
        self.problem = result.words
        self.failing_since = self.failing_since or self.around.clock()

    def _change(self, event: CallEvent) -> None:
        self.state = TRANSITIONS[self.state].get(event, self.state)

    def _due(self) -> None:
        self._timer = None
        self._change(CallEvent.DUE)
        if self.is_ready:
            self._owner.offer_again()

    def give_back(self) -> None:
        """Let other receivers have what is here."""
        self._owner.leave_all(self.queue)

    # --- by command --------------------------------------------------------------------------------------------------

    def update(self, endpoint: Endpoint) -> None:
        """Go on with what is configured now; a call under way ends as it began."""
        before, self.endpoint = self.endpoint, endpoint
        if endpoint.state in KEPT:
            self._change(CallEvent.PAUSED if endpoint.state is CallState.PAUSED else CallEvent.GONE)
        elif before.state in KEPT or before.url != endpoint.url:
            self._change(CallEvent.RESUMED)
            self._forget_failures()
        if self.state is not CallState.WAITING and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self.is_ready and not self.is_calling:
            self.give_back()

    def close(self) -> None:
        """Call no more; what is under way still counts."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self.is_calling:
            self.give_back()

    @property
    def _names(self) -> dict[str, Any]:
        host = urlsplit(self.endpoint.url).hostname or ""
        return {"account": self.endpoint.account, "callback": self.endpoint.id, "host": host}


def signed_call(endpoint: Endpoint, id: str, document: Mapping[str, Any], now: float) -> Call:
    """Return the call that tells an endpoint one document."""
    body = orjson.dumps(document)
    return Call("POST", endpoint.url, {**JSON, **signed_headers(id, now, body, endpoint.secrets_at(now))}, body)


