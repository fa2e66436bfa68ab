"""Ports that complaints suspended: what was accepted before and still waits is ended (PORT).

What waits for a port that is limited, or that an operator isolated, goes on waiting in its lane (`lanes`).
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.message import Message
from gateway.pipeline.policy.account_policy import Policy


class PortLimits:
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
        """Tell whether a waiting message ends because its port is suspended."""
        return bool(self._ended) and self._code_of(message, now) in self._ended

    def _code_of(self, message: Message, now: float) -> str:
        code = self._policies[message.account.name].codes.find(message.source, now)
        return "" if code is None else code.code
