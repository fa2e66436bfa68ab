"""The rate that a carrier takes, learnt from its answers: nobody configured it, and it may change at any time.

A carrier that gets more than it takes answers "too fast" (a throttle) to the rest. Each such answer is a wasted submit,
and a long pause behind it wastes the carrier. The rate is measured where it shows: what was taken within the second
before a throttle is what the carrier takes, whether it counts by the second or fills a bucket.

    none      no pace. A throttle begins a guess
    guess     the rate that was taken, times four each second; a stray throttle is forgotten in seconds. A second:
              learnt
    learnt    a little below what was taken, then up along a cubic curve as TCP CUBIC (RFC 9438): soon back to the
              ceiling, slowly around it, faster and faster beyond. Each throttle measures and lowers it again
    none      after a minute without a throttle, or far above the ceiling, which is remembered for an hour

Answers to what was written before the last throttle was counted say nothing new. While throttle follows throttle and
nothing is taken, the rate says nothing either: one segment at a time asks, after pauses that double. Throttles that
come again and again below what was just taken are by chance (a carrier that limits single numbers, say): the rate goes
back to where it was, and as many of them are ignored for a while.

SMPP 5.0's congestion_state: 100 counts as a throttle, though the segment was taken; from 90 on nothing rises.
Times are seconds of any clock that does not step back. docs/decisions/0024 has the reasons and the figures.
"""

from __future__ import annotations

from math import inf
from typing import Final

KEEP: Final = 0.95  # of what was taken: where a lowered rate begins
BACK_S: Final = 3.0  # until it is at its ceiling again; at twice that it is as far above it…
BACK_ANSWERS: Final = 8.0  # …or so many times what an answer takes: who hears late must not rise fast
GONE_TIMES: Final = 4.0  # a rate so many times its ceiling limits nothing
RISE: Final = 4.0  # times that a guess rises in a second
GUESS_TIMES: Final = RISE**5  # its base; a guess that came so far limits nothing
RAMP: Final = 1.85  # a rate that rose so within a second, by its mean: ln 4 / (1 - 1/4)
QUIET_S: Final = 60.0  # without a throttle: nothing is limited
REMEMBERED_S: Final = 3600.0
FLOOR_PER_S: Final = 0.5
APART_S: Final = 0.5  # between two steps down: the measure must see what the first one did
HOLD_MAX_S: Final = 0.1  # after a throttle, so that what comes back leaves first
PROBE_MIN_S: Final = 0.05
EARLY: Final = 3  # throttles below what was measured that tell chance from a limit
BELOW: Final = 0.995
CHANCE_S: Final = 30.0  # for so long such throttles are ignored
NO_CHANCE_S: Final = 60.0  # after too many came for that
CHANCE_LEAST: Final = 5  # throttles within four seconds that are never too many then
CONGESTED: Final = 100
NEARLY: Final = 90

_SLOT_S: Final = 0.025
_SECOND: Final = 40  # slots
_SLOTS: Final = 160
_SPAN_S: Final = 4.0
_FEW: Final = 20  # segments a second below which all four seconds are looked at


class Recent:
    """How many there were of something within the last four seconds, in slots of 25 ms."""

    __slots__ = ("_counts", "_ends_at", "_place")

    def __init__(self) -> None:
        self._counts = [0] * _SLOTS
        self._place = 0
        self._ends_at = 0.0

    def add(self, now: float) -> None:
        if now >= self._ends_at:
            self._move(now)
        self._counts[self._place] += 1

    def _move(self, now: float) -> None:
        """Begin the slot of `now`; those that were passed over are empty."""
        passed = int((now - self._ends_at) / _SLOT_S) + 1
        place = self._place
        for _ in range(min(passed, _SLOTS)):
            place = place + 1 if place + 1 < _SLOTS else 0
            self._counts[place] = 0
        self._place = place
        self._ends_at = now + _SLOT_S if passed > _SLOTS else self._ends_at + passed * _SLOT_S

    def per_s(self, now: float) -> float:
        """Return how many there were a second: in the last one, or in the mean of four where they are few."""
        last = self.count(1.0, now)
        return float(last) if last >= _FEW else max(float(last), self.count(_SPAN_S, now) / _SPAN_S)

    def count(self, span_s: float, now: float) -> int:
        """Return how many there were within a span of at most four seconds, as well as slots tell."""
        if now >= self._ends_at:
            self._move(now)
        counts, place = self._counts, self._place
        return sum([counts[place - back] for back in range(min(_SLOTS, int(span_s / _SLOT_S)))])


