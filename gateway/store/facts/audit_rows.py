"""Rows of the audit; they are only added."""

from __future__ import annotations

from typing import Final

import asyncpg

from gateway.domain.audit_entry import AuditEntry
from gateway.store.journal.batch import AUDIT_LOCK

_INSERT: Final = """
INSERT INTO audit (at_ms, actor, source, action, subject, result, reason, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""


async def record(connection: asyncpg.Connection, act: AuditEntry, now: float) -> int:
    """Append a line, within the caller's transaction where there is one; return its number."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", AUDIT_LOCK)
        values = (act.actor, act.source, act.action, act.subject, act.result, act.reason, act.detail)
        return int(await connection.fetchval(_INSERT, int(now * 1000), *(value.replace("\0", "") for value in values)))
