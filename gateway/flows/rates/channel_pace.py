"""The rate of a channel: what was agreed, a limit above it, and what its carrier's answers say; a learnt rate is told.

Without a throttle answer nothing happens here but the count of answers OK, which links make in `learnt` themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.flows.interfaces import Emit
from gateway.flows.rates.pace import burst_of, change_rate, forget_idle, lower_rate
from gateway.pipeline.policy.learnt_rate import LearntRate
from gateway.pipeline.policy.token_bucket import TokenBucket

IDLE_FOLLOW_S: Final = 0.5  # how often a learnt rate is followed while nothing leaves
LEARNT_SHARE: Final = 20.0  # at most so large a share of a second at once: a carrier may count finely
FOLLOW_S: Final = 0.02  # how often a learnt rate is followed
COMMIT_S: Final = 0.02  # how soon to look again when claims that commit take all there is


class ChannelPace:
    """A channel's rate, kept where segments leave for their link, however long their commits took: the lowest of what
    was agreed, of a limit above it, and of what the carrier's answers say (`learnt`).

    `claim` counts segments whose claim commits, `depart` books them, `drop` forgets them. No more are let into a
    commit than may leave at once, so that a slow store does not gather more than the carrier agreed to. A new pace
    begins empty: before a restart the carrier may just have had its due.
    """

    __slots__ = ("_bucket", "_largest", "_leaving", "_limit_per_s", "_updates_at", "_rate_per_s", "is_on", "learnt")

    def __init__(self, rate_per_s: float, now: float) -> None:
        self._rate_per_s, self._limit_per_s = rate_per_s, 0.0
        self._bucket = TokenBucket(rate_per_s, burst_of(rate_per_s), now=now)
        self._bucket.reserve(int(self._bucket.burst), now)
        self._leaving = 0
        self._largest = 1  # segments of a message since a rate is learnt
        self.learnt = LearntRate()
        self._updates_at = 0.0
        self.is_on = bool(rate_per_s)

    def ready_at(self, segments: int, now: float) -> float:
        """Return when so many may be claimed, `now` for at once; a message larger than the burst needs a full one."""
        learnt = self.learnt
        if learnt.per_s:
            self.follow_learnt(now)
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
        forget_idle(self._bucket, now)
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

    @property
    def limit_per_s(self) -> float:
        """The limit above the agreed rate; 0: none."""
        return self._limit_per_s

    def change(self, rate_per_s: float, now: float) -> None:
        """Take the agreed rate of a changed configuration; a limit stays above it."""
        self._rate_per_s = rate_per_s
        self.limit(self._limit_per_s, now)

    def limit(self, per_s: float, now: float) -> None:
        """Put a limit above the agreed rate, or take it off (0)."""
        self._limit_per_s = per_s
        self._set(now)

    def follow_learnt(self, now: float) -> None:
        """Follow the learnt rate, which rises by the clock; it may end."""
        if now >= self._updates_at:
            self._updates_at = now + FOLLOW_S
            self.learnt.update(now)
            self._set(now)

    def lowered(self, now: float) -> None:
        """The carrier's answers said less: what was earned meanwhile does not leave in one burst."""
        self._set(now)
        self._bucket.clip(0.0, now)

    def _set(self, now: float) -> None:
        rate_per_s = lower_rate(self._rate_per_s, self._limit_per_s)
        learnt_per_s = self.learnt.per_s
        if learnt_per_s and (not rate_per_s or learnt_per_s < rate_per_s):
            # Two messages at least: what is earned while one commits would be lost else.
            change_rate(self._bucket, learnt_per_s, now, max(2.0 * self._largest, learnt_per_s / LEARNT_SHARE))
            self.is_on = True
        else:
            change_rate(self._bucket, rate_per_s, now, burst_of(rate_per_s))
            self.is_on = bool(rate_per_s or learnt_per_s)
            if not self.is_on:
                self._leaving = 0  # nobody counts on
            if not learnt_per_s:
                self._largest = 1


class Throttle:
    """Of one channel, over all its links. Times are those of the loop; `wake_at` asks for a call of `follow_learnt`."""

    def __init__(self, channel: str, pace: ChannelPace, emit: Emit, wake_at: Callable[[float], None]) -> None:
        self._channel = channel
        self._pace = pace
        self._emit = emit
        self._wake_at = wake_at
        self.learnt = pace.learnt
        self._since: float | None = None

    def throttled(self, written_at: float, tick: float, pause_s: float) -> None:
        """The carrier answered "too fast" to a segment; `pause_s` is the longest rest while it takes nothing."""
        was_per_s = self.learnt.per_s
        self.learnt.throttled(written_at, tick, pause_s)
        self._rate_changed(was_per_s, tick)

    def congested(self, state: int, written_at: float, tick: float) -> None:
        """An answer says how near the carrier is to what it can take, 0 to 100."""
        was_per_s = self.learnt.per_s
        self.learnt.congested(state, written_at, tick)
        self._rate_changed(was_per_s, tick)

    def _rate_changed(self, was_per_s: float, tick: float) -> None:
        per_s = self.learnt.per_s
        if per_s != was_per_s or self.learnt.held_until > tick:
            self._pace.lowered(tick)
        if per_s and self._since is None:
            self._since = tick
            self._emit("rate_learnt", channel=self._channel, per_s=round(per_s, 1))
            self._wake_at(tick + IDLE_FOLLOW_S)

    def follow_learnt(self, tick: float) -> None:
        """Follow the learnt rate also while nothing leaves; tell its end."""
        if self._since is None:
            return
        self._pace.follow_learnt(tick)
        if self.learnt.per_s:
            self._wake_at(tick + IDLE_FOLLOW_S)
        else:
            self._emit("rate_free", channel=self._channel, lasted_s=round(tick - self._since, 1))
            self._since = None
