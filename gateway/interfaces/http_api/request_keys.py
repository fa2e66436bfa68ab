"""Idempotency-Key: a request that is repeated is answered as the first one was, and does nothing.

    new       nobody knows the key: the request is done, and how it is answered is stored in the batch of its messages
    under way the first one is not answered yet: the repetition waits for that, for a time
    known     with the same body: the same answer again; with another: refused

The row of a key is committed with the messages that it stands for, so a crash leaves both or neither: a repetition
after it finds the answer, or does what was never done. What was refused as a whole binds no key: nothing came of it, so
a repetition is judged anew. Keys known to memory are a bounded number; the others are looked up, many at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

import orjson

from gateway.flows.messages.intake import UNFIT
from gateway.interfaces.http_api.answered_messages import REFUSED, set_refused
from gateway.interfaces.http_api.call import ApiNode
from gateway.interfaces.http_api.problem import Problem
from gateway.store.facts.request_rows import AnsweredRequest, KeyOf, RequestStore

HEADER: Final = "Idempotency-Key"
KNOWN_MAX: Final = 20_000
OCTETS_MAX: Final = 16 << 20
FORGOTTEN_AT_ONCE: Final = 16
WAIT_S: Final = 10.0  # of a repetition for the first one
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(slots=True, eq=False)
class KeyedRequest:
    """A request with a key: `answered` is empty while it is under way. `told` ends with it.

    From when it is submitted its end is that of its batch, whoever waits for it; `pending` is its answer then.
    """

    place: KeyOf
    body_digest: str
    told: asyncio.Future[None]
    answered: AnsweredRequest | None = None
    pending: AnsweredRequest | None = None
    is_submitted: bool = False


class RequestKeys:
    """The keys of one node."""

    def __init__(self, node: ApiNode, *, known_max: int = KNOWN_MAX, octets_max: int = OCTETS_MAX) -> None:
        self._node = node
        self._known: OrderedDict[KeyOf, KeyedRequest] = OrderedDict()
        self._known_max = known_max
        self._octets_max = octets_max
        self._octets = 0  # of all answers that are known
        self._wanted: dict[KeyOf, asyncio.Future[AnsweredRequest | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def known(self) -> int:
        """How many keys memory knows."""
        return len(self._known)

    async def begin(self, account: str, key: str, body: bytes) -> KeyedRequest:
        """Return the request of this key: with its answer where it has one, else the caller's own to `end`.

        Raises Problem for a key used for another body, and for one whose first request takes too long.
        """
        if _KEY.fullmatch(key) is None:
            raise Problem("PARAMETER", f"{HEADER} is 1 to 255 visible characters of ASCII")
        place, digest = (account, hashlib.sha256(key.encode()).hexdigest()), hashlib.sha256(body).hexdigest()
        while True:
            known = self._known.get(place)
            if known is None:
                return await self._first(place, digest)
            if known.body_digest != digest:
                raise Problem("KEY_USED")
            if known.answered is not None:
                self._known.move_to_end(place)
                return known
            await self._wait(known)

    async def _wait(self, known: KeyedRequest) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                await asyncio.shield(known.told)
        except TimeoutError:
            raise Problem("KEY_BUSY", headers={"Retry-After": "5"}) from None

    async def _first(self, place: KeyOf, digest: str) -> KeyedRequest:
        """Take the key, so that repetitions wait, and look whether the store knows it."""
        made = KeyedRequest(place, digest, self._node.loop.create_future())
        self._known[place] = made
        try:
            found = await self._look_up(place)
        except BaseException:
            self.end(made, None)
            raise
        if found is None:
            return made
        made.body_digest = found.body_digest
        self.end(made, found)
        if found.body_digest != digest:
            raise Problem("KEY_USED")
        return made

    def end(self, request: KeyedRequest, answered: AnsweredRequest | None) -> None:
        """End a request: with its answer, or so that its key is as unknown as before."""
        request.answered = answered
        if answered is None and self._known.get(request.place) is request:
            del self._known[request.place]
        if not request.told.done():
            request.told.set_result(None)
        if answered is not None:
            self._octets += len(answered.answer)
        self._forget()

    def _forget(self) -> None:
        """Forget the oldest that are answered, for those are stored; what is under way goes behind the others."""
        for _ in range(FORGOTTEN_AT_ONCE):
            if len(self._known) <= self._known_max and self._octets <= self._octets_max:
                return
            place, oldest = next(iter(self._known.items()))
            if oldest.answered is None:
                self._known.move_to_end(place)
            else:
                del self._known[place]
                self._octets -= len(oldest.answered.answer)

    async def _look_up(self, place: KeyOf) -> AnsweredRequest | None:
        """Return what is stored of a key; those that are asked for meanwhile go in one look-up."""
        told = self._node.loop.create_future()
        self._wanted[place] = told
        if self._looking is None:
            self._looking = self._node.loop.create_task(self._look())
        found: AnsweredRequest | None = await told
        return found

    async def _look(self) -> None:
        try:
            await self._look_while_wanted()
        finally:
            self._looking = None

    async def _look_while_wanted(self) -> None:
        requests = self._node.store.requests
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            try:
                found = await requests.answered(list(wanted))
                found = {place: await as_stored(requests, each) for place, each in found.items()}
            except Exception as fault:  # each that waits hears of it
                for told in wanted.values():
                    _fail(told, fault)
                continue
            for place, told in wanted.items():
                if not told.done():
                    told.set_result(found.get(place))


def _fail(told: asyncio.Future[AnsweredRequest | None], fault: Exception) -> None:
    if not told.done():
        told.set_exception(fault)


async def as_stored(requests: RequestStore, answered: AnsweredRequest) -> AnsweredRequest:
    """Return an answer without success for messages whose rows the database set aside."""
    document = orjson.loads(answered.answer)
    accepted = [each for each in document["messages"] if each["state"] != REFUSED]
    stored = await requests.stored([int(each["id"]) for each in accepted])
    missing = [each for each in accepted if int(each["id"]) not in stored]
    if not missing:
        return answered
    for each in missing:
        set_refused(each, UNFIT)
    document["accepted"] -= len(missing)
    document["refused"] += len(missing)
    return replace(answered, status=207, answer=orjson.dumps(document).decode())
