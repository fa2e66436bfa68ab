"""accounts terminate and endings, report batch, notices: what clients end, what batches came to, what was served."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.account_commands import accounts
from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, By, Config, Json, load_settings, parse_date, parse_moment
from gateway.cli.output import print_answer, print_json, print_table

report = typer.Typer(help="Reports.", no_args_is_help=True, rich_markup_mode=None)
notices = typer.Typer(help="Notices and the day each counts as delivered.", no_args_is_help=True, rich_markup_mode=None)
Account = Annotated[str, typer.Option("--account", help="Account.")]
Evidence = Annotated[str, typer.Option("--evidence", help="Where the proof is.")]


@report.callback()
def reports() -> None:
    """Reports."""


@report.command("batch")
def batch(
    account: Account,
    label: Annotated[str, typer.Option("--label", help="The client's name; default: the newest batches, listed.")] = "",
    since: Annotated[str, typer.Option("--since", help="First moment.")] = "",
    until: Annotated[str, typer.Option("--until", help="Behind the last moment.")] = "",
    service_id: Annotated[str, typer.Option("--service-id", help="Only of this service id.")] = "",
    text_start: Annotated[str, typer.Option("--text-start", help="Only texts that begin so, signature included.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """What a batch came to: now, and by itself once more when every receipt is in or waited for enough."""
    if not label:
        from gateway.cli.database_access import query
        from gateway.queries.service_records import list_batches

        settings = load_settings(config)
        found = query(settings, lambda connection: list_batches(connection, settings, account))
        _show_batches(found.as_dict(), is_json)
        return
    from gateway.operations.service_operations import REPORT_BATCH

    request = {
        "account": account, "label": label, "since": parse_moment(since, "--since"),
        "until": parse_moment(until, "--until"), "service_id": service_id, "text_start": text_start,
    }
    print_answer(ask(load_settings(config), REPORT_BATCH, request, by=by), is_json)


def _show_batches(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
        return
    keys = ("submitted", "delivered", "open", "success_percent", "charged")
    reports = [(batch["label"], batch["final"] or batch["first"] or {}) for batch in document["batches"]]
    rows = ((label, each.get("stage"), *(each.get(key) for key in keys)) for label, each in reports)
    print_table("", ("label", "stage", *keys), rows)


@accounts.command("terminate")
def terminate(
    name: Annotated[str, typer.Argument(help="Account.")],
    evidence: Evidence,
    at: Annotated[str, typer.Option("--at", help="When the client asked; default: now.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """The client ends its service: within the contract's hours its queue is dropped and its holds are released."""
    from gateway.operations.service_operations import TERMINATE

    request = {"account": name, "evidence": evidence, "at": parse_moment(at, "--at") if at else None}
    print_answer(ask(load_settings(config), TERMINATE, request, by=by), is_json)


@accounts.command("endings")
def endings(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Services that clients ended or are about to end."""
    from gateway.cli.database_access import query
    from gateway.queries.service_records import list_service_ends

    _list([end.as_dict() for end in query(load_settings(config), list_service_ends)], is_json)


@notices.command("add")
def add(
    account: Account,
    kind: Annotated[str, typer.Option("--kind", help="nonrenewal, breach, price, cap, interface …")],
    means: Annotated[str, typer.Option("--means", help="email, courier_city …; S4: by_hand, fax, letter_city …")],
    sent_on: Annotated[str, typer.Option("--sent", help="Date.")],
    reference: Annotated[str, typer.Option("--reference", help="A mail's id, a delivery number.")],
    details: Annotated[str, typer.Option("--details")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Write a notice down; the day on which it counts as delivered is computed."""
    from gateway.operations.service_operations import ADD_NOTICE

    request = {
        "account": account, "kind": kind, "means": means, "sent_on": parse_date(sent_on, "--sent").isoformat(),
        "reference": reference, "details": details,
    }
    print_answer(ask(load_settings(config), ADD_NOTICE, request, by=by), is_json)


@notices.command("list")
def list_notices(
    account: Annotated[str, typer.Option("--account")] = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Notices that were served, newest first; `notices sendings` has those on their way."""
    from gateway.cli.database_access import query
    from gateway.queries.service_records import list_notices as read

    found = query(load_settings(config), lambda connection: read(connection, account))
    _list([notice.as_dict() for notice in found], is_json)


def _list(documents: list[dict[str, Any]], is_json: bool) -> None:
    if is_json:
        print_json(documents)
    elif documents:
        print_table("", tuple(documents[0]), (tuple(document.values()) for document in documents))
