"""What the contract answers with a letter: the cap's notice, the next prepayment's request, a suspension for money."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import WorkingCalendar
from gateway.documents.facts import Fact, duties_of
from gateway.documents.task import Task
from gateway.domain.account import Account
from gateway.domain.china_time import day_of
from gateway.store.facts import task_rows
from gateway.store.reader.money_rows import MoneyEvent, read_events

_SINCE_S: Final = 60 * 86_400.0  # what was reached earlier has its task since long
_REQUEST_S: Final = 86_400.0
# event -> the profile key behind it, in words
_SUSPENDED: Final = {
    "SUSPENDED_ARREARS": ("stop_when", "the balance is used up"), "SUSPENDED_LATE": ("late_suspend", "late payment"),
}
_EVENTS: Final = ("CAP_NOTICE", "TOP_UP_REQUEST", *_SUSPENDED)


class Configured(Protocol):
    """What of the settings is needed here."""

    @property
    def accounts(self) -> Mapping[str, Account]: ...
    @property
    def profiles(self) -> Mapping[str, Profile]: ...
    @property
    def calendar(self) -> WorkingCalendar: ...


def money_tasks(settings: Callable[[], Configured]) -> Callable[[Any, float], Awaitable[None]]:
    """Return the deed that turns what was reached into tasks; each is made once, by its key."""

    async def note(connection: Any, now: float) -> None:
        configured = settings()
        for event in await read_events(connection, _EVENTS, now - _SINCE_S):
            account = configured.accounts.get(event.account)
            if account is not None:
                for task in _tasks(event, configured.profiles[account.contract], configured.calendar):
                    await task_rows.put(connection, task, now)

    return note


def _tasks(event: MoneyEvent, profile: Profile, calendar: WorkingCalendar) -> list[Task]:
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
    words = f"the prepayment is used: {event.detail} yuan left; ask for the next one"
    clause = clause_of(profile, "on_prepaid_used")
    return [Task("TOP_UP_REQUEST", clause, f"prepayment {event.subject}", at + _REQUEST_S, words, name, at)]
