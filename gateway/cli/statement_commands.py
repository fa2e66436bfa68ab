"""statement: a month's statement from the store, as table, JSON, CSV or PDF; and what becomes of one that was sent."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from gateway.cli.asking import ask, known_account
from gateway.cli.options import DEFAULT_CONFIG, By, Config, Json, finish, load_settings, parse_date, parse_moment
from gateway.cli.output import (
    FAILED,
    MISUSED,
    fail,
    print_answer,
    print_json,
    print_list,
    print_pairs,
    print_table,
    with_open_dates,
)

if TYPE_CHECKING:
    from gateway.operations.operation import Operation
    from gateway.operations.statement_operations import StatementAnswer
    from gateway.settings import Settings

statement = typer.Typer(
    help="Monthly statements.", invoke_without_command=True, rich_markup_mode=None, no_args_is_help=True
)
Account = Annotated[str, typer.Option("--account", help="Account.")]
Month = Annotated[str, typer.Option("--month", help="YYYY-MM: the month it is about.")]
Evidence = Annotated[str, typer.Option("--evidence", help="Where the proof is: a mail's id, a chat, a file.")]
At = Annotated[str, typer.Option("--at", help="When it happened; default: now.")]
Note = Annotated[str, typer.Option("--note")]
_LINES = ("line", "class", "price_version", "unit_price", "messages", "billed_segments", "wire_segments",
          "charged_segments", "exact", "amount", "clause")
_LISTED = ("account", "month", "version", "state", "total", "sent_at", "confirm_by", "due", "owed", "late_fee")


@statement.callback()
def make(
    context: typer.Context,
    account: Account = "",
    month: Month = "",
    format_: Annotated[Literal["table", "json", "csv", "pdf", "xlsx"], typer.Option("--format")] = "table",
    out: Annotated[Path | None, typer.Option("--out", help="File; needed for pdf and xlsx.", dir_okay=False)] = None,
    is_sent: Annotated[bool, typer.Option("--sent", help="The one that was sent, as pdf, xlsx or csv.")] = False,
    whole: Annotated[bool, typer.Option("--whole-numbers", help="Show numbers whole.")] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """A month's statement, computed from the store."""
    if context.invoked_subcommand is not None:
        return
    if not account or not month:
        fail("--account and --month are needed", code=MISUSED)
    settings = load_settings(config)
    form = "json" if is_json else format_
    if is_sent:
        _write_sent(settings, account, parse_month(month), form, out)
        return
    document = _booked(settings, account, parse_month(month), whole)
    _write(settings, document, form, out)
    if not document["check"]["is_equal"]:
        fail("hongyan: the messages and the ledger do not agree: look at `check` in the JSON", code=FAILED)


