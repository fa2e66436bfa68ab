"""Operations on the register of faults: complained of, ended, answered, judged, proved (S4-4.7, S2a-2.4)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from gateway.contracts.deadlines import query_reply_by
from gateway.contracts.profile import Profile
from gateway.contracts.service_faults import NEEDS_PROOF, ServiceFault, proof_clause, term_of
from gateway.documents.task import NEAR_CLOCK_S, Task
from gateway.domain.china_time import moment_text
from gateway.operations.field_kinds import AnyName, Id, Moment, OperationAnswer, OperationRequest, Text, WrittenText
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.queries.configured import profile_of_side
from gateway.queries.fault_register import RegisteredFault, registered_fault
from gateway.store.facts import fault_rows, task_rows

TRAVEL_MAX_S: Final = 7 * 86_400
FaultId = Annotated[Id, Field(description="Number of the fault. 故障编号。")]
Cause = Annotated[Literal["client", "provider", "carrier", "network", "unknown"], Field(description="Cause. 原因。")]


class AddFault(OperationRequest):
    """A complaint of an account, or of ours about a carrier's channel."""

    words: Annotated[WrittenText, Field(description="What is complained of. 投诉内容。")]
    account: AnyName = ""
    channel: AnyName = ""
    kind: Literal["fault", "other"] = "fault"
    cause: Cause = "unknown"
    began_at: Annotated[Moment | None, Field(description="Default: with the complaint. 发生时间。")] = None
    complained_at: Annotated[Moment | None, Field(description="Default: now. 投诉时间。")] = None


class EndFault(OperationRequest):
    """A fault that is over; `travel_s` on the way is no repair."""

    id: FaultId
    ended_at: Moment | None = None
    travel_s: Annotated[int, Field(ge=0, le=TRAVEL_MAX_S)] = 0
    words: Text = ""


class AnswerFault(OperationRequest):
    """The answer to a complaint that is no fault."""

    id: FaultId
    words: WrittenText
    at: Moment | None = None


class JudgeFault(OperationRequest):
    """The cause that was found."""

    id: FaultId
    cause: Cause
    words: Text = ""


class ProveFault(OperationRequest):
    """The carrier's proof, by the SHA-256 of its file."""

    id: FaultId
    name: WrittenText
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class FaultAnswer(RegisteredFault, OperationAnswer):
    """The complaint after it."""


async def add_fault(context: OperationContext, asked: AddFault) -> FaultAnswer:
    if bool(asked.account) == bool(asked.channel):
        raise OperationRefused("name the account that complains, or the channel of the carrier")
    profile = _profile(context, asked.account, asked.channel)
    complained_at = _past(context, "complained_at", asked.complained_at)
    began_at = complained_at if asked.began_at is None else asked.began_at
    if began_at > complained_at:
        raise OperationRefused("began_at lies behind the complaint: nobody complains of what has not begun")
    due_at, clause = term_of(profile, asked.kind, complained_at)
    fault = ServiceFault(
        0, asked.kind, asked.account, asked.channel, asked.words, asked.cause, began_at, complained_at, due_at,
        context.actor,
    )
    id_ = await fault_rows.add(context.connection, fault, context.now)
    what, subject = "FAULT_REPAIR" if asked.kind == "fault" else "QUERY_REPLY", f"fault {id_}: {fault.words[:60]}"
    task = Task(what, clause, subject, due_at, "", asked.account, due_at - NEAR_CLOCK_S, f"fault:{id_}")
    await task_rows.put(context.connection, task, context.now)
    await _ask_for_proof(context, profile, id_, asked.cause, asked.account, complained_at)
    return await _answer(context, id_)


async def _ask_for_proof(
    context: OperationContext, profile: Profile, id_: int, cause: str, account: str, since: float
) -> None:
    """S2a-2.4: a delay that the network caused is excused by the carrier's proof alone; it is asked for in time."""
    if cause in NEEDS_PROOF:
        due_at = query_reply_by(profile, since)
        words, key = f"proof of fault {id_}", f"fault:{id_}:proof"
        task = Task("CARRIER_PROOF", proof_clause(profile), words, due_at, "", account, due_at - NEAR_CLOCK_S, key)
        await task_rows.put(context.connection, task, context.now)


async def end_fault(context: OperationContext, asked: EndFault) -> FaultAnswer:
    fault = await _open(context, asked.id)
    if fault.kind != "fault":
        raise OperationRefused(f"{fault.id} is no fault but another complaint: answer it")
    ended_at = _past(context, "ended_at", asked.ended_at)
    if ended_at < fault.complained_at:
        raise OperationRefused(f"ended_at lies before the complaint, {moment_text(fault.complained_at)}")
    if asked.travel_s > ended_at - fault.complained_at:
        raise OperationRefused("the way took longer than the fault: travel_s is part of the time until its end")
    return await _close(context, fault, "ended", ended_at, asked.words, asked.travel_s)


