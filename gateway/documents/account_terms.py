"""Terms and papers of an account: when its contract ends or goes on, when a licence expires (S0-3.2, S0-5.1)."""

from __future__ import annotations

import datetime as dt

from gateway.contracts.clauses import clause_of
from gateway.contracts.deadlines import term_dates
from gateway.contracts.profile import Profile
from gateway.contracts.terms import term_of
from gateway.contracts.working_days import ONE_DAY
from gateway.documents.task import Task, task_on
from gateway.domain.account import Account, Paper
from gateway.domain.china_time import DAY_S, end_of

LICENCE_ALERT_DAYS = 30


def term_tasks(profile: Profile, account: Account, today: dt.date, notice: dt.date | None = None) -> list[Task]:
    """Return what is to be done before the term that runs today ends."""
    term = term_of(profile, account, today, notice)
    if term is None or term.last_day < today:
        return []
    last_day, name = term.last_day, account.name
    dates = term_dates(profile, last_day)
    words = f"ends on {last_day} at 24:00"
    if term.goes_on_to is not None:
        words = f"goes on to {term.goes_on_to} unless notice is delivered by {dates.nonrenew_notice_by}"
    clause, subject = clause_of(profile, "renew"), f"term to {last_day}"
    days = (("TERM_60", dates.alerts[0]), ("TERM_30", dates.alerts[1]), ("TERM_END", last_day))
    tasks = [
        task_on(kind, clause, subject, day, details=words, account=name, near_s=DAY_S)
        for kind, day in days if day >= today
    ]
    if profile.renewal_reminder_months and term.goes_on_to is None:  # what goes on by itself needs no reminder
        near_s = end_of(last_day) - end_of(dates.remind_from)  # in (end − 1 month, end]
        words = f"from {dates.remind_from + ONE_DAY} on; by mail, message or phone"
        clause = clause_of(profile, "renewal_reminder_months")
        tasks.append(task_on("RENEWAL_REMINDER", clause, subject, last_day, details=words, account=name, near_s=near_s))
    return tasks


def paper_tasks(profile: Profile, account: Account) -> list[Task]:
    """Return a task for each paper that expires, told from 30 days before."""
    clause = clause_of(profile, "paper_expired")
    return [
        task_on("LICENCE", clause, f"{paper.kind} {paper.number}".strip(), dt.date.fromisoformat(paper.valid_to),
                details=f"valid to {paper.valid_to}; then the account should be suspended", account=account.name,
                near_s=LICENCE_ALERT_DAYS * DAY_S)
        for paper in account.papers if paper.valid_to
    ]


def expired_papers(account: Account, today: dt.date) -> list[Paper]:
    """Return the papers whose last day is over: an account may not be activated or resumed with them."""
    return [paper for paper in account.papers if paper.valid_to and dt.date.fromisoformat(paper.valid_to) < today]
