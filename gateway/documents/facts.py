"""From a fact to its duties: what the contract asks for when something happens, and by when.

`FACTS` is the table: a fact that a person records, the moment or day it is given with, and the tasks that follow.
Clocks that the contract counts in hours or minutes run through holidays (S0-7.8, S4-3.13); the rest ends with a day.

    FactError    a fact that this contract does not know, or that must not be (a change announced too late)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from gateway.contracts import deadlines
from gateway.contracts.clauses import cite, clause_of
from gateway.contracts.dates import statement_date
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import WorkingCalendar, add_months
from gateway.documents.task import NEAR_CLOCK_S, Task, task_on
from gateway.domain.china_time import DAY_S, day_of, end_of, start_of


class FactError(ValueError):
    """A fact without a rule in this contract, or against one; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened or will. `at` is its moment (unix seconds), `known_at` when it was learnt of."""

    kind: str
    at: float
    subject: str
    account: str = ""
    known_at: float | None = None
    details: str = ""

    @property
    def day(self) -> dt.date:
        return day_of(self.at)

    @property
    def known(self) -> float:
        return self.at if self.known_at is None else self.known_at


Rule = Callable[[Profile, Fact, WorkingCalendar], list[Task]]


def duties_of(profile: Profile, fact: Fact, calendar: WorkingCalendar) -> list[Task]:
    """Return the tasks that follow from a fact; raises FactError, CalendarNotCovered."""
    rule = FACTS.get(fact.kind)
    if rule is None:
        raise FactError(f"no fact {fact.kind!r}; there are {', '.join(sorted(FACTS))}")
    return rule(profile, fact, calendar)


def _on(kind: str, profile: Profile, key: str, fact: Fact, day: dt.date, words: str = "") -> Task:
    clause = clause_of(profile, key)
    return task_on(kind, clause, fact.subject, day, details=words or fact.details, account=fact.account)


def _at(kind: str, profile: Profile, key: str, fact: Fact, due_at: float) -> Task:
    remind_at = max(fact.known, due_at - NEAR_CLOCK_S)
    return Task(kind, clause_of(profile, key), fact.subject, due_at, fact.details, fact.account, remind_at)


def _violation(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    due_at = deadlines.violation_notice_by(profile, fact.known)
    return [_at("VIOLATION_NOTICE", profile, "violation_notice_min", fact, due_at)]


def _stopped_content(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    """S1-5(6): stopped at once, and reported to the authority; the hour is that of a violation (S0-7.8)."""
    due_at = deadlines.violation_notice_by(profile, fact.known)
    clause = cite(profile.family, "S1-5(6)")
    return [Task("AUTHORITY_REPORT", clause, fact.subject, due_at, fact.details, fact.account, fact.known)]


def _complaint(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    return [_at("COMPLAINT_REPLY", profile, "complaint_reply_h", fact, deadlines.complaint_reply_by(profile, fact.at))]


def _enquiry(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    return [_at("QUERY_REPLY", profile, "query_reply_h", fact, deadlines.query_reply_by(profile, fact.at))]


def _breach(profile: Profile, fact: Fact, calendar: WorkingCalendar) -> list[Task]:
    dates = deadlines.breach_dates(profile, fact.day, day_of(fact.known), calendar)
    return [
        _on(kind, profile, key, fact, day, _unless_covered(fact, day, calendar))
        for kind, key, day in (("BREACH_EXERCISE", "breach_exercise_days", dates.exercise_by),
                               ("BREACH_LAPSE", "breach_lapse_days", dates.lapses_after))
    ]


def _unless_covered(fact: Fact, day: dt.date, calendar: WorkingCalendar) -> str:
    """Say of a day beyond the calendar that it may yet move past rest days; else what the fact says."""
    if day.year <= calendar.last_year:
        return fact.details
    words = f"the calendar ends with {calendar.last_year}: if {day} is a rest day, the last day is later"
    return f"{fact.details}; {words}" if fact.details else words


def _breach_notice(profile: Profile, fact: Fact, calendar: WorkingCalendar) -> list[Task]:
    if not profile.cure_days:
        raise FactError(f"{profile.name} agrees no days to cure a breach (cure_days)")
    return [_on("CURE", profile, "cure_days", fact, deadlines.cure_by(profile, fact.day, calendar))]


def _insolvency(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    day = fact.day + dt.timedelta(days=profile.insolvency_days)
    return [_on("INSOLVENCY", profile, "insolvency_days", fact, day)]


def _force_majeure(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    """S4-8.3: thirty days, then talks, and ten days on the end; elsewhere the end alone (S2b-8)."""
    tasks, day = [], fact.day
    if profile.renegotiate_days:
        day += dt.timedelta(days=profile.renegotiate_days)
        tasks.append(_on("FORCE_MAJEURE_TALKS", profile, "renegotiate_days", fact, day))
    if profile.force_majeure_days:
        day = fact.day + dt.timedelta(days=profile.force_majeure_days + profile.renegotiate_days)
        tasks.append(_on("FORCE_MAJEURE_END", profile, "force_majeure_days", fact, day))
    return tasks


def _registration_change(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    """`at` is the day the new data take effect, `known_at` the notice where there is one already (S4-3.14)."""
    by = deadlines.change_notice_by(profile, fact.day)
    if fact.known_at is not None and day_of(fact.known_at) > by:
        raise FactError(
            f"effective {fact.day}: the notice had to come by {by} ({clause_of(profile, 'change_notice_days')}); "
            f"it came on {day_of(fact.known_at)}"
        )
    return [_on("REGISTRATION_NOTICE", profile, "change_notice_days", fact, by)]


def _bank_change(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    by = deadlines.change_notice_by(profile, fact.day)
    clause = "S4-5.9" if profile.family == "S4" else clause_of(profile, "change_notice_days")
    return [task_on("BANK_NOTICE", clause, fact.subject, by, details=fact.details, account=fact.account)]


def _interface_change(profile: Profile, fact: Fact, calendar: WorkingCalendar) -> list[Task]:
    by = deadlines.interface_notice_by(profile, fact.day, calendar)
    return [_on("INTERFACE_NOTICE", profile, "interface_notice_wd", fact, by)]


def _maintenance(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    if not profile.maint_notice_days:
        raise FactError(f"{profile.name} agrees no notice of maintenance (maint_notice_days)")
    day = fact.day - dt.timedelta(days=profile.maint_notice_days)
    return [_on("MAINTENANCE_NOTICE", profile, "maint_notice_days", fact, day)]


def _service_change(profile: Profile, fact: Fact, _: WorkingCalendar) -> list[Task]:
    """`at` is the day the form was handed in; the change begins with its day, so it is to be made before (S4-5.10)."""
    day = deadlines.change_effective_on(profile, fact.day)
    due_at = start_of(day)
    words = fact.details or f"form of {fact.day}: in force from {day} 00:00"
    clause = clause_of(profile, "change_cutoff_day")
    return [
        Task("SERVICE_CHANGE", clause, fact.subject, due_at, words, fact.account, due_at - 3 * DAY_S,
             f"SERVICE_CHANGE:{fact.account}:{fact.subject}:{day}")
    ]


def _cap_reached(profile: Profile, fact: Fact, calendar: WorkingCalendar) -> list[Task]:
    return [_on("CAP_NOTICE", profile, "cap_notice_wd", fact, deadlines.cap_notice_by(profile, fact.day, calendar))]


FACTS: Final[dict[str, Rule]] = {
    "violation": _violation,
    "stopped_content": _stopped_content,
    "complaint": _complaint,
    "enquiry": _enquiry,
    "breach": _breach,
    "breach_notice": _breach_notice,
    "insolvency": _insolvency,
    "force_majeure": _force_majeure,
    "registration_change": _registration_change,
    "bank_change": _bank_change,
    "interface_change": _interface_change,
    "maintenance": _maintenance,
    "service_change": _service_change,
    "cap_reached": _cap_reached,
}


def statement_task(profile: Profile, account: str, today: dt.date, calendar: WorkingCalendar) -> Task:
    """Return the duty to send last month's statement by its day. Raises CalendarNotCovered."""
    day = statement_date(profile, today, calendar)
    last = add_months(today.replace(day=1), -1)
    task = task_on("STATEMENT", clause_of(profile, "statement_rule"), f"statement {last:%Y-%m}", day, account=account)
    return replace(task, key=f"STATEMENT:{account}:{last:%Y-%m}")


