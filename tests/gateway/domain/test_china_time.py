"""China's clock against the system's table of zones, for the years in which there is no daylight saving."""

from __future__ import annotations

import datetime as dt
import math
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.china_time import (
    DAY_S,
    SHANGHAI,
    clock_at,
    day_number,
    day_of,
    end_of,
    instant_of,
    midnight_before,
    moment_text,
    second_of_day,
    start_of,
)

ZONE = ZoneInfo("Asia/Shanghai")  # its last change of the clock was on 1991-09-15 (tz database)
FIRST, LAST = dt.date(1992, 1, 1), dt.date(2200, 1, 1)
days = st.dates(FIRST, LAST)
instants = st.integers(
    int(start_of(FIRST)) * 1000, int(start_of(LAST)) * 1000
).map(lambda ms: ms / 1000)


@given(instants)
def test_an_instant_is_the_date_and_time_that_the_table_of_zones_says(at: float) -> None:
    local = dt.datetime.fromtimestamp(at, ZONE)
    since = local - local.replace(hour=0, minute=0, second=0, microsecond=0)
    assert day_of(at) == local.date()
    assert second_of_day(at) == pytest.approx(since.total_seconds(), abs=1e-5)
    assert clock_at(at).replace(tzinfo=None) == local.replace(tzinfo=None)
    assert moment_text(at) == local.isoformat(timespec="seconds")
    assert instant_of(local) == instant_of(local.replace(tzinfo=None)) == pytest.approx(at, abs=1e-6)


@given(days)
def test_a_day_begins_and_ends_at_the_midnights_of_the_table_of_zones(day: dt.date) -> None:
    following = day + dt.timedelta(days=1)
    assert start_of(day) == dt.datetime.combine(day, dt.time.min, ZONE).timestamp()
    assert end_of(day) == start_of(following) == dt.datetime.combine(following, dt.time.min, ZONE).timestamp()
    assert day_number(start_of(day)) == (day - dt.date(1970, 1, 1)).days
    assert day_of(start_of(day)).weekday() == day.weekday()


@given(days)
def test_the_last_moment_that_a_float_can_name_still_is_of_its_day(day: dt.date) -> None:
    last = math.nextafter(end_of(day), 0)
    assert day_of(last) == day
    assert midnight_before(last) == midnight_before(start_of(day)) == start_of(day)


@given(instants)
def test_the_second_of_a_day_counts_from_its_midnight(at: float) -> None:
    midnight = midnight_before(at)
    assert midnight <= at < midnight + DAY_S
    assert 0 <= second_of_day(at) < DAY_S
    assert midnight + second_of_day(at) == pytest.approx(at, abs=1e-6)
    assert midnight == start_of(day_of(at))


def test_the_zone_is_east_of_utc() -> None:
    assert dt.datetime(2026, 3, 2, 6, 59, 59, tzinfo=SHANGHAI).isoformat() == "2026-03-02T06:59:59+08:00"
    assert moment_text(0.25, "milliseconds") == "1970-01-01T08:00:00.250+08:00"
    assert (day_of(-28_801), day_of(-28_800)) == (dt.date(1969, 12, 31), dt.date(1970, 1, 1))


@pytest.mark.parametrize("at", [math.inf, -math.inf, math.nan, 1e15])
def test_what_is_no_day_of_a_calendar_is_refused(at: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        day_of(at)
