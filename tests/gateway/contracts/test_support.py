"""Support hours: S1-3b's Saturday 16:59 counts and its Sunday does not; S4-4.3 is at work always."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.deadlines import query_reply_by
from gateway.contracts.profile import revise
from gateway.contracts.repairs import repair_report
from gateway.contracts.support import support_by, support_hours_in
from gateway.domain.china_time import SHANGHAI
from gateway.domain.incident import Incident
from tests.gateway.contracts.shipped import S1, S4


def at(text: str) -> float:
    return dt.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI).timestamp()


@pytest.mark.parametrize(("received", "hours", "by"), [
    ("03-02T10:00", 2, "03-02T12:00"),  # a Monday
    ("03-02T16:30", 1, "03-03T09:30"),
    ("03-02T20:00", 1, "03-03T10:00"),
    ("03-07T16:59", 1, "03-09T09:59"),  # Saturday 16:59 counts, Sunday does not
    ("03-08T12:00", 1, "03-09T10:00"),  # Sunday
    ("03-02T09:00", 48, "03-07T17:00"),  # six days of eight hours
    ("05-01T09:00", 1, "05-01T10:00"),  # S1-3b takes no holidays out
])
def test_the_clock_runs_in_support_hours(received: str, hours: float, by: str) -> None:
    assert support_by(S1, at(received), hours) == at(by)
    assert support_by(S4, at(received), hours) == at(received) + hours * 3600


@given(st.floats(at("01-01T00:00"), at("12-31T00:00")), st.floats(0, 200))
def test_what_is_promised_is_what_is_measured(received: float, hours: float) -> None:
    by = support_by(S1, received, hours)
    assert support_hours_in(S1, received, by) == pytest.approx(hours, abs=1e-6)
    assert by >= received + hours * 3600 - 1e-3


def test_an_enquiry_is_answered_in_support_hours() -> None:
    assert query_reply_by(S4, at("03-07T16:00")) == at("03-09T16:00")  # S4-4.3: 48 hours round the clock
    assert query_reply_by(revise(S1, query_reply_h=8), at("03-07T16:00")) == at("03-09T16:00")  # one and seven hours


def test_repairs_are_measured_in_support_hours() -> None:
    night = Incident(1, "a", "down", at("03-07T16:00"), at("03-09T10:00"))
    assert repair_report([night], {"a": S1})[0]["mean_hours"] == 2  # Saturday's last hour and Monday's first
    assert repair_report([night], {"a": S4})[0]["mean_hours"] == 42
