"""The statements of a month, of every account: which are drafts, out, answered, paid, late; and what is to be done."""

from __future__ import annotations

import datetime as dt
from typing import Final

import asyncpg

from gateway.documents.sent_statement import Sent
from gateway.domain.china_time import day_of
from gateway.domain.money import parse_yuan
from gateway.queries.configured import profile_of_side
from gateway.queries.query import QueryDocument
from gateway.queries.sent_statements import SentStatement, sent_statement
from gateway.settings import Settings
from gateway.store.facts import statement_rows

PAGE_ROWS: Final = 50
ROWS_MAX: Final = 5_000  # of all pages together, for a file
DRAFT: Final = "DRAFT"
PAID: Final = "PAID"
OVERDUE: Final = "OVERDUE"
STATES: Final = (DRAFT, "SENT", "CONFIRMED", "AUTO_CONFIRMED", "DISPUTED", PAID, OVERDUE)


class OverviewRow(QueryDocument):
    """An account's month; amounts in hao, None where nothing was sent. `state` is one of STATES."""

    account: str
    customer: str
    state: str
    number: str
    version: int
    total_hao: int | None
    owed_hao: int | None
    late_fee_hao: int | None
    sent_at: float | None
    confirm_by: str | None
    due: str | None


class MonthOverview(QueryDocument):
    """A page of rows, in the order of accounts; `accounts` counts all."""

    month: str
    page: int
    accounts: int
    rows: list[OverviewRow]


async def month_overview(
    connection: asyncpg.Connection, settings: Settings, month: dt.date, now: float, page: int = 1,
    page_rows: int = PAGE_ROWS,
) -> MonthOverview:
    """Return page `page` (from 1) of the accounts with the newest version of their statement of a month."""
    names = sorted(settings.accounts)
    shown = names[(page - 1) * page_rows:page * page_rows]
    sent = await statement_rows.of_month(connection, month, shown)
    rows = [await _row(connection, settings, name, sent.get(name), now) for name in shown]
    return MonthOverview(month=f"{month:%Y-%m}", page=page, accounts=len(names), rows=rows)


async def _row(
    connection: asyncpg.Connection, settings: Settings, name: str, sent: Sent | None, now: float
) -> OverviewRow:
    customer = settings.accounts[name].customer
    if sent is None:
        return OverviewRow(
            account=name, customer=customer, state=DRAFT, number="", version=0, total_hao=None, owed_hao=None,
            late_fee_hao=None, sent_at=None, confirm_by=None, due=None,
        )
    found = await sent_statement(connection, settings, sent, now)
    return OverviewRow(
        account=name, customer=customer, state=shown_state(settings, found, now), number=found.number,
        version=found.version, total_hao=sent.total_hao, owed_hao=parse_yuan(found.owed),
        late_fee_hao=parse_yuan(found.late_fee), sent_at=sent.sent_at, confirm_by=found.confirm_by, due=found.due,
    )


def shown_state(settings: Settings, found: SentStatement, now: float) -> str:
    """Return the state with what was paid: paid whole, or owed behind its day; else as it was answered."""
    if profile_of_side(settings, found.account, "").due_rule == "none":
        return found.state
    if parse_yuan(found.owed) <= 0:
        return PAID if any(event.event == "paid" for event in found.events) else found.state
    is_late = found.due is not None and day_of(now) > dt.date.fromisoformat(found.due)
    return OVERDUE if is_late else found.state
