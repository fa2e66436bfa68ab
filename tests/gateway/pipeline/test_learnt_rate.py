"""The learnt rate against carriers of several kinds in simulated time, and what holds whatever they answer."""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.pipeline.policy.learnt_rate import FLOOR_PER_S, QUIET_S, LearntRate, Recent
from gateway.pipeline.policy.token_bucket import TokenBucket

STEP_S = 0.001
PAUSE_S = 1.0
Limit = Callable[[float], float]
Takes = Callable[[float], bool]


def by_window(limit: Limit, span_s: float = 1.0) -> Takes:
    """A carrier that counts again with each window; the windows begin at odd times."""
    window, count = -1, 0

    def takes(now: float) -> bool:
        nonlocal window, count
        if int(now / span_s + 0.37) != window:
            window, count = int(now / span_s + 0.37), 0
        count += 1
        return count <= limit(now) * span_s

    return takes


def by_bucket(limit: Limit, burst: float) -> Takes:
    tokens, at = burst, 0.0

    def takes(now: float) -> bool:
        nonlocal tokens, at
        tokens = min(burst, tokens + (now - at) * limit(now))
        at = now
        if tokens < 1.0:
            return False
        tokens -= 1.0
        return True

    return takes


def by_chance(share: float, since: float) -> Takes:
    rng = random.Random(1)
    return lambda now: now < since or rng.random() >= share


