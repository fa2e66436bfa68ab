"""What an attempt came to is written down in one transaction: the attempt, the state, and what follows from its end."""

from __future__ import annotations

import asyncpg

from gateway.documents.notice import (
    FAILED,
    Effect,
    NoticeDraft,
    RetryTerms,
    Sending,
    SendingOutcome,
    SendingState,
    after_attempt,
)
from gateway.notices.given_by_hand import note_taken
from gateway.notices.planning import plan_notice
from gateway.settings import Settings
from gateway.settings.party_keys import MailKeys
from gateway.store.facts import notice_rows

ACTOR = "gateway"


def retry_terms(mail: MailKeys) -> RetryTerms:
    """Return how long and how often a sending is tried."""
    return RetryTerms(mail.attempts_max, mail.retry_min_s, mail.retry_max_s, mail.keep_h * 3600)


async def note_outcome(
    connection: asyncpg.Connection, settings: Settings, sending: Sending, outcome: SendingOutcome, words: str,
    now: float,
) -> SendingState:
    """Write down what an attempt came to; return the state that the sending is in."""
    state, next_at = after_attempt(outcome, sending.attempts, sending.due_at, now, retry_terms(settings.mail))
    async with connection.transaction():
        await notice_rows.note_attempt(connection, sending.id, outcome, words, now)
        if await notice_rows.set_state(connection, sending, state, next_at=next_at, now=now, proof=words):
            await _follow(connection, settings, sending, state, words, now)
    return state


async def _follow(
    connection: asyncpg.Connection, settings: Settings, sending: Sending, state: SendingState, words: str, now: float
) -> None:
    if state is SendingState.SENT:
        account = settings.accounts.get(sending.account)
        profile = None if account is None else settings.profiles[account.contract]
        proof = f"{sending.means} {sending.message_id}: {words}"
        await note_taken(connection, profile, sending, proof=proof, actor=ACTOR, now=now)
    elif state in FAILED:
        await note_failed(connection, settings, sending, words, now)


async def note_failed(
    connection: asyncpg.Connection, settings: Settings, sending: Sending, words: str, now: float
) -> None:
    """A client was not reached: a notice that must be given is a person's now, and our own people are told."""
    if sending.effect is Effect.NOTICE:
        await notice_rows.add_by_hand(connection, sending, now)
    account = settings.accounts.get(sending.account)
    if account is None:
        return
    values = {"about": sending.subject, "answer": words, "customer": account.company.name or account.name}
    draft = NoticeDraft("not_sent", f"not_sent:{sending.id}:{sending.attempts}", "", "D", sending.subject, values)
    await plan_notice(connection, settings, draft, now=now, actor=ACTOR)
