"""Quiet hours: whether a message class may leave now, else when (S0-5.5).

The clock that counts is the moment of the submit to the carrier: the tail of a running batch is held as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.contracts.keys import Span
from gateway.contracts.profile import Profile
from gateway.domain.china_time import DAY_S, midnight_before, second_of_day


def verdict_at(profile: Profile, message_class: str, now: float) -> float | None:
    """Return None when the class may leave at `now`, else the unix seconds at which its window opens."""
    if message_class not in profile.window_classes:
        return None
    return release_at(profile.window, now)


def release_at(span: Span, now: float) -> float | None:
    """Return None inside the span, else its next start, in unix seconds."""
    second = second_of_day(now)
    if span.start_s <= second < span.end_s:
        return None
    wait_days = 0 if second < span.start_s else 1
    return midnight_before(now) + wait_days * DAY_S + span.start_s


def narrow(span: Span, other: Span) -> Span | None:
    """Return what is common to a contract's span and a channel's; None when they never meet."""
    start_s, end_s = max(span.start_s, other.start_s), min(span.end_s, other.end_s)
    return Span(start_s, end_s) if start_s < end_s else None


@dataclass(frozen=True, slots=True)
class BatchRun:
    """Part of a batch that goes out in one window: how many, first and end instant in unix seconds."""

    count: int
    starts_at: float
    ends_at: float


def plan_batch(span: Span, count: int, rate_per_s: float, starts_at: float, *, runs_max: int = 366) -> list[BatchRun]:
    """Return how a batch at a constant rate falls into windows; what `runs_max` windows cannot hold is left out.

    A message leaves at each 1/rate second from the start on, the first at once; 21:00:00.000 is outside.
    """
    runs: list[BatchRun] = []
    now = starts_at
    while count > 0 and len(runs) < runs_max:
        opens_at = release_at(span, now)
        now = now if opens_at is None else opens_at
        left_s = span.end_s - second_of_day(now)
        fitting = min(count, -(-round(left_s * rate_per_s * 1e6) // 1_000_000))
        runs.append(BatchRun(fitting, now, now + fitting / rate_per_s))
        count -= fitting
        now = max(runs[-1].ends_at, midnight_before(now) + span.end_s) if count else now
    return runs
