"""When deliveries are low: not by chance, not for a trifle, soon when they are; on simulated traffic from seeds."""

from __future__ import annotations

import random
from itertools import pairwise
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.policy.delivery_states import (
    CHANGES,
    HOURS_KEPT,
    RECOVERED_FINALS_MIN,
    SILENT_MIN,
    TRIAL_MIN,
    DeliveryState,
    PairDeliveries,
    Sign,
)
from gateway.pipeline.policy.delivery_usual import Usual, chance_of_so_few, usual_of

WEEK_MIN = HOURS_KEPT * 60
STEP_MIN = 5  # a look of the tests: fewer than in production, which only makes the limit stricter


def binomial(rng: random.Random, n: int, share: float) -> int:
    return sum(rng.random() < share for _ in range(n))


class Traffic:
    """One pair: each hour has its own share about the usual one, as campaigns and codes have."""

    def __init__(self, seed: int, share: float, per_min: float, spread: float) -> None:
        self.rng = random.Random(seed)
        self.share, self.per_min, self.spread = share, per_min, spread
        self.pair = PairDeliveries()
        self.minute = 30_000_000
        self._hour, self._of_hour = -1, share

    def _share_now(self) -> float:
        if self.minute // 60 != self._hour:
            self._hour = self.minute // 60
            weight = 1 / self.spread - 1
            self._of_hour = self.rng.betavariate(self.share * weight, (1 - self.share) * weight)
        return self._of_hour

    def learn_a_week(self) -> None:
        """Fill the last seven days, an hour at a time."""
        for _ in range(HOURS_KEPT):
            finals = round(self.per_min * 60 * self.rng.uniform(0.2, 1.8))
            self.pair.add_hour(self.minute // 60, binomial(self.rng, finals, self._share_now()), finals)
            self.minute += 60

    def go(self, minutes: int, *, pairs: int = 1, share: float | None = None, per_min: float | None = None) -> list[
        tuple[int, DeliveryState]
    ]:
        """Let minutes pass; return the changes of state, by the minutes since."""
        began, found = self.minute, []
        per_step = (self.per_min if per_min is None else per_min) * STEP_MIN
        while self.minute < began + minutes:
            self.minute += STEP_MIN
            finals = int(per_step + self.rng.random())
            if finals:
                now = self._share_now() if share is None else share
                self.pair.add(self.minute, binomial(self.rng, finals, now), finals)
            self.pair.forget(self.minute)
            after = self.pair.change(self.minute, self.pair.sign(self.minute, pairs))
            if after is not None:
                found.append((self.minute - began, after))
        return found


def test_a_tail_is_the_sum_of_its_terms() -> None:
    """With a great weight it is the binomial's, whose terms are known exactly."""
    for delivered, finals, share in ((40, 50, 0.95), (3, 30, 0.4), (0, 31, 0.5), (90, 100, 0.97)):
        exact = sum(comb(finals, k) * share**k * (1 - share) ** (finals - k) for k in range(delivered + 1))
        assert isclose(chance_of_so_few(delivered, finals, Usual(share, 1e9)), exact, rel_tol=1e-4)


@given(st.integers(1, 400), st.floats(0.05, 0.98), st.floats(3.0, 1e6))
def test_fewer_deliveries_are_never_likelier(finals: int, share: float, weight: float) -> None:
    chances = [chance_of_so_few(k, finals, Usual(share, weight)) for k in range(0, finals + 1, max(1, finals // 9))]
    assert all(0.0 <= one <= other * (1 + 1e-6) for one, other in pairwise(chances))


def test_a_few_hours_are_no_usual() -> None:
    assert usual_of([(95, 100)] * 5) is None
    assert usual_of([(9, 10)] * 20) is None
    known = usual_of([(95, 100)] * 6)
    assert known is not None
    assert known.share == pytest.approx(0.95, abs=0.005)


def test_hours_that_differ_more_weigh_less() -> None:
    alike, apart = usual_of([(90, 100)] * 50), usual_of([(100, 100), (80, 100)] * 25)
    assert alike is not None
    assert apart is not None
    assert alike.share == apart.share
    assert alike.weight > 20 * apart.weight


def test_over_many_pairs_and_days_chance_alone_is_not_called_low() -> None:
    """A hundred pairs of all sizes for two days each; the promise is one alarm in a hundred days over all of them."""
    alarms = 0
    for seed in range(100):
        rng = random.Random(seed)
        traffic = Traffic(seed, rng.uniform(0.75, 0.99), rng.choice((0.3, 1, 3)), rng.choice((0.001, 0.01, 0.05)))
        traffic.learn_a_week()
        alarms += bool(traffic.go(2 * 24 * 60, pairs=100))
    assert alarms <= 1


@pytest.mark.parametrize(("share", "per_min", "spread", "fallen", "within"), [
    (0.95, 20, 0.005, 0.6, 10),
    (0.95, 3, 0.01, 0.5, 30),
    (0.9, 1, 0.01, 0.3, 60),
    (0.97, 100, 0.002, 0.85, 15),
])
def test_a_fall_is_seen_while_it_is_young(
    share: float, per_min: float, spread: float, fallen: float, within: int
) -> None:
    for seed in range(5):
        traffic = Traffic(seed, share, per_min, spread)
        traffic.learn_a_week()
        traffic.go(120, pairs=500)
        found = traffic.go(120, pairs=500, share=fallen)
        assert found, seed
        assert found[0][1] is DeliveryState.LOW
        assert found[0][0] <= within, seed


def test_a_trifle_is_not_low_however_certain() -> None:
    traffic = Traffic(1, 0.97, 200, 0.0005)
    traffic.learn_a_week()
    assert traffic.go(180, share=0.94) == []


def fallen(**changes: float) -> Traffic:
    traffic = Traffic(3, changes.get("share", 0.95), 20, 0.003)
    traffic.learn_a_week()
    assert [state for _, state in traffic.go(60, share=0.5)] == [DeliveryState.LOW]
    return traffic


def test_it_stays_low_without_flapping_and_recovers_once() -> None:
    traffic = fallen()
    assert traffic.go(20 * 60, share=0.5, per_min=1) == []
    found = traffic.go(5 * 60, share=0.95, per_min=1)
    assert [state for _, state in found] == [DeliveryState.USUAL]
    assert found[0][0] >= 50, "not before so many came"


def test_what_made_it_low_does_not_make_it_low_again() -> None:
    """The last hour has the failures in it still when it recovers within it."""
    traffic = fallen()
    assert [state for _, state in traffic.go(4 * 60, share=0.96)] == [DeliveryState.USUAL]


def test_what_was_heard_before_it_fell_does_not_count_for_its_recovery() -> None:
    traffic = fallen()
    assert traffic.pair.window(traffic.minute, 60).finals < 60 * 20
    assert traffic.go(RECOVERED_FINALS_MIN // 20, share=1.0) == []


def test_silence_leads_to_a_trial_that_falls_again_or_recovers() -> None:
    traffic = fallen()
    found = traffic.go(2 * SILENT_MIN, per_min=0)
    assert [state for _, state in found] == [DeliveryState.TRIAL]
    assert [state for _, state in traffic.go(60, share=0.5)] == [DeliveryState.LOW]
    traffic.go(2 * SILENT_MIN, per_min=0)
    assert [state for _, state in traffic.go(60, share=0.96)] == [DeliveryState.USUAL]


def test_a_trial_of_which_nothing_is_heard_ends() -> None:
    traffic = fallen()
    traffic.go(2 * SILENT_MIN, per_min=0)
    assert [state for _, state in traffic.go(TRIAL_MIN + 60, per_min=0)] == [DeliveryState.USUAL]


def test_the_hours_while_it_is_low_are_no_usual() -> None:
    traffic = fallen()
    before = traffic.pair.told.share
    traffic.go(3 * 24 * 60, share=0.5, per_min=1)
    usual = traffic.pair.usual(traffic.minute)
    assert usual is not None
    assert usual.share == pytest.approx(before, abs=0.02)


def test_after_seven_days_there_is_a_new_usual_or_none() -> None:
    traffic = fallen()
    traffic.minute += WEEK_MIN + 60
    traffic.pair.forget(traffic.minute)
    assert traffic.pair.usual(traffic.minute) is None


def test_the_table_leads_out_of_each_state_and_back() -> None:
    assert {state for state, _ in CHANGES} == set(DeliveryState)
    assert set(CHANGES.values()) == set(DeliveryState)
    assert all(after is not before for (before, _), after in CHANGES.items())
    assert not any(sign is Sign.NOTHING for _, sign in CHANGES)
