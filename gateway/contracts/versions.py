"""Versions of one contract: which one judges at a moment, and when the next one begins.

A version judges from the first instant of its `valid_from` in China on, until the next one does; what it judged once
stays judged by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from gateway.contracts.profile import Profile
from gateway.domain.china_time import start_of


def starts_at(profile: Profile) -> float:
    """Return the unix second at which a version begins to judge."""
    return start_of(profile.valid_from)


def in_force(versions: Sequence[Profile], now: float) -> Profile:
    """Return the version that judges at `now`: the last that has begun, or the first while none has.

    `versions` are in the order of their first days, at least one.
    """
    begun = [version for version in versions if starts_at(version) <= now]
    return begun[-1] if begun else versions[0]


def next_start(versions: Sequence[Profile], now: float) -> float:
    """Return when the next version begins after `now`, in unix seconds; infinity where none does."""
    return min((begin for begin in map(starts_at, versions[1:]) if begin > now), default=inf)
