"""What the duties ask of their node and of its store. The prose is the contract: MUST and MAY NOT."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from gateway.documents.sent_statement import Sent
from gateway.documents.task import Task
from gateway.flows.wiring import Flows
from gateway.settings import Settings
from gateway.store.reader.money_rows import MoneyEvent

Acquire = Callable[[], AbstractAsyncContextManager[Any]]  # lends a connection of the readers' pool


class DutyNode(Protocol):
    """The node: its configuration in force, its clock (unix seconds) and its flows."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Callable[[], float]: ...
    @property
    def flows(self) -> Flows: ...


class DutyStore(Protocol):
    """Facts that duties follow from, and what they leave. Each call that changes something MUST be committed when it
    returns; each MAY raise StoreAway or the driver's error, and nothing is changed then. `now` is in unix seconds.
    """

    async def add_tasks(self, tasks: Iterable[Task], now: float) -> int:
        """Store tasks; one whose identity is there already changes nothing. Return how many are new."""
        ...

    async def newly_due(self, now: float) -> Sequence[Mapping[str, Any]]:
        """Return the tasks that became due or overdue since they were told last; each comes once for either."""
        ...

    async def count_tasks(self, now: float) -> tuple[dict[str, int], dict[str, int]]:
        """Return ({clause: open}, {clause: overdue})."""
        ...

    async def finish_task(self, key: str, *, now: float, actor: str, evidence: str) -> bool:
        """Close the open task with this key; False where there is none."""
        ...

    async def nonrenewals(self) -> Mapping[str, tuple[dt.date, ...]]:
        """Return by account the days on which notices of non-renewal counted as delivered."""
        ...

    async def not_sent(self, month: dt.date, *, opened_before: float) -> Mapping[str, float]:
        """Return when each account was opened that was there before an instant and was sent no statement of a month."""
        ...

    async def money_events(self, events: Sequence[str], since: float) -> Sequence[MoneyEvent]:
        """Return which of these events were noted since an instant."""
        ...

    async def unpaid(self, accounts: Sequence[str]) -> Sequence[Sent]:
        """Return the newest versions of these accounts' statements that may not be paid whole, oldest month first."""
        ...

    async def known_statements(self, account: str, month: dt.date) -> Sequence[Sent]:
        """Return all versions of an account's statements up to a month, in their order."""
        ...

    async def ends_due(self, now: float) -> Sequence[Mapping[str, Any]]:
        """Return the services whose end has come and that have not been ended: id, account, clause, ends_ms."""
        ...

    async def suspend_ended(self, account: str, now: float) -> None:
        """Suspend an account whose client ended the service; a restart finds it suspended."""
        ...

    async def waiting_ids(self, account: str, after_id: int, limit: int) -> list[int]:
        """Return ids of an account's messages that no link was ever claimed for, oldest first."""
        ...

    async def returned_hao(self, ids: Sequence[int]) -> int:
        """Return what the resolutions of these messages gave back."""
        ...

    async def end_service(self, id: int, *, now: float, dropped: int, released_hao: int) -> None: ...
