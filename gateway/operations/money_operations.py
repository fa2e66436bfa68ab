"""Operations on lots and prices: buy, list, add a version, confirm it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from math import inf
from typing import Any, Final

from gateway.contracts.clauses import clause_of
from gateway.contracts.prices import PriceVersion
from gateway.domain.china_time import start_of
from gateway.domain.money import check_cash, format_yuan
from gateway.interfaces.control_socket import Document
from gateway.ledger.pools import Pool, PoolKind
from gateway.operations.desk import Body, number, text
from gateway.operations.fault_operations import FAULT_OPERATIONS
from gateway.operations.money_desk import MoneyDesk, MoneyOperation, instant, last_day, positive, priced
from gateway.pipeline.policy.funding import PREPAID, SIGNED, lot_closes_at

QUANTITY_MAX: Final = 10**9  # credits of one lot


async def buy_lot(desk: MoneyDesk, body: Body) -> Document:
    """Take the payment for credits. Body: account, quantity; price_hao, bought_at, last_day, note."""
    name = text(body, "account")
    profile = desk.profile(name)
    if profile.pay_mode not in PREPAID:
        raise ValueError(f"{profile.tag} is paid by {profile.pay_mode}: credits are bought under a prepaid contract")
    treasury = desk.treasury
    quantity = positive(body, "quantity", most=QUANTITY_MAX)
    price_hao = treasury.price_of(name) if body.get("price_hao") is None else priced(body)
    check_cash(quantity * price_hao, f"{quantity} credits at {format_yuan(price_hao)}")
    now = treasury.clock()
    opens_at = number(body, "bought_at", now)
    if opens_at > now:
        raise ValueError("bought_at lies in the future")
    account = desk.accounts[name]
    named = text(body, "last_day", "")
    closes_at = start_of(_date(named) + dt.timedelta(days=1)) if named else lot_closes_at(account, profile, opens_at)
    if closes_at <= opens_at:
        raise ValueError(f"the last day {named} lies before the day of the purchase")
    if closes_at == inf and profile.credit_expiry == "contract_end":
        raise ValueError("these credits lapse with the contract: set term_start of the account, or name the last day")
    entry, pool = treasury.buy_lot(name, quantity, price_hao, opens_at, closes_at, desk.note(text(body, "note", "")))
    await desk.committed()
    return {
        "account": name, "entry": entry.id, **_lot(desk, name, pool), "amount": format_yuan(entry.amount_hao),
        "clause": clause_of(profile, "credit_expiry"), **desk.standing(name),
    }


async def list_lots(desk: MoneyDesk, body: Body) -> Document:
    """Show the pools of an account. Body: account."""
    name = text(body, "account")
    profile = desk.profile(name)
    treasury = desk.treasury
    lots = [_lot(desk, name, pool) for pool in treasury.pools.get(name, ())]
    used = desk.purse(name).used
    months = {pool: count for pool, count in used.items() if not pool.startswith("lot:") and count}
    return {
        "account": name, "contract": profile.tag, "lots": lots, "months": months,
        "credits": sum(pool.left(used) for pool in treasury.credits_of(name)),
        "value": format_yuan(treasury.value_of_credits(name)), **desk.standing(name),
    }


def _lot(desk: MoneyDesk, name: str, pool: Pool) -> dict[str, Any]:
    used = desk.purse(name).used
    left, now = pool.left(used), desk.treasury.clock()
    state = "open" if pool.opens_at <= now < pool.closes_at else "lapsed" if now >= pool.closes_at else "not yet open"
    return {
        "lot": pool.name, "kind": pool.kind.value, "quantity": pool.quantity, "left": left,
        "unit_price": format_yuan(pool.price_hao), "opens": instant(pool.opens_at),
        "last_day": last_day(pool.closes_at), "state": "used up" if not left and state == "open" else state,
        "note": pool.note,
    } | ({} if pool.kind is PoolKind.CREDITS else {"unit_price": "0"})


async def book_fees(desk: MoneyDesk, body: Body) -> Document:
    """Book what the calendar owes by now: fees of months that have begun, each once. Body: account."""
    name = text(body, "account")
    desk.profile(name)
    desk.treasury.cycles.turn(name, desk.treasury.clock())
    await desk.committed()
    return {"account": name, **desk.standing(name)}


# ── prices ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async def add_price(desk: MoneyDesk, body: Body) -> Document:
    """Note a new price. Body: account, version, price_hao, valid_from; noticed_at, note."""
    name, version = text(body, "account"), text(body, "version").strip()
    desk.profile(name)
    if version == SIGNED or not version.isascii() or any(letter in version for letter in " *@[]:"):
        raise ValueError(f"{version!r} is no name for a version: use letters, digits, - and _")
    noticed = body.get("noticed_at")
    if noticed is not None and number(body, "noticed_at") > desk.treasury.clock():
        raise ValueError("noticed_at lies in the future: nobody can have been told yet")
    desk.treasury.add_price(
        name, PriceVersion(version, priced(body, least=0), number(body, "valid_from")),
        None if noticed is None else number(body, "noticed_at"), desk.note(text(body, "note", "")),
    )
    await desk.committed()
    return _prices(desk, name)


async def confirm_price(desk: MoneyDesk, body: Body) -> Document:
    """Note the client's consent to a version. Body: account, version, evidence; confirmed_at."""
    name = text(body, "account")
    desk.profile(name)
    now = desk.treasury.clock()
    confirmed_at = number(body, "confirmed_at", now)
    if confirmed_at > now:
        raise ValueError("confirmed_at lies in the future")
    desk.treasury.confirm_price(name, text(body, "version"), confirmed_at, desk.note(text(body, "evidence")))
    await desk.committed()
    return _prices(desk, name)


async def list_prices(desk: MoneyDesk, body: Body) -> Document:
    """Show the price in force and every version. Body: account."""
    name = text(body, "account")
    desk.profile(name)
    return _prices(desk, name)


def _prices(desk: MoneyDesk, name: str) -> Document:
    profile, treasury = desk.profile(name), desk.treasury
    is_free = profile.price_change == "pass_through"
    versions = []
    for version in treasury.versions.get(name, ()):
        confirmed_at = version.confirmed_at
        if is_free:
            in_force_from: float | None = version.valid_from
        else:
            in_force_from = None if confirmed_at is None else max(version.valid_from, confirmed_at)
        versions.append({
            "version": version.name, "unit_price": format_yuan(version.price_hao),
            "valid_from": instant(version.valid_from),
            "confirmed_at": None if confirmed_at is None else instant(confirmed_at),
            "in_force_from": None if in_force_from is None else instant(in_force_from),
        })
    return {
        "account": name, "contract": profile.tag, "price_change": profile.price_change,
        "clause": clause_of(profile, "price_change"), "unit_price": format_yuan(treasury.price_of(name)),
        "versions": versions,
    }


def _date(words: str) -> dt.date:
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        raise ValueError(f"{words!r} is no date such as 2027-03-15") from None


MONEY_OPERATIONS: Final[Mapping[str, MoneyOperation]] = {
    "lots.buy": buy_lot, "lots.list": list_lots, "fees.book": book_fees,
    "prices.add": add_price, "prices.confirm": confirm_price, "prices.list": list_prices,
    **FAULT_OPERATIONS,
}
