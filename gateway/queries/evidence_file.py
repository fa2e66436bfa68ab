"""Evidence: a file about a number, a message or an account with its proof, and what a file proves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import asyncpg
from pydantic import Field

from gateway.archive.chain import read_hashes
from gateway.archive.evidence import Differs, NotSealed, export
from gateway.archive.evidence_document import Subject
from gateway.archive.proof import EvidenceReport, check
from gateway.domain.ids import first_id_at, parse_id
from gateway.queries.query import NotAnswered, QueryDocument, WrongRequest, moment_ms_text
from gateway.queries.viewing import Viewer, permit
from gateway.settings import Settings
from gateway.store.reader.message_history import find_whole


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """Everything about a subject in [since, until) unix seconds; of a message, all of it."""

    kind: Literal["number", "message", "account"]
    value: str
    since: float
    until: float


class EvidenceSubject(QueryDocument):
    """What a file is about."""

    kind: str
    value: str


class EvidenceProof(QueryDocument):
    """What a file proves; `problems` say why it proves nothing, `content` is what it tells, on demand."""

    proved: bool
    problems: list[str]
    subject: EvidenceSubject | None
    since: str | None = Field(serialization_alias="from")
    until: str | None
    made_at: str | None
    messages: int
    refusals: int
    inbound: int
    rows: int
    blocks: int
    links: int
    own_links: int
    purged_days: list[str]
    days: dict[str, str]
    sealed_hash: str | None
    last_hash: str | None
    content: dict[str, Any] | None = None


async def make_evidence(
    connection: asyncpg.Connection, settings: Settings, request: EvidenceRequest, viewer: Viewer, now: float
) -> bytes:
    """Return the file; the view is audited (S4-A2-3). Raises WrongRequest, MayNotView, NotAnswered."""
    value, low, high = request.value, first_id_at(request.since), first_id_at(request.until)
    if request.kind == "message":
        id_ = parse_id(value, now=now)
        if id_ is None:
            raise WrongRequest(f"{value!r} is no message id")
        low = await find_whole(connection, id_)
        value, high = str(low), low + 1
    await permit(connection, settings, viewer, "evidence", f"{request.kind} {value}", now)
    about = {"made_at": moment_ms_text(int(now * 1000)), "made_by": viewer.actor, "reason": viewer.reason}
    try:
        return await export(connection, Subject(request.kind, value), low, high, about)
    except (NotSealed, Differs) as error:
        raise NotAnswered(str(error)) from error


def prove_evidence(octets: bytes, *, head: str = "") -> EvidenceReport:
    """Check a file without a database; its chain must have the hash `head`, where one is given."""
    report = check(octets)
    if report.is_proved and head and head.strip().lower() not in report.hashes.values():
        report.problems.append(f"no link of its chain has the hash {head}")
    return report


async def compare_with_chain(connection: asyncpg.Connection, report: EvidenceReport) -> EvidenceReport:
    """Return a report with one more problem where the database's chain is not the file's."""
    sealed = {number: hash_ for number, hash_ in report.hashes.items() if number <= report.head["sealed_link"]}
    here = await read_hashes(connection, list(sealed))
    differing = sorted(number for number, hash_ in sealed.items() if here.get(number) != hash_)
    if not differing:
        return report
    return replace(report, problems=[*report.problems, f"the database's chain has another link {differing[0]}"])


def evidence_proof(report: EvidenceReport, *, with_content: bool = False) -> EvidenceProof:
    """Return what a report says; the content only where it is proved."""
    head, told = report.head, report.readable
    document = EvidenceProof(
        proved=report.is_proved, problems=report.problems,
        subject=EvidenceSubject(kind=report.subject.kind, value=report.subject.value) if report.subject else None,
        since=head.get("from"), until=head.get("until"), made_at=head.get("made_at"),
        messages=len(told.get("messages", ())), refusals=len(told.get("refusals", ())),
        inbound=len(told.get("inbound", ())), rows=report.rows, blocks=report.blocks, links=report.links,
        own_links=report.own_links, purged_days=report.purged_days, days=report.days,
        sealed_hash=report.hashes.get(head.get("sealed_link", 0)), last_hash=report.last_hash or None,
    )
    if with_content and report.is_proved:
        return document.model_copy(update={"content": dict(told)})
    return document