@dataclass
class Run:
    """A sender with a window and the learnt rate, as a channel has them, before a carrier."""

    takes: Takes
    offered_per_s: float
    answer_s: float = 0.05
    window: int = 64
    rate: LearntRate = field(default_factory=LearntRate)
    taken: list[tuple[float, int]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    waiting: int = 0

    def simulate(self, until: float) -> Run:
        rate, bucket, known, front, behind = self.rate, TokenBucket(0.0), 0.0, list[int](), deque[int]()
        answers: list[tuple[float, int, float, bool, int]] = []
        numbers, in_flight, credit, sent = 0, 0, 0.0, 0
        for step in range(int(until / STEP_S)):
            now = step * STEP_S
            credit += self.offered_per_s * STEP_S
            while credit >= 1.0:
                credit -= 1.0
                behind.append(numbers := numbers + 1)
            while answers and answers[0][0] <= now:
                _, _, written_at, is_ok, number = heapq.heappop(answers)
                in_flight -= 1
                if is_ok:
                    rate.accepted(written_at, now)
                else:
                    rate.throttled(written_at, now, PAUSE_S)
                    heapq.heappush(front, number)
            rate.update(now)
            if rate.per_s != known:
                bucket.set_rate(rate.per_s, now, max(2.0, rate.per_s / 20))
                if rate.per_s < known or not known:
                    bucket.clip(0.0, max(now, rate.held_until))
                known = rate.per_s
            while (front or behind) and in_flight < self.window:
                if known:
                    if rate.held_until > now or bucket.ready_at(1, now) > now:
                        break
                    bucket.reserve(1, now)
                    rate.sent(now)
                number = heapq.heappop(front) if front else behind.popleft()
                is_ok = self.takes(now)
                if is_ok:
                    self.taken.append((now, number))
                else:
                    self.refused.append(now)
                in_flight, sent = in_flight + 1, sent + 1
                heapq.heappush(answers, (now + self.answer_s, sent, now, is_ok, number))
        self.waiting = len(front) + len(behind)
        return self

    def taken_per_s(self, since: float, until: float) -> float:
        return sum(since <= at < until for at, _ in self.taken) / (until - since)

    def refused_share(self, since: float, until: float) -> float:
        refused = sum(since <= at < until for at in self.refused)
        return refused / (refused + self.taken_per_s(since, until) * (until - since))

    @property
    def out_of_order(self) -> int:
        """By how many places at most a message went behind later ones."""
        highest, worst = 0, 0
        for _, number in self.taken:
            worst, highest = max(worst, highest - number), max(highest, number)
        return worst


KINDS = {
    "by the second": lambda limit: by_window(lambda _: limit),
    "by a tenth of a second": lambda limit: by_window(lambda _: limit, 0.1),
    "bucket of a second": lambda limit: by_bucket(lambda _: limit, limit),
    "bucket of a twentieth": lambda limit: by_bucket(lambda _: limit, limit / 20),
}


@pytest.mark.parametrize("answer_s", [0.005, 0.05, 0.3])
@pytest.mark.parametrize(("limit", "offered"), [(200.0, 250.0), (50.0, 1000.0), (1000.0, 1100.0)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_is_used_and_seldom_exceeded(kind: str, limit: float, offered: float, answer_s: float) -> None:
    """90 % of what the carrier takes gets through, 5 % at most is refused, once it is settled."""
    run = Run(KINDS[kind](limit), offered, answer_s, max(64, int(limit * answer_s * 2))).simulate(30.0)
    assert run.taken_per_s(10.0, 30.0) >= 0.9 * limit
    assert run.refused_share(10.0, 30.0) <= 0.05
    assert run.refused_share(0.0, 10.0) <= 0.35
    assert run.out_of_order <= 2 * run.window


@pytest.mark.parametrize("answer_s", [0.02, 0.2])
def test_a_limit_that_changes_is_followed_both_ways(answer_s: float) -> None:
    limits = [200.0, 80.0, 160.0, 20.0]
    run = Run(by_bucket(lambda now: limits[int(now / 30) % 4], 20), 400.0, answer_s).simulate(120.0)
    for number, limit in enumerate(limits):
        settled, end = number * 30 + 12.0, (number + 1) * 30.0
        assert run.taken_per_s(settled, end) >= 0.9 * limit, limit
        assert run.refused_share(settled, end) <= 0.05, limit


def test_a_limit_that_swings_all_the_time_is_followed() -> None:
    def limit(now: float) -> float:
        return 200 + 100 * math.sin(now / 6)

    run = Run(by_bucket(limit, 20), 400.0).simulate(80.0)
    mean = sum(limit(10.0 + second / 10) for second in range(700)) / 700
    assert run.taken_per_s(10.0, 80.0) >= 0.9 * mean
    assert run.refused_share(10.0, 80.0) <= 0.05


@pytest.mark.parametrize("offered", [5.0, 100.0, 400.0])
def test_one_stray_throttle_is_over_in_seconds(offered: float) -> None:
    strays = iter([False])

    def takes(now: float) -> bool:
        return now < 5.0 or next(strays, True)

    run = Run(takes, offered).simulate(15.0)
    assert len(run.refused) == 1
    assert run.taken_per_s(6.0, 8.0) >= 0.9 * offered
    assert run.rate.per_s == 0.0 and run.waiting <= offered * 0.1 + 1


@pytest.mark.parametrize(("share", "answer_s"), [(0.02, 0.05), (0.05, 0.005), (0.05, 0.05), (0.05, 0.3), (0.3, 0.05)])
def test_throttles_by_chance_do_not_starve(share: float, answer_s: float) -> None:
    """A carrier that says "too fast" for its own reasons, whatever the rate, still gets most of what is offered."""
    run = Run(by_chance(share, 5.0), 100.0, answer_s).simulate(100.0)
    assert run.taken_per_s(15.0, 100.0) >= 70.0


def test_while_nothing_is_taken_one_at_a_time_asks() -> None:
    run = Run(by_window(lambda now: 200.0 if not 10.0 <= now < 40.0 else 0.0), 250.0).simulate(60.0)
    asked = sum(12.0 <= at < 40.0 for at in run.refused)
    assert 20 <= asked <= 40
    assert run.taken_per_s(46.0, 60.0) >= 0.9 * 200


def test_it_is_forgotten_after_a_quiet_minute_but_not_the_ceiling() -> None:
    run = Run(by_window(lambda _: 50.0), 60.0).simulate(20.0)
    rate = run.rate
    assert 40.0 < rate.per_s < 60.0
    rate.update(20.0 + QUIET_S + 1.0)
    assert rate.per_s == 0.0 and 45.0 < rate.ceiling_per_s < 60.0
    rate.throttled(99.9, 100.0, PAUSE_S)
    assert 40.0 < rate.per_s < 60.0


def test_answers_to_what_was_written_before_say_nothing_new() -> None:
    rate = LearntRate()
    for number in range(100):
        rate.accepted(number * 0.01, number * 0.01 + 0.05)
    rate.throttled(1.0, 1.1, PAUSE_S)
    known = rate.per_s
    for number in range(50):
        rate.throttled(1.0, 1.1 + number * 0.02, PAUSE_S)
    assert rate.per_s == known and not rate.is_probing


def test_congestion_lowers_before_anything_is_refused() -> None:
    rate = LearntRate()
    now = 0.0
    for _ in range(300):
        now += 0.01
        rate.accepted(now - 0.02, now)
        rate.congested(89, now - 0.02, now)
    assert rate.per_s == 0.0
    for _ in range(200):
        now += 0.01
        rate.update(now)
        rate.accepted(now - 0.02, now)
        rate.congested(100, now - 0.02, now)
    assert 0.0 < rate.per_s < 100.0
    lowered = rate.per_s
    for _ in range(300):
        now += 0.01
        rate.update(now)
        rate.accepted(now - 0.02, now)
        rate.congested(95, now - 0.02, now)
    assert rate.per_s <= lowered * 1.05


# --- whatever happens ------------------------------------------------------------------------------------------------

Step = tuple[str, float, float]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ok", "no", "no", "full", "near", "look", "sent"]),
        st.one_of(st.just(0.0), st.floats(0.0, 0.2), st.floats(0.0, 100.0)), st.floats(0.0, 5.0),
    ),
    max_size=200,
)


@given(STEPS)
@example([("full", 0.0, 0.0), ("no", 1.0, 0.0), ("look", 61.0, 0.0), ("no", 0.0, 0.0)])  # known again, at the floor
def test_whatever_is_answered_it_stays_in_bounds_and_ends(steps: list[Step]) -> None:
    rate, now = LearntRate(), 0.0
    for kind, wait_s, answer_s in steps:
        now += wait_s
        written_at = max(0.0, now - answer_s)
        if kind == "ok":
            rate.accepted(written_at, now)
        elif kind == "no":
            rate.throttled(written_at, now, PAUSE_S)
        elif kind in ("full", "near"):
            rate.congested(100 if kind == "full" else 93, written_at, now)
        elif kind == "look":
            rate.update(now)
        else:
            rate.sent(now)
        assert rate.per_s == 0.0 or FLOOR_PER_S <= rate.per_s < math.inf
        assert rate.held_until <= now + PAUSE_S
        assert not rate.per_s or rate.ceiling_per_s >= FLOOR_PER_S
    rate.update(now + QUIET_S + 0.1)
    assert rate.per_s == 0.0 and rate.held_until == 0.0


@given(st.lists(st.one_of(st.just(0.0), st.floats(0.0, 0.1), st.floats(0.0, 9.0)), max_size=100), st.floats(0.1, 4.0))
def test_recent_counts_within_a_slot_of_the_span(waits: list[float], span_s: float) -> None:
    recent, now, times = Recent(), 0.0, list[float]()
    for wait_s in waits:
        now += wait_s
        recent.add(now)
        times.append(now)
    found = recent.count(span_s, now)
    assert sum(now - at < span_s - 0.051 for at in times) <= found <= sum(now - at <= span_s + 0.026 for at in times)


@pytest.mark.parametrize("seed", range(6))
def test_drawn_carriers_are_used_and_seldom_exceeded(seed: int) -> None:
    rng = random.Random(f"carrier {seed}")
    limit = rng.choice([20.0, 37.0, 120.0, 333.0, 640.0])
    takes = by_bucket(lambda _: limit, max(3.0, limit * rng.uniform(0.02, 2.0)))
    if rng.random() < 0.5:
        takes = by_window(lambda _: limit, rng.choice([0.5, 1.0, 1.0, 2.0]))
    run = Run(takes, limit * rng.uniform(1.1, 6.0), rng.uniform(0.005, 0.25), 200).simulate(40.0)
    assert run.taken_per_s(15.0, 40.0) >= 0.9 * limit
    assert run.refused_share(15.0, 40.0) <= 0.05
