"""The receiver that calls the endpoints of one account.

    outbox ──deliver──► sorted ──► the endpoint for its kind: a queue in order (endpoint_calls)
                              ├──► a URL of the message's own: by itself, some at a time; what fails waits alone
                              └──► neither: left to other receivers

While an endpoint waits, is paused or disabled, it gives back what it holds: a bound session may take it, and what waits
lies in the outbox, not here. So a restart has nothing to remember but the outbox's cursor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from gateway.domain.callback_endpoint import NO_PARTICULARS, Endpoint, Particulars
from gateway.domain.outcome import NotTaken, OutboxItem, Outcome
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.outbox.account_queue import Reception
from gateway.receivers import kannel_reports
from gateway.receivers.callback_client import Call
from gateway.receivers.callback_states import CallEvent, CallResult
from gateway.receivers.endpoint_calls import JSON, CallSurroundings, EndpointCalls
from gateway.receivers.event_document import document_of, event_id, kind_of
from gateway.receivers.signatures import signed_headers

PROTOCOL: Final = "http"
HELD_MAX: Final = 400  # items of an account that are here and not answered
SORTED_AT_ONCE: Final = 100
ALONE_MAX: Final = 4  # calls at a time to URLs of messages' own
LEFT_MAX: Final = 20_000  # items that nobody is for, above which nothing more is taken from the outbox
AWAY_S: Final = 1.0


class AccountCallbacks:
    """A Receiver of the outbox for one account; `open` it, `change` its endpoints, `close` it."""

    def __init__(self, account: str, around: CallSurroundings) -> None:
        self.account = account
        self.said: dict[int, Particulars] = {}  # by the seq of what is here
        self.calls: list[EndpointCalls] = []
        self._around = around
        self._reception = Reception(self, PROTOCOL, is_choosy=True)
        self._arrived: deque[OutboxItem] = deque()
        self._alone: deque[OutboxItem] = deque()
        self._alone_now = 0
        self._held = 0
        self._is_sorting = self._is_away = self._is_open = False

    def open(self, endpoints: Sequence[Endpoint] = ()) -> None:
        """Begin to take what is owed."""
        self.calls = [EndpointCalls(self, endpoint, self._around) for endpoint in endpoints]
        self._is_open = True
        self._around.outbox.join(self.account, self._reception)
        self.offer_again()

    def change(self, endpoints: Sequence[Endpoint]) -> None:
        """Go on with other endpoints; those that are known keep what they are at."""
        known = {calls.endpoint.id: calls for calls in self.calls}
        self.calls = [known.get(each.id) or EndpointCalls(self, each, self._around) for each in endpoints]
        for calls, endpoint in zip(self.calls, endpoints, strict=True):
            calls.update(endpoint)
        for calls in known.values():
            if calls not in self.calls:
                calls.close()
        self.offer_again()

    def change_surroundings(self, around: CallSurroundings) -> None:
        """Go on with other steps of retries."""
        self._around = around
        for calls in self.calls:
            calls.around = around

    def calls_of(self, endpoint_id: int) -> EndpointCalls | None:
        return next((calls for calls in self.calls if calls.endpoint.id == endpoint_id), None)

    @property
    def is_calling(self) -> bool:
        return self._alone_now > 0 or any(calls.is_calling for calls in self.calls)

    @property
    def failing_since(self) -> float:
        """When the first of its endpoints began to fail (unix seconds); 0: none does."""
        return min((calls.failing_since for calls in self.calls if calls.failing_since), default=0.0)

    def close(self) -> None:
        """Take nothing more; calls under way still count where they end in time."""
        self._is_open = False
        for calls in self.calls:
            calls.close()
        self.leave_all(self._arrived)
        self.leave_all(self._alone)
        self._around.outbox.detach(self.account, self._reception)

    def offer_again(self) -> None:
        """Somebody may be called for what was left."""
        self._around.outbox.offer_again(self.account)

    # --- Receiver ----------------------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        if not self._is_open or self._is_away or (self.calls and not any(calls.is_ready for calls in self.calls)):
            return 0
        if self._around.outbox.left(self.account) >= LEFT_MAX:
            return 0
        return max(0, HELD_MAX - self._held)

    def deliver(self, item: OutboxItem) -> None:
        self._held += 1
        self._arrived.append(item)
        if not self._is_sorting:
            self._is_sorting = True
            self._around.spawn(self._sort())

    # --- sorting -----------------------------------------------------------------------------------------------------

    async def _sort(self) -> None:
        try:
            while self._arrived:
                some = [self._arrived[index] for index in range(min(SORTED_AT_ONCE, len(self._arrived)))]
                ids = [item.message_id for item in some if isinstance(item, Outcome)]
                try:
                    found = await self._around.source.particulars(ids) if ids else {}
                except StoreAway:
                    self._store_away()
                    return
                for item in some:
                    if self._arrived and self._arrived[0] is item:  # else it was given back meanwhile
                        self._arrived.popleft()
                        self._place(item, found)
        finally:
            self._is_sorting = False

    def _store_away(self) -> None:
        self._is_away = True
        self.leave_all(self._arrived)
        self._around.loop.call_later(AWAY_S, self._store_back)

    def _store_back(self) -> None:
        self._is_away = False
        if self._is_open:
            self.offer_again()

    def _place(self, item: OutboxItem, found: Mapping[int, Particulars]) -> None:
        said = found.get(item.message_id, NO_PARTICULARS) if isinstance(item, Outcome) else NO_PARTICULARS
        if said is not NO_PARTICULARS:
            self.said[item.seq] = said
        if isinstance(item, Outcome) and said.report_url and not kannel_reports.is_asked_for(item, said):
            self.acked(item)  # the mask of the message does not ask for it
        elif (said.report_url or said.callback_url) and not self._problem_of_own_url(said):
            self._alone.append(item)
            self._begin_alone()
        else:
            self._to_endpoint(item)

    def _problem_of_own_url(self, said: Particulars) -> str:
        if said.report_url:
            return self._around.problem_of_url(said.report_url.partition("?")[0])
        return self._around.problem_of_url(said.callback_url) or ("" if self._signer() else "nothing signs it")

    def _signer(self) -> Endpoint | None:
        """Return the endpoint whose secret signs calls to URLs of messages' own."""
        return next((calls.endpoint for calls in self.calls if calls.endpoint.secret), None)

    def _to_endpoint(self, item: OutboxItem) -> None:
        chosen = self._calls_for(item)
        if chosen is None or not chosen.is_ready:
            self.leave(item)
        else:
            chosen.put(item)

    def _calls_for(self, item: OutboxItem) -> EndpointCalls | None:
        """Return the endpoint that the message names, else the one for its kind."""
        said, kind = self.said.get(item.seq, NO_PARTICULARS), kind_of(item)
        named = self.calls_of(said.callback_id) if said.callback_id else None
        return named or next((calls for calls in self.calls if kind in calls.endpoint.kinds), None)

    # --- URLs of messages' own ---------------------------------------------------------------------------------------

    def _begin_alone(self) -> None:
        while self._alone and self._alone_now < ALONE_MAX:
            self._alone_now += 1
            self._around.spawn(self._call_alone(self._alone.popleft()))

    async def _call_alone(self, item: OutboxItem) -> None:
        assert isinstance(item, Outcome)
        said = self.said[item.seq]
        try:
            result = await self._around.make(self._own_call(item, said))
        except BaseException:
            self.leave(item)
            raise
        finally:
            self._alone_now -= 1
        self.count(result)
        if result.event is CallEvent.TAKEN:
            self.acked(item)
        elif result.is_forbidden and self.calls:
            self._to_endpoint(item)
        else:
            self._done_with(item)
            outbox = self._around.outbox
            if result.event is CallEvent.GONE:
                outbox.not_taken(item, self._reception, NotTaken.REFUSED, result.status, result.words)
            else:
                outbox.unanswered(item, self._reception)
        self._begin_alone()

    def _own_call(self, item: Outcome, said: Particulars) -> Call:
        if said.report_url:
            return Call("GET", kannel_reports.filled(item, said), {})
        now, body = self._around.clock(), orjson.dumps(document_of(item, said))
        signer = self._signer()
        secrets = signer.secrets_at(now) if signer is not None else ()
        return Call("POST", said.callback_url, {**JSON, **signed_headers(event_id(item.seq), now, body, secrets)}, body)

    # --- what became of it -------------------------------------------------------------------------------------------

    def count(self, result: CallResult) -> None:
        self._around.meters.account(self.account).callbacks[result.event.value] += 1

    def _done_with(self, item: OutboxItem) -> None:
        self._held -= 1
        self.said.pop(item.seq, None)

    def acked(self, item: OutboxItem) -> None:
        """The receiver has it."""
        self._done_with(item)
        self._around.outbox.acked(item, self._reception)

    def leave(self, item: OutboxItem) -> None:
        """Nobody is called for it now."""
        self._done_with(item)
        self._around.outbox.unwanted(item, self._reception)

    def leave_all(self, items: deque[OutboxItem]) -> None:
        """As `leave`, for a queue, which is empty then."""
        held = list(items)
        items.clear()
        for item in held:
            self.leave(item)
