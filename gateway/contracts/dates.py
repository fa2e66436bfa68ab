"""Statement, confirmation, due date and late fee of one month, for any profile (S0-4.2, S4-5.6, 5.8, 6.2).

The start day of a period does not count, its last day ends at 24:00 (Civil Code 201 to 203); contract wording prevails.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from gateway.contracts.keys import PPM
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import ONE_DAY, CalendarNotCovered, WorkingCalendar, add_months
from gateway.domain.money import HAO_PER_FEN


@dataclass(frozen=True, slots=True)
class BillingDates:
    """The dates around one statement; None where the contract, or the question, gives none.

    `confirm_by` is the last day to answer; `auto_confirmed_on` the same day where silence confirms at its end.
    `bill_by` is the last day for bill and invoice where a bill period ended with the month before.
    """

    statement: dt.date
    confirm_by: dt.date | None
    auto_confirmed_on: dt.date | None
    bill_by: dt.date | None
    due: dt.date | None
    rescind_from: dt.date | None


def billing_dates(
    profile: Profile, month: dt.date, calendar: WorkingCalendar, *, invoice_received: dt.date | None = None
) -> BillingDates:
    """Return the dates for the statement sent in `month` (any day of it), about the month before.

    Raises CalendarNotCovered.
    """
    statement = statement_date(profile, month, calendar)
    confirm_by = calendar.add_working_days(statement, profile.confirm_wd) if profile.confirm_wd else None
    due = due_date(profile, month, calendar, invoice_received)
    return BillingDates(
        statement,
        confirm_by,
        confirm_by if profile.silence == "confirm" else None,
        bill_date(profile, month, calendar),
        due,
        rescind_date(profile, due),
    )


@dataclass(frozen=True, slots=True)
class OpenDates:
    """The dates that are known; None also where one lies beyond the calendar, and `problem` then says how to go on."""

    statement: dt.date | None
    confirm_by: dt.date | None
    auto_confirmed_on: dt.date | None
    bill_by: dt.date | None
    due: dt.date | None
    rescind_from: dt.date | None
    problem: str | None


def open_dates(
    profile: Profile, month: dt.date, calendar: WorkingCalendar, *, invoice_received: dt.date | None = None
) -> OpenDates:
    """Return the dates as `billing_dates` does, those beyond the calendar left open: figures do not wait for them."""
    problems: list[str] = []

    def known(find: Callable[[], dt.date | None]) -> dt.date | None:
        try:
            return find()
        except CalendarNotCovered as error:
            problems.append(str(error))
            return None

    statement = known(lambda: statement_date(profile, month, calendar))
    has_term = statement is not None and profile.confirm_wd
    confirm_by = known(lambda: calendar.add_working_days(statement or month, profile.confirm_wd)) if has_term else None
    due = known(lambda: due_date(profile, month, calendar, invoice_received))
    return OpenDates(
        statement, confirm_by, confirm_by if profile.silence == "confirm" else None,
        known(lambda: bill_date(profile, month, calendar)), due, rescind_date(profile, due),
        problems[0] if problems else None,
    )


def statement_date(profile: Profile, month: dt.date, calendar: WorkingCalendar) -> dt.date:
    """Return the day, or the last day, for the statement: a shifted day of the month, or n working days into it."""
    if profile.statement_rule == "working_days":
        return calendar.add_working_days(month.replace(day=1) - ONE_DAY, profile.statement_wd)
    return calendar.shift(month.replace(day=profile.statement_day), profile.statement_shift)


def bill_date(profile: Profile, month: dt.date, calendar: WorkingCalendar) -> dt.date | None:
    """Return the last day for bill and invoice of the period that ended with the month before, if one did."""
    if profile.bill_months == 1 or (month.month - 1) % profile.bill_months:
        return None
    return calendar.add_working_days(month.replace(day=1) - ONE_DAY, profile.bill_wd)


def due_date(
    profile: Profile, month: dt.date, calendar: WorkingCalendar, invoice_received: dt.date | None
) -> dt.date | None:
    """Return the last day to pay; without an invoice only the cap day is known (S0-4.2(2)b), if there is one."""
    if profile.due_rule == "none":
        return None
    cap = cap_date(profile, month, calendar)
    if invoice_received is None or (cap is not None and invoice_received >= cap):
        return cap
    if profile.due_rule == "receipt_days":
        term_end = invoice_received + dt.timedelta(days=profile.due_days)
        due = calendar.shift(term_end, profile.due_shift)
    else:
        due = calendar.add_working_days(invoice_received, profile.due_wd)
    return due if cap is None else min(due, cap)


def cap_date(profile: Profile, month: dt.date, calendar: WorkingCalendar) -> dt.date | None:
    """Return the day of the settlement month after which nothing may be due, or None."""
    if not profile.due_cap_day:
        return None
    return calendar.shift(month.replace(day=profile.due_cap_day), profile.due_cap_shift)


def rescind_date(profile: Profile, due: dt.date | None) -> dt.date | None:
    """Return the first day on which an unpaid contract may be rescinded (S4-6.2), or None."""
    if due is None or not profile.rescind_months:
        return None
    return add_months(due, profile.rescind_months) + ONE_DAY


def late_days(profile: Profile, due: dt.date, paid: dt.date) -> int:
    """Return the days that cost a late fee; 0 when paid by the due day."""
    if paid <= due:
        return 0
    first = due
    if profile.late_from == "day_after":
        first = due + ONE_DAY
    elif profile.late_from == "cap_day":
        first = max(due, due.replace(day=profile.due_cap_day))
    last = paid if profile.late_to == "payment_day_inclusive" else paid - ONE_DAY
    return max(0, (last - first).days + 1)


def late_fee_hao(profile: Profile, principal_hao: int, days: int) -> int:
    """Return the simple late fee on the unpaid principal, rounded half up to 0.01 yuan once, at the end."""
    return line_hao(principal_hao * profile.late_rate * days, PPM)


def line_hao(numerator_hao: int, divisor: int = 1) -> int:
    """Return numerator / divisor rounded half up (away from zero) to whole fen, in hao: a statement or fee line."""
    unit = divisor * HAO_PER_FEN
    fen = (2 * abs(numerator_hao) + unit) // (2 * unit)
    return fen * HAO_PER_FEN * (-1 if numerator_hao < 0 else 1)
