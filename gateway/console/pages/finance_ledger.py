"""Finance: the ledger of an account, with filters and the balance after each line."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.console.downloads import attachment
from gateway.console.ledger_asked import KINDS, ledger_asked, read_ledger_asked
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.domain.china_time import day_of
from gateway.domain.user import AUDITOR, FINANCE
from gateway.queries.configured import account_named
from gateway.queries.query import NotAnswered
from gateway.queries.running_ledger import LINES_MAX
from gateway.queries.workbooks import ledger_file

READERS: Final = (FINANCE, AUDITOR)
PATH: Final = "/finance/ledger"
SHOWN_MAX: Final = 500


async def show_ledger(context: PageContext) -> web.StreamResponse:
    asked, account = ledger_asked(context), context.query.get("account", "")
    ledger, problem = None, ""
    if account:
        name = account_named(context.settings, account).name
        try:
            ledger = await read_ledger_asked(context, name, asked, SHOWN_MAX)
        except NotAnswered as error:
            problem = context.sentence(str(error))
    return context.render(
        "finance/ledger.html", asked=asked, of=account, ledger=ledger, problem=problem, kinds=KINDS,
        accounts=sorted(context.settings.accounts),
    )


async def download_ledger(context: PageContext) -> web.StreamResponse:
    if not context.query.get("account"):
        return context.redirect(PATH)
    account = account_named(context.settings, context.query["account"]).name
    ledger = await read_ledger_asked(context, account, ledger_asked(context), LINES_MAX)
    file = await ledger_file(ledger, day_of(context.now), is_for_client=False)
    return attachment(file.name, file.media_type, file.octets)


PAGES: Final = (
    Page(PATH, READERS, show_ledger, menu="finance.menu.ledger"),
    Page("/finance/ledger.xlsx", READERS, download_ledger),
)
