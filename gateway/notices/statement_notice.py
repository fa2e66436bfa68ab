"""The notice that a statement is there: planned in the transaction that keeps the statement."""

from __future__ import annotations

import asyncpg

from gateway.contracts.profile import Profile
from gateway.documents.notice import Means, NoticeDraft, Value
from gateway.documents.sent_statement import Sent
from gateway.notices.notice_kinds import KINDS
from gateway.notices.planning import plan_notice, ways_of
from gateway.settings import Settings

KIND = "statement"


def mail_address_of(settings: Settings, account: str) -> str:
    """Return where an account's statements are mailed to; empty: nowhere."""
    role = KINDS[KIND].role
    contact = None if role is None else settings.accounts[account].company.contact(role)
    is_mailed = any(way.means is Means.EMAIL for way in ways_of(settings, KIND, account))
    return contact.email if contact is not None and is_mailed else ""


async def plan_statement(
    connection: asyncpg.Connection, settings: Settings, profile: Profile, sent: Sent, *, now: float, actor: str
) -> int | None:
    """Owe the client its statement by mail, in the caller's transaction; return the notice's number."""
    values: dict[str, Value] = {
        "statement": sent.id, "month": f"{sent.month:%Y-%m}", "version": sent.version, "total_hao": sent.total_hao,
        "answer_words": "statement.no_term",
    }
    if sent.confirm_by is not None:
        values["confirm_by_on"] = sent.confirm_by.isoformat()
        is_silence_enough = sent.auto_confirm_at is not None
        values["answer_words"] = "statement.silence_confirms" if is_silence_enough else "statement.answer_by"
    draft = NoticeDraft(
        KIND, f"statement:{sent.id}", sent.account, KINDS[KIND].clause(profile),
        f"statement {sent.month:%Y-%m} version {sent.version}", values,
    )
    return await plan_notice(connection, settings, draft, now=now, actor=actor)
