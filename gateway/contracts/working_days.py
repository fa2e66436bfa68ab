"""The State Council calendar: working days, statutory holidays, and the arithmetic of periods.

Next year's calendar is published only in November, so the calendar is data with an end. A date past that end is
never guessed from Monday to Friday: it raises, and whoever runs the schedule raises an alert.

    CalendarNotCovered    the calendar must be extended first: nobody's fault, but somebody's task
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from chinese_calendar import constants as published

from gateway.contracts.term_keys import Shift

ONE_DAY = dt.timedelta(days=1)


class CalendarNotCovered(Exception):
    """The calendar ends before this date; extend it with the published year."""

    def __init__(self, day: dt.date, first_year: int, last_year: int) -> None:
        super().__init__(
            f"{day} lies outside the working-day calendar ({first_year} to {last_year}): write the published year into"
            f" data/calendar.toml and reload（请在 data/calendar.toml 中补充已公布年度的节假日安排）"
        )
        self.day = day
        self.last_year = last_year


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Statutory holidays and make-up working days of whole years, `first_year` to `last_year` inclusive."""

    first_year: int
    last_year: int
    holidays: frozenset[dt.date]
    make_up_days: frozenset[dt.date]

    def is_holiday(self, day: dt.date) -> bool:
        """Tell whether the day belongs to a statutory holiday, days moved to it included."""
        self._check(day)
        return day in self.holidays

    def is_working(self, day: dt.date) -> bool:
        """Tell whether the day is worked: a weekday outside holidays, or a make-up day."""
        self._check(day)
        return day in self.make_up_days or (day.weekday() < 5 and day not in self.holidays)

    def add_working_days(self, day: dt.date, count: int) -> dt.date:
        """Return the count-th working day after `day`, before it for a negative count; `day` itself never counts."""
        step = ONE_DAY if count > 0 else -ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def next_working(self, day: dt.date) -> dt.date:
        """Return the day itself when it is worked, else the first working day after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def shift(self, day: dt.date, rule: Shift) -> dt.date:
        """Return the day, moved to the next working day when it rests in the sense of the rule."""
        if rule == "none":
            return day
        rests = self.is_holiday(day) if rule == "statutory_only" else not self.is_working(day)
        return self.next_working(day) if rests else day

    def extended(self, year: int, holidays: Iterable[dt.date], make_up_days: Iterable[dt.date]) -> WorkingCalendar:
        """Return a calendar with one more published year; it replaces a year that is already there.

        Raises ValueError for a gap between the years or a day of another year.
        """
        if not self.first_year <= year <= self.last_year + 1:
            raise ValueError(f"year {year} leaves a gap behind {self.last_year}")
        off, on = frozenset(holidays), frozenset(make_up_days)
        strays = sorted(day for day in off | on if day.year != year)
        if strays:
            raise ValueError(f"{strays[0]} is no day of {year}")
        return WorkingCalendar(
            self.first_year,
            max(year, self.last_year),
            frozenset(day for day in self.holidays if day.year != year) | off,
            frozenset(day for day in self.make_up_days if day.year != year) | on,
        )

    def _check(self, day: dt.date) -> None:
        if not self.first_year <= day.year <= self.last_year:
            raise CalendarNotCovered(day, self.first_year, self.last_year)


@cache
def published_calendar() -> WorkingCalendar:
    """Return the calendar that the installed chinesecalendar release covers."""
    years = sorted({day.year for day in published.holidays})
    return WorkingCalendar(years[0], years[-1], frozenset(published.holidays), frozenset(published.workdays))


def add_months(day: dt.date, count: int) -> dt.date:
    """Return the corresponding day `count` months on, or that month's last day where it has none (Civil Code 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: dt.date) -> dt.date:
    """Return the last day of the day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
