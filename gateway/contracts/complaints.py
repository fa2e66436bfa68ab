"""The complaint regime of a port as a table (S4 annex 3), stepped day by day.

A port has an original rate V0 and a regime: whitelist, or blacklist (also when both lists apply). Complaints belong to
the natural day they were made. Two on one day cost rate from the next day on; more than ten in a week stop the port at
once; quiet weeks bring it back. A port that has recovered and offends again is limited directly, and the second time
(or the first after a suspension) may write only to numbers that subscribed by MO; "again" is also a day over the number
while the port is still limited by the first time, and the limit then begins anew. A punishment never speeds a port up.

A window of recovery is the trailing 14, 21, 30 or 45 days, all spent in the state: a complaint too many delays the
recovery by days, not by a whole new window. A complaint that arrives late acts from the day after its arrival.

The rows of the annex are in contracts.annex; code here only looks them up.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from gateway.contracts.annex import ROWS, PortState, RateRule, Trigger
from gateway.contracts.content_keys import Regime
from gateway.contracts.keys import PPM
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.working_days import ONE_DAY

_KEPT_DAYS: Final = 400  # above the longest window a profile may name


@dataclass(frozen=True, slots=True)
class Port:
    """A port under the regime. Rates are messages a second; `since` is the first day of the state.

    `counts` holds complaints by the day they were made, the newest `_KEPT_DAYS`; `touched` the days whose count rose
    since the last midnight, `late` those of them before today. `resumed_on` is the end of the last suspension: it
    answered for everything before.
    """

    regime: Regime
    original_rate: float
    today: dt.date
    state: PortState = PortState.NORMAL
    rate: float = 0.0
    since: dt.date = dt.date.min
    rate_before_suspension: float = 0.0
    has_recovered: bool = False
    has_been_suspended: bool = False
    relapses: int = 0
    mo_opt_in_on: dt.date | None = None
    rectified_on: dt.date | None = None
    resumed_on: dt.date = dt.date.min
    counts: tuple[tuple[dt.date, int], ...] = ()
    touched: tuple[dt.date, ...] = ()
    late: tuple[tuple[dt.date, int], ...] = ()

    @property
    def is_mo_opt_in(self) -> bool:
        return self.mo_opt_in_on is not None


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a port: the first day it holds, the row of the table, the port afterwards."""

    day: dt.date
    number: str
    port: Port


Step = tuple[Port, tuple[Transition, ...]]


def open_port(regime: Regime, rate: float, today: dt.date) -> Port:
    """Return a port at its original rate; raise ValueError for a rate that is not positive."""
    if not rate > 0:
        raise ValueError(f"the original rate is {rate}; it must be positive")
    return Port(regime, rate, today, rate=rate)


def complain(port: Port, rules: ComplaintRules, *, count: int = 1, made_on: dt.date | None = None) -> Step:
    """Count complaints that arrived today, made today or (late) on an earlier day.

    Duplicates and tickets the carrier caused are sorted out before. Only the week limit acts at once, and only on
    complaints of today. Raises ValueError for a negative count or a day still to come.
    """
    day = port.today if made_on is None else made_on
    if count < 0 or day > port.today:
        raise ValueError(f"{count} complaints made on {day}, received on {port.today}")
    if not count:
        return port, ()
    counts = dict(port.counts)
    counts[day] = counts.get(day, 0) + count
    kept = tuple(sorted((d, n) for d, n in counts.items() if (port.today - d).days < _KEPT_DAYS))
    port = replace(port, counts=kept, touched=tuple(sorted({*port.touched, day})))
    if day != port.today:
        return replace(port, late=(*port.late, (day, count))), ()
    in_time = replace(port, counts=_without(kept, port.late))  # what came late today acts from tomorrow on
    if _week_total(in_time, rules, day) > rules.week_limit:
        return _move(port, rules, Trigger.WEEK)
    return port, ()


def accept_rectification(port: Port) -> Port:
    """Note that the client's rectification was accepted today; it serves the suspension that is running."""
    return replace(port, rectified_on=port.today)


def rectify(port: Port, rules: ComplaintRules) -> Step:
    """Accept the rectification today; a suspension that has lasted long enough ends at once (R6)."""
    port = accept_rectification(port)
    return _move(port, rules, Trigger.RECTIFIED) if _may_resume(port, rules) else (port, ())


def leave_mo_opt_in(port: Port) -> Port:
    """End the time in which only MO subscribers may be written to; nothing but an operator's word does."""
    return replace(port, mo_opt_in_on=None)


def next_day(port: Port, rules: ComplaintRules, *, is_rectified: bool = False) -> Step:
    """Go to the next midnight and make the changes that take effect with it.

    `is_rectified` accepts the rectification on the new day.
    """
    judged, touched = port, port.touched
    port = replace(_forget(port, rules), today=port.today + ONE_DAY, touched=(), late=())
    if is_rectified:
        port = accept_rectification(port)
    for trigger in (Trigger.WEEK, Trigger.DAY):
        if _is_exceeded(judged, rules, trigger, touched):
            stepped = _move(port, rules, trigger)
            if stepped[1]:
                return stepped
    if _is_quiet(port, rules):
        return _move(port, rules, Trigger.QUIET)
    if _may_resume(port, rules):
        return _move(port, rules, Trigger.RECTIFIED)
    return port, ()


