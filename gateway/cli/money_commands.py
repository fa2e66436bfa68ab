"""accounts buy-lot, lots, price, makeup, refund, penalty, adjust: through the running gateway, else on the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import ask, known_account
from gateway.cli.options import (
    COUNT_MAX,
    DAYS_MAX,
    DEFAULT_CONFIG,
    Config,
    Json,
    load_settings,
    parse_date,
    parse_moment,
)
from gateway.cli.output import MISUSED, fail, print_answer

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.operations.operation import Operation

Name = Annotated[str, typer.Argument(help="Account.")]
Note = Annotated[str, typer.Option("--note", help="What the entry says, such as a payment's number.")]
Book = Annotated[bool, typer.Option("--book", help="Book it; without this it is only computed.")]
Price = Annotated[str, typer.Option("--price", help="Yuan a billed segment; default: the price in force.")]

price = typer.Typer(help="Price versions of an account.", no_args_is_help=True, rich_markup_mode=None)


def buy_lot(
    name: Name,
    quantity: Annotated[int, typer.Argument(help="Credits: billed segments.", min=1, max=COUNT_MAX)],
    unit_price: Price = "",
    bought: Annotated[str, typer.Option("--bought", help="When, if not now: 2026-03-15 or a moment.")] = "",
    last_day: Annotated[str, typer.Option("--last-day", help="Last day to use them; default: as contracted.")] = "",
    note: Note = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Take the payment for a lot of credits (S1-1a)."""
    from gateway.operations.lot_operations import BUY_LOT

    price_hao = _yuan(unit_price, "--price")
    body: dict[str, Any] = {"account": name, "quantity": quantity, "price_hao": price_hao, "note": note}
    if bought:
        body["bought_at"] = parse_moment(bought, "--bought")
    if last_day:
        body["last_day"] = parse_date(last_day, "--last-day").isoformat()
    _act(config, BUY_LOT, body, is_json)


