"""A month's statement as the ledger has it now, and as a document of its own, field by field."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import asyncpg
from pydantic import Field

from gateway.documents.statement import charged_states, statement
from gateway.queries.configured import account_named, profile_of_side
from gateway.queries.query import QueryDocument
from gateway.queries.statement_months import check_month
from gateway.queries.viewing import Mask, Viewer, number_mask, permit
from gateway.settings import Settings
from gateway.store.reader.statements import read_figures


class StatementDates(QueryDocument):
    """Days as YYYY-MM-DD; `problem` where one lies beyond the calendar."""

    statement: str | None
    confirm_by: str | None
    auto_confirmed_on: str | None
    due: str | None
    bill_by: str | None
    clauses: dict[str, str]
    problem: str | None = None


class StatementBalance(QueryDocument):
    """The ledger at the month's beginning and end, and what came and went."""

    opening: str
    paid_in: str
    charged: str
    closing: str
    refunded: str | None = None


class StatementLine(QueryDocument):
    """Messages of one class and price, fees of one kind, or an adjustment; `amount` is `exact` rounded to fen."""

    line: str
    message_class: str | None = Field(default=None, alias="class")
    contract: str | None = None
    price_version: str | None = None
    unit_price: str | None = None
    messages: int | None = None
    billed_segments: int | None = None
    wire_segments: int | None = None
    charged_segments: int | None = None
    count: int | None = None
    clause: str | None = None
    note: str | None = None
    evidence: str | None = None
    exact: str
    amount: str


class StatementState(QueryDocument):
    """Messages of one class and price that ended alike."""

    message_class: str = Field(alias="class")
    price_version: str
    unit_price: str
    state: str
    messages: int
    billed_segments: int
    wire_segments: int
    charged_segments: int
    exact: str


class StatementPackage(QueryDocument):
    """What a package of the month comes to by the contract's own sum (S4-5.1)."""

    service: str
    segments: int
    included: int
    overage: int
    base_fee: str
    overage_price: str
    clause: str
    amount_hao: int
    amount: str


class UnknownMessage(QueryDocument):
    """A message without a receipt."""

    id: str
    accepted_at: str
    destination: str
    billed_segments: int


class UnknownMessages(QueryDocument):
    """What is charged, or not, of messages without a receipt."""

    clause: str
    after_h: int | float
    is_charged: bool
    messages: int
    wire_segments: int
    listed: list[UnknownMessage]


class RefusedCount(QueryDocument):
    """Submits that were refused alike; they cost nothing."""

    key: str
    clause: str
    messages: int


class StatementEntry(QueryDocument):
    """A movement of money that no message made."""

    id: str
    date: str
    kind: str
    amount: str
    note: str


class StatementCheck(QueryDocument):
    """What was read from the messages, held against the entries."""

    messages: str
    ledger: str
    is_equal: bool


class MonthStatement(QueryDocument):
    """A month's statement."""

    account: str
    title: str
    month: str
    contract: str
    contract_title: str
    contract_document: str | None
    since: str = Field(alias="from")
    to: str
    dates: StatementDates
    balance: StatementBalance
    lines: list[StatementLine]
    total: str
    states: list[StatementState]
    messages: int
    billed_segments: int
    wire_segments: int
    charged_segments: int
    packages: list[StatementPackage]
    unknown: UnknownMessages
    refused: list[RefusedCount]
    entries: list[StatementEntry]
    check: StatementCheck


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """Whose month, by its first day."""

    account: str
    month: dt.date
    is_whole: bool = False  # numbers


async def read_statement(
    connection: asyncpg.Connection, settings: Settings, request: StatementRequest, viewer: Viewer, now: float
) -> MonthStatement:
    """Return the statement; raises NoSuchMonth, NotBooked, MayNotView, CalendarNotCovered."""
    account = account_named(settings, request.account).name
    if request.is_whole:
        await permit(connection, settings, viewer, "view statement", f"{account} {request.month:%Y-%m}", now)
    mask = number_mask(settings, is_whole=request.is_whole)
    document = await compute_statement(connection, settings, account, request.month, now, mask=mask)
    return MonthStatement.model_validate(document)


async def compute_statement(
    connection: asyncpg.Connection, settings: Settings, account: str, month: dt.date, now: float, *, mask: Mask = str
) -> dict[str, Any]:
    """Return the document that is sent, kept and digested; its numbers are whole unless `mask` hides them.

    Raises NoSuchMonth, NotBooked, CalendarNotCovered.
    """
    profile = profile_of_side(settings, account, "")
    figures = await read_figures(connection, account, month, charged_states(profile))
    billed_from = await check_month(connection, settings, account, month, now, figures)
    return statement(profile, figures, settings.calendar, mask=mask, billed_from=billed_from)
