"""The callbacks of all accounts of a node: read at the start, changed behind each commit, closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from gateway.domain.callback_endpoint import Endpoint
from gateway.domain.meters import Meters
from gateway.domain.store_interfaces import StoreAway
from gateway.flows.interfaces import Clock, Emit, Loop, Spawn
from gateway.flows.outbox.outbox import Outbox
from gateway.receivers.account_callbacks import AccountCallbacks
from gateway.receivers.callback_client import CallbackClient
from gateway.receivers.callback_states import CallResult, RetrySteps
from gateway.receivers.callback_urls import CallRules
from gateway.receivers.endpoint_calls import CallSurroundings, Make, ParticularsSource, signed_call
from gateway.receivers.event_document import test_document

CHECK_S: Final = 0.02
AWAY_S: Final = 1.0


class CallbackStore(ParticularsSource, Protocol):
    """What a node keeps of callbacks. Each call MAY raise StoreAway."""

    async def endpoints(self, account: str = "") -> Sequence[Endpoint]:
        """Return the endpoints of an account, or all, with their secrets."""
        ...

    async def with_own_urls(self, accounts: Collection[str]) -> Collection[str]:
        """Return of these accounts the ones that named where to call with a message that may be owed still."""
        ...

    async def disabled(self, endpoint: Endpoint, why: str) -> None:
        """Keep that an endpoint said that it is gone, with its line of the audit."""
        ...


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint as it stands in a running node. Times are unix seconds, 0: none."""

    tries: int
    problem: str
    failing_since: float
    next_at: float


class TestUnderWay(ValueError):
    """One test at a time: each holds a connection to the database."""


class AllCallbacks:
    """One for a node. `make` is how a call is made: over `client`, unless told."""

    def __init__(
        self, outbox: Outbox, store: CallbackStore, client: CallbackClient, *, loop: Loop, clock: Clock, spawn: Spawn,
        meters: Meters, emit: Emit, steps: RetrySteps, make: Make | None = None,
    ) -> None:
        self._store = store
        self._client = client
        self._make = make or client.call
        self._around = CallSurroundings(
            outbox, self._make, self._url_problem, store, store, loop, clock, spawn, meters, emit, steps
        )
        self._clock = clock
        self._by_account: dict[str, AccountCallbacks] = {}
        self._one_at_a_time = asyncio.Lock()
        self._is_testing = False

    def _url_problem(self, url: str) -> str:
        return self._client.rules.url_problem(url)

    @property
    def rules(self) -> CallRules:
        return self._client.rules

    async def start(self, accounts: Collection[str]) -> None:
        """Begin to call for every configured account that has an endpoint, or a message with a URL of its own."""
        for account, endpoints in _by_account(await self._store.endpoints()).items():
            if account in accounts and account not in self._by_account:
                self._open(account, endpoints)
        for account in await self._store.with_own_urls(accounts):
            self.expect(account)

    async def start_later(self, accounts: Collection[str]) -> None:
        """As `start`, for accounts that are new to a running node: it waits for a store that is away."""
        is_started = not accounts
        while not is_started:
            try:
                await self.start(accounts)
                is_started = True
            except StoreAway:
                await asyncio.sleep(AWAY_S)

    def expect(self, account: str) -> None:
        """A message of this account names a URL of its own: its receipt is called for from now on."""
        if account not in self._by_account:
            self._open(account, ())

    def problem_of(self, account: str, callback: str) -> str:
        """Return why the receipts of a message cannot go to an endpoint's id or a URL, "" where they can."""
        found = self._by_account.get(account)
        if found is None or not found.calls:
            return "the account has no callback whose secret could sign: make one (POST /v1/callbacks)"
        if callback.isascii() and callback.isdecimal():
            known = len(callback) <= 18 and found.calls_of(int(callback)) is not None
            return "" if known else "there is no callback of this id"
        return self.rules.url_problem(callback)

    async def refresh(self, account: str) -> None:
        """Go on with what is stored of an account's endpoints now."""
        async with self._one_at_a_time:
            endpoints = await self._store.endpoints(account)
            found = self._by_account.get(account)
            if found is not None:
                found.change(endpoints)
            elif endpoints:
                self._open(account, endpoints)

    def dismiss(self, accounts: Iterable[str]) -> None:
        """Call no more for accounts that are configured no longer."""
        for account in accounts:
            found = self._by_account.pop(account, None)
            if found is not None:
                found.close()

    def change_rules(self, rules: CallRules, steps: RetrySteps) -> None:
        """Judge by other rules from the next call on."""
        self._client.rules = rules
        self._around = replace(self._around, steps=steps)
        for found in self._by_account.values():
            found.change_surroundings(self._around)

    def _open(self, account: str, endpoints: Sequence[Endpoint]) -> None:
        found = self._by_account[account] = AccountCallbacks(account, self._around)
        found.open(endpoints)

    def view(self, endpoint: Endpoint) -> EndpointView | None:
        """Return how the calls of an endpoint go; None where this node does not call it."""
        found = self._by_account.get(endpoint.account)
        calls = found.calls_of(endpoint.id) if found is not None else None
        if calls is None:
            return None
        return EndpointView(calls.tries, calls.problem, calls.failing_since, calls.next_at)

    def failing_since(self) -> dict[str, float]:
        """Return since when (unix seconds) an account's calls fail, of those whose do."""
        found = {name: each.failing_since for name, each in self._by_account.items()}
        return {name: since for name, since in found.items() if since}

    async def test(self, endpoint: Endpoint, id: str) -> CallResult:
        """Call an endpoint once with a signed event that says nothing, beside its queue. Raises TestUnderWay."""
        if self._is_testing:
            raise TestUnderWay("another test is under way: try again in some seconds")
        self._is_testing = True
        try:
            now = self._clock()
            return await self._make(signed_call(endpoint, id, test_document(id, endpoint.account, now), now))
        finally:
            self._is_testing = False

    async def close(self, timeout_s: float = 0.0) -> None:
        """Begin no call any more; those under way have so long. What is not answered, the next process tells again."""
        for found in self._by_account.values():
            found.close()
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while loop.time() < until and any(found.is_calling for found in self._by_account.values()):
            await asyncio.sleep(CHECK_S)
        await self._client.close()


def _by_account(endpoints: Iterable[Endpoint]) -> dict[str, list[Endpoint]]:
    found: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        found.setdefault(endpoint.account, []).append(endpoint)
    return found


