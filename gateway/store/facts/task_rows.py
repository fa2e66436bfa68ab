"""The table of tasks: added once each, told once as due and once as overdue, done once.

Whoever has a duty to note calls `add_task` inside the transaction of the fact it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import asyncpg

from gateway.documents.task import NEAR_CLOCK_S, Task

OPEN_MAX = 1000  # tasks that are told in one round, and listed at once

_ADD = """
INSERT INTO tasks (key, kind, clause, account, subject, details, remind_ms, due_ms, created_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING RETURNING id
"""
_DONE = """
UPDATE tasks SET done_ms = $2, done_by = $3, evidence = $4 WHERE id = $1 AND done_ms IS NULL RETURNING *
"""
_DONE_BY_KEY = """
UPDATE tasks SET done_ms = $2, done_by = $3, evidence = $4 WHERE key = $1 AND done_ms IS NULL RETURNING id
"""
_PAID = """
UPDATE tasks SET done_ms = $3, done_by = $4, evidence = $5
WHERE account = $1 AND subject = $2 AND kind IN ('PAYMENT', 'RESCIND') AND done_ms IS NULL
"""
_LIST = """
SELECT * FROM tasks
WHERE ($1 OR done_ms IS NULL) AND ($2 = '' OR account = $2) AND ($3 = '' OR kind = $3)
ORDER BY done_ms IS NOT NULL, due_ms, id LIMIT $4
"""
_TELL = """
UPDATE tasks SET told = CASE WHEN due_ms < $1 THEN 2 ELSE 1 END
WHERE id IN (SELECT id FROM tasks
             WHERE done_ms IS NULL AND ((told < 1 AND remind_ms <= $1) OR (told < 2 AND due_ms < $1))
             ORDER BY due_ms LIMIT $2)
RETURNING *
"""
_COUNT = """
SELECT clause, count(*) AS open, count(*) FILTER (WHERE due_ms < $1) AS overdue
FROM tasks WHERE done_ms IS NULL GROUP BY clause
"""


async def add_task(
    connection: asyncpg.Connection, kind: str, clause: str, subject: str, due_at: float, details: str = "", *,
    now: float, account: str = "", key: str = "", remind_at: float | None = None,
) -> int | None:
    """Note a duty in the caller's transaction; return its id, or None when it is there already.

    `due_at` is the last instant in time (unix seconds). It is told as due from `remind_at` on; default: four hours
    before. `key` makes it the same duty when noted again; default: kind, account, subject and instant.
    """
    early = due_at - NEAR_CLOCK_S if remind_at is None else remind_at
    return await put(connection, Task(kind, clause, subject, due_at, details, account, early, key), now)


async def put(connection: asyncpg.Connection, task: Task, now: float) -> int | None:
    """Store a task; None when one of its identity is there."""
    number: int | None = await connection.fetchval(
        _ADD, task.identity, task.kind, task.clause, task.account, task.subject, task.details,
        int(task.remind_at * 1000), int(task.due_at * 1000), int(now * 1000),
    )
    return number


async def put_all(connection: asyncpg.Connection, tasks: Iterable[Task], now: float) -> int:
    """Store tasks; return how many are new."""
    new = 0
    for task in tasks:
        new += await put(connection, task, now) is not None
    return new


async def finish_task(
    connection: asyncpg.Connection, number: int, *, now: float, actor: str, evidence: str
) -> dict[str, Any] | None:
    """Close a task; return it, or None when there is no open one of that number."""
    row = await connection.fetchrow(_DONE, number, int(now * 1000), actor, evidence)
    return None if row is None else dict(row)


async def finish_by_key(connection: asyncpg.Connection, key: str, *, now: float, actor: str, evidence: str) -> bool:
    """Close the task with this key, if it is open: what it asked for has happened."""
    return await connection.fetchval(_DONE_BY_KEY, key, int(now * 1000), actor, evidence) is not None


async def finish_payment(
    connection: asyncpg.Connection, account: str, subject: str, *, now: float, actor: str, evidence: str
) -> None:
    """Close what asks for the payment of a statement: it is paid."""
    await connection.execute(_PAID, account, subject, int(now * 1000), actor, evidence)


async def list_tasks(
    connection: asyncpg.Connection, *, with_done: bool = False, account: str = "", kind: str = "", limit: int = OPEN_MAX
) -> list[dict[str, Any]]:
    """Return tasks, open ones first, the next due at the top."""
    return [dict(row) for row in await connection.fetch(_LIST, with_done, account, kind, limit)]


async def newly_due(connection: asyncpg.Connection, now: float) -> list[dict[str, Any]]:
    """Return the tasks that became due or overdue since they were told last; each comes once for either."""
    return [dict(row) for row in await connection.fetch(_TELL, int(now * 1000), OPEN_MAX)]


async def count(connection: asyncpg.Connection, now: float) -> tuple[dict[str, int], dict[str, int]]:
    """Return ({clause: open}, {clause: overdue})."""
    rows = await connection.fetch(_COUNT, int(now * 1000))
    return {row["clause"]: row["open"] for row in rows}, {row["clause"]: row["overdue"] for row in rows}
