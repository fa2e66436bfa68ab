"""Sending hours at the moment of leaving: also the tail of a running batch stops when its window closes (S0-5.5).

The stage `window` judges a message when it comes; a road asks here again before a claim and once more after its commit.
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
from gateway.flows.rates.pace import Leave
from gateway.flows.rates.sending_port_limits import PortLimits
from gateway.pipeline.policy.account_policy import Policy
from gateway.pipeline.stages.sending_hours import held_until

_ROUNDS_MAX: Final = 4  # two spans that meet at all agree on an opening after so many looks


class Gate:
    """`is_open(now)` tells that nobody need be asked; else `shuts` asks for one message. One for all roads."""

    __slots__ = (
        "_from", "_is_open", "_policies", "_spans", "_until", "_upstream", "leaves", "ports",
    )

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies
        self.leaves: dict[str, Leave] = {}  # rates at which accepted messages leave, of accounts that have any
        self.ports = PortLimits(policies)
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
        """End what waits for a service code from now on, or no more (`sending_port_limits`)."""
        self.ports.set(code, ends_waiting=ends_waiting)
        self._from, self._until = inf, -inf

    def is_open(self, now: float) -> bool:
        """Tell whether every window is open. Both bounds, for a clock may be set back."""
        if not self._from <= now < self._until:
            self._look(now)
        return self._is_open

    def _look(self, now: float) -> None:
        midnight = midnight_before(now)
        edges = [midnight, midnight + DAY_S]
        for span in self._spans:
            edges += midnight + span.start_s, midnight + span.end_s
        self._from = max(edge for edge in edges if edge <= now)
        self._until = min(edge for edge in edges if edge > now)
        self._is_open = not self.ports and all(release_at(span, now) is None for span in self._spans)

    def shuts(self, message: Message, now: float) -> bool:
        """Tell whether a message must wait for its hours or its port; if so, `not_before` says until when."""
        policy = self._policies[message.account.name]
        upstream = self._upstream.get(message.channel)
        if upstream is not None and message.message_class not in upstream.window_classes:
            upstream = None
        at = now
        for _ in range(_ROUNDS_MAX):
            opens_at = held_until(message, policy, at)
            if opens_at is None and upstream is not None:
                opens_at = release_at(upstream.window, at)
            if opens_at is None:
                break
            at = opens_at
        if at == now:
            return bool(self.ports) and self.ports.holds(message, now)
        message.not_before = at
        return True
