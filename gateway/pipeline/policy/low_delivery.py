"""What a channel's deliveries are low for, as the route stage asks it: one question a message, one entry a pair."""

from __future__ import annotations

from typing import Final

from gateway.domain.delivery import OF_ACCOUNT, OF_SIGNATURE

PROBE_EVERY: Final = 20  # one message of so many still goes by the channel


class LowPair:
    """An account or a signature whose deliveries over a channel are low; shares in percent, for people."""

    __slots__ = ("_count", "kind", "name", "recent_percent", "usual_percent")

    def __init__(self, kind: str, name: str, recent: float, usual: float) -> None:
        self.kind = kind
        self.name = name
        self.recent_percent = round(recent * 100)
        self.usual_percent = round(usual * 100)
        self._count = 0

    def moves(self) -> bool:
        """Count a message that would go by the channel; tell whether it should take another one."""
        self._count += 1
        return self._count % PROBE_EVERY != 0


class LowDelivery:
    """The pairs of one channel."""

    __slots__ = ("_accounts", "_signatures")

    def __init__(self, pairs: list[LowPair]) -> None:
        self._accounts = {pair.name: pair for pair in pairs if pair.kind == OF_ACCOUNT}
        self._signatures = {pair.name: pair for pair in pairs if pair.kind == OF_SIGNATURE}

    def pair_of(self, account: str, signature: str) -> LowPair | None:
        """Return why messages of an account under a signature are delivered less than usual, or None."""
        return self._signatures.get(signature) or self._accounts.get(account)
