"""What the contracts ask of the clock: tasks from facts, told as due and overdue; deadlines that act by themselves.

A round takes up what became due since the last one, however long ago that was: after a time without a daemon the
first round does it all, at the instants the contract names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from gateway.contracts.terms import notice_of
from gateway.contracts.working_days import CalendarNotCovered, add_months
from gateway.documents.account_terms import paper_tasks, term_tasks
from gateway.documents.facts import calendar_task, self_check_task, statement_task
from gateway.documents.task import Task
from gateway.domain.china_time import day_of, moment_text, start_of
from gateway.duties.duty_interfaces import DutyNode, DutyStore
from gateway.queries.statement_months import is_before_contract
from gateway.settings import Settings

log = structlog.get_logger()

ROUND_S = 5.0
FACTS_S = 3600.0
Round = Callable[[float], Awaitable[None]]  # (now, unix seconds)


class Duties:
    """`round` is called every few seconds. `rounds` act on their own deadlines; each has its own module."""

    def __init__(self, node: DutyNode, store: DutyStore, rounds: Sequence[Round] = ()) -> None:
        self._node = node
        self._store = store
        self._rounds = rounds
        self._noted_at = float("-inf")
        self.open_by_clause: dict[str, int] = {}
        self.overdue_by_clause: dict[str, int] = {}

    async def round(self) -> None:
        """Note what follows from the facts once an hour; act on and tell what became due."""
        now, store = self._node.clock(), self._store
        if now - self._noted_at >= FACTS_S:
            await self._note_facts(now)
            self._noted_at = now
        for each in self._rounds:
            await each(now)
        for row in await store.newly_due(now):
            self._tell(row, now)
        self.open_by_clause, self.overdue_by_clause = await store.count_tasks(now)

    def note_facts_soon(self) -> None:
        """The facts changed (a reload): note them in the next round."""
        self._noted_at = float("-inf")

    async def _note_facts(self, now: float) -> None:
        """Store the tasks that follow from the configuration and the calendar; those that are there stay."""
        notices, today = await self._store.nonrenewals(), day_of(now)
        tasks = [*facts_of(self._node.settings, today, notices), *await self._statements(today)]
        await self._store.add_tasks(tasks, now)

    async def _statements(self, today: dt.date) -> list[Task]:
        """Return the duties to send last month's statements that have not gone out."""
        settings, first = self._node.settings, today.replace(day=1)
        month = add_months(first, -1)
        found = []
        for name, opened_at in (await self._store.not_sent(month, opened_before=start_of(first))).items():
            if name not in settings.accounts or is_before_contract(settings.accounts[name], month, opened_at):
                continue
            profile = settings.profiles[settings.accounts[name].contract]
            try:
                found.append(statement_task(profile, name, today, settings.calendar))
            except CalendarNotCovered as error:
                log.error("calendar_ends", account=name, problem=str(error))
        return found

    def _tell(self, row: Mapping[str, Any], now: float) -> None:
        values = {
            "task": row["id"], "kind": row["kind"], "clause": row["clause"], "account": row["account"],
            "due_at": moment_text(row["due_ms"] / 1000),
        }
        if row["due_ms"] < now * 1000:
            log.error("task_overdue", **values)
        else:
            log.warning("task_due", **values)


def facts_of(settings: Settings, today: dt.date, notices: Mapping[str, Sequence[dt.date]]) -> list[Task]:
    """Return the tasks that follow from accounts, their contracts and the calendar.

    `notices` are the days on which notices of non-renewal were delivered, by account.
    """
    found: list[Task] = []
    ending = calendar_task(settings.calendar, today)
    if ending is not None:
        found.append(ending)
    for account in settings.accounts.values():
        profile = settings.profiles[account.contract]
        found += term_tasks(profile, account, today, notice_of(account, notices.get(account.name, ())))
        found += paper_tasks(profile, account)
        found += filter(None, [self_check_task(profile, account.name, today, account.name)])
    for channel in settings.channels.values():  # upstream we are the client: the duty is ours
        if channel.contract:
            upstream = settings.profiles[channel.contract]
            found += filter(None, [self_check_task(upstream, f"channel {channel.name}", today)])
    return found
