"""How much a simulated carrier takes: a bucket that fills at its rate, or a count that begins with each window."""

from __future__ import annotations

from typing import Final

from gateway.simulator.core_interfaces import CarrierTerms

FULL: Final = 100  # congestion_state: nothing more


class Allowance:
    """Of one login, or of one link. The terms may change at any time. Times are monotonic seconds."""

    __slots__ = ("_at", "_left", "_window")

    def __init__(self) -> None:
        self._left = 1.0
        self._at = 0.0
        self._window = -1

    def take(self, terms: CarrierTerms, now: float) -> bool:
        """Tell whether one more is taken now."""
        self._renew(terms, now)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def _renew(self, terms: CarrierTerms, now: float) -> None:
        if terms.rate_window_s:
            window = int(now / terms.rate_window_s)
            if window != self._window:
                self._window, self._left = window, terms.rate_per_s * terms.rate_window_s
        else:
            self._left = min(self._size(terms), self._left + (now - self._at) * terms.rate_per_s)
        self._at = now

    @staticmethod
    def _size(terms: CarrierTerms) -> float:
        return max(1.0, terms.rate_burst or terms.rate_per_s)

    def congestion(self, terms: CarrierTerms) -> int:
        """Return how much of it is used up, as a congestion_state."""
        size = terms.rate_per_s * terms.rate_window_s or self._size(terms)
        return FULL if self._left < 1.0 else min(FULL - 1, int(FULL * (1.0 - self._left / size)))
