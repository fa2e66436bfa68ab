"""The complaint regime of a sending port as a table (S4 annex 3), stepped day by day.

A port has an original rate V0 and a regime: whitelist, or blacklist (also when both lists apply). Complaints belong to
the natural day they were made. Two on one day cost rate from the next day on; more than ten in a week stop the port at
once; quiet weeks bring it back. A port that has recovered and offends again is limited directly, and the second time
(or the first after a suspension) may write only to numbers that subscribed by MO; "again" is also a day over the number
while the port is still limited by the first time, and the limit then begins again. A punishment never speeds a port up.

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
class SendingPort:
    """A sending port under the regime. Rates are messages a second; `since` is the first day of the state.

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
    """A change of a port: the first day it holds, the row of the table, the sending port afterwards."""

    day: dt.date
    number: str
    sending_port: SendingPort


Step = tuple[SendingPort, tuple[Transition, ...]]


def open_sending_port(regime: Regime, rate: float, today: dt.date) -> SendingPort:
    """Return a sending port at its original rate; raise ValueError for a rate that is not positive."""
    if not rate > 0:
        raise ValueError(f"the original rate is {rate}; it must be positive")
    return SendingPort(regime, rate, today, rate=rate)


def complain(
    sending_port: SendingPort, rules: ComplaintRules, *, count: int = 1, made_on: dt.date | None = None
) -> Step:
    """Count complaints that arrived today, made today or (late) on an earlier day.

    Duplicates and tickets the carrier caused are sorted out before. Only the week limit acts at once, and only on
    complaints of today. Raises ValueError for a negative count or a day still to come.
    """
    day = sending_port.today if made_on is None else made_on
    if count < 0 or day > sending_port.today:
        raise ValueError(f"{count} complaints made on {day}, received on {sending_port.today}")
    if not count:
        return sending_port, ()
    counts = dict(sending_port.counts)
    counts[day] = counts.get(day, 0) + count
    kept = tuple(sorted((d, n) for d, n in counts.items() if (sending_port.today - d).days < _KEPT_DAYS))
    sending_port = replace(sending_port, counts=kept, touched=tuple(sorted({*sending_port.touched, day})))
    if day != sending_port.today:
        return replace(sending_port, late=(*sending_port.late, (day, count))), ()
    # what came late today acts from tomorrow on
    in_time = replace(sending_port, counts=_without(kept, sending_port.late))
    if _week_total(in_time, rules, day) > rules.week_limit:
        return _move(sending_port, rules, Trigger.WEEK)
    return sending_port, ()


def accept_rectification(sending_port: SendingPort) -> SendingPort:
    """Note that the client's rectification was accepted today; it serves the suspension that is running."""
    return replace(sending_port, rectified_on=sending_port.today)


def rectify(sending_port: SendingPort, rules: ComplaintRules) -> Step:
    """Accept the rectification today; a suspension that has lasted long enough ends at once (R6)."""
    sending_port = accept_rectification(sending_port)
    return _move(sending_port, rules, Trigger.RECTIFIED) if _may_resume(sending_port, rules) else (sending_port, ())


def leave_mo_opt_in(sending_port: SendingPort) -> SendingPort:
    """End the time in which only MO subscribers may be written to; nothing but an operator's word does."""
    return replace(sending_port, mo_opt_in_on=None)


def next_day(sending_port: SendingPort, rules: ComplaintRules, *, is_rectified: bool = False) -> Step:
    """Go to the next midnight and make the changes that take effect with it.

    `is_rectified` accepts the rectification on the new day.
    """
    judged, touched = sending_port, sending_port.touched
    sending_port = replace(_forget(sending_port, rules), today=sending_port.today + ONE_DAY, touched=(), late=())
    if is_rectified:
        sending_port = accept_rectification(sending_port)
    for trigger in (Trigger.WEEK, Trigger.DAY):
        if _is_exceeded(judged, rules, trigger, touched):
            stepped = _move(sending_port, rules, trigger)
            if stepped[1]:
                return stepped
    if _is_quiet(sending_port, rules):
        return _move(sending_port, rules, Trigger.QUIET)
    if _may_resume(sending_port, rules):
        return _move(sending_port, rules, Trigger.RECTIFIED)
    return sending_port, ()


