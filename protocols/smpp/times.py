"""Times of SMPP: "YYMMDDhhmmsstnnp", absolute or relative, and the dates of receipts. Section 7.1.1.

t is tenths of a second, nn quarter hours from UTC, p is '+' (ahead of UTC), '-' (behind) or 'R' (a span from now).
Results are UTC unix seconds or spans in seconds; nothing here knows what time it is. Two-digit years: 38 to 99 are
19xx, 00 to 37 are 20xx (annex C).
"""

from __future__ import annotations

from calendar import timegm
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

CHINA_OFFSET_S: Final = 8 * 3600
_YEAR_S: Final = 365 * 86400
_MONTH_S: Final = 30 * 86400


class Absolute(NamedTuple):
    """A moment, UTC unix seconds."""

    at: float


class Relative(NamedTuple):
    """A span from the moment the message arrives. Years count 365 days and months 30: it has no calendar."""

    seconds: int


def parse_time(text: str) -> Absolute | Relative | None:
    """The time in a schedule_delivery_time or validity_period; None when empty. Raises ValueError when it is none."""
    if not text:
        return None
    if len(text) != 16 or not (text[:15].isascii() and text[:15].isdigit()) or text[15] not in "+-R":
        raise ValueError(f"{text!r} is no time: 15 digits, then + - or R")
    year, month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(0, 12, 2))
    tenth, quarters, sign = int(text[12]), int(text[13:15]), text[15]
    if sign == "R":
        return Relative(year * _YEAR_S + month * _MONTH_S + day * 86400 + hour * 3600 + minute * 60 + second)
    if quarters > 48:
        raise ValueError(f"{text!r} is more than 48 quarter hours from UTC")
    local = _unix(_full_year(year), month, day, hour, minute, second)
    return Absolute(local + (-900 if sign == "+" else 900) * quarters + tenth / 10)


def format_absolute(at: float, offset_s: int = 0) -> str:
    """A moment as local time of a zone `offset_s` ahead of UTC (a whole number of quarter hours)."""
    quarters, rest = divmod(abs(offset_s), 900)
    if rest or quarters > 48:
        raise ValueError(f"offset {offset_s} s is not a quarter hour within twelve hours")
    tenths = round(at * 10)
    local = _EPOCH + timedelta(seconds=tenths // 10 + offset_s)
    _check_year(local)
    return f"{local:%y%m%d%H%M%S}{tenths % 10}{quarters:02d}{'-' if offset_s < 0 else '+'}"


def last_moment(offset_s: int = 0) -> float:
    """The last moment that `format_absolute` can write for a zone: the end of 2037 there (annex C)."""
    return timegm((2037, 12, 31, 23, 59, 59)) - offset_s + 0.9


def format_relative(seconds: int) -> str:
    """A span as days, hours, minutes and seconds, up to 99 years of 365 days. Raises ValueError beyond."""
    years, rest = divmod(seconds, _YEAR_S)
    months, rest = divmod(rest, _MONTH_S)
    days, rest = divmod(rest, 86400)
    hours, rest = divmod(rest, 3600)
    if not 0 <= years <= 99:
        raise ValueError(f"a span of {seconds} s cannot be written")
    return f"{years:02d}{months:02d}{days:02d}{hours:02d}{rest // 60:02d}{rest % 60:02d}000R"


def parse_receipt_date(text: str, offset_s: int) -> int | None:
    """Unix seconds of YYMMDDhhmm or YYMMDDhhmmss in local time `offset_s` ahead of UTC; None if it is neither."""
    if len(text) not in (10, 12) or not (text.isascii() and text.isdigit()):
        return None
    year, month, day, hour, minute, *second = (int(text[at : at + 2]) for at in range(0, len(text), 2))
    try:
        return _unix(_full_year(year), month, day, hour, minute, second[0] if second else 0) - offset_s
    except ValueError:
        return None


def format_receipt_date(at: float, offset_s: int) -> str:
    """The date of a receipt, YYMMDDhhmm, in local time `offset_s` ahead of UTC."""
    return _minute_text((int(at) + offset_s) // 60)


@lru_cache(maxsize=1024)
def _minute_text(minute: int) -> str:
    # strftime costs 3 µs, and thousands of receipts share a minute.
    return f"{_EPOCH + timedelta(minutes=minute):%y%m%d%H%M}"


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _full_year(year: int) -> int:
    return year + (1900 if year >= 38 else 2000)


def _check_year(local: datetime) -> None:
    if not 1938 <= local.year <= 2037:
        raise ValueError(f"year {local.year} cannot be written in two digits")


def _unix(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    date(year, month, day)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{hour:02d}:{minute:02d}:{second:02d} is no time of day")
    return timegm((year, month, day, hour, minute, second))
