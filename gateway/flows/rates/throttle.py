"""What the carrier of a channel takes: its answers lower the channel's pace; a learnt rate is told, and its end.

Without a throttle answer nothing happens here but the count of answers OK, which links make in `learnt` themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.flows.interfaces import Emit
from gateway.flows.rates.pace import ChannelPace

LOOK_S: Final = 0.5  # how often a learnt rate is looked at while nothing leaves


class Throttle:
    """Of one channel, over all its links. Times are those of the loop; `wake_at` asks for a call of `look`."""

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
        self._follow(was_per_s, tick)

    def congested(self, state: int, written_at: float, tick: float) -> None:
        """An answer says how near the carrier is to what it can take, 0 to 100."""
        was_per_s = self.learnt.per_s
        self.learnt.congested(state, written_at, tick)
        self._follow(was_per_s, tick)

    def _follow(self, was_per_s: float, tick: float) -> None:
        per_s = self.learnt.per_s
        if per_s != was_per_s or self.learnt.held_until > tick:
            self._pace.lowered(tick)
        if per_s and self._since is None:
            self._since = tick
            self._emit("rate_learnt", channel=self._channel, per_s=round(per_s, 1))
            self._wake_at(tick + LOOK_S)

    def look(self, tick: float) -> None:
        """Follow the learnt rate also while nothing leaves; tell its end."""
        if self._since is None:
            return
        self._pace.look(tick)
        if self.learnt.per_s:
            self._wake_at(tick + LOOK_S)
        else:
            self._emit("rate_free", channel=self._channel, lasted_s=round(tick - self._since, 1))
            self._since = None
