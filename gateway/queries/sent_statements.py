"""Statements that were sent: state, dates, what is owed, what became of them; and what a run of today would change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg
import orjson
from pydantic import Field

from gateway.documents.letterhead import document_number
from gateway.documents.sent_statement import Sent, carried_into, known_payment, state_at
from gateway.domain.china_time import moment_text
from gateway.domain.money import format_yuan
from gateway.queries.configured import account_named, profile_of_side
from gateway.queries.month_statement import compute_statement
from gateway.queries.query import NotKnown, QueryDocument
from gateway.settings import Settings
from gateway.store.facts import document_rows, statement_rows


class NotedEvent(QueryDocument):
    """Something that became of a statement; `at` when it happened, `noted_at` when it was written down."""

    event: str
    at: str
    noted_at: str
    by: str
    evidence: str
    note: str
    amount: str | None


class StatementChange(QueryDocument):
    """A key of the document as it was sent, and as it would be now."""

    sent: Any
    now: Any


class SentStatement(QueryDocument):
    """A statement at an instant; `differs_in` where it was held against a run of today."""

    account: str
    month: str
    version: int
    number: str
    contract: str
    state: str
    since: str
    total: str
    sent_at: str
    sent_by: str
    evidence: str
    confirm_by: str | None
    auto_confirmed_on: str | None
    due: str | None
    rescind_from: str | None
    owed: str
    late_days: int
    late_fee: str
    carried_in: str
    carried_over: str
    digest: str
    events: list[NotedEvent]
    problem: str | None = None
    differs_in: dict[str, StatementChange] | None = None
    not_computed: str | None = Field(default=None, serialization_alias="problem")


async def show_sent(
    connection: asyncpg.Connection, settings: Settings, account: str, month: dt.date, now: float,
    at: float | None = None,
) -> SentStatement:
    """Return the newest version of a month as it stands at an instant, and what would differ if it were sent now.

    Raises WrongRequest for an account that is not configured, NotKnown where no statement of the month was sent.
    """
    name = account_named(settings, account).name
    found = await statement_rows.latest(connection, name, month)
    if found is None:
        raise NotKnown(f"no statement of {month:%Y-%m} was sent to {account}")
    document = await sent_statement(connection, settings, found, now if at is None else at)
    return document.model_copy(update=await _difference(connection, settings, found, now))


async def list_sent(
    connection: asyncpg.Connection, settings: Settings, account: str, at: float
) -> list[SentStatement]:
    """Return the statements of an account (empty: of all that are configured) at an instant, the newest first."""
    found = await statement_rows.newest(connection, account)
    return [await sent_statement(connection, settings, each, at) for each in found if each.account in settings.accounts]


async def sent_statement(
    connection: asyncpg.Connection, settings: Settings, sent: Sent, at: float
) -> SentStatement:
    """Return what is known of a statement at an instant."""
    profile, (state, since) = profile_of_side(settings, sent.account, ""), state_at(sent, at)
    known = await statement_rows.known(connection, sent.account, sent.month)
    carried_hao = carried_into(profile, sent, known, at)
    payment, problem = known_payment(profile, sent, at, settings.calendar, carried_hao)
    is_auto = state == "AUTO_CONFIRMED"
    document = SentStatement(
        account=sent.account, month=f"{sent.month:%Y-%m}", version=sent.version,
        number=await number_of(connection, sent), contract=sent.profile, state=state,
        since=moment_text(since), total=format_yuan(sent.total_hao), sent_at=moment_text(sent.sent_at),
        sent_by=sent.sent_by, evidence=sent.evidence,
        confirm_by=None if sent.confirm_by is None else sent.confirm_by.isoformat(),
        auto_confirmed_on=sent.confirm_by.isoformat() if is_auto and sent.confirm_by else None,
        due=None if payment.due is None else payment.due.isoformat(),
        rescind_from=None if payment.rescind_from is None else payment.rescind_from.isoformat(),
        owed=format_yuan(payment.owed_hao), late_days=payment.late_days, late_fee=format_yuan(payment.late_fee_hao),
        carried_in=format_yuan(carried_hao), carried_over=format_yuan(payment.carried_over_hao), digest=sent.digest,
        events=[
            NotedEvent(
                event=each.event, at=moment_text(each.at), noted_at=moment_text(each.noted_at), by=each.actor,
                evidence=each.evidence, note=each.note,
                amount=None if each.amount_hao is None else format_yuan(each.amount_hao),
            )
            for each in sent.events
        ],
    )
    return document.model_copy(update={"problem": problem}) if problem else document


async def number_of(connection: asyncpg.Connection, sent: Sent) -> str:
    """Return the number under which a statement went out."""
    issued = (await document_rows.issued_for(connection, "statement", [str(sent.id)])).get(str(sent.id))
    return "" if issued is None else document_number("statement", issued.year, issued.number)


async def _difference(
    connection: asyncpg.Connection, settings: Settings, sent: Sent, now: float
) -> dict[str, Any]:
    """Return how a run of today differs from what was sent, or why there is none: the sent one stays as it is."""
    try:
        was = orjson.loads(sent.document)
        would_be = await compute_statement(connection, settings, sent.account, sent.month, now)
    except ValueError as error:
        return {"differs_in": {}, "not_computed": str(error)}
    keys = [key for key in would_be if _packed(was.get(key)) != _packed(would_be[key])]
    return {"differs_in": {key: StatementChange(sent=was.get(key), now=would_be[key]) for key in keys}}


def _packed(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
