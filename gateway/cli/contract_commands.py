"""dates, complaints replay: what a contract says, computed without a gateway or a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gateway.cli.options import (
    DEFAULT_CONFIG,
    RATE_MAX,
    Config,
    Json,
    bounded,
    changed_profile,
    find_profile,
    load_settings,
    parse_date,
    parse_moment,
)
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table, with_open_dates

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from gateway.contracts.profile import Profile

Contract = Annotated[str, typer.Option("--contract", help="Name of a contract profile.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="Change a profile key, like split=plain70.")]
FORM = {"family": "S4"}  # annex 3 as its form is filled in: every number by default
complaints = typer.Typer(help="The complaint regime.", no_args_is_help=True, rich_markup_mode=None)


def dates(
    contract: Contract,
    month: Annotated[str, typer.Option("--month", help="YYYY-MM: the month in which the statement is sent.")],
    invoice_received: Annotated[str, typer.Option("--invoice-received", help="Date.")] = "",
    paid: Annotated[str, typer.Option("--paid", help="Date.")] = "",
    amount: Annotated[str, typer.Option("--amount", help="Yuan, for the late fee.")] = "",
    changes: Changes = None,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Statement, confirmation, due date and late fee by the working-day calendar."""
    from gateway.contracts.reports import dates_report
    from gateway.domain.money import MoneyError, parse_yuan

    parse_date(f"{month}-01", "--month")
    received = parse_date(invoice_received, "--invoice-received") if invoice_received else None
    paid_on = parse_date(paid, "--paid") if paid else None
    try:
        amount_hao = parse_yuan(amount) if amount else None
    except MoneyError as error:
        fail(f"--amount: {error}", code=MISUSED)
    first_day = parse_moment(f"{month}-01", "--month")
    settings = load_settings(config)
    profile = changed_profile(find_profile(settings, contract, at=first_day), changes or ())
    document = dates_report(
        profile, month, calendar=settings.calendar, invoice_received=received, paid=paid_on, amount_hao=amount_hao
    )
    _show(document, is_json)
    if "problem" in document:  # what is known is shown; that a date is missing is no success
        fail(f"hongyan: {document['problem']}")


@complaints.command("replay")
def replay(
    regime: Annotated[Literal["whitelist", "blacklist"], typer.Option("--regime")],
    rate: Annotated[float, bounded("--rate", RATE_MAX, "Full rate of the port, messages a second.", least=0.001)],
    events: Annotated[
        Path, typer.Option("--events", help="CSV with the columns date,count.", exists=True, dir_okay=False)
    ],
    until: Annotated[str, typer.Option("--until", help="Last date.")],
    rectified: Annotated[list[str] | None, typer.Option("--rectified", help="Date; may be given again.")] = None,
    contract: Annotated[str, typer.Option("--contract", help="Whose numbers; default: those of the form.")] = "",
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a number of the regime, like week_limit=12.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Replay complaints through the regime: each state with its rate and first day."""
    from gateway.contracts.reports import EventsError, parse_events, replay_report

    last = parse_date(until, "--until")
    mended: list[dt.date] = [parse_date(text, "--rectified") for text in rectified or ()]
    try:
        counted = parse_events(events.read_text("utf-8-sig"))
    except EventsError as error:
        fail(*(f"{events}: {fault}" for fault in error.faults), code=MISUSED)
    except UnicodeDecodeError:
        fail(f"{events}: is not UTF-8 text", code=MISUSED)
    profile = _regime_of(config, contract, changes or ())
    document = replay_report(regime, rate, counted, last, rectified=mended, rules=profile.complaints)
    if contract:
        document = {"contract": profile.tag, **document}
    if is_json:
        print_json(document)
        return
    columns = ("date", "state", "rate", "mo_opt_in")
    rows = ([entry[name] for name in columns] for entry in document["timeline"])
    print_table(f"{regime}, {rate:g} a second", columns, rows)
    if document["restarts"]:
        print_table("the limit began anew", ("date", "rule"), ([e["date"], e["rule"]] for e in document["restarts"]))


def _regime_of(config: Path, contract: str, changes: Sequence[str]) -> Profile:
    """Return the contract whose numbers count, changed; a bare key is one of the regime's."""
    from gateway.contracts.profile import profile_from_dict, profile_keys
    from gateway.contracts.regime import ComplaintRules

    own = profile_keys(ComplaintRules)
    spelled = [f"complaints.{each}" if each.partition("=")[0].strip() in own else each for each in changes]
    profile = find_profile(load_settings(config), contract) if contract else profile_from_dict(FORM, name="form")
    return changed_profile(profile, spelled)


def _show(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
    else:
        print_pairs(with_open_dates(document))
