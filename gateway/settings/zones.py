"""A time zone in a key: China's, UTC, any name of the system's list, or an offset from UTC."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from gateway.domain.china_time import SHANGHAI

CHINA_NAME: Final = "Asia/Shanghai"
_offset: Final = re.compile(r"([+-])(\d\d):?(\d\d)").fullmatch
HOURS_MAX: Final = 14


def zone_of(name: str) -> tzinfo:
    """Return a zone by its name. Raises ValueError where there is none such.

    China and UTC are known without the list of zones, which small systems lack.
    """
    if name == CHINA_NAME:
        return SHANGHAI
    if name == "UTC":
        return UTC
    offset = _offset(name)
    if offset is not None:
        sign, hours, minutes = -1 if offset[1] == "-" else 1, int(offset[2]), int(offset[3])
        if hours > HOURS_MAX or minutes > 59:
            raise ValueError(f"{name} is no offset: -14:00 to +14:00")
        return timezone(sign * timedelta(hours=hours, minutes=minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not in the list, or no name of a file at all
        raise ValueError(f"{name!r} is no zone that this system knows; an offset such as +08:00 always is") from None


def _checked(value: object) -> object:
    if isinstance(value, str):
        zone_of(value)
    return value


Zone = Annotated[str, BeforeValidator(_checked)]
