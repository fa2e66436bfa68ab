"""What follows once a notice counts as given: its line in the ledger of notices, and the duty that it fulfils."""

from __future__ import annotations

import datetime as dt

import asyncpg

from gateway.contracts.deadlines import delivered_on
from gateway.contracts.profile import Profile
from gateway.documents.notice import Effect, Means, Sending
from gateway.domain.china_time import day_of
from gateway.store.facts import notices, task_rows

# What a sending by this program is among the means that a contract names.
_NAMED: dict[Means, str] = {Means.EMAIL: "email", Means.MESSAGE: "message"}


async def note_given(
    connection: asyncpg.Connection, profile: Profile, sending: Sending, *, means: str, sent_on: dt.date, proof: str,
    actor: str, now: float,
) -> dt.date:
    """Write down that a notice was given by means that count; return the day on which it counts as delivered.

    The duty behind it is done. A clause that takes mail or a message by itself counts it on its day (S4-5.6, S2b-3b).
    """
    try:
        served_on = delivered_on(profile, means, sent_on)
    except KeyError:
        served_on = sent_on
    await notices.add(
        connection, account=sending.account, kind=sending.kind, clause=sending.clause, means=means, sent_on=sent_on,
        served_on=served_on, reference=proof, details=sending.subject, actor=actor, now=now, sending=sending.id,
    )
    await fulfil(connection, sending, proof=proof, actor=actor, now=now)
    return served_on


async def fulfil(
    connection: asyncpg.Connection, sending: Sending, *, proof: str, actor: str, now: float
) -> None:
    """Close the duty that a notice fulfils."""
    if sending.task:
        await task_rows.finish_by_key(connection, sending.task, now=now, actor=actor, evidence=proof)


async def note_taken(
    connection: asyncpg.Connection, profile: Profile | None, sending: Sending, *, proof: str, actor: str, now: float
) -> None:
    """Write down what a sending that was taken means: a notice given, a duty done, or nothing but a courtesy."""
    if sending.effect is Effect.NOTICE and profile is not None:
        await note_given(
            connection, profile, sending, means=_NAMED[sending.means], sent_on=day_of(now), proof=proof, actor=actor,
            now=now,
        )
    elif sending.effect is Effect.INFORMATION and sending.account:
        await fulfil(connection, sending, proof=proof, actor=actor, now=now)
