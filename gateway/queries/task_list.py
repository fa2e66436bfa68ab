"""Tasks as people and scripts read them: what the contracts ask for by when, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from gateway.domain.china_time import moment_text
from gateway.queries.query import QueryDocument
from gateway.store.facts import task_rows


class TaskLine(QueryDocument):
    """A stored task; `state` is open, due, overdue or done."""

    id: int
    kind: str
    clause: str
    account: str | None
    subject: str
    details: str
    due_at: str
    state: str
    is_late: bool
    done_at: str | None
    done_by: str | None
    evidence: str | None


async def list_tasks(
    connection: asyncpg.Connection, now: float, *, with_done: bool = False, account: str = "", kind: str = ""
) -> list[TaskLine]:
    """Return open tasks, the next due first, then done ones where they are asked for."""
    rows = await task_rows.list_tasks(connection, with_done=with_done, account=account, kind=kind)
    return [task_line(row, now) for row in rows]


def task_line(row: Mapping[str, Any], now: float) -> TaskLine:
    is_done = row["done_ms"] is not None
    end = row["done_ms"] / 1000 if is_done else now
    state = "done" if is_done else "due" if row["remind_ms"] <= now * 1000 else "open"
    is_late = end * 1000 > row["due_ms"]
    return TaskLine(
        id=row["id"], kind=row["kind"], clause=row["clause"], account=row["account"] or None, subject=row["subject"],
        details=row["details"], due_at=moment_text(row["due_ms"] / 1000),
        state="overdue" if is_late and not is_done else state, is_late=is_late,
        done_at=moment_text(row["done_ms"] / 1000) if is_done else None, done_by=row["done_by"],
        evidence=row["evidence"],
    )
