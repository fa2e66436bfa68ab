"""Finance: what each account has, and one account's money: lots, prices, payments, makeups, refunds, corrections."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from gateway.console.act_forms import Filled, FormAct, FormField, ask_act, read_act
from gateway.console.node_link import NodeAway
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.documents.letterhead import invoice_lines, party_lines
from gateway.domain.user import AUDITOR, FINANCE
from gateway.operations.account_operations import TOP_UP
from gateway.operations.compensation_operations import ADJUST, MAKEUP, PENALTY, REFUND
from gateway.operations.field_kinds import shown
from gateway.operations.lot_operations import BUY_LOT, LIST_LOTS
from gateway.operations.price_operations import ADD_PRICE, CONFIRM_PRICE, LIST_PRICES
from gateway.queries.configured import account_named, profile_of_side
from gateway.store.reader.account_funds import AccountFunds, read_funds
from gateway.store.reader.money_rows import read_noticed

READERS: Final = (FINANCE, AUDITOR)
PATH: Final = "/finance/accounts"
_ONE: Final = PATH + "/{account}"
_NOTE: Final = FormField("note", is_required=False)
_INCIDENT: Final = FormField("incident", is_required=False)
_BOOK: Final = FormField("book", "check", is_required=False)
ACTS: Final = (
    FormAct("top_up", TOP_UP, (FormField("amount_paid", "paid", to="amount_hao"), FormField("note")), is_grave=True),
    FormAct("lot", BUY_LOT, (
        FormField("quantity", "count"), FormField("price", "price", is_required=False, to="price_hao"),
        FormField("bought_at", "moment", is_required=False), FormField("last_day", "day", is_required=False), _NOTE,
    ), is_grave=True),
    FormAct("price", ADD_PRICE, (
        FormField("version"), FormField("new_price", "price", to="price_hao"), FormField("valid_from", "moment"),
        FormField("noticed_at", "moment", is_required=False), _NOTE,
    )),
    FormAct("price_consent", CONFIRM_PRICE, (
        FormField("version"), FormField("evidence"), FormField("confirmed_at", "moment", is_required=False),
    ), is_grave=True),
    FormAct("makeup", MAKEUP, (
        FormField("segments", "count", is_required=False), FormField("contracted", "count", is_required=False),
        FormField("delivered", "count", is_required=False), _INCIDENT,
        FormField("price", "price", is_required=False, to="price_hao"), FormField("cannot_resend", "check", False),
        _BOOK,
    ), is_grave=True),
    FormAct("refund", REFUND, (
        FormField("cause", "choice", choices=("request", "provider_fault", "client_breach")),
        FormField("invoiced", "yuan", is_required=False, to="invoiced_hao"),
        FormField("refunded", "paid", is_required=False, to="amount_hao"), _INCIDENT, _NOTE, _BOOK,
    ), is_grave=True),
    FormAct("penalty", PENALTY, (
        FormField("reason", "choice", choices=("late", "breach", "violation")),
        FormField("days", "count", is_required=False), FormField("contract_total", "paid", False, to="total_hao"),
        FormField("day", "day", is_required=False), FormField("incurred", "yuan", is_required=False, to="incurred_hao"),
        _NOTE, _BOOK,
    ), is_grave=True),
    FormAct("adjust", ADJUST, (FormField("correction", "yuan", to="amount_hao"), FormField("note")), is_grave=True),
)


async def show_accounts(context: PageContext) -> web.StreamResponse:
    async with context.reading() as connection:
        funds = await read_funds(connection, context.now)
    rows = [
        (account, profile_of_side(context.settings, account.name, "").title, funds.get(account.name, AccountFunds()))
        for account in sorted(context.settings.accounts.values(), key=lambda account: account.name)
    ]
    return context.render("finance/accounts.html", rows=rows)


async def show_account(context: PageContext) -> web.StreamResponse:
    return await _page(context, Filled())


async def _page(
    context: PageContext, filled: Filled, result: dict[str, Any] | None = None, status: int = 200
) -> web.Response:
    account = account_named(context.settings, context.parts["account"])
    lots = prices = None
    problem = ""
    async with context.reading() as connection:
        noticed = await read_noticed(connection, account.name)
    try:
        lots = await context.ask(LIST_LOTS, {"account": account.name})
        prices = await context.ask(LIST_PRICES, {"account": account.name})
    except NodeAway:
        problem = context.say("finance.node_away")
    return context.render(
        "finance/account.html", status=status, owner=account, lots=lots, prices=prices, problem=problem,
        noticed=noticed, filled=filled, result=result,
        acts=ACTS if context.user.role == FINANCE and not problem else (),
        theirs=party_lines(account.company), invoice=invoice_lines(account.company),
        contract=profile_of_side(context.settings, account.name, "").title,
    )


async def change_account(context: PageContext) -> web.StreamResponse:
    """Do what a form asks for; a makeup, refund or penalty that was only computed is shown with its form."""
    account = account_named(context.settings, context.parts["account"])
    act = next((each for each in ACTS if each.name == context.parts["act"]), None)
    if act is None:
        raise web.HTTPNotFound
    if not await context.is_first():
        return context.redirect(f"{PATH}/{account.name}", "act_forms.done_already")
    filled = await read_act(context, act)
    answer = await ask_act(context, act, filled, {"account": account.name})
    if answer is None:
        return await _page(context, filled, status=422)
    if getattr(answer, "booked", True):
        return context.redirect(f"{PATH}/{account.name}", f"finance.done.{act.name}")
    return await _page(context, filled, result=shown(answer))


PAGES: Final = (
    Page(PATH, READERS, show_accounts, menu="finance.menu.accounts"),
    Page(_ONE, READERS, show_account),
    Page(_ONE + "/act/{act}", (FINANCE,), change_account, ("POST",)),
)
