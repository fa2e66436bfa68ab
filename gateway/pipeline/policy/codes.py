"""The service codes of an account that are in force at a moment, as one prefix test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import inf

from gateway.domain.account import ServiceCode
from gateway.domain.china_time import end_of, start_of


class Codes:
    """Which code a source belongs to. The codes in force change at midnight only, so the hot path compares one time."""

    __slots__ = ("_all", "_in_force", "_roomy_max", "_until", "prefixes")

    def __init__(self, codes: Iterable[ServiceCode], now: float) -> None:
        spans = []
        for code in codes:
            starts_at = start_of(date.fromisoformat(code.valid_from)) if code.valid_from else -inf
            ends_at = end_of(date.fromisoformat(code.valid_to)) if code.valid_to else inf
            spans.append((code, starts_at, ends_at))
        self._all = tuple(spans)
        self.refresh(now)

    def refresh(self, now: float) -> None:
        """Take the codes in force at `now`, longest first, and when that changes next."""
        codes = [code for code, starts_at, ends_at in self._all if starts_at <= now < ends_at]
        changes = [moment for _, starts_at, ends_at in self._all for moment in (starts_at, ends_at) if moment > now]
        self._in_force = tuple(sorted(codes, key=lambda code: len(code.code), reverse=True))
        self._until = min(changes, default=inf)
        self._roomy_max = min((code.digits_max for code in codes), default=0)
        self.prefixes = tuple(code.code for code in self._in_force)

    def owns(self, source: str, now: float) -> bool:
        """Tell whether a code in force is the source or begins it (no length rule here)."""
        if now >= self._until:
            self.refresh(now)
        return source.startswith(self.prefixes)

    def is_roomy(self, digits: int) -> bool:
        """Tell whether every code in force allows a source of that many digits."""
        return digits <= self._roomy_max

    def find(self, source: str, now: float) -> ServiceCode | None:
        """Return the longest code in force that begins the source, or None."""
        if now >= self._until:
            self.refresh(now)
        for code in self._in_force:
            if source.startswith(code.code):
                return code
        return None
