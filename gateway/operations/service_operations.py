"""Operations around a service: a client ends it, a batch is reported, a notice is written down."""

from __future__ import annotations

from math import inf
from typing import Any, Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.deadlines import delivered_on, final_report_at, means_of, service_ends_at
from gateway.contracts.profile import Profile
from gateway.contracts.retention import subscription_purge_from
from gateway.contracts.terms import ends_at, notice_of
from gateway.documents.batch_report import BatchSpan, batch_report
from gateway.documents.facts import Fact, duties_of
from gateway.documents.statement import charged_states
from gateway.documents.task import Task, task_document
from gateway.domain.china_time import day_of, moment_text, start_of
from gateway.interfaces.control_socket import Document
from gateway.operations.desk import Body, Desk, day, number, text
from gateway.store.facts import task_rows, terminations, watched_batches
from gateway.store.facts.notices import nonrenewals

NONRENEWAL: Final = "nonrenewal"


# ── the end of a service ─────────────────────────────────────────────────────────────────────────────────────────────
async def terminate(desk: Desk, body: Body) -> Document:
    """Note that a client ends its service: right and queue end by themselves in time. Body: account, at, evidence."""
    account, at = text(body, "account"), number(body, "at", desk.now)
    profile = desk.profile_of(account)
    ends_at, clause = service_ends_at(profile, at), clause_of(profile, "end_service_h")
    async with desk.connection.transaction():
        number_ = await terminations.add(
            desk.connection, account, asked_at=at, ends_at=ends_at, clause=clause, actor=desk.actor,
            evidence=text(body, "evidence"), now=desk.now,
        )
        if number_ is None:
            raise ValueError(f"{account} has ended its service already; see `hongyan accounts endings`")
        key = f"SERVICE_END:{account}:{int(ends_at * 1000)}"
        forgotten_from = subscription_purge_from(day_of(ends_at), profile)
        words = f"its subscriptions are kept, and may be forgotten from {forgotten_from} on"
        task = Task("SERVICE_END", clause, f"service of {account}", ends_at, words, account, at, key)
        await task_rows.put(desk.connection, task, desk.now)
    return {
        "account": account, "asked_at": moment_text(at), "ends_by": moment_text(ends_at), "clause": clause,
        "subscriptions_forgotten_from": forgotten_from.isoformat(),
    }


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def report_batch(desk: Desk, body: Body) -> Document:
    """Report a batch now and watch it until it is final. Body: account, label, since, until; service_id, text_start."""
    account = text(body, "account")
    span = BatchSpan(
        account, text(body, "label"), number(body, "since"), number(body, "until"),
        text(body, "service_id", "") or None, text(body, "text_start", "") or None,
    )
    if span.until <= span.since:
        raise ValueError("since must be before until")
    profile = desk.profile_of(account)
    final_at = final_report_at(profile, min(span.until, desk.now))
    await watched_batches.watch(desk.connection, span, now=desk.now, final_at=final_at)
    await write_report(desk.connection, profile, span, desk.now)
    found = await watched_batches.kept(desk.connection, account, span.label)
    return {"account": account, "label": span.label, "first": None, "final": None, **found}


async def write_report(connection: Any, profile: Profile, span: BatchSpan, now: float) -> list[dict[str, Any]]:
    """Report a batch as it stands now; return the reports that are new, the first and the final one at most."""
    figures = await watched_batches.read_batch(connection, span, charged_states(profile))
    document = batch_report(profile, span, figures, now)
    stages = ("first", "final") if document["stage"] == "final" else ("first",)
    documents = [{**document, "stage": stage} for stage in stages]
    return [each for each in documents if await watched_batches.keep(connection, each, now)]


# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def add_notice(desk: Desk, body: Body) -> Document:
    """Write a notice down with the day it counts as delivered. Body: account, kind, means, sent_on, reference, details.

    A notice of a breach starts the days to cure it; one of non-renewal ends the term, if it comes in time.
    """
    account, kind, means = text(body, "account"), text(body, "kind"), text(body, "means")
    profile, sent_on = desk.profile_of(account), day(body, "sent_on")
    try:
        served_on = delivered_on(profile, means, sent_on)
    except KeyError:
        clause, known = clause_of(profile, "notice_table"), ", ".join(means_of(profile))
        raise ValueError(
            f"a notice under {profile.name} is served by {known} ({clause}); by {means!r} it has no effect, starts no"
            f" term and is not noted"
        ) from None
    clause, details = clause_of(profile, "notice_table"), text(body, "details", "")
    following: list[Task] = []
    if kind == "breach" and profile.cure_days:
        fact = Fact("breach_notice", start_of(served_on), text(body, "reference"), account, None, details)
        following = duties_of(profile, fact, desk.calendar)
    async with desk.connection.transaction():
        number_ = await desk.connection.fetchval(
            "INSERT INTO notices (account, kind, clause, means, sent_on, served_on, reference, details, created_ms,"
            " actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
            account, kind, clause, means, sent_on, served_on, text(body, "reference"), details, int(desk.now * 1000),
            desk.actor,
        )
        await task_rows.put_all(desk.connection, following, desk.now)
    return {
        "id": number_, "account": account, "kind": kind, "means": means, "sent_on": sent_on.isoformat(),
        "served_on": served_on.isoformat(), "clause": clause, "tasks": [task_document(task) for task in following],
        **(await _ending(desk, account, profile) if kind == NONRENEWAL else {}),
    }


async def _ending(desk: Desk, account: str, profile: Profile) -> dict[str, Any]:
    """Return the last day of a contract, the notices considered that were written down; None: it goes on."""
    served = (await nonrenewals(desk.connection)).get(account, ())
    found = desk.account(account)
    end = ends_at(profile, found, notice_of(found, served))
    return {"last_day": None if end == inf else day_of(end - 1).isoformat(), "term_clause": clause_of(profile, "renew")}


OPERATIONS = {
    "service.terminate": terminate, "batch.report": report_batch, "notices.add": add_notice,
}
