"""complaints: add, import, list, show, judge, answer, forecast, rectify."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gateway.cli.asking import ask
from gateway.cli.contract_commands import complaints
from gateway.cli.options import DAYS_MAX, DEFAULT_CONFIG, WHOLE_MAX, By, Config, Json, load_settings
from gateway.cli.output import FAILED, MISUSED, fail, print_answer, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from gateway.operations.sending_port_answers import TicketShown
    from gateway.settings import Settings

__all__ = ["complaints"]

Id = Annotated[int, typer.Argument(metavar="ID", min=1, max=WHOLE_MAX, help="Number of the complaint.")]
SendingPort = Annotated[str, typer.Argument(metavar="PORT", help="Service code, or name of a channel.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the order.")]
Whole = Annotated[bool, typer.Option("--whole-numbers", help="Show numbers whole.")]
Kind = Literal["", "nine_forbidden", "five_kinds", "unsolicited", "other"]
_COLUMNS = ("id", "date", "source", "ref", "code", "number", "kind", "counts", "reply_by", "answered_at")
_TIMELINE = ("date", "state", "rate", "mo_opt_in", "rule")
_FILE_OCTETS_MAX = 64 << 20
_PIECE = 50


@complaints.command("add")
def add(
    number: Annotated[str, typer.Option("--number", help="Who complained.")],
    code: Annotated[str, typer.Option("--code", "--port", help="The code complained of.")],
    date: Annotated[str, typer.Option("--date", help="Day of the complaint, China time; default: it came.")] = "",
    arrived: Annotated[str, typer.Option("--arrived", help="Moment it reached us; default: now.")] = "",
    source: Annotated[Literal["12321", "carrier", "hotline"], typer.Option("--source")] = "hotline",
    ref: Annotated[str, typer.Option("--ref", help="The source's own number of the ticket.")] = "",
    kind: Annotated[Kind, typer.Option("--kind", help="What is complained of; other is no spam.")] = "",
    cause: Annotated[Literal["client", "carrier"], typer.Option("--cause")] = "client",
    words: Annotated[str, typer.Option("--words", help="What was said.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Take one complaint."""
    row = {
        "number": number, "code": code, "date": date, "arrived_at": arrived, "source": source, "ref": ref,
        "kind": kind, "cause": cause, "words": words,
    }
    from gateway.operations.complaint_operations import ADD_TICKETS

    settings = load_settings(config)
    taken = ask(settings, ADD_TICKETS, {"tickets": [row]}, by=by)
    if taken.faults:
        fail(*(fault.partition(": ")[2] for fault in taken.faults), code=MISUSED)
    _show(_masked(settings, taken.tickets[0]), is_json)


@complaints.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV in UTF-8.", exists=True, dir_okay=False)],
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Take a file of complaints, wholly or not at all; what is known already is passed over.

    Columns: number, code; date, arrived_at, source, ref, kind, cause, words.
    """
    from gateway.contracts.ticket_input import read_tickets
    from gateway.operations.complaint_operations import ADD_TICKETS

    if file.stat().st_size > _FILE_OCTETS_MAX:
        fail(f"{file}: is larger than {_FILE_OCTETS_MAX >> 20} MB", code=MISUSED)
    try:
        rows, faults = read_tickets(file.read_text("utf-8-sig"), time.time())
    except UnicodeDecodeError:
        fail(f"{file}: is not UTF-8 text", code=MISUSED)
    if faults:
        _refuse(file, faults, is_json)
    settings = load_settings(config)
    pieces = [rows[at : at + _PIECE] for at in range(0, len(rows), _PIECE)]
    for n, piece in enumerate(pieces):
        checked = ask(settings, ADD_TICKETS, {"tickets": piece, "check": True}, by=by)
        faults += [_in_file(fault, n * _PIECE) for fault in checked.faults]
    if faults:
        _refuse(file, faults, is_json)
    found = [ticket for piece in pieces for ticket in ask(settings, ADD_TICKETS, {"tickets": piece}, by=by).tickets]
    new = [ticket for ticket in found if ticket.is_new]
    counting = sum(ticket.counts for ticket in new)
    duplicates = sum(ticket.duplicate_of is not None for ticket in new)
    _show(
        {"read": len(found), "new": len(new), "counting": counting, "duplicates": duplicates,
         "known": len(found) - len(new)}, is_json,
    )


@complaints.command("list")
def list_complaints(
    sending_port: Annotated[str, typer.Option("--port", "--code")] = "",
    account: Annotated[str, typer.Option("--account")] = "",
    days: Annotated[int, typer.Option("--days", min=0, max=DAYS_MAX, help="Of so many days; 0: all.")] = 0,
    is_open: Annotated[bool, typer.Option("--open", help="Only those without an answer.")] = False,
    whole: Whole = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Complaints, newest first."""
    from gateway.operations.complaint_operations import LIST_TICKETS

    request = {"port": sending_port, "account": account, "days": days, "open": is_open}
    settings = load_settings(config)
    tickets = [_masked(settings, each, whole) for each in ask(settings, LIST_TICKETS, request).tickets]
    if is_json:
        print_json(tickets)
    else:
        print_table("", _COLUMNS, ([ticket[name] for name in _COLUMNS] for ticket in tickets))


