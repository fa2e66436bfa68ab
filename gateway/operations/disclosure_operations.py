"""Disclosures under law: written down with authority and basis, and the client is told in writing before (S4-7.5)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.china_time import moment_text
from gateway.operations.field_kinds import Moment, Name, OperationAnswer, OperationRequest, Text, WrittenText
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.queries.configured import profile_of_side
from gateway.store.facts.audit_rows import record
from gateway.store.facts.task_rows import add_task


class Disclose(OperationRequest):
    """Records that are handed over to an authority."""

    account: Annotated[Name, Field(description="Whose records. 账户。")]
    authority: Annotated[WrittenText, Field(description="Who asks. 机关。")]
    basis: Annotated[Text, Field(description="Law, letter or case; without one it is refused. 法律依据。")]
    subject: Annotated[WrittenText, Field(description="What is disclosed. 披露内容。")]
    at: Annotated[Moment, Field(description="When it is handed over: the client is told before. 披露时间。")]
    evidence: Annotated[Text, Field(description="Name or hash of the file. 文件。")] = ""


class Disclosed(OperationAnswer):
    """The disclosure as it was written down; `audit` is the number of its line, `task` that of telling the client."""

    account: str
    subject: str
    authority: str
    basis: str
    at: str
    audit: int
    task: int | None


async def disclose(context: OperationContext, asked: Disclose) -> Disclosed:
    """Without a legal basis it is refused, and that is in the audit: queries are refused except by law (S4-7.3)."""
    account, basis = context.account(asked.account).name, asked.basis.strip()
    detail = f"to {asked.authority}; {asked.evidence}".rstrip("; ")
    about = ("disclosure", f"{account}: {asked.subject}", context.actor, context.caller.source)
    if not basis:
        await record(context.connection, AuditEntry(*about, "refused: S4-7.3", "", detail), context.now)
        raise OperationRefused("a disclosure needs its legal basis (S4-7.3): law, letter or case")
    task = None
    async with context.connection.transaction():
        line = await record(context.connection, AuditEntry(*about, reason=basis, detail=detail), context.now)
        clause = notice_clause(profile_of_side(context.settings, account, ""))
        if clause:
            task = await add_task(
                context.connection, "DISCLOSURE_NOTICE", clause, asked.subject, asked.at,
                f"{asked.authority}: {basis}", now=context.now, account=account,
            )
        await record(context.connection, context.act(), context.now)
    return Disclosed(
        account=account, subject=asked.subject, authority=asked.authority, basis=basis, at=moment_text(asked.at),
        audit=line, task=task,
    )


def notice_clause(profile: Profile) -> str:
    """Return the clause by which the client is told before, or "" where the contract asks for no such notice."""
    return clause_of(profile, "disclosure_notice") if profile.disclosure_notice else ""


DISCLOSE = Operation(
    "disclosures.add", ("Write down a disclosure under law.", "登记依法披露。"), Disclose, Disclosed, disclose,
    Change.FACTS, node_must_know=False, subject="account",
    example={
        "account": "shop", "authority": "the court", "basis": "case 7", "subject": "messages of March",
        "at": 1_772_424_000.0,
    },
)
OPERATIONS = (DISCLOSE,)
