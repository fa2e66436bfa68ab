"""The complaint regime over a list of days, and the forecast of a sending port if nobody complains any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from gateway.contracts.annex import PortState
from gateway.contracts.complaints import (
    SendingPort,
    Transition,
    accept_rectification,
    complain,
    next_day,
    open_sending_port,
)
from gateway.contracts.content_keys import Regime
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.working_days import ONE_DAY

DAYS_MAX: Final = 3_660


class ReplayError(ValueError):
    """A list of events that cannot be replayed; says which entry."""


def replay(
    rules: ComplaintRules,
    regime: Regime,
    rate: float,
    events: Iterable[tuple[dt.date, int]],
    until: dt.date,
    rectified: Sequence[dt.date] = (),
) -> list[Transition]:
    """Return every change up to and including `until`; several events of one day are added up.

    Each day in `rectified` accepts the rectification of the suspension running then; one before it serves nothing.
    Raises ReplayError for a negative count or more than `DAYS_MAX` days, ValueError for a rate that is not positive.
    """
    counts: dict[dt.date, int] = {}
    for day, count in events:
        if count < 0:
            raise ReplayError(f"{day}: {count} complaints")
        counts[day] = counts.get(day, 0) + count
    first = min(counts, default=until)
    if (until - first).days > DAYS_MAX:
        raise ReplayError(f"{first} to {until} is more than {DAYS_MAX} days")
    sending_port = open_sending_port(regime, rate, first)
    if first in rectified:
        sending_port = accept_rectification(sending_port)
    changes: list[Transition] = []
    while sending_port.today <= until:
        sending_port, moved = complain(sending_port, rules, count=counts.get(sending_port.today, 0))
        changes += moved
        if sending_port.today == until:
            break
        sending_port, moved = next_day(sending_port, rules, is_rectified=sending_port.today + ONE_DAY in rectified)
        changes += moved
    return changes


def forecast(sending_port: SendingPort, rules: ComplaintRules, days_max: int = 1_500) -> list[Transition]:
    """Return the changes to come if nobody complains and a rectification is accepted at once, until NORMAL."""
    changes: list[Transition] = []
    for _ in range(days_max):
        if sending_port.state is PortState.NORMAL and not sending_port.touched:
            break
        sending_port, moved = next_day(sending_port, rules, is_rectified=sending_port.state is PortState.SUSPENDED)
        changes += moved
    return changes