def _is_exceeded(port: Port, rules: ComplaintRules, trigger: Trigger, touched: tuple[dt.date, ...]) -> bool:
    """Tell whether the day that ends exceeded a threshold.

    A day before the present state was judged by another one; a week is too many whatever the states were in it, but
    not for days that a suspension has answered for.
    """
    if trigger is Trigger.WEEK:  # complaints of the day itself acted at once; late ones act now
        open_days = [day for day in touched if day >= port.resumed_on]
        ends = [day + dt.timedelta(days=n) for day in open_days for n in range(7)]
        return any(_week_total(port, rules, end) > rules.week_limit for end in ends if end <= port.today)
    days = [day for day in touched if day >= port.since]
    if port.state is PortState.REDUCED and rules.t3_window == "cumulative":
        return bool(days) and _total(port, port.since, port.today) >= rules.day_threshold
    counts = dict(port.counts)
    return any(counts.get(day, 0) >= rules.day_threshold for day in days)


def _is_quiet(port: Port, rules: ComplaintRules) -> bool:
    row = ROWS.get((port.state, Trigger.QUIET, port.regime, port.has_recovered))
    if row is None:
        return False
    days: int = getattr(rules, row.window)
    start = port.today - dt.timedelta(days=days)
    if start < port.since:
        return False
    size = 7 if rules.recover_count == "per_week" and days % 7 == 0 else days
    starts = [start + dt.timedelta(days=at) for at in range(0, days, size)]
    return all(_total(port, at, at + dt.timedelta(days=size - 1)) <= rules.allowance for at in starts)


def _may_resume(port: Port, rules: ComplaintRules) -> bool:
    if port.state is not PortState.SUSPENDED or port.rectified_on is None or port.rectified_on < port.since:
        return False
    return (port.today - port.since).days >= rules.suspend_days


def _move(port: Port, rules: ComplaintRules, trigger: Trigger) -> Step:
    row = ROWS.get((port.state, trigger, port.regime, port.has_recovered))
    if row is None:
        return port, ()
    is_offence = trigger in (Trigger.DAY, Trigger.WEEK)
    is_relapse = is_offence and port.has_recovered
    relapses = port.relapses + is_relapse
    is_opt_in = is_relapse and (port.has_been_suspended or relapses >= rules.mo_optin_after_relapses)
    is_stop = row.to is PortState.SUSPENDED
    moved = replace(
        port,
        state=row.to,
        rate=_rate(port, rules, row.pace),
        since=port.today,
        rate_before_suspension=port.rate if is_stop else port.rate_before_suspension,
        resumed_on=port.today if trigger is Trigger.RECTIFIED else port.resumed_on,
        has_recovered=port.has_recovered or not is_offence,
        has_been_suspended=port.has_been_suspended or is_stop,
        relapses=relapses,
        mo_opt_in_on=port.mo_opt_in_on or (port.today if is_opt_in else None),
    )
    number = "X2" if is_opt_in and row.number == "X1" else row.number
    return moved, (Transition(port.today, number, moved),)


def _rate(port: Port, rules: ComplaintRules, pace: RateRule) -> float:
    if pace is RateRule.LIMIT:
        return min(port.rate, rules.limited_rate_per_s)
    shares = {
        RateRule.STOP: 0.0,
        RateRule.ORIGINAL: port.original_rate,
        RateRule.SHARE_WHITE: port.original_rate * rules.reduced_white / PPM,
        RateRule.SHARE_BLACK: port.original_rate * rules.reduced_black / PPM,
        RateRule.AFTER_SUSPEND: port.rate_before_suspension * rules.after_suspend / PPM,
    }
    return shares[pace]


def _forget(port: Port, rules: ComplaintRules) -> Port:
    """Drop the memory of recoveries once the port has been normal for `relapse_memory_days`."""
    memory = rules.relapse_memory_days
    if not memory or port.state is not PortState.NORMAL or (port.today - port.since).days < memory:
        return port
    return replace(port, has_recovered=False, has_been_suspended=False, relapses=0)


def _without(
    counts: tuple[tuple[dt.date, int], ...], late: tuple[tuple[dt.date, int], ...]
) -> tuple[tuple[dt.date, int], ...]:
    return (*counts, *((day, -count) for day, count in late))


def _week_total(port: Port, rules: ComplaintRules, end: dt.date) -> int:
    """Return the complaints of the week that `end` closes: seven days, or Monday up to it."""
    days = 6 if rules.week == "rolling7" else end.weekday()
    return _total(port, end - dt.timedelta(days=days), end)


def _total(port: Port, first: dt.date, last: dt.date) -> int:
    return sum(count for day, count in port.counts if first <= day <= last)
