"""Advice on signatures in PostgreSQL (S4-3.9c): who was refused how often today, the letter, and what follows it."""

from __future__ import annotations

from typing import Final

import asyncpg

from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.documents.task import Task
from gateway.domain.china_time import DAY_S, day_of, start_of
from gateway.domain.ids import first_id_at
from gateway.domain.verdict import Key
from gateway.flows.compliance.contents import Advice
from gateway.store.facts import task_rows

TITLE: Final = "短信签名提示函"
_WRONG = """
SELECT account, count(*) AS n FROM refusals WHERE segment_id >= $1 AND at_ms >= $2 AND key = $3 GROUP BY account
"""
_EARLIER = "SELECT true FROM port_notices WHERE account = $1 AND title = $2 AND at_ms >= $3 AND at_ms < $4 LIMIT 1"
_NOTICE = "INSERT INTO port_notices (port, account, at_ms, clause, title, text) VALUES ('', $1, $2, $3, $4, $5)"


async def wrong_signatures(connection: asyncpg.Connection, since: float) -> dict[str, int]:
    """Return by account how many submits were refused for their signature since then."""
    rows = await connection.fetch(_WRONG, first_id_at(since), int(since * 1000), Key.SIGN.name)
    return {row["account"]: row["n"] for row in rows}


async def advise(connection: asyncpg.Connection, advice: Advice, profile: Profile) -> None:
    """Write the letter and the duty to send it; where one was written before, the duty to decide on suspending.

    Each is made once a day, however often it is asked for. A letter counts as long as a breach does (S0-11.1).
    """
    account, at = advice.account, advice.at
    day, clause = day_of(at), clause_of(profile, "sig_warnings")
    begins_at = start_of(day)
    since_ms = int((begins_at - profile.breach_lapse_days * DAY_S) * 1000)
    async with connection.transaction():
        is_known = await connection.fetchval(_EARLIER, account, TITLE, since_ms, int(begins_at * 1000))
        if not is_known:
            duty = _duty("SIGNATURE_WARNING", advice, clause, f"{TITLE} {day}")
            if await task_rows.put(connection, duty, at) is not None:
                await connection.execute(_NOTICE, account, int(at * 1000), clause, TITLE, letter(advice, clause))
        if is_known or advice.is_repeated:
            await task_rows.put(connection, _duty("SUSPEND_SUGGESTION", advice, clause, f"signatures of {day}"), at)


def letter(advice: Advice, clause: str) -> str:
    """Return the text of the letter."""
    return (
        f"贵方账户 {advice.account} 于 {day_of(advice.at)} 提交的短信中，"
        f"已有 {advice.count} 条因签名缺失、错误或未报备被拒绝（{clause}）。"
        "请核对短信签名并使用已报备的签名；如继续发生，我方可暂停或终止服务。"
    )


def _duty(kind: str, advice: Advice, clause: str, subject: str) -> Task:
    key = f"{kind}:{advice.account}:{day_of(advice.at)}"
    words = f"{advice.count} submits were refused for their signature"
    return Task(kind, clause, subject, advice.at + DAY_S, words, advice.account, advice.at, key)
