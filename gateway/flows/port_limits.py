"""Limited ports at the moment of leaving: what was accepted before a port was limited leaves at its new rate too.

A message books its place up to `AHEAD_S` ahead and waits for it; one that would have to wait longer asks again then, so
that a change of the rate finds little that is booked. What waits for a port that complaints suspended is ended (PORT);
what waits for one that an operator isolated goes on waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.domain.message import Message
from gateway.pipeline.policy import Policy
from gateway.pipeline.rate import TokenBucket

AHEAD_S: Final = 60.0
_BOOKED_MAX: Final = 100_000  # places remembered before the old ones are dropped


class PortLimits:
    """Limits by service code; times are unix seconds. Empty while no port is limited, and then nobody asks."""

    __slots__ = ("_booked", "_buckets", "_ended", "_policies", "_shut")

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies
        self._buckets: dict[str, TokenBucket] = {}
        self._shut: set[str] = set()  # nothing leaves
        self._ended: set[str] = set()  # and what waits ends
        self._booked: dict[int, float] = {}  # message id -> its place

    def __bool__(self) -> bool:
        return bool(self._buckets or self._shut)

    def set(self, code: str, per_s: float | None, *, ends_waiting: bool, now: float) -> None:
        """Limit a code, shut it (0), or free it (None)."""
        self._booked.clear()
        self._shut.discard(code)
        self._ended.discard(code)
        if not per_s:
            self._buckets.pop(code, None)
            if per_s is not None:
                self._shut.add(code)
                if ends_waiting:
                    self._ended.add(code)
        elif code in self._buckets:
            self._buckets[code].set_rate(per_s, now)
        else:
            self._buckets[code] = TokenBucket(per_s, now=now)

    def holds(self, message: Message, now: float) -> bool:
        """Tell whether a message must wait for its port; if so, `not_before` says until when to ask again."""
        code = self._code_of(message, now)
        if code in self._shut:
            message.not_before = now + AHEAD_S
            if code in self._ended:
                message.not_before = message.expires_at = now
            return True
        bucket = self._buckets.get(code)
        if bucket is None:
            return False
        place = self._booked.get(message.id)
        if place is None:
            place = bucket.ready_at(len(message.parts), now)
            if place > now + AHEAD_S:
                message.not_before = now + AHEAD_S
                return True
            self._book(message, bucket, now)
        if place <= now:
            return False
        message.not_before = place
        return True

    def ends(self, message: Message, now: float) -> bool:
        """Tell whether a waiting message ends because its port is suspended."""
        return bool(self._ended) and self._code_of(message, now) in self._ended

    def _book(self, message: Message, bucket: TokenBucket, now: float) -> None:
        if len(self._booked) >= _BOOKED_MAX:
            self._booked = {id_: place for id_, place in self._booked.items() if place > now - AHEAD_S}
        self._booked[message.id] = bucket.reserve(len(message.parts), now)

    def _code_of(self, message: Message, now: float) -> str:
        code = self._policies[message.account.name].codes.find(message.source, now)
        return "" if code is None else code.code
