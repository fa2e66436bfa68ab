"""An account whose receipts and MO are called for, on simulated time: the flows of a node, and receivers that are told
what to answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.callback_endpoint import KINDS, CallState, Endpoint, Particulars
from gateway.domain.store_interfaces import StoreAway
from gateway.receivers.all_callbacks import AllCallbacks
from gateway.receivers.callback_client import Call, CallbackClient
from gateway.receivers.callback_states import CallResult, RetrySteps
from gateway.receivers.callback_urls import CallRules
from gateway.receivers.signatures import secret_of
from tests.gateway.flows.bench import Bench

OK = CallResult(200)
URL = "https://client.example/events"


def endpoint(id: int = 1, account: str = "acme", **values: Any) -> Endpoint:
    known: dict[str, Any] = {
        "url": URL, "kinds": KINDS, "state": CallState.READY, "since": 0.0, "created_at": 0.0,
        "secret": secret_of(bytes([id]) * 32),
    }
    return Endpoint(id=id, account=account, **(known | values))


class KeptCallbacks:
    """The store of callbacks, in memory; it outlives a bench."""

    def __init__(self, *endpoints: Endpoint) -> None:
        self.rows = {each.id: each for each in endpoints}
        self.said: dict[int, Particulars] = {}
        self.owners: set[str] = set()
        self.is_away = False
        self.disabled_for: list[tuple[int, str]] = []

    async def endpoints(self, account: str = "") -> Sequence[Endpoint]:
        return [each for each in self.rows.values() if account in ("", each.account)]

    async def with_own_urls(self, accounts: Collection[str]) -> Collection[str]:
        return self.owners & set(accounts)

    async def particulars(self, message_ids: Sequence[int]) -> Mapping[int, Particulars]:
        if self.is_away:
            raise StoreAway("away")
        return {id_: self.said[id_] for id_ in message_ids if id_ in self.said}

    async def disabled(self, endpoint: Endpoint, why: str) -> None:
        self.disabled_for.append((endpoint.id, why))


@dataclass
class Told:
    """One call that came: when, and what it says."""

    at: float
    call: Call

    @property
    def id(self) -> str:
        return self.call.headers["webhook-id"]

    @property
    def events(self) -> list[dict[str, Any]]:
        document = json.loads(self.call.body)
        found: list[dict[str, Any]] = document["data"]["events"] if document["type"] == "events" else [document]
        return found


@dataclass
class Internet:
    """Every receiver there is: `answer(call)` says what one answers, `takes_s` how long it takes."""

    answer: Callable[[Call], CallResult] = lambda call: OK
    takes_s: Callable[[Call], float] = lambda call: 0.01
    told: list[Told] = field(default_factory=list)
    now: int = 0
    most: int = 0

    async def make(self, call: Call) -> CallResult:
        self.told.append(Told(asyncio.get_running_loop().time(), call))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.takes_s(call))
            return self.answer(call)
        finally:
            self.now -= 1

    @property
    def taken(self) -> list[str]:
        """Ids of events that were told, in the order of the calls."""
        return [event["id"] for told in self.told for event in told.events]

    def times(self, since: float) -> list[float]:
        return [round(told.at - since, 1) for told in self.told]


async def called(bench: Bench, store: KeptCallbacks, internet: Internet) -> AllCallbacks:
    """Begin to call for the accounts of a bench."""
    client = CallbackClient(CallRules(), bench.loop.clock, timeout_s=10.0, concurrent_max=10)
    found = AllCallbacks(
        bench.flows.outbox, store, client, loop=bench.loop, clock=bench.loop.clock, spawn=bench._spawn,
        meters=bench.meters, emit=lambda event, **values: bench.events.append((event, values)), steps=RetrySteps(),
        make=internet.make,
    )
    await found.start(list(bench.flows.policies))
    return found


async def delivered(bench: Bench, count: int, account: Any = None) -> list[int]:
    """Submit so many messages and let them be delivered; return their ids in the order of their receipts."""
    hand = bench.hands[0] if bench.hands else bench.link()
    made = [bench.made(**({} if account is None else {"account": account})) for _ in range(count)]
    ids = [answer for answer in await bench.submit(*made) if isinstance(answer, int)]
    assert len(ids) == count
    for id_ in ids:
        await hand.answer(carrier_id=f"c{id_}")
    for id_ in ids:
        await bench.receive(f"c{id_}")
    return ids


def named(bench: Bench, event: str) -> list[dict[str, Any]]:
    return [values for name, values in bench.events if name == event]
