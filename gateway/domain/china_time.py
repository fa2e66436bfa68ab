"""China's clock: days, midnights and seconds of the day for the rules that speak of them.

China has one zone, UTC+8, and no daylight saving since 1991, so that local time is an addition: an instant (unix
seconds) and a day are computed from each other without a table of zones. Contracts mean this clock wherever they name
a day or an hour.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

HOUR_S: Final = 3600
DAY_S: Final = 86_400
CHINA_OFFSET_S: Final = 8 * HOUR_S
SHANGHAI: Final = timezone(timedelta(seconds=CHINA_OFFSET_S))
_EPOCH_DAY: Final = 719_163  # date(1970, 1, 1).toordinal()


def day_number(at: float) -> int:
    """Return the day of an instant as a count of days: 0 is 1970-01-01."""
    return int((at + CHINA_OFFSET_S) // DAY_S)


def second_of_day(at: float) -> float:
    """Return the seconds since midnight: at least 0, under 86,400."""
    return (at + CHINA_OFFSET_S) % DAY_S


def midnight_before(at: float) -> float:
    """Return the first instant of the day in which `at` lies; `at` itself where it is a midnight."""
    return float(day_number(at) * DAY_S - CHINA_OFFSET_S)


def day_of(at: float) -> date:
    """Return the day of an instant. Raises ValueError or OverflowError outside the years 1 to 9999."""
    return date.fromordinal(_EPOCH_DAY + day_number(at))


def start_of(day: date) -> float:
    """Return the first instant of a day."""
    return float((day.toordinal() - _EPOCH_DAY) * DAY_S - CHINA_OFFSET_S)


def end_of(day: date) -> float:
    """Return the instant at which a day is over, which is the first one of the next: 24:00."""
    return start_of(day) + DAY_S


def clock_at(at: float) -> datetime:
    """Return an instant as a date and a time, with the zone."""
    return datetime.fromtimestamp(at, SHANGHAI)


def instant_of(moment: datetime) -> float:
    """Return the instant of a date and a time; one without a zone is meant in China."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).timestamp()


def moment_text(at: float, timespec: str = "seconds") -> str:
    """Write an instant for people, with the offset: 2026-03-02T06:59:59+08:00."""
    return datetime.fromtimestamp(at, SHANGHAI).isoformat(timespec=timespec)