class LearntRate:
    """`per_s` is the rate, 0 while none is learnt. The owner tells every answer, lets `look` move the rate on, and
    asks `held_until` before segments leave and tells `sent` when they do."""

    __slots__ = (
        "_answer_s", "_base_per_s", "_chance_share", "_chance_until", "_early", "_ended_at", "_first_at",
        "_first_per_s", "_grows_from", "_heeded_at", "_in_row", "_is_guess", "_lowered_at", "_near_at",
        "_no_chance_until", "_pause_s", "_refused", "_refused_behind", "_refused_written_at", "_resumed_at",
        "_row_began_at", "_steps", "_taken", "_taken_behind", "_throttled_at", "ceiling_per_s", "held_until", "per_s",
    )

    def __init__(self) -> None:
        self.per_s = 0.0
        self.ceiling_per_s = 0.0  # what was taken when the rate was last lowered; 0: not known
        self.held_until = 0.0
        self._taken, self._refused = Recent(), Recent()
        self._is_guess = False
        self._base_per_s = 0.0  # the rate as it was lowered
        self._grows_from = inf  # the first answer OK since
        self._lowered_at = self._ended_at = self._throttled_at = self._near_at = self._resumed_at = -inf
        self._heeded_at = 0.0
        self._answer_s = 0.0  # how long an answer takes
        self._in_row = 0  # throttles counted since anything was taken
        self._row_began_at = -inf
        self._pause_s = 1.0
        self._steps = 0  # steps down since it began
        self._refused_written_at = -inf  # of the last throttle that lowered the rate; of what was written behind it
        self._taken_behind = self._refused_behind = 0  # before its answer came, so much was taken and refused
        self._early = 0
        self._first_per_s = self._first_at = 0.0  # the rate before the first early throttle, and when that came
        self._chance_until = self._no_chance_until = -inf
        self._chance_share = 0.0

    @property
    def is_probing(self) -> bool:
        """Nothing is taken: segments ask one at a time."""
        return self._in_row > 1

    # --- answers -----------------------------------------------------------------------------------------------------

    def accepted(self, written_at: float, now: float) -> None:
        """The carrier took a segment."""
        self._taken.add(now)
        if not self.per_s:
            return
        if written_at < self._heeded_at:
            self._taken_behind += written_at > self._refused_written_at
        else:
            self._answer_s = now - written_at
            if self._grows_from == inf:
                self._grows_from = now
            if self._in_row:
                if self._in_row > 1:
                    self.held_until = 0.0
                    if now - self._row_began_at > 1.0 + 2.0 * self._answer_s:
                        self._resumed_at = now
                self._in_row = 0

    def throttled(self, written_at: float, now: float, pause_s: float) -> None:
        """The carrier answered "too fast"; `pause_s` is the longest pause while it takes nothing."""
        self._refused.add(now)
        if now < self._chance_until:
            if not self._is_above_chance(now):
                return
            self._chance_until, self._no_chance_until = -inf, now + NO_CHANCE_S  # it was a limit that fell
        self._throttled_at = now
        self._pause_s = pause_s
        if not self.per_s:
            self._begin(now)
        elif written_at < self._heeded_at:
            self._refused_behind += written_at > self._refused_written_at
            return
        elif not self._in_row:
            self._lower(now)
            self._refused_written_at = written_at
            self._taken_behind = self._refused_behind = 0
        self._heeded_at = now
        self._in_row += 1
        answer_s = now - written_at
        if self._in_row == 1:
            self._row_began_at = now
            self.held_until = now + min(answer_s, HOLD_MAX_S, pause_s)
        else:
            self.held_until = now + min(pause_s, max(answer_s, PROBE_MIN_S) * 2.0 ** min(self._in_row - 1, 20))

    def congested(self, state: int, written_at: float, now: float) -> None:
        """An answer came with a congestion_state, 0 to 100 (SMPP 5.0 4.8.4.18)."""
        if state < NEARLY:
            return
        if state >= CONGESTED and (not self.per_s or written_at >= self._heeded_at):
            if self.per_s:
                self._lower(now, is_refused=False)
            else:
                self._begin(now)
            self._heeded_at = self._throttled_at = now
        elif self.per_s:
            self._throttled_at = now
            self._grows_from += min(now - self._near_at, 1.0)
            self._near_at = now

    def _begin(self, now: float) -> None:
        taken = max(FLOOR_PER_S, self._taken.per_s(now))
        ceiling = self.ceiling_per_s
        self._steps = self._early = 0
        self._is_guess = not ceiling or now - self._ended_at > REMEMBERED_S
        if self._is_guess:
            self.ceiling_per_s = self._base_per_s = taken
        else:  # known from before: where less was taken just now, less was sent
            self.ceiling_per_s = taken if taken > ceiling / 2 else ceiling
            self._base_per_s = max(FLOOR_PER_S, KEEP * self.ceiling_per_s)
        self._step(now)

    def _lower(self, now: float, *, is_refused: bool = True) -> None:
        if now - self._lowered_at < APART_S:
            return
        if is_refused and self._is_by_chance(now):
            self._heed_less(now)
            return
        taken = self.per_s
        if now - self._resumed_at >= 1.0:  # else the measure covers a time when nothing was taken at all
            taken = self._taken.per_s(now) * (RAMP if self._is_guess else 1.0)
            if taken < _FEW and not self._early:  # too few to count
                taken = max(taken, KEEP * self.per_s)
        self.ceiling_per_s = max(FLOOR_PER_S, min(self.per_s, taken))
        self._base_per_s = max(FLOOR_PER_S, KEEP * self.ceiling_per_s)
        self._is_guess = False
        self._step(now)

    def _step(self, now: float) -> None:
        self.per_s = self._base_per_s
        self._lowered_at = now
        self._grows_from = inf

    # --- chance ------------------------------------------------------------------------------------------------------

    def _is_by_chance(self, now: float) -> bool:
        """Count throttles of less than what was measured before; True once there were several more than others.

        One behind which little was taken was a limit: it was measured too high, as it is where answers come late.
        """
        is_limit = self._refused_behind > self._taken_behind
        if self._steps and self.per_s < BELOW * self.ceiling_per_s and not is_limit:
            self._early += 1
        else:
            self._early = max(0, self._early - 1)
        if not self._early:
            self._first_per_s, self._first_at = self.per_s, now
        self._steps += 1
        return self._early >= EARLY and now >= self._no_chance_until

    def _heed_less(self, now: float) -> None:
        span_s = min(_SPAN_S, now - self._first_at)
        refused = self._refused.count(span_s, now)
        self._chance_share = refused / max(1, refused + self._taken.count(span_s, now))
        self._chance_until = now + CHANCE_S
        self.ceiling_per_s = self._first_per_s
        self._base_per_s = max(FLOOR_PER_S, KEEP * self.ceiling_per_s)
        self._early = 0
        self._step(now)

    def _is_above_chance(self, now: float) -> bool:
        refused, taken = self._refused.count(_SPAN_S, now), self._taken.count(_SPAN_S, now)
        return refused > CHANCE_LEAST and refused > (2.0 * self._chance_share + 0.02) * (refused + taken)

    # --- the rate ----------------------------------------------------------------------------------------------------

    def update(self, now: float) -> None:
        """Move the rate on to `now`."""
        if not self.per_s:
            return
        span_s = now - self._grows_from
        base, ceiling = self._base_per_s, self.ceiling_per_s
        if span_s > 0.0 and self._is_guess:
            self.per_s = base * RISE ** min(span_s / max(1.0, 2.0 * self._answer_s), 20.0)
        elif span_s > 0.0:
            back_s = max(BACK_S, BACK_ANSWERS * self._answer_s)
            self.per_s = ceiling + (ceiling - base) * (span_s / back_s - 1.0) ** 3
        times = GUESS_TIMES if self._is_guess else GONE_TIMES
        if self.per_s >= times * ceiling or now - self._throttled_at > QUIET_S:
            self._end(now)

    def _end(self, now: float) -> None:
        if self._is_guess:
            self.ceiling_per_s = 0.0  # it was none
        self.per_s = self.held_until = 0.0
        self._ended_at = now
        self._in_row = 0

    def sent(self, now: float) -> None:
        """Segments leave. While nothing is taken, the next ones wait for their answer."""
        if self._in_row > 1:
            self.held_until = now + self._pause_s
