"""The documents that scripts read: dates, complaints replay; keys as the command line promises them."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.complaints import Transition
from gateway.contracts.content_keys import Regime
from gateway.contracts.dates import late_days, late_fee_hao, open_dates
from gateway.contracts.profile import Profile
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.replay import replay
from gateway.contracts.working_days import WorkingCalendar, published_calendar
from gateway.domain.money import format_yuan

_COLUMNS: Final = ["date", "count"]


class EventsError(ValueError):
    """An events file that cannot be read; `faults` names each line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def dates_report(
    profile: Profile,
    month: str,
    *,
    calendar: WorkingCalendar | None = None,
    invoice_received: dt.date | None = None,
    paid: dt.date | None = None,
    amount_hao: int | None = None,
) -> dict[str, Any]:
    """Return the document of `hongyan dates`; `month` ("2026-10") is the one in which the statement is sent.

    Late days are None until a payment is named, the fee until an amount is as well. Raises ValueError for a month that
    is none. A date past the calendar is None, and `problem` says how to extend it.
    """
    known = calendar or published_calendar()
    dates = open_dates(profile, parse_month(month), known, invoice_received=invoice_received)
    days = late_days(profile, dates.due, paid) if paid is not None and dates.due is not None else None
    fee = late_fee_hao(profile, amount_hao, days) if days is not None and amount_hao is not None else None
    return {
        "contract": profile.tag,
        "month": month,
        "statement": _iso(dates.statement),
        "confirm_by": _iso(dates.confirm_by),
        "auto_confirmed_on": _iso(dates.auto_confirmed_on),
        "bill_by": _iso(dates.bill_by),
        "due": _iso(dates.due),
        "late_days": days,
        "late_fee": None if fee is None else format_yuan(fee),
        "rescind_from": _iso(dates.rescind_from),
        "clauses": {
            "statement": clause_of(profile, "statement_rule"),
            "confirm_by": clause_of(profile, "confirm_wd"),
            "due": clause_of(profile, "due_rule"),
            "late_fee": clause_of(profile, "late_rate"),
        },
        **({"problem": dates.problem} if dates.problem else {}),
    }


def parse_month(text: str) -> dt.date:
    """Return the first day of "2026-10"; raise ValueError for anything else."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise ValueError(f"{text!r} is no month; write it like 2026-10") from None


def replay_report(
    regime: Regime,
    rate: float,
    events: Sequence[tuple[dt.date, int]],
    until: dt.date,
    *,
    rectified: Sequence[dt.date] = (),
    rules: ComplaintRules | None = None,
) -> dict[str, Any]:
    """Return the document of `hongyan complaints replay`.

    `timeline` has an entry where state, rate or MO opt-in changes; `restarts` the days on which a limit began again and
    nothing else changed.
    """
    entries = [timeline_entry(c) for c in replay(rules or ComplaintRules(), regime, rate, events, until, rectified)]
    timeline: list[dict[str, Any]] = []
    restarts: list[dict[str, Any]] = []
    for entry in entries:
        is_same = bool(timeline) and all(timeline[-1][name] == entry[name] for name in ("state", "rate", "mo_opt_in"))
        (restarts if is_same else timeline).append(entry)
    return {"regime": regime, "rate": _number(rate), "timeline": timeline, "restarts": restarts}


def timeline_entry(change: Transition) -> dict[str, Any]:
    """Return one entry of a timeline: what holds from that day on, and the row of the annex."""
    sending_port = change.sending_port
    return {
        "date": change.day.isoformat(),
        "state": sending_port.state.value,
        "rate": _number(sending_port.rate),
        "mo_opt_in": sending_port.is_mo_opt_in,
        "rule": change.number,
    }


def parse_events(text: str) -> list[tuple[dt.date, int]]:
    """Return (day, count) of an events file with the columns date,count; raise EventsError for every bad line."""
    rows = csv.reader(text.removeprefix("\ufeff").splitlines())
    header = [name.strip() for name in next(rows, [])]
    if header != _COLUMNS:
        raise EventsError([f"line 1: the columns are {','.join(header) or 'missing'}; they must be date,count"])
    events, faults = [], []
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        try:
            day, count = row
            events.append((dt.date.fromisoformat(day.strip()), _count(count)))
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if faults:
        raise EventsError(faults)
    return events


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError(f"{count} complaints")
    return count


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _number(rate: float) -> int | float:
    return int(rate) if float(rate).is_integer() else rate