def calendar_task(calendar: WorkingCalendar, today: dt.date) -> Task | None:
    """Return the duty to install the next year's calendar once this one ends within three months."""
    last_day = dt.date(calendar.last_year, 12, 31)
    if today < last_day - dt.timedelta(days=92):
        return None
    due_at = end_of(last_day)
    words = f"it covers {calendar.first_year} to {calendar.last_year}; dates beyond are refused"
    return Task("CALENDAR", "D", str(calendar.last_year + 1), due_at, words, remind_at=due_at - 31 * DAY_S,
                key=f"CALENDAR:{calendar.last_year + 1}")


def self_check_task(profile: Profile, side: str, today: dt.date, account: str = "") -> Task | None:
    """Return the duty to check the service's security in the period that runs (S4-A1-7); None where none is agreed.

    Periods are those of the calendar: of six months, the half-years. Each has its own task, done or not.
    """
    months = profile.self_check_months
    if not months:
        return None
    first = add_months(dt.date(today.year, 1, 1), (today.month - 1) // months * months)
    last = min(add_months(first, months), dt.date(today.year + 1, 1, 1)) - dt.timedelta(days=1)
    subject = f"security self-check of {side}, {first:%Y-%m} to {last:%Y-%m}"
    task = task_on("SELF_CHECK", clause_of(profile, "self_check_months"), subject, last, account=account,
                   near_s=31 * DAY_S)
    return replace(task, key=f"SELF_CHECK:{side}:{first:%Y-%m}:{months}")