@complaints.command("show")
def show(id_: Id, whole: Whole = False, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One complaint with its notes and the messages that may have caused it."""
    from gateway.operations.complaint_operations import SHOW_TICKET

    settings = load_settings(config)
    _show(_masked(settings, ask(settings, SHOW_TICKET, {"id": id_}), whole), is_json)


@complaints.command("judge")
def judge(
    id_: Id,
    reason: Reason,
    kind: Annotated[Kind, typer.Option("--kind", help="other: no spam, it does not count.")] = "",
    cause: Annotated[Literal["", "client", "carrier"], typer.Option("--cause", help="carrier: not counted.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Judge a complaint anew; its sending port stands from now on as if it had been judged so from the beginning."""
    from gateway.operations.complaint_operations import JUDGE

    if not (kind or cause):
        fail("give --kind, --cause, or both", code=MISUSED)
    request = {"id": id_, "kind": kind, "cause": cause, "reason": reason}
    settings = load_settings(config)
    _show(_masked(settings, ask(settings, JUDGE, request, by=by)), is_json)


@complaints.command("answer")
def answer(
    id_: Id,
    words: Annotated[str, typer.Argument(help="What was done and answered.")],
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note that a complaint was handled and answered; ends its duty."""
    from gateway.operations.complaint_operations import ANSWER

    settings = load_settings(config)
    _show(_masked(settings, ask(settings, ANSWER, {"id": id_, "words": words}, by=by)), is_json)


@complaints.command("forecast")
def forecast(sending_port: SendingPort, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """When a sending port is back to its full rate, if nothing more comes."""
    from gateway.operations.complaint_operations import FORECAST
    from gateway.operations.field_kinds import shown

    document = shown(ask(load_settings(config), FORECAST, {"port": sending_port}))
    if is_json:
        print_json(document)
        return
    title = f"{document['port']}: full rate on {document['full_rate_on'] or 'today'}"
    if document["needs_rectification"]:
        title += ", if the rectification is accepted in time"
    print_table(title, _TIMELINE, ([entry[name] for name in _TIMELINE] for entry in document["timeline"]))


@complaints.command("rectify")
def rectify(
    sending_port: SendingPort, reason: Reason, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Accept the rectification of a suspended sending port; it returns when its days are over too."""
    from gateway.operations.complaint_operations import RECTIFY

    print_answer(ask(load_settings(config), RECTIFY, {"port": sending_port, "reason": reason}, by=by), is_json)


def _masked(settings: Settings, answer: TicketShown, is_whole: bool = False) -> dict[str, Any]:
    from gateway.operations.field_kinds import shown
    from gateway.telemetry.mask import mask_number

    ticket = shown(answer)
    if is_whole or not settings.telemetry.mask_numbers:
        return ticket
    return ticket | {"number": mask_number(ticket["number"])}


def _in_file(fault: str, before: int) -> str:
    row, _, words = fault.partition(": ")
    return f"line {int(row) + before + 1}: {words}"


def _refuse(file: Path, faults: list[str], is_json: bool) -> None:
    if is_json:
        print_json({"read": 0, "faults": faults})
        raise typer.Exit(FAILED)
    fail(*(f"{file}: {fault}" for fault in faults), "nothing was taken", code=FAILED)


def _show(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
    else:
        print_pairs(document)
