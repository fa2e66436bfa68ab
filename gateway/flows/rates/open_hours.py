"""Sending hours at the moment of leaving: also the tail of a running batch stops when its window closes (S0-5.5).

The stage `window` judges a message when it comes; a channel's sender asks here again before a claim and once more after
its commit.
While every window is open, which is most of the day, the answer is one comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Final

from gateway.contracts.keys import Span
from gateway.contracts.profile import Profile
from gateway.contracts.window import release_at
from gateway.domain.channel import Channel
from gateway.domain.china_time import DAY_S, midnight_before
from gateway.domain.message import Message
from gateway.flows.rates.pace import DeparturePace
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.sending_hours import deferred_until

_ROUNDS_MAX: Final = 4  # two spans that meet at all agree on an opening after so many looks


class SuspendedCodes:
    """Suspended service codes. Empty while there is none, and then nobody asks."""

    __slots__ = ("_ended", "_policies")

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies
        self._ended: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._ended)

    def set(self, code: str, *, ends_waiting: bool) -> None:
        """End what waits for a code from now on, or no more."""
        if ends_waiting:
            self._ended.add(code)
        else:
            self._ended.discard(code)

    def holds(self, message: Message, now: float) -> bool:
        """Tell whether a message may not leave: its time is over now."""
        if not self.ends(message, now):
            return False
        message.not_before = message.expires_at = now
        return True

    def ends(self, message: Message, now: float) -> bool:
        """Tell whether a waiting message ends because its service code is suspended."""
        return bool(self._ended) and self._code_of(message, now) in self._ended

    def _code_of(self, message: Message, now: float) -> str:
        code = self._policies[message.account.name].codes.find(message.source, now)
        return "" if code is None else code.code


class OpenHours:
    """`is_open(now)` tells that no message need be asked of; else `defers` asks of one. One for all channels."""

    __slots__ = (
        "_from", "_is_open", "_policies", "_spans", "_until", "_upstream", "departure_paces", "suspended_codes",
    )

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies
        self.departure_paces: dict[str, DeparturePace] = {}  # of accounts with a rate, where messages leave
        self.suspended_codes = SuspendedCodes(policies)
        self._spans: frozenset[Span] = frozenset()
        self._upstream: dict[str, Profile] = {}
        # What was seen at the last look, and how long it holds.
        self._is_open = False
        self._from, self._until = inf, -inf

    def load(self, profiles: Mapping[str, Profile], channels: Mapping[str, Channel]) -> None:
        """Take the windows of a configuration: those of the clients' contracts, and of the carriers'."""
        self._spans = frozenset(profile.window for profile in profiles.values() if profile.window_classes)
        self._upstream = {
            name: profiles[channel.contract]
            for name, channel in channels.items()
            if channel.contract and profiles[channel.contract].window_classes
        }
        self._from, self._until = inf, -inf

    def end_waiting(self, code: str, *, ends_waiting: bool) -> None:
        """End what waits for a service code from now on, or no more (`open_hours`)."""
        self.suspended_codes.set(code, ends_waiting=ends_waiting)
        self._from, self._until = inf, -inf

    def is_open(self, now: float) -> bool:
        """Tell whether every window is open. Both bounds, for a clock may be set back."""
        if not self._from <= now < self._until:
            self._see_windows(now)
        return self._is_open

    def _see_windows(self, now: float) -> None:
        midnight = midnight_before(now)
        edges = [midnight, midnight + DAY_S]
        for span in self._spans:
            edges += midnight + span.start_s, midnight + span.end_s
        self._from = max(edge for edge in edges if edge <= now)
        self._until = min(edge for edge in edges if edge > now)
        self._is_open = not self.suspended_codes and all(release_at(span, now) is None for span in self._spans)

    def defers(self, message: Message, now: float) -> bool:
        """Tell whether a message must wait for its hours or its service code; if so, `not_before` says until when."""
        policy = self._policies[message.account.name]
        upstream = self._upstream.get(message.channel)
        if upstream is not None and message.message_class not in upstream.window_classes:
            upstream = None
        at = now
        for _ in range(_ROUNDS_MAX):
            opens_at = deferred_until(message, policy, at)
            if opens_at is None and upstream is not None:
                opens_at = release_at(upstream.window, at)
            if opens_at is None:
                break
            at = opens_at
        if at == now:
            return bool(self.suspended_codes) and self.suspended_codes.holds(message, now)
        message.not_before = at
        return True