def _is_exceeded(
    sending_port: SendingPort, rules: ComplaintRules, trigger: Trigger, touched: tuple[dt.date, ...]
) -> bool:
    """Tell whether the day that ends exceeded a threshold.

    A day before the present state was judged by another one; a week is too many whatever the states were in it, but
    not for days that a suspension has answered for.
    """
    if trigger is Trigger.WEEK:  # complaints of the day itself acted at once; late ones act now
        open_days = [day for day in touched if day >= sending_port.resumed_on]
        ends = [day + dt.timedelta(days=n) for day in open_days for n in range(7)]
        return any(
            _week_total(sending_port, rules, end) > rules.week_limit for end in ends if end <= sending_port.today
        )
    days = [day for day in touched if day >= sending_port.since]
    if sending_port.state is PortState.REDUCED and rules.t3_window == "cumulative":
        return bool(days) and _total(sending_port, sending_port.since, sending_port.today) >= rules.day_threshold
    counts = dict(sending_port.counts)
    return any(counts.get(day, 0) >= rules.day_threshold for day in days)


def _is_quiet(sending_port: SendingPort, rules: ComplaintRules) -> bool:
    row = ROWS.get((sending_port.state, Trigger.QUIET, sending_port.regime, sending_port.has_recovered))
    if row is None:
        return False
    days: int = getattr(rules, row.window)
    start = sending_port.today - dt.timedelta(days=days)
    if start < sending_port.since:
        return False
    size = 7 if rules.recover_count == "per_week" and days % 7 == 0 else days
    starts = [start + dt.timedelta(days=at) for at in range(0, days, size)]
    return all(_total(sending_port, at, at + dt.timedelta(days=size - 1)) <= rules.allowance for at in starts)


def _may_resume(sending_port: SendingPort, rules: ComplaintRules) -> bool:
    rectified_on = sending_port.rectified_on
    if sending_port.state is not PortState.SUSPENDED or rectified_on is None or rectified_on < sending_port.since:
        return False
    return (sending_port.today - sending_port.since).days >= rules.suspend_days


def _move(sending_port: SendingPort, rules: ComplaintRules, trigger: Trigger) -> Step:
    row = ROWS.get((sending_port.state, trigger, sending_port.regime, sending_port.has_recovered))
    if row is None:
        return sending_port, ()
    is_offence = trigger in (Trigger.DAY, Trigger.WEEK)
    is_relapse = is_offence and sending_port.has_recovered
    relapses = sending_port.relapses + is_relapse
    is_opt_in = is_relapse and (sending_port.has_been_suspended or relapses >= rules.mo_optin_after_relapses)
    is_stop = row.to is PortState.SUSPENDED
    moved = replace(
        sending_port,
        state=row.to,
        rate=_rate(sending_port, rules, row.pace),
        since=sending_port.today,
        rate_before_suspension=sending_port.rate if is_stop else sending_port.rate_before_suspension,
        resumed_on=sending_port.today if trigger is Trigger.RECTIFIED else sending_port.resumed_on,
        has_recovered=sending_port.has_recovered or not is_offence,
        has_been_suspended=sending_port.has_been_suspended or is_stop,
        relapses=relapses,
        mo_opt_in_on=sending_port.mo_opt_in_on or (sending_port.today if is_opt_in else None),
    )
    number = "X2" if is_opt_in and row.number == "X1" else row.number
    return moved, (Transition(sending_port.today, number, moved),)


def _rate(sending_port: SendingPort, rules: ComplaintRules, pace: RateRule) -> float:
    if pace is RateRule.LIMIT:
        return min(sending_port.rate, rules.limited_rate_per_s)
    shares = {
        RateRule.STOP: 0.0,
        RateRule.ORIGINAL: sending_port.original_rate,
        RateRule.SHARE_WHITE: sending_port.original_rate * rules.reduced_white / PPM,
        RateRule.SHARE_BLACK: sending_port.original_rate * rules.reduced_black / PPM,
        RateRule.AFTER_SUSPEND: sending_port.rate_before_suspension * rules.after_suspend / PPM,
    }
    return shares[pace]


def _forget(sending_port: SendingPort, rules: ComplaintRules) -> SendingPort:
    """Drop the memory of recoveries once the sending port has been normal for `relapse_memory_days`."""
    memory = rules.relapse_memory_days
    if not memory or sending_port.state is not PortState.NORMAL:
        return sending_port
    if (sending_port.today - sending_port.since).days < memory:
        return sending_port
    return replace(sending_port, has_recovered=False, has_been_suspended=False, relapses=0)


def _without(
    counts: tuple[tuple[dt.date, int], ...], late: tuple[tuple[dt.date, int], ...]
) -> tuple[tuple[dt.date, int], ...]:
    return (*counts, *((day, -count) for day, count in late))


def _week_total(sending_port: SendingPort, rules: ComplaintRules, end: dt.date) -> int:
    """Return the complaints of the week that `end` closes: seven days, or Monday up to it."""
    days = 6 if rules.week == "rolling7" else end.weekday()
    return _total(sending_port, end - dt.timedelta(days=days), end)


def _total(sending_port: SendingPort, first: dt.date, last: dt.date) -> int:
    return sum(count for day, count in sending_port.counts if first <= day <= last)
