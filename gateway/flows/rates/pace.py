"""Agreed rates in segments (token buckets): of an account and its service codes, of a channel."""

from __future__ import annotations

from math import inf
from typing import Final

from gateway.domain.account import Account
from gateway.pipeline.policy.learnt_rate import LearntRate
from gateway.pipeline.policy.token_bucket import TokenBucket

IDLE_S: Final = 1.0
IDLE_SHARE: Final = 40.0  # an idle time earns what the rate gives in 1/40 second, one segment at least
LEARNT_SHARE: Final = 20.0  # at most so large a share of a second at once: a carrier may count finely
LOOK_S: Final = 0.02  # how often a learnt rate is looked at
COMMIT_S: Final = 0.02  # how soon to look again when claims that commit take all there is


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

    def limit_code(self, code: str, per_s: float, now: float) -> None:
        """Put a limit above a code's own rate, or take it off (0); a limit never makes a code faster."""
        for known, bucket in self._codes:
            if known == code:
                bucket.set_rate(_lower(self._rates_per_s[code], per_s), now)
        self.is_paced = bool(self._account.rate_per_s) or any(bucket.rate_per_s for _, bucket in self._codes)


class Leave:
    """The same rates where accepted messages leave. Lateness is made up, up to the burst; an idle time earns one
    segment or little more, so that what was held for its hours leaves at the rate from the first instant on."""

    __slots__ = ("_account", "_codes", "_rates_per_s", "is_on")

    def __init__(self, account: Account, now: float) -> None:
        self._account = _exact(account.rate_per_s, now)
        codes = sorted(account.service_codes, key=lambda code: -len(code.code))
        self._rates_per_s = {code.code: code.rate_per_s for code in codes}
        self._codes: dict[str, TokenBucket | None] = {code.code: _exact(code.rate_per_s, now) for code in codes}
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
            _forget_idle(bucket, now)
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
        rate_per_s = _lower(self._rates_per_s[code], per_s or 0.0)
        known = self._codes[code]
        if per_s == 0.0:
            self._codes[code] = None
        elif known is None:
            self._codes[code] = _exact(rate_per_s, now)
        else:
            _change(known, rate_per_s, now, _burst(rate_per_s))
        self._note()


def _forget_idle(bucket: TokenBucket, now: float) -> None:
    """Let an idle time earn little; what is late by less than that is made up."""
    rate_per_s = bucket.rate_per_s
    if rate_per_s and now - bucket.booked_at > IDLE_S + 2.0 / rate_per_s:
        bucket.clip(max(1.0, rate_per_s / IDLE_SHARE), now)


def _exact(rate_per_s: float, now: float) -> TokenBucket:
    bucket = TokenBucket(rate_per_s, _burst(rate_per_s), now=now)
    bucket.clip(1.0, now)
    return bucket


class ChannelPace:
    """A channel's rate, kept where segments leave for their link, however long their commits took: the lowest of what
    was agreed, of a limit above it, and of what the carrier's answers say (`learnt`).

    `claim` counts segments whose claim commits, `depart` books them, `drop` forgets them. No more are let into a
    commit than may leave at once, so that a slow store does not gather more than the carrier agreed to. A new pace
    begins empty: before a restart the carrier may just have had its due.
    """

    __slots__ = ("_bucket", "_largest", "_leaving", "_limit_per_s", "_looks_at", "_rate_per_s", "is_on", "learnt")

    def __init__(self, rate_per_s: float, now: float) -> None:
        self._rate_per_s, self._limit_per_s = rate_per_s, 0.0
        self._bucket = TokenBucket(rate_per_s, _burst(rate_per_s), now=now)
        self._bucket.reserve(int(self._bucket.burst), now)
        self._leaving = 0
        self._largest = 1  # segments of a message since a rate is learnt
        self.learnt = LearntRate()
        self._looks_at = 0.0
        self.is_on = bool(rate_per_s)

    def ready_at(self, segments: int, now: float) -> float:
        """Return when so many may be claimed, `now` for at once; a message larger than the burst needs a full one."""
        learnt = self.learnt
        if learnt.per_s:
            self.look(now)
            if learnt.held_until > now:
                return learnt.held_until
            if learnt.is_probing and self._leaving:
                return now + COMMIT_S
            if segments > self._largest:
                self._largest = segments
                self._set(now)
        burst = int(self._bucket.burst)
        wanted = self._leaving + segments
        if self._leaving and wanted > burst:
            return now + COMMIT_S
        _forget_idle(self._bucket, now)
        return self._bucket.ready_at(min(wanted, burst), now)

    def claim(self, segments: int) -> None:
        self._leaving += segments

    def drop(self, segments: int) -> None:
        self._leaving = max(0, self._leaving - segments)

    def depart(self, segments: int, now: float) -> None:
        self.drop(segments)
        self._bucket.reserve(segments, now)
        if self.learnt.per_s:
            self.learnt.sent(now)

    def change(self, rate_per_s: float, now: float) -> None:
        """Take the agreed rate of a changed configuration; a limit stays above it."""
        self._rate_per_s = rate_per_s
        self.limit(self._limit_per_s, now)

    def limit(self, per_s: float, now: float) -> None:
        """Put a limit above the agreed rate, or take it off (0)."""
        self._limit_per_s = per_s
        self._set(now)

    def look(self, now: float) -> None:
        """Follow the learnt rate, which rises by the clock; it may end."""
        if now >= self._looks_at:
            self._looks_at = now + LOOK_S
            self.learnt.look(now)
            self._set(now)

    def lowered(self, now: float) -> None:
        """The carrier's answers said less: what was earned meanwhile does not leave in one burst."""
        self._set(now)
        self._bucket.clip(0.0, max(now, self.learnt.held_until))

    def _set(self, now: float) -> None:
        rate_per_s = _lower(self._rate_per_s, self._limit_per_s)
        learnt_per_s = self.learnt.per_s
        if learnt_per_s and (not rate_per_s or learnt_per_s < rate_per_s):
            # Two messages at least: what is earned while one commits would be lost else.
            _change(self._bucket, learnt_per_s, now, max(2.0 * self._largest, learnt_per_s / LEARNT_SHARE))
            self.is_on = True
        else:
            _change(self._bucket, rate_per_s, now, _burst(rate_per_s))
            self.is_on = bool(rate_per_s or learnt_per_s)
            if not self.is_on:
                self._leaving = 0  # nobody counts on
            if not learnt_per_s:
                self._largest = 1


def _change(bucket: TokenBucket, rate_per_s: float, now: float, burst: float) -> None:
    had_none = not bucket.rate_per_s
    bucket.set_rate(rate_per_s, now, burst)
    if had_none:
        bucket.clip(1.0, now)


def _burst(rate_per_s: float) -> float:
    """Return what may leave at once, so that one that was late does not make all behind it late."""
    return max(2.0, rate_per_s / 10)


def _lower(rate_per_s: float, limit_per_s: float) -> float:
    """Return the lower of two rates; 0 is none."""
    return min(rate_per_s, limit_per_s) if rate_per_s and limit_per_s else rate_per_s or limit_per_s
