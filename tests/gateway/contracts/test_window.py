"""Quiet hours: scenario 35 and every edge of the window."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.keys import Span, parse_span
from gateway.contracts.profile import revise
from gateway.contracts.window import BatchRun, narrow, plan_batch, release_at, verdict_at
from tests.gateway.contracts.shipped import S0

DAY = parse_span("[07:00,21:00)")


def at(text: str) -> float:
    return dt.datetime.fromisoformat(f"{text}+08:00").timestamp()


@pytest.mark.parametrize(
    ("now", "release"),
    [
        ("2026-03-02T06:59:59.999", "2026-03-02T07:00"),
        ("2026-03-02T07:00", None),
        ("2026-03-02T20:59:59.999", None),
        ("2026-03-02T21:00", "2026-03-03T07:00"),
        ("2026-03-02T00:00", "2026-03-02T07:00"),
        ("2026-12-31T23:59:59", "2027-01-01T07:00"),
    ],
)
def test_batch_waits_outside_the_window(now: str, release: str | None) -> None:
    assert verdict_at(S0, "batch", at(now)) == (None if release is None else at(release))


def test_triggered_messages_leave_at_any_time() -> None:
    assert verdict_at(S0, "triggered", at("2026-03-02T23:30")) is None


def test_window_and_its_classes_are_keys() -> None:
    contract = revise(S0, window="[08:30,21:30)", window_classes=["batch", "triggered"])
    assert verdict_at(contract, "triggered", at("2026-03-02T08:29:59")) == at("2026-03-02T08:30")
    assert verdict_at(contract, "batch", at("2026-03-02T21:29")) is None


@given(st.floats(1.7e9, 1.9e9))
def test_release_is_the_nearest_open_instant(now: float) -> None:
    opens_at = release_at(DAY, now)
    if opens_at is not None:
        assert 0 < opens_at - now <= 10 * 3600 + 1
        assert release_at(DAY, opens_at) is None
        assert release_at(DAY, opens_at - 0.001) is not None


def test_channel_window_narrows_the_contracts() -> None:
    assert narrow(DAY, parse_span("[08:00,22:00)")) == Span(8 * 3600, 21 * 3600)
    assert narrow(DAY, parse_span("[21:00,22:00)")) is None


def test_tail_of_a_running_batch_waits_for_the_morning() -> None:
    start = at("2026-03-02T20:55:00")
    assert plan_batch(DAY, 10_000, 20, start) == [
        BatchRun(6000, start, at("2026-03-02T21:00:00")),
        BatchRun(4000, at("2026-03-03T07:00:00"), at("2026-03-03T07:03:20")),
    ]


@pytest.mark.parametrize(("count", "runs"), [(6000, [6000]), (6001, [6000, 1]), (0, [])])
def test_batch_that_just_fits(count: int, runs: list[int]) -> None:
    assert [run.count for run in plan_batch(DAY, count, 20, at("2026-03-02T20:55:00"))] == runs


@given(st.integers(1, 10**6), st.floats(0.1, 500), st.floats(1.7e9, 1.8e9))
def test_planned_runs_start_inside_and_hold_all(count: int, rate: float, start: float) -> None:
    runs = plan_batch(DAY, count, rate, start)
    assert sum(run.count for run in runs) <= count
    assert all(release_at(DAY, run.starts_at) is None for run in runs)
    assert len(runs) == 366 or sum(run.count for run in runs) == count
    assert all(run.starts_at + (run.count - 1) / rate < run.starts_at + 14 * 3600 for run in runs)


def test_a_batch_is_planned_for_a_year_of_windows() -> None:
    runs = plan_batch(DAY, 14 * 3600 * 400, 1.0, at("2026-03-02T07:00"))
    assert len(runs) == 366 and runs[0].count == 14 * 3600