@statement.command("send")
def send(
    account: Account, month: Month,
    evidence: Annotated[str, typer.Option("--evidence", help="How it went out; default: by the mail.")] = "",
    at: At = "",
    is_mailed: Annotated[bool, typer.Option("--mail/--no-mail", help="Mail it where there is an address.")] = True,
    by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Mail the statement, or note that it went out: it is kept as it is now, and its clocks begin."""
    from gateway.operations.statement_operations import SEND

    _event(config, SEND, account, month, evidence, at, by, is_json, is_mailed=is_mailed)


@statement.command("confirm")
def confirm(
    account: Account, month: Month, evidence: Evidence, at: At = "", by: By = "", config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note that the client confirmed it."""
    from gateway.operations.statement_operations import CONFIRM

    _event(config, CONFIRM, account, month, evidence, at, by, is_json)


@statement.command("dispute")
def dispute(
    account: Account, month: Month, evidence: Evidence, note: Note = "", at: At = "", by: By = "",
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Note that the client objects; `reconcile` says what follows."""
    from gateway.operations.statement_operations import DISPUTE

    _event(config, DISPUTE, account, month, evidence, at, by, is_json, note=note)


@statement.command("invoice")
def invoice(
    account: Account, month: Month, evidence: Evidence, at: At = "", by: By = "", config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note that the client received the invoice: the term of payment begins."""
    from gateway.operations.statement_operations import INVOICE

    _event(config, INVOICE, account, month, evidence, at, by, is_json)


@statement.command("paid")
def paid(
    account: Account, month: Month, evidence: Evidence,
    amount: Annotated[str, typer.Option("--amount", help="Yuan; default: all that was owed.")] = "",
    at: At = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Note a payment; a late one books its fee for the next statement. The money itself is a top-up."""
    from gateway.domain.money import MoneyError, check_cash, parse_yuan
    from gateway.operations.statement_operations import PAY

    try:
        amount_hao = check_cash(parse_yuan(amount)) if amount else None
    except MoneyError as error:
        fail(f"hongyan: {error}")
    if amount_hao is not None and amount_hao <= 0:
        fail("hongyan: amount: a payment is above 0; money that goes back is a refund (accounts refund)")
    _event(config, PAY, account, month, evidence, at, by, is_json, amount_hao=amount_hao)


@statement.command("show")
def show_one(
    account: Account, month: Month, at: At = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """One statement that was sent: state, dates, who did what and when; and what a run of today would change."""
    from gateway.cli.database_access import answered, query
    from gateway.queries.configured import account_named
    from gateway.queries.sent_statements import show_sent

    settings, first = load_settings(config), parse_month(month)
    moment = parse_moment(at, "--at") if at else None
    with answered():
        account_named(settings, account)
    found = query(settings, lambda connection: show_sent(connection, settings, account, first, time.time(), moment))
    (print_json if is_json else print_pairs)(found.as_dict())


@statement.command("list")
def list_all(
    account: Annotated[str, typer.Option("--account")] = "", at: At = "", config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """The statements that were sent, newest first."""
    from gateway.cli.database_access import query
    from gateway.queries.sent_statements import list_sent

    settings, moment = load_settings(config), parse_moment(at, "--at") if at else time.time()
    found = query(settings, lambda connection: list_sent(connection, settings, account, moment))
    print_list([each.as_dict() for each in found], _LISTED, is_json=is_json)


def parse_month(text: str, option: str = "--month") -> dt.date:
    return parse_date(f"{text}-01", option)


def _event(
    config: Path, operation: Operation[Any, StatementAnswer], account: str, month: str, evidence: str, at: str,
    by: str, is_json: bool, **more: Any,
) -> None:
    settings, first = load_settings(config), parse_month(month)
    known_account(settings, account)
    if operation.name == "statement.send":
        _book(settings, account, first)
    request = {
        "account": account, "month": month, "evidence": evidence, "at": parse_moment(at, "--at") if at else None, **more
    }
    print_answer(ask(settings, operation, request, by=by), is_json)


def _booked(settings: Settings, account: str, month: dt.date, is_whole: bool) -> dict[str, Any]:
    """Return the statement; a fee of the month that is not in the ledger yet is booked first."""
    from gateway.cli.database_access import query, viewer
    from gateway.queries.month_statement import StatementRequest, read_statement

    known_account(settings, account)
    _book(settings, account, month)
    request = StatementRequest(account, month, is_whole=is_whole)
    return query(
        settings, lambda connection: read_statement(connection, settings, request, viewer(), time.time())
    ).as_dict()


def _book(settings: Settings, account: str, month: dt.date) -> None:
    """Book what the month costs and the ledger lacks, by the treasury's own rules, each fee once."""
    from gateway.cli.database_access import connected
    from gateway.operations.lot_operations import BOOK_FEES
    from gateway.queries.statement_months import NotBooked, check_month

    async def check() -> None:
        async with connected(settings) as connection:
            await check_month(connection, settings, account, month, time.time())

    try:
        finish(check())
    except NotBooked as error:
        typer.echo(f"hongyan: {error}; it is booked first", err=True)
        ask(settings, BOOK_FEES, {"account": account})
    except ValueError:
        return  # the operation that follows says why


def _write_sent(settings: Settings, account: str, month: dt.date, form: str, out: Path | None) -> None:
    """Write the statement that was sent, under its number."""
    from gateway.cli.database_access import query
    from gateway.queries.statement_files import MEDIA_TYPES, Form, statement_file

    if form not in MEDIA_TYPES or out is None:
        fail(f"--sent: name --format {', '.join(MEDIA_TYPES)} and --out", code=MISUSED)
    known_account(settings, account)
    found = query(settings, lambda connection: statement_file(
        connection, settings, account, month, cast("Form", form), time.time(), is_sent=True
    ))
    _save(out, found.octets)


def _write(settings: Settings, document: dict[str, Any], form: str, out: Path | None) -> None:
    if form in ("pdf", "xlsx"):
        from gateway.queries.letterheads import letterhead_of

        if out is None:
            fail(f"--out: a file is needed for {form}", code=MISUSED)
        letterhead = letterhead_of(settings, document["account"])
        if form == "pdf":
            from gateway.documents.render.pdf_statement import statement_pdf

            _save(out, statement_pdf(document, None, letterhead))
        else:
            from gateway.documents.render.xlsx_statement import statement_xlsx

            _save(out, statement_xlsx(document, letterhead))
    elif form == "csv":
        from gateway.documents.render.csv_statement import statement_csv, statement_csv_file

        if out is None:
            typer.echo(statement_csv(document), nl=False)
        else:
            _save(out, statement_csv_file(document))
    elif form == "json" and out is not None:
        import orjson

        _save(out, orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    elif form == "json":
        print_json(document)
    else:
        _tell(document)


def _save(out: Path, octets: bytes) -> None:
    try:
        out.write_bytes(octets)
    except OSError as error:
        fail(f"--out: {error}")
    typer.echo(f"{out}: {len(octets)} octets", err=True)


def _tell(document: dict[str, Any]) -> None:
    head = ("account", "month", "contract", "total", "balance", "dates")
    print_pairs({key: with_open_dates(document[key]) if key == "dates" else document[key] for key in head})
    rows = [[line.get(name) for name in _LINES] for line in document["lines"]]
    print_table("lines", _LINES, rows)
    print_table("states", tuple(document["states"][0]) if document["states"] else (), (
        tuple(row.values()) for row in document["states"]
    ))
