"""archive and audit: verify and seal history, list the hashes of its days; who did, tried or saw what.

They work on the database, whether a gateway runs or not: nothing of theirs is held in its memory.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, By, Config, Json, load_settings, parse_date, parse_moment
from gateway.cli.output import FAILED, fail, print_answer, print_json, print_list, print_pairs, print_table

if TYPE_CHECKING:
    pass

archive = typer.Typer(help="History: sealed, verified, kept for its term.", no_args_is_help=True, rich_markup_mode=None)
audit = typer.Typer(help="Who did, tried or saw what.", no_args_is_help=True, rich_markup_mode=None)
_AUDIT_COLUMNS = ("time", "actor", "source", "action", "subject", "result", "reason", "detail")


@archive.command("verify")
def verify(
    day: Annotated[str, typer.Option("--day", help="Only this day's rows; the chain is checked whole.")] = "",
    head: Annotated[str, typer.Option("--head", help="A hash noted before: the chain must still have it.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Recompute every hash over the rows as they are; exit code 1 and what differs where history was changed."""
    from gateway.cli.database_access import query
    from gateway.queries.sealed_history import verify_history

    only = parse_date(day, "--day") if day else None
    verdict = query(load_settings(config), lambda connection: verify_history(connection, day=only, head=head))
    document = verdict.as_dict()
    if is_json:
        print_json(document)
    else:
        print_pairs({name: value for name, value in document.items() if name != "findings"})
        rows = [(each["link"], each["day"], each["what"], "\n".join(each["rows"])) for each in document["findings"]]
        if rows:
            print_table("findings", ("link", "day", "what", "rows"), rows)
    if not document["intact"]:
        raise typer.Exit(FAILED)


@archive.command("seal")
def seal(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Seal now what is due, as a running gateway does by itself every minute."""
    from gateway.cli.database_access import query
    from gateway.operations.archive_work import seal_now

    settings = load_settings(config)
    report = query(settings, lambda connection: seal_now(connection, settings, time.time()))
    document = {name: getattr(report, name) for name in report.__slots__}
    if is_json:
        print_json(document)
    else:
        print_pairs(document)


@archive.command("purge")
def purge(
    before: Annotated[str, typer.Option("--before", help="First day that stays.")],
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Drop whole days whose term by law and contracts is over; refused, and drops none, where one has to stay."""
    from gateway.archive.audit import this_user
    from gateway.cli.database_access import query
    from gateway.operations.archive_work import purge_days
    from gateway.operations.operation_context import Caller
    from gateway.operations.operation_errors import OperationRefused

    settings, first = load_settings(config), parse_date(before, "--before")
    who, columns = Caller(*this_user()), ("day", "purge_from", "months", "clause")
    try:
        terms = query(settings, lambda connection: purge_days(connection, settings, first, who, time.time()))
    except OperationRefused as refusal:
        fail(f"hongyan: {refusal}")
    print_list([{name: getattr(term, name) for name in columns} for term in terms], columns, is_json=is_json)


@archive.command("disclose")
def disclose(
    account: Annotated[str, typer.Option("--account", help="Whose records.")],
    authority: Annotated[str, typer.Option("--authority", help="Who asks.")],
    basis: Annotated[str, typer.Option("--basis", help="Law, letter or case; without one it is refused.")],
    subject: Annotated[str, typer.Option("--subject", help="What is disclosed.")],
    at: Annotated[str, typer.Option("--at", help="When it is handed over: the client is told before.")],
    evidence: Annotated[str, typer.Option("--evidence", help="Name or hash of the file.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Write down a disclosure under law, and note that the client has to be told in writing."""
    from gateway.operations.disclosure_operations import DISCLOSE

    request = {
        "account": account, "authority": authority, "basis": basis, "subject": subject, "evidence": evidence,
        "at": parse_moment(at, "--at"),
    }
    print_answer(ask(load_settings(config), DISCLOSE, request, by=by), is_json)


@archive.command("days")
def days(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Closed days with the hash that stands for all of them and all before: note it outside of this machine."""
    from gateway.cli.database_access import query
    from gateway.queries.sealed_history import list_closed_days

    documents = [day.as_dict() for day in query(load_settings(config), list_closed_days)]
    print_list(documents, ("day", "link", "rows", "hash"), is_json=is_json)


@audit.command("list")
def list_audit(
    since: Annotated[str, typer.Option("--since", help="Moment; default: 30 days ago.")] = "",
    until: Annotated[str, typer.Option("--until", help="Moment; default: now.")] = "",
    action: Annotated[str, typer.Option("--action", help="Only this action.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Changes by operators, views of content, refused purges and edits: newest first."""
    from gateway.cli.database_access import query
    from gateway.queries.audit_lines import AuditRequest
    from gateway.queries.audit_lines import list_audit as read

    end = parse_moment(until, "--until") if until else time.time() + 60
    begin = parse_moment(since, "--since") if since else end - 30 * 86_400
    request = AuditRequest(begin, end, action, limit)
    documents = [line.as_dict() for line in query(load_settings(config), lambda connection: read(connection, request))]
    print_list(documents, _AUDIT_COLUMNS, is_json=is_json)