async def answer_fault(context: OperationContext, asked: AnswerFault) -> FaultAnswer:
    fault = await _open(context, asked.id)
    if fault.kind == "fault":
        raise OperationRefused(f"{fault.id} is a fault: note its end")
    at = _past(context, "at", asked.at)
    if at < fault.complained_at:
        raise OperationRefused(f"at lies before the complaint, {moment_text(fault.complained_at)}")
    return await _close(context, fault, "answered", at, asked.words)


async def _close(
    context: OperationContext, fault: ServiceFault, what: str, at: float, words: str, travel_s: int = 0
) -> FaultAnswer:
    await fault_rows.note(
        context.connection, fault.id, what, at, now=context.now, actor=context.actor, travel_s=travel_s, words=words
    )
    await task_rows.finish_by_key(
        context.connection, f"fault:{fault.id}", now=context.now, actor=context.actor,
        evidence=words or f"{what} {moment_text(at)}",
    )
    return await _answer(context, fault.id)


async def judge_fault(context: OperationContext, asked: JudgeFault) -> FaultAnswer:
    fault = await _known(context, asked.id)
    await fault_rows.note(
        context.connection, fault.id, "cause", context.now, now=context.now, actor=context.actor, value=asked.cause,
        words=asked.words,
    )
    profile = _profile(context, fault.account, fault.channel)
    await _ask_for_proof(context, profile, fault.id, asked.cause, fault.account, context.now)
    return await _answer(context, fault.id)


async def prove_fault(context: OperationContext, asked: ProveFault) -> FaultAnswer:
    fault = await _known(context, asked.id)
    if all(proof.digest != asked.digest for proof in fault.proofs):
        await fault_rows.note(
            context.connection, fault.id, "proof", context.now, now=context.now, actor=context.actor,
            value=asked.digest, words=asked.name,
        )
        await task_rows.finish_by_key(
            context.connection, f"fault:{fault.id}:proof", now=context.now, actor=context.actor,
            evidence=f"{asked.name} {asked.digest}",
        )
    return await _answer(context, fault.id)


async def _answer(context: OperationContext, id_: int) -> FaultAnswer:
    found = await _known(context, id_)
    profile = _profile(context, found.account, found.channel)
    return FaultAnswer(**registered_fault(profile, found).as_dict())


def _profile(context: OperationContext, account: str, channel: str) -> Profile:
    if account:
        context.account(account)
    return profile_of_side(context.settings, account, channel)


async def _known(context: OperationContext, id_: int) -> ServiceFault:
    found = await fault_rows.one(context.connection, id_)
    if found is None:
        raise OperationRefused(f"no fault {id_} is in the register")
    return found


async def _open(context: OperationContext, id_: int) -> ServiceFault:
    found = await _known(context, id_)
    if found.ended_at is not None or found.answered_at is not None:
        raise OperationRefused(f"fault {found.id} is closed")
    return found


def _past(context: OperationContext, field: str, at: float | None) -> float:
    if at is not None and at > context.now + 1:
        raise OperationRefused(f"{field} lies in the future")
    return context.now if at is None else at


ADD_FAULT = Operation(
    "faults.add", ("Note a complaint about the service: the duty to end or answer it begins.", "登记服务故障投诉。"),
    AddFault, FaultAnswer, add_fault, Change.STORE, node_must_know=False, subject="account",
    example={"words": "receipts come late", "account": "shop", "cause": "network"},
)
END_FAULT = Operation(
    "faults.end", ("Note that a fault is over.", "登记故障修复。"), EndFault, FaultAnswer, end_fault, Change.STORE,
    node_must_know=False, subject="id", example={"id": 7, "travel_s": 1_800, "words": "line mended"},
)
ANSWER_FAULT = Operation(
    "faults.answer", ("Note the answer to a complaint that is no fault.", "登记投诉答复。"), AnswerFault, FaultAnswer,
    answer_fault, Change.STORE, node_must_know=False, subject="id", example={"id": 7, "words": "explained by phone"},
)
JUDGE_FAULT = Operation(
    "faults.judge", ("Note the cause that was found.", "登记故障原因。"), JudgeFault, FaultAnswer, judge_fault,
    Change.STORE, node_must_know=False, subject="id", example={"id": 7, "cause": "carrier"},
)
PROVE_FAULT = Operation(
    "faults.prove", ("File the carrier's proof by its digest.", "登记运营商证明（摘要）。"), ProveFault, FaultAnswer,
    prove_fault, Change.STORE, node_must_know=False, subject="id",
    example={"id": 7, "name": "proof.pdf", "digest": "0" * 64},
)
OPERATIONS = (ADD_FAULT, END_FAULT, ANSWER_FAULT, JUDGE_FAULT, PROVE_FAULT)
