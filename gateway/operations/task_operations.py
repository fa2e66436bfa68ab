"""Operations on tasks: note one, note a fact and the tasks that follow from it, close one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.documents.facts import Fact, duties_of
from gateway.documents.task import NEAR_CLOCK_S, Task, task_document
from gateway.domain.china_time import moment_text
from gateway.operations.field_kinds import (
    AnyName,
    Id,
    Moment,
    Name,
    OperationAnswer,
    OperationRequest,
    Text,
    WrittenText,
)
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.queries.configured import profile_of_side
from gateway.queries.task_list import TaskLine, task_line
from gateway.store.facts import task_rows


class AddTask(OperationRequest):
    """A task that a person thought of."""

    subject: Annotated[WrittenText, Field(description="What is to be done. 事项。")]
    due_at: Annotated[Moment, Field(description="Last moment. 期限。")]
    kind: Name = "NOTICE"
    clause: Name = "D"
    account: AnyName = ""
    details: Text = ""


class RecordFact(OperationRequest):
    """Something that happened or will; of an account, a channel, or a contract that is named itself."""

    fact: Annotated[Name, Field(description="violation, complaint, service_change … 事实。")]
    at: Annotated[Moment, Field(description="When. 发生时间。")]
    known_at: Annotated[Moment | None, Field(description="When it was learnt of, or announced. 获知时间。")] = None
    account: AnyName = ""
    channel: AnyName = ""
    contract: AnyName = ""
    subject: Text = ""
    details: Text = ""


class FinishTask(OperationRequest):
    """A task that is done."""

    id: Id
    evidence: Annotated[Text, Field(description="Where the proof is. 凭证。")] = ""


class NotedTask(OperationAnswer):
    """A task as it was noted; `id` is None where it was noted before."""

    kind: str
    clause: str
    account: str | None
    subject: str
    due_on: str
    due_at: str
    what: str
    details: str
    id: int | None


class NotedFact(OperationAnswer):
    """A fact, and the tasks that follow from it by a contract."""

    fact: str
    contract: str
    at: str
    tasks: tuple[NotedTask, ...]


class FinishedTask(TaskLine, OperationAnswer):
    """The task after it."""


async def add_task(context: OperationContext, asked: AddTask) -> NotedTask:
    if asked.account:
        context.account(asked.account)
    task = Task(
        asked.kind, asked.clause, asked.subject, asked.due_at, asked.details, asked.account,
        asked.due_at - NEAR_CLOCK_S,
    )
    return await _put(context, task)


async def record_fact(context: OperationContext, asked: RecordFact) -> NotedFact:
    if asked.account:
        context.account(asked.account)
    profile = profile_of_side(context.settings, asked.account, asked.channel, asked.contract)
    subject = asked.subject or f"{asked.fact.replace('_', ' ')} {asked.channel}".strip()
    fact = Fact(asked.fact, asked.at, subject, asked.account, asked.known_at, asked.details)
    duties = duties_of(profile, fact, context.settings.calendar)
    return NotedFact(
        fact=asked.fact, contract=profile.tag, at=moment_text(asked.at),
        tasks=tuple([await _put(context, task) for task in duties]),
    )


async def finish_task(context: OperationContext, asked: FinishTask) -> FinishedTask:
    row = await task_rows.finish_task(
        context.connection, asked.id, now=context.now, actor=context.actor, evidence=asked.evidence
    )
    if row is None:
        raise OperationRefused(f"there is no open task {asked.id}")
    return FinishedTask(**task_line(row, context.now).as_dict())


async def _put(context: OperationContext, task: Task) -> NotedTask:
    return NotedTask(**task_document(task), id=await task_rows.put(context.connection, task, context.now))


ADD_TASK = Operation(
    "tasks.add", ("Note a task of your own.", "登记自定任务。"), AddTask, NotedTask, add_task, Change.STORE,
    node_must_know=False, subject="subject",
    example={"subject": "call the client", "due_at": 1_772_424_000.0, "account": "shop"},
)
RECORD_FACT = Operation(
    "tasks.record", ("Note a fact and the tasks that follow from it.", "登记事实，并生成合同要求的任务。"),
    RecordFact, NotedFact, record_fact, Change.STORE, node_must_know=False, subject="fact",
    example={"fact": "violation", "at": 1_772_424_000.0, "account": "shop"},
)
FINISH_TASK = Operation(
    "tasks.done", ("Close a task with its evidence.", "凭证据办结任务。"), FinishTask, FinishedTask, finish_task,
    Change.STORE, node_must_know=False, subject="id", example={"id": 7, "evidence": "mail 7"},
)
OPERATIONS = (ADD_TASK, RECORD_FACT, FINISH_TASK)
