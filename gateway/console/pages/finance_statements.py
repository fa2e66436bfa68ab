"""Finance: the statements of all accounts by month, and one of them with everything that is done with it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.console.act_forms import Filled
from gateway.console.downloads import attachment
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.statement_acts import (
    FINANCE_ACTS,
    FORM_OCTETS_MAX,
    act_on,
    acts_of,
    month_asked,
    month_in_path,
    read_shown,
    send_evidence,
    send_file,
)
from gateway.contracts.working_days import add_months
from gateway.documents.letterhead import invoice_lines, party_lines
from gateway.domain.china_time import day_of
from gateway.domain.user import AUDITOR, FINANCE
from gateway.operations.lot_operations import BOOK_FEES
from gateway.queries.configured import account_named
from gateway.queries.month_overview import PAGE_ROWS, ROWS_MAX, STATES, month_overview
from gateway.queries.workbooks import overview_file

READERS: Final = (FINANCE, AUDITOR)
PATH: Final = "/finance/statements"
_ONE: Final = PATH + "/{account}/{month}"


async def show_statements(context: PageContext) -> web.StreamResponse:
    month, state = month_asked(context), context.query.get("state", "")
    page = context.query.get("page", "1")
    number = max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1
    is_filtered = state in STATES
    async with context.reading() as connection:
        found = await month_overview(
            connection, context.settings, month, context.now, 1 if is_filtered else number,
            ROWS_MAX if is_filtered else PAGE_ROWS,
        )
    rows = [row for row in found.rows if not is_filtered or row.state == state]
    return context.render(
        "finance/statements.html", month=f"{month:%Y-%m}", before=f"{add_months(month, -1):%Y-%m}",
        behind=f"{add_months(month, 1):%Y-%m}", state=state, states=STATES, rows=rows[:ROWS_MAX], number=number,
        pages=1 if is_filtered else -(-found.accounts // PAGE_ROWS),
    )


async def download_statements(context: PageContext) -> web.StreamResponse:
    async with context.reading() as connection:
        found = await month_overview(
            connection, context.settings, month_asked(context), context.now, 1, ROWS_MAX
        )
    file = await overview_file(found, day_of(context.now))
    return attachment(file.name, file.media_type, file.octets)


async def show_statement(context: PageContext) -> web.StreamResponse:
    return await _page(context, Filled())


async def _page(context: PageContext, filled: Filled, status: int = 200) -> web.Response:
    month, account = month_in_path(context), account_named(context.settings, context.parts["account"])
    shown = await read_shown(context, account.name, month, has_draft=True)
    acts = acts_of(shown, FINANCE_ACTS) if context.user.role == FINANCE else []
    return context.render(
        "finance/statement.html", status=status, shown=shown, customer=account.customer, acts=acts, filled=filled,
        place=f"{PATH}/{account.name}/{month:%Y-%m}", theirs=party_lines(account.company),
        invoice=invoice_lines(account.company), month=f"{month:%Y-%m}",
    )


async def change_statement(context: PageContext) -> web.StreamResponse:
    month, account = month_in_path(context), account_named(context.settings, context.parts["account"])
    act = next((each for each in FINANCE_ACTS if each.name == context.parts["act"]), None)
    if act is None:
        raise web.HTTPNotFound
    if not await context.is_first():
        return context.redirect(f"{PATH}/{account.name}/{month:%Y-%m}", "act_forms.done_already")
    filled = await act_on(context, act, account.name, month, "")
    if filled.act:
        return await _page(context, filled, 422)
    return context.redirect(f"{PATH}/{account.name}/{month:%Y-%m}", f"finance.done.{act.name}")


async def book_fees(context: PageContext) -> web.StreamResponse:
    month, account = month_in_path(context), account_named(context.settings, context.parts["account"])
    await context.ask(BOOK_FEES, {"account": account.name})
    return context.redirect(f"{PATH}/{account.name}/{month:%Y-%m}", "finance.done.fees")


async def download_statement(context: PageContext) -> web.StreamResponse:
    return await send_file(context, account_named(context.settings, context.parts["account"]).name, is_sent=False)


async def download_evidence(context: PageContext) -> web.StreamResponse:
    return await send_evidence(context, account_named(context.settings, context.parts["account"]).name)


PAGES: Final = (
    Page(PATH, READERS, show_statements, menu="finance.menu.statements"),
    Page("/finance/statements.xlsx", READERS, download_statements),
    Page(_ONE, READERS, show_statement),
    Page(_ONE + "/file.{form}", READERS, download_statement),
    Page(_ONE + "/fees", (FINANCE,), book_fees, ("POST",)),
    Page(_ONE + "/act/{act}", (FINANCE,), change_statement, ("POST",), body_octets_max=FORM_OCTETS_MAX),
    Page("/finance/evidence/{account}/{id}", READERS, download_evidence),
)
