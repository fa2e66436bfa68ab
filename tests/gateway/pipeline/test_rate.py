"""The token bucket: what leaves in any span of time, fractional rates, a rate that changes while segments wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.policy.token_bucket import TokenBucket
from tests.gateway.tables import rows

# A bucket of 2/s, burst 2, at second 0; `ready` is when the reserved segments may leave
TABLE = """
| now | n | ready |
| 0   | 1 | 0     |
| 0   | 1 | 0     | # the burst is out
| 0   | 1 | 0.5   |
| 0   | 2 | 1.5   |
| 1   | 1 | 2.0   | # behind those that wait
| 9   | 2 | 9     | # idle time gives the burst back, and no more
| 9   | 1 | 9.5   |
| 8   | 1 | 10.0  | # a clock that steps back earns nothing
"""


def test_table() -> None:
    bucket = TokenBucket(2.0, 2)
    for row in rows(TABLE):
        now, n = float(row["now"]), int(row["n"])
        assert bucket.ready_at(n, now) == pytest.approx(float(row["ready"])), row
        assert bucket.reserve(n, now) == pytest.approx(float(row["ready"])), row


def test_more_than_is_there_waits_for_the_difference() -> None:
    bucket = TokenBucket(2.0, 2)
    assert bucket.reserve(3, 0.0) == pytest.approx(0.5)
    assert bucket.reserve(1, 0.75) == pytest.approx(1.0), "half a segment was there"


def test_idle_time_before_a_change_counts_by_the_old_rate() -> None:
    bucket = TokenBucket(10.0, 10)
    bucket.reserve(10, 0.0)
    bucket.set_rate(1.0, 0.5, burst=10)
    assert bucket.reserve(5, 0.5) == 0.5
    assert bucket.reserve(1, 0.5) == pytest.approx(1.5)


@pytest.mark.parametrize("rate_per_s", [0.5, 1.5, 2.0, 20.0])
def test_a_long_queue_leaves_at_the_rate(rate_per_s: float) -> None:
    bucket = TokenBucket(rate_per_s, 1)
    times = [bucket.reserve(1, 0.0) for _ in range(101)]
    assert times[-1] == pytest.approx(100 / rate_per_s)


def test_rate_zero_is_no_limit() -> None:
    bucket = TokenBucket(0.0)
    assert [bucket.reserve(1_000, 5.0) for _ in range(3)] == [5.0, 5.0, 5.0]


@pytest.mark.parametrize("rate_per_s", [-1.0, float("inf"), float("nan")])
def test_an_impossible_rate_is_refused(rate_per_s: float) -> None:
    with pytest.raises(ValueError, match="segments a second"):
        TokenBucket(rate_per_s)
    with pytest.raises(ValueError, match="segments a second"):
        TokenBucket(1.0).set_rate(rate_per_s, 0.0)


def test_a_change_of_rate_keeps_the_number_that_waits() -> None:
    bucket = TokenBucket(10.0, 1)
    for _ in range(21):
        bucket.reserve(1, 0.0)  # 20 wait until second 2
    bucket.set_rate(5.0, 1.0, burst=1)  # 10 of them wait still
    assert bucket.reserve(1, 1.0) == pytest.approx(1.0 + 11 / 5)
    assert bucket.rate_per_s == 5.0


def test_a_limit_that_ends_or_begins() -> None:
    bucket = TokenBucket(1.0, 1)
    for _ in range(10):
        bucket.reserve(1, 0.0)
    bucket.set_rate(0.0, 1.0)
    assert bucket.reserve(1, 1.0) == 1.0
    bucket.set_rate(2.0, 2.0, burst=1)
    assert [bucket.reserve(1, 2.0) for _ in range(3)] == pytest.approx([2.0, 2.5, 3.0])


def test_what_is_given_back_may_leave() -> None:
    bucket = TokenBucket(1.0, 3)
    bucket.reserve(3, 0.0)
    bucket.give_back(2)
    assert [bucket.reserve(1, 0.0) for _ in range(3)] == pytest.approx([0.0, 0.0, 1.0])
    bucket.give_back(1)
    assert bucket.reserve(1, 0.0) == pytest.approx(1.0), "one that waits and is given up makes room for another"


STEPS = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 4)), min_size=1, max_size=60)


@given(st.floats(0.1, 100), st.integers(4, 50), STEPS)
def test_no_span_holds_more_than_burst_and_rate(rate_per_s: float, burst: int, steps: list[tuple[float, int]]) -> None:
    bucket = TokenBucket(rate_per_s, burst)
    now, left = 0.0, []
    for wait_s, n in steps:
        now += wait_s
        ready_at = bucket.reserve(n, now)
        assert ready_at >= now
        assert not left or ready_at >= left[-1][0] - 1e-9, "first come, first served"
        left.append((ready_at, n))
    for i, (start, _) in enumerate(left):
        total = 0
        for at, n in left[i:]:
            total += n
            assert total <= burst + rate_per_s * (at - start) + 1e-6


@given(st.floats(0.5, 50), STEPS)
def test_it_never_waits_longer_than_the_queue_needs(rate_per_s: float, steps: list[tuple[float, int]]) -> None:
    bucket = TokenBucket(rate_per_s, 4)
    now, asked = 0.0, 0
    for wait_s, n in steps:
        now += wait_s
        asked += n
        assert bucket.reserve(n, now) <= now + asked / rate_per_s + 1e-6


def test_a_clip_lowers_what_idle_time_earned_and_a_clock_that_steps_back_changes_nothing() -> None:
    bucket = TokenBucket(2.0, 2)
    bucket.reserve(1, 5.0)
    bucket.clip(0.0, 4.0)
    assert (bucket.ready_at(1, 5.0), bucket.ready_at(2, 5.0)) == (5.0, 5.5)
    bucket.clip(0.5, 9.0)
    assert (bucket.ready_at(1, 9.0), bucket.ready_at(2, 9.0)) == (9.25, 9.75)
