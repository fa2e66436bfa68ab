"""A token bucket in segments that reserves ahead: it says when, never no."""

from __future__ import annotations


class TokenBucket:
    """`rate_per_s` segments a second, fractions welcome (1.5/s by the complaint regime), `burst` at once.

    `reserve` books the segments and tells from when on they may leave; the caller waits, or refuses when that is too
    far away (`ready_at` asks without booking). Segments that leave at their times never exceed `burst + rate * t` in
    any span t, as long as no single reservation is larger than the burst. Rate 0 is no limit. Times are seconds of
    any clock that the caller keeps to; one that steps back earns nothing.
    """

    __slots__ = ("_at", "_rate_per_s", "_tokens", "booked_at", "burst")

    def __init__(self, rate_per_s: float, burst: float | None = None, *, now: float = 0.0) -> None:
        self._rate_per_s = _checked(rate_per_s)
        self.burst = max(1.0, rate_per_s if burst is None else burst)
        self._tokens = self.burst
        self.booked_at = now  # when segments were last booked, or when there were too few
        self._at = now  # the moment at which there are `_tokens`: in the future when all until then is booked

    @property
    def rate_per_s(self) -> float:
        return self._rate_per_s

    def reserve(self, n: int, now: float) -> float:
        """Book n segments; return the time (>= now) from which they may leave."""
        rate_per_s = self._rate_per_s
        if not rate_per_s:
            return now
        self.booked_at = now
        tokens, at = self._tokens, self._at
        if now > at:
            tokens += (now - at) * rate_per_s
            if tokens > self.burst:
                tokens = self.burst
            at = now
        if tokens >= n:
            self._tokens = tokens - n
        else:
            at += (n - tokens) / rate_per_s
            self._tokens = 0.0
        self._at = at
        return at

    def ready_at(self, n: int, now: float) -> float:
        """Return what `reserve` would, without booking."""
        tokens, at, booked_at = self._tokens, self._at, self.booked_at
        ready_at = self.reserve(n, now)
        self._tokens, self._at = tokens, at
        if ready_at <= now:
            self.booked_at = booked_at
        return ready_at

    def clip(self, tokens_max: float, now: float) -> None:
        """Let an idle time earn no more than so many segments at once."""
        if self._rate_per_s and now >= self._at:
            self._tokens = min(tokens_max, self._tokens + (now - self._at) * self._rate_per_s)
            self._at = now

    def give_back(self, n: int) -> None:
        """Return n booked segments that will not leave: the next ones may leave as much earlier."""
        if not self._rate_per_s:
            return
        self._tokens = min(self.burst, self._tokens + n)

    def set_rate(self, rate_per_s: float, now: float, burst: float | None = None) -> None:
        """Change the rate from `now` on; segments that wait keep their number and wait by the new rate."""
        old_per_s = self._rate_per_s
        self._rate_per_s = _checked(rate_per_s)
        if not old_per_s or not rate_per_s:
            self._at, self._tokens = now, self.burst if not old_per_s else 0.0
        elif self._at > now:
            self._at = now + (self._at - now) * old_per_s / rate_per_s
        else:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * old_per_s)
            self._at = now
        self.burst = max(1.0, rate_per_s if burst is None else burst)
        self._tokens = min(self._tokens, self.burst)


def _checked(rate_per_s: float) -> float:
    if not 0 <= rate_per_s < float("inf"):
        raise ValueError(f"a rate of {rate_per_s} segments a second")
    return rate_per_s
