"""What the contract answers with a letter: the cap's notice, the next prepayment's request, a suspension for money."""

from __future__ import annotations

from typing import Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import WorkingCalendar
from gateway.documents.facts import Fact, duties_of
from gateway.documents.task import Task
from gateway.domain.china_time import day_of
from gateway.duties.duty_interfaces import DutyNode, DutyStore
from gateway.duties.rounds import Round
from gateway.store.reader.money_rows import MoneyEvent

_SINCE_S: Final = 60 * 86_400.0  # what was reached earlier has its task since long
_REQUEST_S: Final = 86_400.0
# event -> the profile key behind it, in words
_SUSPENDED: Final = {
    "SUSPENDED_ARREARS": ("stop_when", "the balance is used up"), "SUSPENDED_LATE": ("late_suspend", "late payment"),
}
_EVENTS: Final = ("CAP_NOTICE", "TOP_UP_REQUEST", *_SUSPENDED)


def money_tasks(node: DutyNode, store: DutyStore) -> Round:
    """Return the round that makes tasks of what was reached; each is made once, by its key."""

    async def note(now: float) -> None:
        configured, found = node.settings, list[Task]()
        for event in await store.money_events(_EVENTS, now - _SINCE_S):
            account = configured.accounts.get(event.account)
            if account is not None:
                found += tasks_of(event, configured.profiles[account.contract], configured.calendar)
        if found:
            await store.add_tasks(found, now)

    return note


def tasks_of(event: MoneyEvent, profile: Profile, calendar: WorkingCalendar) -> list[Task]:
    """Return the duties that follow from an event of an account's money."""
    at, name = event.at, event.account
    if event.event == "CAP_NOTICE":
        subject = f"notice level of the cap, term {event.subject or 'without end'}"
        fact = Fact("cap_reached", at, subject, name, details=f"accrued {event.detail} yuan")
        return duties_of(profile, fact, calendar)
    if event.event in _SUSPENDED:
        cause, subject = _SUSPENDED[event.event]
        key, due_at = f"suspended:{name}:{event.event}:{day_of(at)}", at + _REQUEST_S
        words = f"{subject}: {event.detail}"
        return [Task("SUSPENSION_NOTICE", clause_of(profile, cause), f"{name} suspended", due_at, words, name, at, key)]
    if event.event != "TOP_UP_REQUEST":
        return []
    words = f"the prepayment is used: {event.detail} yuan left; ask for the next one"
    clause = clause_of(profile, "on_prepaid_used")
    return [Task("TOP_UP_REQUEST", clause, f"prepayment {event.subject}", at + _REQUEST_S, words, name, at)]
