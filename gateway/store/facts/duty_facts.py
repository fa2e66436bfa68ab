"""What duties ask of PostgreSQL, each over a connection that is lent for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from gateway.documents.sent_statement import Sent
from gateway.documents.task import Task
from gateway.store.facts import notices, offline_changes, statement_rows, task_rows, terminations
from gateway.store.reader.money_rows import MoneyEvent, read_events


class PostgresDuties:
    """The `DutyStore` over connections that `acquire` lends; see duties.duty_interfaces for each call."""

    def __init__(self, acquire: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._acquire = acquire

    async def add_tasks(self, tasks: Iterable[Task], now: float) -> int:
        async with self._acquire() as connection:
            return await task_rows.put_all(connection, tasks, now)

    async def newly_due(self, now: float) -> Sequence[Mapping[str, Any]]:
        async with self._acquire() as connection:
            return await task_rows.newly_due(connection, now)

    async def count_tasks(self, now: float) -> tuple[dict[str, int], dict[str, int]]:
        async with self._acquire() as connection:
            return await task_rows.count(connection, now)

    async def finish_task(self, key: str, *, now: float, actor: str, evidence: str) -> bool:
        async with self._acquire() as connection:
            return await task_rows.finish_by_key(connection, key, now=now, actor=actor, evidence=evidence)

    async def nonrenewals(self) -> Mapping[str, tuple[dt.date, ...]]:
        async with self._acquire() as connection:
            return await notices.nonrenewals(connection)

    async def not_sent(self, month: dt.date, *, opened_before: float) -> Mapping[str, float]:
        async with self._acquire() as connection:
            return await statement_rows.not_sent(connection, month, opened_before=opened_before)

    async def money_events(self, events: Sequence[str], since: float) -> Sequence[MoneyEvent]:
        async with self._acquire() as connection:
            return await read_events(connection, events, since)

    async def unpaid(self, accounts: Sequence[str]) -> Sequence[Sent]:
        async with self._acquire() as connection:
            return await statement_rows.unpaid(connection, accounts)

    async def known_statements(self, account: str, month: dt.date) -> Sequence[Sent]:
        async with self._acquire() as connection:
            return await statement_rows.known(connection, account, month)

    async def ends_due(self, now: float) -> Sequence[Mapping[str, Any]]:
        async with self._acquire() as connection:
            return await terminations.due(connection, now)

    async def suspend_ended(self, account: str, now: float) -> None:
        async with self._acquire() as connection:
            await offline_changes.set_suspended(connection, account, is_suspended=True, now=now, is_clients_wish=True)

    async def waiting_ids(self, account: str, after_id: int, limit: int) -> list[int]:
        async with self._acquire() as connection:
            return await terminations.waiting_ids(connection, account, after_id, limit)

    async def returned_hao(self, ids: Sequence[int]) -> int:
        async with self._acquire() as connection:
            return await terminations.returned_hao(connection, ids)

    async def end_service(self, id: int, *, now: float, dropped: int, released_hao: int) -> None:
        async with self._acquire() as connection:
            await terminations.end(connection, id, now=now, dropped=dropped, released_hao=released_hao)
