"""Agreed rates in segments (token buckets) of an account and its service codes: of what it submits, of what leaves."""

from __future__ import annotations

from math import inf
from typing import Final

from gateway.domain.account import Account
from gateway.pipeline.policy.token_bucket import TokenBucket

IDLE_S: Final = 1.0
IDLE_SHARE: Final = 40.0  # an idle time earns what the rate gives in 1/40 second, one segment at least


class Pace:
    """`delay_s` books segments and tells how long they wait. Buckets run on the loop's time."""

    __slots__ = ("_account", "_codes", "_rates_per_s", "is_paced")

    def __init__(self, account: Account, now: float) -> None:
        self._account = TokenBucket(account.rate_per_s, now=now)
        codes = sorted(account.service_codes, key=lambda code: -len(code.code))
        self._rates_per_s = {code.code: code.rate_per_s for code in codes}
        # Every code has a bucket, for a limit may come at any time; a rate of 0 lets all pass.
        self._codes = tuple((code.code, TokenBucket(code.rate_per_s, now=now)) for code in codes)
        self.is_paced = bool(account.rate_per_s) or any(self._rates_per_s.values())

    def delay_s(self, source: str, segments: int, now: float) -> float:
        """Book segments from `source`; return the seconds until they may go on."""
        ready_at = self._account.reserve(segments, now)
        for code, bucket in self._codes:
            if source.startswith(code):
                ready_at = max(ready_at, bucket.reserve(segments, now))
                break
        return ready_at - now

    def wait_s(self, source: str, now: float) -> float:
        """Return the seconds until one segment from `source` could go on; nothing is booked."""
        ready_at = self._account.ready_at(1, now)
        for code, bucket in self._codes:
            if source.startswith(code):
                ready_at = max(ready_at, bucket.ready_at(1, now))
                break
        return ready_at - now

    def limit_code(self, code: str, per_s: float, now: float) -> None:
        """Put a limit above a code's own rate, or take it off (0); a limit never makes a code faster."""
        for known, bucket in self._codes:
            if known == code:
                bucket.set_rate(lower_rate(self._rates_per_s[code], per_s), now)
        self.is_paced = bool(self._account.rate_per_s) or any(bucket.rate_per_s for _, bucket in self._codes)


class DeparturePace:
    """The same rates where accepted messages leave. Lateness is made up, up to the burst; an idle time earns one
    segment or little more, so that what was held for its hours leaves at the rate from the first instant on."""

    __slots__ = ("_account", "_codes", "_rates_per_s", "is_on")

    def __init__(self, account: Account, now: float) -> None:
        self._account = exact_bucket(account.rate_per_s, now)
        codes = sorted(account.service_codes, key=lambda code: -len(code.code))
        self._rates_per_s = {code.code: code.rate_per_s for code in codes}
        self._codes: dict[str, TokenBucket | None] = {code.code: exact_bucket(code.rate_per_s, now) for code in codes}
        self._note()

    def _note(self) -> None:
        codes = self._codes.values()
        self.is_on = bool(self._account.rate_per_s) or any(bucket is None or bucket.rate_per_s for bucket in codes)

    def code_of(self, source: str) -> str:
        """Return the code that a source is under, or ""."""
        return next((code for code in self._codes if source.startswith(code)), "")

    def _buckets(self, source: str) -> tuple[TokenBucket | None, ...]:
        code = self.code_of(source)
        return (self._account, self._codes[code]) if code else (self._account,)

    def ready_at(self, source: str, segments: int, now: float) -> float:
        """Return from when on so many may leave, `now` for at once, infinity while the code is suspended."""
        ready_at = now
        for bucket in self._buckets(source):
            if bucket is None:
                return inf
            forget_idle(bucket, now)
            ready_at = max(ready_at, bucket.ready_at(min(segments, int(bucket.burst)), now))
        return ready_at

    def book(self, source: str, segments: int, now: float) -> None:
        """Count segments that leave."""
        for bucket in self._buckets(source):
            if bucket is not None:
                bucket.reserve(segments, now)

    def limit_code(self, code: str, per_s: float | None, now: float) -> None:
        """Put a limit above a code's own rate (0: nothing leaves), or take it off (None)."""
        if code not in self._codes:
            return
        rate_per_s = lower_rate(self._rates_per_s[code], per_s or 0.0)
        known = self._codes[code]
        if per_s == 0.0:
            self._codes[code] = None
        elif known is None:
            self._codes[code] = exact_bucket(rate_per_s, now)
        else:
            change_rate(known, rate_per_s, now, burst_of(rate_per_s))
        self._note()


def forget_idle(bucket: TokenBucket, now: float) -> None:
    """Let an idle time earn little; what is late by less than that is made up."""
    rate_per_s = bucket.rate_per_s
    if rate_per_s and now - bucket.booked_at > IDLE_S + 2.0 / rate_per_s:
        bucket.clip(max(1.0, rate_per_s / IDLE_SHARE), now)


def exact_bucket(rate_per_s: float, now: float) -> TokenBucket:
    bucket = TokenBucket(rate_per_s, burst_of(rate_per_s), now=now)
    bucket.clip(1.0, now)
    return bucket


def change_rate(bucket: TokenBucket, rate_per_s: float, now: float, burst: float) -> None:
    had_none = not bucket.rate_per_s
    bucket.set_rate(rate_per_s, now, burst)
    if had_none:
        bucket.clip(1.0, now)


def burst_of(rate_per_s: float) -> float:
    """Return what may leave at once, so that one that was late does not make all behind it late."""
    return max(2.0, rate_per_s / 10)


def lower_rate(rate_per_s: float, limit_per_s: float) -> float:
    """Return the lower of two rates; 0 is none."""
    return min(rate_per_s, limit_per_s) if rate_per_s and limit_per_s else rate_per_s or limit_per_s
