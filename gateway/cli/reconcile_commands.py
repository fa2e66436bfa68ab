"""reconcile: a month held against the other side's records, what the contract says of it, and what a re-check books."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, By, Config, Json, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_answer, print_json, print_pairs, print_table
from gateway.cli.statement_commands import parse_month

if TYPE_CHECKING:
    from gateway.queries.reconciliation_of_month import ReconciliationRequest
    from gateway.settings import Settings

reconcile = typer.Typer(
    help="Two figures of one month.", invoke_without_command=True, no_args_is_help=True, rich_markup_mode=None
)
Account = Annotated[str, typer.Option("--account", help="Our client: we are the provider.")]
Channel = Annotated[str, typer.Option("--channel", help="A carrier's channel: the carrier is the provider.")]
Month = Annotated[str, typer.Option("--month", help="YYYY-MM.")]
Evidence = Annotated[str, typer.Option("--evidence", help="Where the proof is.")]
FILE_OCTETS_MAX = 512 * 1024 * 1024


@reconcile.callback()
def hold(
    context: typer.Context,
    account: Account = "",
    channel: Channel = "",
    month: Month = "",
    theirs: Annotated[Path | None, typer.Option("--theirs", help="CSV: id,segments; number,time,segments; or totals: "
                                                "segments or amount.", exists=True, dir_okay=False)] = None,
    is_recorded: Annotated[bool, typer.Option("--record", help="Keep it: a dispute and its re-check begin.")] = False,
    evidence: Evidence = "",
    at: Annotated[str, typer.Option("--at", help="When it was found; default: now.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Differences line by line, and what the contract says of them."""
    if context.invoked_subcommand is not None:
        return
    if bool(account) == bool(channel) or not month or theirs is None:
        fail("give --account or --channel, --month and --theirs", code=MISUSED)
    from gateway.queries.reconciliation_of_month import ReconciliationRequest

    first, settings = parse_month(month), load_settings(config)
    found_at = parse_moment(at, "--at") if at else None
    request = ReconciliationRequest(first, _read(theirs), account, channel, found_at)
    document = _reconciled(settings, request, theirs)
    if is_recorded:
        from gateway.operations.reconcile_operations import RECORD

        kept = {"month": month, "document": _short(document), "evidence": evidence, "at": found_at}
        document = document | {"id": ask(settings, RECORD, kept, by=by).id}
    if is_json:
        print_json(document)
        return
    print_pairs({key: value for key, value in document.items() if key != "differences"})
    listed = document["differences"]["listed"]
    if listed:
        print_table("differences", tuple(listed[0]), (tuple(line.values()) for line in listed))


@reconcile.command("settle")
def settle(
    truth: Annotated[str, typer.Option("--truth", help="What the re-check found: segments, or yuan.")],
    month: Month,
    evidence: Evidence,
    account: Account = "",
    channel: Channel = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Book what a re-check found: a line on the next statement, and the ledger."""
    if bool(account) == bool(channel):
        fail("give --account or --channel", code=MISUSED)
    from gateway.operations.reconcile_operations import SETTLE

    request = {"account": account, "channel": channel, "month": month, "truth": truth, "evidence": evidence}
    print_answer(ask(load_settings(config), SETTLE, request, by=by), is_json)


def _reconciled(settings: Settings, request: ReconciliationRequest, theirs: Path) -> dict[str, Any]:
    from gateway.cli.database_access import query
    from gateway.documents.theirs import TheirsError
    from gateway.queries.reconciliation_of_month import reconcile_month

    try:
        return query(
            settings, lambda connection: reconcile_month(connection, settings, request, time.time())
        ).as_dict()
    except TheirsError as error:
        fail(*(f"{theirs}: {fault}" for fault in error.faults), code=MISUSED)


def _short(document: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept: the answer whole, the first of the differing lines."""
    from gateway.operations.reconcile_operations import LINES_KEPT_MAX

    found = document["differences"]
    return {**document, "differences": {**found, "listed": found["listed"][:LINES_KEPT_MAX]}}


def _read(theirs: Path) -> str:
    if theirs.stat().st_size > FILE_OCTETS_MAX:
        fail(f"{theirs}: is larger than {FILE_OCTETS_MAX} octets", code=MISUSED)
    try:
        return theirs.read_text("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{theirs}: is not UTF-8 text", code=MISUSED)
