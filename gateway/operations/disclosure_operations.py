"""Disclosures under law: written down with authority and basis, and the client is told in writing before (S4-7.5)."""

from __future__ import annotations

from typing import Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.china_time import moment_text
from gateway.operations.desk import Body, Desk, number, text
from gateway.store.facts.audit_rows import record
from gateway.store.facts.task_rows import add_task


async def disclose(desk: Desk, body: Body) -> dict[str, object]:
    """Note that records are disclosed. Body: account, authority, basis, subject, at; evidence (a file's hash or name).

    Without a legal basis it is refused, and that is in the audit: queries are refused except by law (S4-7.3).
    """
    account, authority = text(body, "account"), text(body, "authority")
    subject, basis = text(body, "subject"), text(body, "basis", "").strip()
    profile = desk.profile_of(account)
    detail = f"to {authority}; {text(body, 'evidence', '')}".rstrip("; ")
    if not basis:
        refusal = AuditEntry("disclosure", f"{account}: {subject}", desk.actor, "desk", "refused: S4-7.3", "", detail)
        await record(desk.connection, refusal, desk.now)
        raise ValueError("a disclosure needs its legal basis (S4-7.3): law, letter or case")
    at = number(body, "at")
    task = None
    async with desk.connection.transaction():
        act = AuditEntry("disclosure", f"{account}: {subject}", desk.actor, "desk", reason=basis, detail=detail)
        line = await record(desk.connection, act, desk.now)
        clause = notice_clause(profile)
        if clause:
            task = await add_task(
                desk.connection, "DISCLOSURE_NOTICE", clause, subject, at,
                f"{authority}: {basis}", now=desk.now, account=account,
            )
    return {
        "account": account, "subject": subject, "authority": authority, "basis": basis, "at": moment_text(at),
        "audit": line, "task": task,
    }


def notice_clause(profile: Profile) -> str:
    """Return the clause by which the client is told before, or "" where the contract asks for no such notice."""
    return clause_of(profile, "disclosure_notice") if profile.disclosure_notice else ""


OPERATIONS: Final = {"disclosures.add": disclose}
