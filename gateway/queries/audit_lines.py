"""The audit: changes by operators, views of content, refused purges and edits, newest first."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from gateway.archive.audit import note_refused_edits, read
from gateway.queries.query import QueryDocument, moment_ms_text


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """Lines of [since, until) in unix seconds, before the line `before_id`; what is empty does not matter."""

    since: float
    until: float
    action: str = ""
    limit: int = 100
    actor: str = ""
    subject: str = ""
    before_id: int = 0


class AuditLine(QueryDocument):
    """Who did, tried or saw what, and why."""

    time: str
    id: int
    actor: str
    source: str
    action: str
    subject: str
    result: str
    reason: str
    detail: str


async def list_audit(connection: asyncpg.Connection, request: AuditRequest) -> list[AuditLine]:
    """Return lines, those of edits that the database refused since the last look among them."""
    await note_refused_edits(connection)
    rows = await read(
        connection, since=request.since, until=request.until, action=request.action, actor=request.actor,
        subject=request.subject, before_id=request.before_id, limit=request.limit,
    )
    return [AuditLine(time=moment_ms_text(row.pop("at_ms")), **row) for row in rows]
