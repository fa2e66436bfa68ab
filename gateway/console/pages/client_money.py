"""A client at its own money: statements to look at, confirm or dispute; lots, prices, balance and payments."""

from __future__ import annotations

import datetime as dt
from typing import Final

from aiohttp import web

from gateway.console.act_forms import Filled, FormAct, FormField, ask_act, read_act
from gateway.console.downloads import attachment
from gateway.console.ledger_asked import KINDS, ledger_asked, read_ledger_asked
from gateway.console.node_link import NodeAway
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.statement_acts import (
    CLIENT_ACTS,
    FORM_OCTETS_MAX,
    act_on,
    acts_of,
    month_in_path,
    read_shown,
    send_evidence,
    send_file,
)
from gateway.documents.letterhead import party_lines
from gateway.domain.china_time import day_of
from gateway.domain.money import parse_yuan
from gateway.domain.user import CLIENT
from gateway.operations.lot_operations import LIST_LOTS
from gateway.operations.price_operations import CONFIRM_PRICE, LIST_PRICES
from gateway.queries.month_overview import shown_state
from gateway.queries.query import NotAnswered
from gateway.queries.sent_statements import list_sent
from gateway.queries.workbooks import ledger_file
from gateway.store.reader.money_rows import read_noticed

ONLY: Final = (CLIENT,)
STATEMENTS: Final = "/statements"
MONEY: Final = "/money"
LISTED_MAX: Final = 60  # months of statements
SHOWN_MAX: Final = 300
CONSENT: Final = FormAct("price_consent", CONFIRM_PRICE, (FormField("version"),), is_grave=True)


async def show_statements(context: PageContext) -> web.StreamResponse:
    async with context.reading() as connection:
        found = await list_sent(connection, context.settings, context.account, context.now)
    newest: dict[str, object] = {}
    for each in found:
        if each.month not in newest:
            state = shown_state(context.settings, each, context.now)
            newest[each.month] = each, state, parse_yuan(each.total), parse_yuan(each.owed)
    return context.render("client_money/statements.html", rows=list(newest.values())[:LISTED_MAX])


async def show_statement(context: PageContext) -> web.StreamResponse:
    return await _statement(context, Filled())


async def _statement(context: PageContext, filled: Filled, status: int = 200) -> web.Response:
    month = month_in_path(context)
    shown = await read_shown(context, context.account, month, has_draft=False)
    if shown.sent is None:
        raise web.HTTPNotFound
    return context.render(
        "client_money/statement.html", status=status, shown=shown, month=f"{month:%Y-%m}", filled=filled,
        acts=acts_of(shown, CLIENT_ACTS), place=f"{STATEMENTS}/{month:%Y-%m}",
        pay_to=party_lines(context.settings.company),
    )


async def answer_statement(context: PageContext) -> web.StreamResponse:
    """Confirm or dispute, by the person who is signed in: that is the proof."""
    month: dt.date = month_in_path(context)
    act = next((each for each in CLIENT_ACTS if each.name == context.parts["act"]), None)
    if act is None:
        raise web.HTTPNotFound
    if not await context.is_first():
        return context.redirect(f"{STATEMENTS}/{month:%Y-%m}", "act_forms.done_already")
    filled = await act_on(context, act, context.account, month, f"console, user {context.user.name}")
    if filled.act:
        return await _statement(context, filled, 422)
    return context.redirect(f"{STATEMENTS}/{month:%Y-%m}", f"client_money.done.{act.name}")


async def download_statement(context: PageContext) -> web.StreamResponse:
    return await send_file(context, context.account, is_sent=True)


async def download_evidence(context: PageContext) -> web.StreamResponse:
    return await send_evidence(context, context.account)


async def show_money(context: PageContext) -> web.StreamResponse:
    return await _money(context, Filled())


async def _money(context: PageContext, filled: Filled, status: int = 200) -> web.Response:
    lots = prices = ledger = None
    problem, asked = "", ledger_asked(context)
    async with context.reading() as connection:
        noticed = await read_noticed(connection, context.account)
    try:
        lots = await context.ask(LIST_LOTS, {"account": context.account})
        prices = await context.ask(LIST_PRICES, {"account": context.account})
    except NodeAway:
        problem = context.say("client_money.node_away")
    try:
        ledger = await read_ledger_asked(context, context.account, asked, SHOWN_MAX)
    except NotAnswered as error:
        problem = context.sentence(str(error))
    return context.render(
        "client_money/money.html", status=status, lots=lots, prices=prices, ledger=ledger, asked=asked, kinds=KINDS,
        problem=problem, filled=filled, noticed=noticed, pay_to=party_lines(context.settings.company),
    )


async def agree_to_price(context: PageContext) -> web.StreamResponse:
    filled = await read_act(context, CONSENT)
    proof = {"account": context.account, "evidence": f"console, user {context.user.name}"}
    if await ask_act(context, CONSENT, filled, proof) is None:
        return await _money(context, filled, 422)
    return context.redirect(MONEY, "client_money.done.price_consent")


async def download_ledger(context: PageContext) -> web.StreamResponse:
    ledger = await read_ledger_asked(context, context.account, ledger_asked(context))
    file = await ledger_file(ledger, day_of(context.now), is_for_client=True)
    return attachment(file.name, file.media_type, file.octets)


PAGES: Final = (
    Page(STATEMENTS, ONLY, show_statements, menu="client_money.menu.statements"),
    Page(STATEMENTS + "/{month}", ONLY, show_statement),
    Page(STATEMENTS + "/{month}/file.{form}", ONLY, download_statement),
    Page(STATEMENTS + "/{month}/act/{act}", ONLY, answer_statement, ("POST",), body_octets_max=FORM_OCTETS_MAX),
    Page("/statements-evidence/{id}", ONLY, download_evidence),
    Page(MONEY, ONLY, show_money, menu="client_money.menu.money"),
    Page("/money/price", ONLY, agree_to_price, ("POST",)),
    Page("/money.xlsx", ONLY, download_ledger),
)
