"""The working-day calendar: holidays, make-up days, its end, periods."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.working_days import CalendarNotCovered, add_months, month_end, published_calendar

D = dt.date.fromisoformat
CALENDAR = published_calendar()
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2026, 10, 31))


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_make_up_weekends_are_worked(day: str) -> None:
    assert D(day).weekday() >= 5
    assert CALENDAR.is_working(D(day))


HOLIDAYS_2026 = [
    ("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3), ("2026-09-25", 3),
    ("2026-10-01", 7),
]


def test_holidays_of_2026_are_those_published() -> None:
    published = {D(first) + dt.timedelta(days=n) for first, days in HOLIDAYS_2026 for n in range(days)}
    assert {day for day in CALENDAR.holidays if day.year == 2026} == published
    assert not any(CALENDAR.is_working(day) for day in published)


def test_dates_past_the_published_years_are_never_guessed() -> None:
    with pytest.raises(CalendarNotCovered, match="2027-01-04"):
        CALENDAR.is_working(D("2027-01-04"))
    with pytest.raises(CalendarNotCovered):
        CALENDAR.add_working_days(D("2026-12-30"), 5)
    with pytest.raises(CalendarNotCovered):
        CALENDAR.shift(D("2027-01-04"), "statutory_only")
    assert CALENDAR.shift(D("2027-01-04"), "none") == D("2027-01-04")


def test_calendar_is_extended_by_a_published_year() -> None:
    new_year = [D("2027-01-01"), D("2027-01-02"), D("2027-01-03")]
    longer = CALENDAR.extended(2027, new_year, [D("2027-01-09")])
    assert longer.add_working_days(D("2026-12-31"), 6) == D("2027-01-09")
    assert longer.is_working(D("2026-01-04"))
    with pytest.raises(ValueError, match="gap"):
        CALENDAR.extended(2028, [], [])
    with pytest.raises(ValueError, match="no day of 2027"):
        CALENDAR.extended(2027, [D("2026-01-01")], [])


@given(DAYS, st.integers(1, 30))
def test_adding_counts_working_days_only(day: dt.date, count: int) -> None:
    last = CALENDAR.add_working_days(day, count)
    span = [day + dt.timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(map(CALENDAR.is_working, span)) == count
    assert CALENDAR.is_working(last)


@given(DAYS, st.integers(1, 30))
def test_subtracting_undoes_adding_from_a_working_day(day: dt.date, count: int) -> None:
    start = CALENDAR.next_working(day)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, count), -count) == start


@given(DAYS)
def test_shift_moves_forward_to_a_worked_day(day: dt.date) -> None:
    assert CALENDAR.shift(day, "none") == day
    for rule in ("statutory_only", "non_working_day"):
        moved = CALENDAR.shift(day, rule)
        assert moved >= day
        assert moved == day or CALENDAR.is_working(moved)
    assert CALENDAR.is_working(CALENDAR.shift(day, "non_working_day"))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-09-30", 5, "2027-02-28"), ("2026-08-13", 3, "2026-11-13"), ("2026-03-15", 12, "2027-03-15"),
        ("2026-12-31", -1, "2026-11-30"), ("2024-02-29", 12, "2025-02-28"), ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-31", 1, "2026-02-28"), ("2026-01-15", 0, "2026-01-15"),
    ],
)
def test_months_end_on_the_corresponding_day(day: str, months: int, expected: str) -> None:
    assert add_months(D(day), months) == D(expected)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)), st.integers(-60, 60))
def test_months_never_spill_over(day: dt.date, months: int) -> None:
    end = add_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == min(day.day, month_end(end).day)
