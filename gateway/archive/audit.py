"""Who did, tried or saw what, and why: rows that are only added (S0-5.2, S0-8.1, S1-5(5), S4-7.3)."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

import asyncpg

from gateway.domain.audit_entry import AuditEntry
from gateway.store.facts.audit_rows import record
from gateway.store.journal.batch import AUDIT_LOCK

_NO_SESSION = 0xFFFFFFFF  # of a service: nobody logged in to start it
_LINES = """
SELECT * FROM audit
WHERE at_ms >= $1 AND at_ms < $2 AND ($3 = '' OR action = $3) AND ($4 = '' OR actor = $4)
  AND ($5 = '' OR position($5 in subject) > 0) AND ($6 = 0 OR id < $6)
ORDER BY id DESC LIMIT $7
"""



async def read(
    connection: asyncpg.Connection, *, since: float, until: float, action: str = "", actor: str = "",
    subject: str = "", before_id: int = 0, limit: int = 100,
) -> list[dict[str, Any]]:
    """Return lines, newest first; with `before_id` those before that line. A subject is looked for inside of theirs."""
    rows = await connection.fetch(
        _LINES, int(since * 1000), int(until * 1000), action, actor, subject, before_id, limit
    )
    return [dict(row) for row in rows]


async def note_refused_edits(connection: asyncpg.Connection) -> int:
    """Write down edits of history that the database refused since the last look; return how many.

    The refusal undid its own transaction; sequences, which no transaction undoes, say that it was tried, when last
    and on which table.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", AUDIT_LOCK)
        tried = await connection.fetchval("SELECT last_value FROM history_refused")
        known = await connection.fetchval(
            "SELECT coalesce(max(subject::bigint), 0) FROM audit WHERE action = 'history edit'"
        )
        if tried <= known:
            return 0
        row = await connection.fetchrow(
            "SELECT ms.last_value AS at_ms, coalesce(c.relname, 'a table dropped since') AS name"
            " FROM history_refused_ms ms, history_refused_table t LEFT JOIN pg_class c ON c.oid = t.last_value::oid"
        )
        act = AuditEntry(
            "history edit", str(tried), "database user", "database", "refused: S1-5(5)", "",
            f"{tried - known} rows; the last one of {row['name']}",
        )
        await record(connection, act, row["at_ms"] / 1000)
        return int(tried - known)


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a user id without a name, as in containers
        return str(uid)


def logged_in(pid: int | str, uid: int) -> str:
    """Return whose session a process belongs to, which the kernel keeps through sudo; else the user it runs as."""
    try:
        login = int(Path(f"/proc/{pid}/loginuid").read_text())
    except (OSError, ValueError):  # gone already, or a kernel without it
        return user_name(uid)
    return user_name(uid) if login == _NO_SESSION else user_name(login)


def actor_of(pid: int | str, uid: int) -> str:
    """Return who a process acts for: "alice", or "alice as hongyan" where she took another user's rights."""
    person, name = logged_in(pid, uid), user_name(uid)
    return name if person == name else f"{person} as {name}"


def this_user() -> tuple[str, str]:
    """Return who runs this command and from where."""
    remote = os.environ.get("SSH_CONNECTION", "").split(" ")[0]
    return actor_of("self", os.getuid()), f"command from {remote}" if remote else "command"


def by_this_user(action: str, subject: str, **values: str) -> AuditEntry:
    """Return a line about what this command does."""
    actor, source = this_user()
    return AuditEntry(action, subject, actor, source, **values)
