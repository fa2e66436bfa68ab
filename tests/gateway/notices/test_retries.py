"""How long a sending is tried: the table by its rows, then whole lives under a clock that the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.documents.notice import RetryTerms, SendingOutcome, SendingState, after_attempt

TERMS = RetryTerms(attempts_max=5, pause_min_s=60.0, pause_max_s=200.0, keep_s=100_000.0)
TAKEN, LATER, UNKNOWN, REFUSED = SendingOutcome
DUE, SENT, GIVEN_UP = SendingState.DUE, SendingState.SENT, SendingState.GIVEN_UP


@pytest.mark.parametrize(("outcome", "attempts", "state", "pause_s"), [
    (TAKEN, 1, SENT, None),
    (TAKEN, 5, SENT, None),
    (REFUSED, 1, SendingState.REFUSED, None),
    (LATER, 1, DUE, 60.0),
    (LATER, 2, DUE, 120.0),
    (LATER, 3, DUE, 200.0),  # never longer than the longest
    (UNKNOWN, 4, DUE, 200.0),
    (LATER, 5, GIVEN_UP, None),
    (UNKNOWN, 5, GIVEN_UP, None),
    (LATER, 4_000, GIVEN_UP, None),
])
def test_after_an_attempt(outcome: SendingOutcome, attempts: int, state: SendingState, pause_s: float | None) -> None:
    next_at = 0.0 if pause_s is None else 1_000.0 + pause_s
    assert after_attempt(outcome, attempts, 900.0, 1_000.0, TERMS) == (state, next_at)


def test_what_could_not_be_tried_in_time_again_is_given_up() -> None:
    short = RetryTerms(100, 60.0, 60.0, keep_s=100.0)
    assert after_attempt(LATER, 1, 0.0, 40.0, short) == (DUE, 100.0)
    assert after_attempt(LATER, 2, 0.0, 40.1, short) == (GIVEN_UP, 0.0)


@given(
    st.integers(1, 60), st.floats(1, 1_000), st.floats(1, 5_000), st.floats(1, 500_000),
    st.lists(st.sampled_from(SendingOutcome), min_size=1, max_size=80),
)
def test_each_life_ends_within_its_terms(
    attempts_max: int, pause_min_s: float, longer_s: float, keep_s: float, outcomes: list[SendingOutcome]
) -> None:
    terms = RetryTerms(attempts_max, pause_min_s, pause_min_s + longer_s, keep_s)
    now, state, attempts = 7.0, DUE, 0
    for outcome in outcomes:
        attempts += 1
        before = now
        state, next_at = after_attempt(outcome, attempts, 7.0, now, terms)
        if state is not DUE:
            break
        assert before + pause_min_s <= next_at <= min(7.0 + keep_s, before + (pause_min_s + longer_s))
        now = next_at
    assert attempts <= attempts_max
    assert (state is SENT) == (outcomes[attempts - 1] is TAKEN)
