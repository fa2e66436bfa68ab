"""The hours in which support is at work, and clocks that run in them only (S1-3b; S4-4.3: always).

S1-3b says Monday to Saturday, 09:00 to 17:00 in China, and names no holidays: none is taken out.
"""

from __future__ import annotations

from typing import Final

from gateway.contracts.profile import Profile
from gateway.domain.china_time import DAY_S, HOUR_S, day_of, midnight_before

_OPENS_S: Final = 9 * HOUR_S
_CLOSES_S: Final = 17 * HOUR_S
_SUNDAY: Final = 6


def support_by(profile: Profile, received_at: float, hours: float) -> float:
    """Return the unix second by which so many support hours are over, counted from an instant."""
    left_s = hours * 3600
    if profile.support_hours == "always":
        return received_at + left_s
    midnight = midnight_before(received_at)
    while True:
        opens, closes = _span(midnight)
        begins = max(opens, received_at)
        if begins + left_s <= closes:
            return begins + left_s
        left_s -= max(0.0, closes - begins)
        midnight += DAY_S


def support_hours_in(profile: Profile, start: float, end: float) -> float:
    """Return the support hours between two instants."""
    if profile.support_hours == "always":
        return (end - start) / 3600
    worked_s, midnight = 0.0, midnight_before(start)
    while midnight < end:
        opens, closes = _span(midnight)
        worked_s += max(0.0, min(end, closes) - max(start, opens))
        midnight += DAY_S
    return worked_s / 3600


def _span(midnight: float) -> tuple[float, float]:
    """Return when support begins and ends on a day; on a Sunday both at once."""
    opens = midnight + _OPENS_S
    if day_of(midnight).weekday() == _SUNDAY:
        return opens, opens
    return opens, midnight + _CLOSES_S
