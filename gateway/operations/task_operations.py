"""Operations on tasks: note one, note a fact and the tasks that follow from it, close one."""

from __future__ import annotations

from gateway.documents.facts import Fact, duties_of
from gateway.documents.task import NEAR_CLOCK_S, Task, task_document
from gateway.domain.china_time import moment_text
from gateway.interfaces.control_socket import Document
from gateway.operations.desk import Body, Desk, number, text, whole
from gateway.queries.task_list import task_line
from gateway.store.facts import task_rows


async def add(desk: Desk, body: Body) -> Document:
    """Note a task that a person thought of. Body: kind, clause, subject, due_at; account, details."""
    account = text(body, "account", "")
    if account:
        desk.account(account)
    due_at = number(body, "due_at")
    task = Task(
        text(body, "kind", "NOTICE"), text(body, "clause", "D"), text(body, "subject"), due_at,
        text(body, "details", ""), account, due_at - NEAR_CLOCK_S,
    )
    return {**task_document(task), "id": await task_rows.put(desk.connection, task, desk.now)}


async def record(desk: Desk, body: Body) -> Document:
    """Note a fact's tasks. Body: fact, at; known_at, subject, details; account, channel or contract."""
    account, channel = text(body, "account", ""), text(body, "channel", "")
    profile = desk.profile_of_side(account, channel, text(body, "contract", ""))
    known_at = None if body.get("known_at") is None else number(body, "known_at")
    kind, at = text(body, "fact"), number(body, "at")
    subject = text(body, "subject", "") or f"{kind.replace('_', ' ')} {channel}".strip()
    fact = Fact(kind, at, subject, account, known_at, text(body, "details", ""))
    duties = duties_of(profile, fact, desk.calendar)
    async with desk.connection.transaction():
        found = [{**task_document(task), "id": await task_rows.put(desk.connection, task, desk.now)} for task in duties]
    return {"fact": kind, "contract": profile.tag, "at": moment_text(at), "tasks": found}


async def done(desk: Desk, body: Body) -> Document:
    """Close a task. Body: id, evidence."""
    number_ = whole(body, "id")
    row = await task_rows.finish_task(
        desk.connection, number_, now=desk.now, actor=desk.actor, evidence=text(body, "evidence", "")
    )
    if row is None:
        raise ValueError(f"there is no open task {number_}")
    return task_line(row, desk.now).as_dict()


OPERATIONS = {"tasks.add": add, "tasks.record": record, "tasks.done": done}
