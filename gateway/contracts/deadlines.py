"""Notices, forms, terms: what is due when. Days are dates, clocks in hours or minutes are unix seconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from gateway.contracts.profile import Profile
from gateway.contracts.support import support_by
from gateway.contracts.working_days import ONE_DAY, CalendarNotCovered, WorkingCalendar, add_months, published_calendar

# Days until a notice counts as delivered, by means. S0-13.2: electronic mail on entering the system, and couriers.
# S4-10.3: by hand, fax, post (express, or a registered letter) and no other means: electronic mail has no effect.
_DELIVERY_DAYS: Final = {
    "mail_first": {"email": 0, "courier_city": 2, "courier_domestic": 5, "courier_hk_mo_tw": 7, "courier_abroad": 9},
    "courier_slow": {
        "by_hand": 0, "fax": 0, "courier_city": 3, "courier_domestic": 5, "courier_hk_mo_tw": 10, "courier_abroad": 20,
        "letter_city": 7, "letter_domestic": 14, "letter_hk_mo_tw": 20, "letter_abroad": 30,
    },
}
RENEWAL_ALERT_DAYS: Final = (60, 30)


def delivered_on(profile: Profile, means: str, sent: dt.date) -> dt.date:
    """Return the day on which a notice counts as delivered; raise KeyError for means that have no effect there."""
    return sent + dt.timedelta(days=_DELIVERY_DAYS[profile.notice_table][means])


def means_of(profile: Profile) -> tuple[str, ...]:
    """Return the means by which the contract takes a notice."""
    return tuple(_DELIVERY_DAYS[profile.notice_table])


def moved_by_rest(profile: Profile, day: dt.date, calendar: WorkingCalendar) -> dt.date:
    """Return the last day of a period, moved past rest days as due days are (Civil Code 203)."""
    return calendar.shift(day, profile.due_shift)


def cure_by(profile: Profile, served: dt.date, calendar: WorkingCalendar) -> dt.date:
    """Return the last day to cure a breach or to object, after its notice was served (S4-6.1)."""
    return moved_by_rest(profile, served + dt.timedelta(days=profile.cure_days), calendar)


def change_effective_on(profile: Profile, form: dt.date) -> dt.date:
    """Return the 1st on which a service form handed in on `form` takes effect (S4-5.10)."""
    cutoff = profile.change_cutoff_day
    is_in_time = form.day <= cutoff if profile.change_cutoff_inclusive else form.day < cutoff
    return add_months(form.replace(day=1), 1 if is_in_time else 2)


def change_notice_by(profile: Profile, effective: dt.date) -> dt.date:
    """Return the last day to announce new registration data (S4-3.14)."""
    return effective - dt.timedelta(days=profile.change_notice_days)


def interface_notice_by(profile: Profile, change: dt.date, calendar: WorkingCalendar) -> dt.date:
    """Return the last day to announce an interface change (S4-4.6)."""
    return calendar.add_working_days(change, -profile.interface_notice_wd)


def cap_notice_by(profile: Profile, reached: dt.date, calendar: WorkingCalendar) -> dt.date:
    """Return the last day to write that the notice level of the cap was reached (S4-11.1)."""
    return calendar.add_working_days(reached, profile.cap_notice_wd)


def recheck_by(profile: Profile, found: dt.date, calendar: WorkingCalendar) -> dt.date:
    """Return the last day to check a disputed figure again (S0-4.3, S4-5.6)."""
    return calendar.add_working_days(found, profile.recheck_wd)


def violation_notice_by(profile: Profile, known_at: float) -> float:
    """Return the last instant to report a violation (S0-7.8); that instant itself is in time."""
    return known_at + profile.violation_notice_min * 60


def complaint_reply_by(profile: Profile, received_at: float) -> float:
    """Return the last instant to handle and answer a complaint (S4-3.13); holidays do not stop the clock."""
    return received_at + profile.complaint_reply_h * 3600


def query_reply_by(profile: Profile, received_at: float) -> float:
    """Return the last instant to answer another complaint or an enquiry (S4-4.3), in the hours of support (S1-3b)."""
    return support_by(profile, received_at, profile.query_reply_h)


def service_ends_at(profile: Profile, asked_at: float) -> float:
    """Return the instant by which a client's wish to end takes effect and its queue is dropped (S2bA-7)."""
    return asked_at + profile.end_service_h * 3600


def final_report_at(profile: Profile, last_submit_at: float) -> float:
    """Return the instant at which a batch is final even without all receipts (S2a-4 with unknown_after_h)."""
    return last_submit_at + profile.unknown_after_h * 3600


@dataclass(frozen=True, slots=True)
class BreachDates:
    """Last days of the right to end a contract over a breach (S0-11.1)."""

    exercise_by: dt.date
    lapses_after: dt.date


def breach_dates(
    profile: Profile, happened: dt.date, known: dt.date, calendar: WorkingCalendar | None = None
) -> BreachDates:
    """Return until when the right may be used, counted from knowing, and when it lapses, counted from the event.

    A day beyond the calendar stands as counted: the earliest that it can be.
    """
    covered = published_calendar() if calendar is None else calendar
    lapse, exercise = (
        _moved_if_known(profile, start + dt.timedelta(days=days), covered)
        for start, days in ((happened, profile.breach_lapse_days), (known, profile.breach_exercise_days))
    )
    return BreachDates(min(exercise, lapse), lapse)


def _moved_if_known(profile: Profile, day: dt.date, calendar: WorkingCalendar) -> dt.date:
    try:
        return moved_by_rest(profile, day, calendar)
    except CalendarNotCovered:
        return day


@dataclass(frozen=True, slots=True)
class TermDates:
    """The end of a term and what is to be done before it."""

    last_day: dt.date
    nonrenew_notice_by: dt.date
    remind_from: dt.date
    alerts: tuple[dt.date, ...]


def term_dates(profile: Profile, last_day: dt.date) -> TermDates:
    """Return the dates before the end of a term (S0-3.2, S2b-3b)."""
    return TermDates(
        last_day,
        last_day - dt.timedelta(days=profile.nonrenew_notice_days),
        add_months(last_day, -profile.renewal_reminder_months),
        tuple(last_day - dt.timedelta(days=days) for days in RENEWAL_ALERT_DAYS),
    )


def first_term_end(profile: Profile, start: dt.date) -> dt.date:
    """Return the last day of a term that starts on `start` (that day is served)."""
    return add_months(start, profile.term_months) - ONE_DAY


def renewed_until(
    profile: Profile, last_day: dt.date, *, notice: dt.date | None = None, renewals: int = 0
) -> dt.date | None:
    """Return the last day of the next term, or None when the contract ends on `last_day`.

    `notice` is the day a notice of non-renewal was delivered; one that comes too late does not stop the renewal.
    """
    if profile.renew == "none" or (profile.renew == "auto_once" and renewals >= 1):
        return None
    if notice is not None and notice <= term_dates(profile, last_day).nonrenew_notice_by:
        return None
    return add_months(last_day, profile.term_months)
