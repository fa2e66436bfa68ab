"""Notices that are planned, and their sendings: owed until taken, refused or given up. All in the caller's transaction.

A sending is claimed before it is tried: the claim counts the attempt and puts the next one behind a lease. A process
that dies in between leaves it due, and it is sent again with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
import orjson

from gateway.documents.notice import (
    Effect,
    Means,
    NoticeDraft,
    Sending,
    SendingOutcome,
    SendingState,
)

LISTED_MAX: Final = 1000
ANSWER_MAX: Final = 500
_PLAN: Final = """
INSERT INTO planned_notices (key, kind, account, clause, subject, data, task, planned_ms, actor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING RETURNING id
"""
_ADD: Final = """
INSERT INTO notice_sendings (notice, means, effect, recipient, addressee, language, letter, message_id, state, due_ms,
                             next_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING id
"""
_ALL: Final = """
s.*, p.kind, p.key, p.account, p.clause, p.subject, p.task, p.data, p.actor, p.planned_ms
FROM notice_sendings s JOIN planned_notices p ON p.id = s.notice
"""
_CLAIM: Final = """
UPDATE notice_sendings SET attempts = attempts + 1, next_ms = $3 WHERE id = (
    SELECT id FROM notice_sendings WHERE state = 'due' AND means = $1 AND next_ms <= $2
    ORDER BY next_ms, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_NOTE: Final = "INSERT INTO notice_attempts (sending, at_ms, outcome, answer) VALUES ($1, $2, $3, $4)"
_SET: Final = """
UPDATE notice_sendings SET state = $2, next_ms = $3, ended_ms = $4, proof = $5 WHERE id = $1 AND state = $6
RETURNING id
"""
_AGAIN: Final = """
UPDATE notice_sendings SET state = 'due', attempts = 0, due_ms = $2, next_ms = $2, ended_ms = NULL, proof = '',
    message_id = $4
WHERE id = $1 AND state = $3 RETURNING id
"""
_LIST: Final = f"""
SELECT {_ALL} WHERE ($1 = '' OR p.account = $1) AND ($2 = '' OR s.state = $2) AND s.id < $3 ORDER BY s.id DESC LIMIT $4
"""
_WAITING: Final = """
SELECT means, count(*) AS waiting, min(due_ms) AS oldest_ms FROM notice_sendings WHERE state IN ('due', 'by_hand')
GROUP BY means
"""
_AWAITED: Final = f"""
SELECT {_ALL} WHERE s.state = 'sent' AND s.means = 'message' AND s.ended_ms >= $1 ORDER BY s.ended_ms LIMIT $2
"""
_PLANNED_TASKS: Final = """
SELECT t.* FROM tasks t WHERE t.done_ms IS NULL AND t.remind_ms <= $1
  AND greatest(t.remind_ms, t.created_ms) >= $2 AND t.kind = ANY ($3)
  AND NOT EXISTS (SELECT FROM planned_notices p WHERE p.key = 'task:' || t.key)
ORDER BY t.due_ms LIMIT $4
"""
_TOLD_TASKS: Final = """
SELECT t.*, CASE WHEN t.due_ms < $1 THEN 'overdue' ELSE 'due' END AS standing FROM tasks t
WHERE t.done_ms IS NULL AND t.remind_ms <= $1
  AND greatest(t.remind_ms, t.created_ms, CASE WHEN t.due_ms < $1 THEN t.due_ms ELSE 0 END) >= $2
  AND NOT EXISTS (SELECT FROM planned_notices p
                  WHERE p.key = 'duty:' || CASE WHEN t.due_ms < $1 THEN 'overdue' ELSE 'due' END || ':' || t.key)
ORDER BY t.due_ms LIMIT $3
"""
_PORT_NOTICES: Final = """
SELECT n.* FROM port_notices n WHERE n.at_ms >= $1 AND n.account <> ''
  AND NOT EXISTS (SELECT FROM planned_notices p WHERE p.key = 'port_notice:' || n.id)
ORDER BY n.id LIMIT $2
"""
_PRICES: Final = """
SELECT v.* FROM price_versions v WHERE v.at_ms >= $1 AND v.noticed_ms IS NULL
  AND NOT EXISTS (SELECT FROM planned_notices p WHERE p.key = 'price:' || v.account || ':' || v.version)
ORDER BY v.at_ms LIMIT $2
"""


class NewSending(NamedTuple):
    """A sending that is planned with its notice."""

    means: Means
    effect: Effect
    recipient: str
    addressee: str
    language: str
    letter: str
    message_id: str


class Attempted(NamedTuple):
    """One attempt, or what became of it later."""

    at: float
    outcome: str
    answer: str


class Waiting(NamedTuple):
    """How many sendings of one means wait, and since when the oldest does."""

    sendings: int
    since: float


async def plan(
    connection: asyncpg.Connection, draft: NoticeDraft, sendings: Iterable[NewSending], *, now: float, actor: str
) -> int | None:
    """Store a notice with its sendings; return its number, or None where it was planned before."""
    number: int | None = await connection.fetchval(
        _PLAN, draft.key, draft.kind, draft.account, draft.clause, draft.subject, orjson.dumps(draft.values).decode(),
        draft.task, int(now * 1000), actor,
    )
    for each in sendings if number is not None else ():
        state = SendingState.BY_HAND if each.means is Means.BY_HAND else SendingState.DUE
        await connection.fetchval(_ADD, number, *each, state, int(now * 1000))
    return number


async def add_by_hand(connection: asyncpg.Connection, failed: Sending, now: float) -> None:
    """Ask a person to give a notice that could not be sent."""
    await connection.fetchval(
        _ADD, failed.notice, Means.BY_HAND, failed.effect, "", failed.addressee, failed.language, failed.letter, "",
        SendingState.BY_HAND, int(now * 1000),
    )


async def planned(connection: asyncpg.Connection, keys: Sequence[str]) -> set[str]:
    """Return which of these notices are planned already."""
    rows = await connection.fetch("SELECT key FROM planned_notices WHERE key = ANY ($1)", list(keys))
    return {row["key"] for row in rows}


async def claim(connection: asyncpg.Connection, means: Means, now: float, *, lease_s: float) -> Sending | None:
    """Count an attempt of the sending that is due first; return it, or None where none is due."""
    number = await connection.fetchval(_CLAIM, means, int(now * 1000), int((now + lease_s) * 1000))
    return None if number is None else await find(connection, number)


async def find(connection: asyncpg.Connection, number: int) -> Sending | None:
    row = await connection.fetchrow(f"SELECT {_ALL} WHERE s.id = $1", number)
    return None if row is None else _sending(row)


async def of_notice(connection: asyncpg.Connection, notice: int) -> list[Sending]:
    """Return the sendings of a notice."""
    return [_sending(row) for row in await connection.fetch(f"SELECT {_ALL} WHERE s.notice = $1 ORDER BY s.id", notice)]


async def note_attempt(
    connection: asyncpg.Connection, sending: int, outcome: SendingOutcome | str, answer: str, now: float
) -> None:
    """Write an attempt down."""
    await connection.execute(_NOTE, sending, int(now * 1000), outcome, answer[:ANSWER_MAX])


async def set_state(
    connection: asyncpg.Connection, sending: Sending, state: SendingState, *, next_at: float, now: float, proof: str
) -> bool:
    """Take a sending from the state that it was read in to another; False where it is in another meanwhile."""
    ended_ms = None if state in (SendingState.DUE, SendingState.BY_HAND) else int(now * 1000)
    found = await connection.fetchval(
        _SET, sending.id, state, int(next_at * 1000), ended_ms, proof[:ANSWER_MAX], sending.state
    )
    return found is not None


async def keep_message_id(connection: asyncpg.Connection, sending: int, message_id: str) -> None:
    """Keep the id that our own intake gave a short message."""
    await connection.execute("UPDATE notice_sendings SET message_id = $2 WHERE id = $1", sending, message_id)


async def owe_again(connection: asyncpg.Connection, sending: Sending, message_id: str, now: float) -> bool:
    """Let a sending be tried anew under another Message-ID; False where its state is another meanwhile."""
    return await connection.fetchval(_AGAIN, sending.id, int(now * 1000), sending.state, message_id) is not None


async def newest(
    connection: asyncpg.Connection, *, account: str = "", state: str = "", before: int = (1 << 63) - 1,
    limit: int = LISTED_MAX,
) -> list[asyncpg.Record]:
    """Return sendings with what they tell, the newest first."""
    return list(await connection.fetch(_LIST, account, state, before, limit))


async def attempts_of(connection: asyncpg.Connection, sending: int) -> list[Attempted]:
    """Return what was tried, the first one first."""
    sql = "SELECT at_ms, outcome, answer FROM notice_attempts WHERE sending = $1 ORDER BY at_ms LIMIT $2"
    rows = await connection.fetch(sql, sending, LISTED_MAX)
    return [Attempted(row["at_ms"] / 1000, row["outcome"], row["answer"]) for row in rows]


async def waiting(connection: asyncpg.Connection) -> dict[str, Waiting]:
    """Return by means how many sendings wait to be tried or given by hand."""
    rows = await connection.fetch(_WAITING)
    return {row["means"]: Waiting(row["waiting"], row["oldest_ms"] / 1000) for row in rows}


async def awaited(connection: asyncpg.Connection, since: float, limit: int) -> list[Sending]:
    """Return short messages that were taken since then and of which no receipt is noted."""
    return [_sending(row) for row in await connection.fetch(_AWAITED, int(since * 1000), limit)]


# ── facts that ask for a notice and have none yet ────────────────────────────────────────────────────────────────────
async def tasks_to_tell(
    connection: asyncpg.Connection, kinds: Sequence[str], now: float, since: float, limit: int
) -> list[Mapping[str, Any]]:
    """Return open tasks of these kinds that came due to be told since then and of which the client was not told."""
    return list(await connection.fetch(_PLANNED_TASKS, int(now * 1000), int(since * 1000), list(kinds), limit))


async def duties_to_tell(
    connection: asyncpg.Connection, now: float, since: float, limit: int
) -> list[Mapping[str, Any]]:
    """Return open tasks that became due or overdue since then and of which our own people were not told."""
    return list(await connection.fetch(_TOLD_TASKS, int(now * 1000), int(since * 1000), limit))


async def port_notices_to_tell(connection: asyncpg.Connection, since: float, limit: int) -> list[Mapping[str, Any]]:
    """Return notices of ports that were written since then and that nobody was told of."""
    return list(await connection.fetch(_PORT_NOTICES, int(since * 1000), limit))


async def prices_to_tell(connection: asyncpg.Connection, since: float, limit: int) -> list[Mapping[str, Any]]:
    """Return price versions that were added since then and that nobody was told of."""
    return list(await connection.fetch(_PRICES, int(since * 1000), limit))


def _sending(row: asyncpg.Record) -> Sending:
    return Sending(
        row["id"], row["notice"], row["kind"], row["key"], row["account"], row["clause"], row["subject"], row["task"],
        row["actor"], row["data"], Means(row["means"]), Effect(row["effect"]), row["recipient"], row["addressee"],
        row["language"], row["letter"], row["message_id"], SendingState(row["state"]), row["attempts"],
        row["due_ms"] / 1000,
    )