def lots(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Show the lots, makeups and monthly pools of an account."""
    from gateway.operations.lot_operations import LIST_LOTS

    _act(config, LIST_LOTS, {"account": name}, is_json)


@price.command("add")
def add_price(
    name: Name,
    version: Annotated[str, typer.Argument(help="A name for it, such as v2.")],
    unit_price: Annotated[str, typer.Argument(help="Yuan a billed segment.")],
    valid_from: Annotated[str, typer.Option("--valid-from", help="Day or moment from which it is meant to hold.")],
    noticed: Annotated[str, typer.Option("--noticed", help="When the client was told.")] = "",
    note: Note = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Add a price version; under a contract of consent it waits for `confirm` (S0-4.4)."""
    from gateway.operations.price_operations import ADD_PRICE

    body: dict[str, Any] = {
        "account": name, "version": version, "price_hao": _yuan(unit_price, "UNIT_PRICE"), "note": note,
        "valid_from": parse_moment(valid_from, "--valid-from"),
    }
    if noticed:
        body["noticed_at"] = parse_moment(noticed, "--noticed")
    _act(config, ADD_PRICE, body, is_json)


@price.command("confirm")
def confirm_price(
    name: Name,
    version: Annotated[str, typer.Argument(help="The version's name.")],
    evidence: Annotated[str, typer.Option("--evidence", help="Where the consent can be read.")],
    confirmed: Annotated[str, typer.Option("--confirmed", help="When, if not now.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note the client's consent to a price version."""
    from gateway.operations.price_operations import CONFIRM_PRICE

    body: dict[str, Any] = {"account": name, "version": version, "evidence": evidence}
    if confirmed:
        body["confirmed_at"] = parse_moment(confirmed, "--confirmed")
    _act(config, CONFIRM_PRICE, body, is_json)


@price.command("list")
def list_prices(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Show the price in force and every version."""
    from gateway.operations.price_operations import LIST_PRICES

    _act(config, LIST_PRICES, {"account": name}, is_json)


def makeup(
    name: Name,
    segments: Annotated[
        int | None, typer.Option("--segments", max=COUNT_MAX, help="Billed segments that were spoiled.")
    ] = None,
    contracted: Annotated[
        int | None, typer.Option("--contracted", max=COUNT_MAX, help="The contracted quantity (S2a-2.2).")
    ] = None,
    delivered: Annotated[
        int | None, typer.Option("--delivered", max=COUNT_MAX, help="What of it was delivered.")
    ] = None,
    incident: Annotated[str, typer.Option("--incident", help="The incident it is for.")] = "",
    unit_price: Price = "",
    cannot_resend: Annotated[bool, typer.Option("--cannot-resend", help="Give money instead.")] = False,
    is_booked: Book = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Give one for one what was spoiled by us, or its price (S0-6.6)."""
    from gateway.operations.compensation_operations import MAKEUP

    if (segments is None) == (contracted is None) or (contracted is None) != (delivered is None):
        fail("give --segments, or --contracted and --delivered", code=MISUSED)
    _act(config, MAKEUP, {
        "account": name, "segments": segments, "contracted": contracted, "delivered": delivered, "incident": incident,
        "price_hao": _yuan(unit_price, "--price"), "cannot_resend": cannot_resend, "book": is_booked,
    }, is_json)


def refund(
    name: Name,
    cause: Annotated[str, typer.Option("--cause", help="request, provider_fault or client_breach.")],
    invoiced: Annotated[str, typer.Option("--invoiced", help="request: yuan that was invoiced (S0-4.2(1)b).")] = "0",
    amount: Annotated[str, typer.Option("--amount", help="Yuan, where not all that is due goes back.")] = "",
    incident: Annotated[str, typer.Option("--incident", help="provider_fault: the incident it is for.")] = "",
    note: Note = "",
    is_booked: Book = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Say what of a prepayment goes back, and book it with --book."""
    from gateway.operations.compensation_operations import REFUND

    _act(config, REFUND, {
        "account": name, "cause": cause, "invoiced_hao": _yuan(invoiced, "--invoiced"),
        "amount_hao": _yuan(amount, "--amount"), "incident": incident, "note": note, "book": is_booked,
    }, is_json)


def penalty(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="late (ours), breach or violation (the client's).")],
    days: Annotated[int | None, typer.Option("--days", help="late: days of delay.", min=0, max=DAYS_MAX)] = None,
    total: Annotated[str, typer.Option("--total", help="late: yuan of the contract.")] = "",
    day: Annotated[str, typer.Option("--day", help="breach: its day; default: today.")] = "",
    incurred: Annotated[str, typer.Option("--incurred", help="breach: yuan of the month; default: the ledger's.")] = "",
    note: Note = "",
    is_booked: Book = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Say what a delay, a breach or a violation costs, and book it with --book."""
    from gateway.operations.compensation_operations import PENALTY

    _act(config, PENALTY, {
        "account": name, "reason": reason, "days": days, "total_hao": _yuan(total, "--total"),
        "day": parse_date(day, "--day").isoformat() if day else None, "incurred_hao": _yuan(incurred, "--incurred"),
        "note": note, "book": is_booked,
    }, is_json)


def adjust(
    name: Name,
    amount: Annotated[str, typer.Argument(help="Yuan: above 0 for the client, below 0 against it (behind --).")],
    note: Annotated[str, typer.Option("--note", help="Why.")],
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Book a correction."""
    from gateway.operations.compensation_operations import ADJUST

    _act(config, ADJUST, {"account": name, "amount_hao": _yuan(amount, "AMOUNT"), "note": note}, is_json)


COMMANDS: dict[str, Callable[..., None]] = {
    "buy-lot": buy_lot, "lots": lots, "makeup": makeup, "refund": refund, "penalty": penalty, "adjust": adjust,
}
def _yuan(text: str, option: str) -> int | None:
    from gateway.domain.money import MoneyError, parse_yuan

    if not text:
        return None
    try:
        return parse_yuan(text)
    except MoneyError as error:
        fail(f"{option}: {error}", code=MISUSED)


def _act(config: Path, operation: Operation[Any, Any], request: dict[str, Any], is_json: bool) -> None:
    settings = load_settings(config, is_json=is_json)
    known_account(settings, request["account"])
    print_answer(ask(settings, operation, request), is_json)
