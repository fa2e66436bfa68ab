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

_SINCE_S: Final = 60 * 86_400.0  # what was reached earlier has its task since long
_REQUEST_S: Final = 86_400.0
# event -> the profile key behind it, in words
_SUSPENDED: Final = {
    "SUSPENDED_ARREARS": ("stop_when", "the balance is used up"), "SUSPENDED_LATE": ("late_suspend", "late payment"),
}
_EVENTS = """
SELECT account, event, subject, detail, at_ms FROM money_events
WHERE event IN ('CAP_NOTICE', 'TOP_UP_REQUEST', 'SUSPENDED_ARREARS', 'SUSPENDED_LATE') AND at_ms >= $1
"""


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
        for row in await connection.fetch(_EVENTS, int((now - _SINCE_S) * 1000)):
            account = configured.accounts.get(row["account"])
            if account is not None:
                for task in _tasks(row, configured.profiles[account.contract], configured.calendar):
                    await task_rows.put(connection, task, now)

    return note


def _tasks(row: Mapping[str, Any], profile: Profile, calendar: WorkingCalendar) -> list[Task]:
    at, name = row["at_ms"] / 1000, row["account"]
    if row["event"] == "CAP_NOTICE":
        subject = f"notice level of the cap, term {row['subject'] or 'without end'}"
        fact = Fact("cap_reached", at, subject, name, details=f"accrued {row['detail']} yuan")
        return duties_of(profile, fact, calendar)
    if row["event"] in _SUSPENDED:
        cause, subject = _SUSPENDED[row["event"]]
        key, due_at = f"suspended:{name}:{row['event']}:{day_of(at)}", at + _REQUEST_S
        words = f"{subject}: {row['detail']}"
        return [Task("SUSPENSION_NOTICE", clause_of(profile, cause), f"{name} suspended", due_at, words, name, at, key)]
    words = f"the prepayment is used: {row['detail']} yuan left; ask for the next one"
    clause = clause_of(profile, "on_prepaid_used")
    return [Task("TOP_UP_REQUEST", clause, f"prepayment {row['subject']}", at + _REQUEST_S, words, name, at)]
