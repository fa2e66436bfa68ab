"""kill, review, signatures, violations: decisions about contents; through the running gateway, else on the store."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, WHOLE_MAX, By, Config, Json, load_settings
from gateway.cli.output import MISUSED, fail, print_answer, print_list

if TYPE_CHECKING:
    from gateway.operations.field_kinds import OperationAnswer, OperationRequest
    from gateway.operations.operation import Operation

    Q = TypeVar("Q", bound=OperationRequest)
    A = TypeVar("A", bound=OperationAnswer)

kill = typer.Typer(help="Contents that are stopped at once.", no_args_is_help=True, rich_markup_mode=None)
review = typer.Typer(help="Doubtful messages that wait for a word.", no_args_is_help=True, rich_markup_mode=None)
signatures = typer.Typer(help="Signatures and their filing.", no_args_is_help=True, rich_markup_mode=None)
violations = typer.Typer(help="Accounts barred for a content.", no_args_is_help=True, rich_markup_mode=None)
Account = Annotated[str, typer.Option("--account", help="One account; default: all.")]
All = Annotated[bool, typer.Option("--all", help="Also what is over.")]
Note = Annotated[str, typer.Option("--note", help="Why.")]
Id = Annotated[str, typer.Argument(help="Message.")]


@kill.command("add")
def add_kill(
    account: Account = "",
    text: Annotated[str, typer.Option("--text", help="A whole text; digits and codes in it do not matter.")] = "",
    phrase: Annotated[str, typer.Option("--phrase", help="Words that a text holds.")] = "",
    template: Annotated[str, typer.Option("--template", help="Texts of this template.")] = "",
    reason: Annotated[str, typer.Option("--reason")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Stop a content: new messages are refused, waiting ones end, their holds come back. Prints the report."""
    given = {"text": text, "phrase": phrase, "template": template}
    if sum(map(bool, given.values())) != 1:
        fail("give one of --text, --phrase and --template", code=MISUSED)
    from gateway.operations.content_operations import STOP_CONTENT

    _do(config, STOP_CONTENT, {**given, "account": account, "reason": reason}, by, is_json)


@kill.command("list")
def list_kills(with_removed: All = False, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """What is stopped, with the report of each."""
    columns = ("kill", "kind", "value", "account", "reason", "stopped_at", "ended_messages", "removed_at")
    from gateway.cli.database_access import query
    from gateway.queries.decided_contents import list_stopped

    found = query(load_settings(config), lambda connection: list_stopped(connection, with_removed=with_removed))
    print_list([each.as_dict() for each in found], columns, is_json=is_json)


@kill.command("remove")
def remove_kill(
    number: Annotated[int, typer.Argument(metavar="KILL", min=1, max=WHOLE_MAX)],
    by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Let a content be sent again."""
    from gateway.operations.content_operations import ALLOW_CONTENT

    _do(config, ALLOW_CONTENT, {"kill": number}, by, is_json)


@review.command("list")
def list_reviews(account: Account = "", config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Messages that wait, the oldest first; without a word they end at `until`, uncharged."""
    columns = ("id", "account", "clause", "since", "until", "text")
    from gateway.cli.database_access import query, viewer
    from gateway.queries.decided_contents import list_doubtful

    settings = load_settings(config)
    found = query(
        settings, lambda connection: list_doubtful(connection, settings, account, viewer(), time.time())
    )
    print_list([each.as_dict() for each in found], columns, is_json=is_json)


@review.command("approve")
def approve(id: Id, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Let a message leave, inside its hours."""
    from gateway.operations.content_operations import APPROVE

    _do(config, APPROVE, {"id": id}, by, is_json)


@review.command("reject")
def reject(id: Id, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """End a message as REJECTD; it costs nothing."""
    from gateway.operations.content_operations import REJECT

    _do(config, REJECT, {"id": id}, by, is_json)


@signatures.command("list")
def list_signatures(account: Account = "", config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Signatures of the configuration and of the register, and whether each may be used."""
    columns = ("account", "signature", "kind", "state", "missing", "may_be_used")
    from gateway.cli.database_access import query
    from gateway.queries.decided_contents import list_signatures as read

    settings = load_settings(config)
    found = query(settings, lambda connection: read(connection, settings, account))
    print_list([each.as_dict() for each in found], columns, is_json=is_json)


@signatures.command("file")
def file_signature(
    account: Annotated[str, typer.Argument(help="Account.")],
    signature: Annotated[str, typer.Argument(help="Without 【】.")],
    kind: Annotated[str, typer.Option("--kind", help="company, product (商标+产品类型) or site.")] = "",
    state: Annotated[str, typer.Option("--state", help="pending, filed or rejected.")] = "",
    papers: Annotated[list[str] | None, typer.Option("--paper", help="kind=reference; may be given again.")] = None,
    note: Note = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Register a signature, add its papers, or say how far its filing is."""
    parted = [paper.partition("=") for paper in papers or ()]
    if any(not name or not reference for name, _, reference in parted):
        fail("--paper: write it as licence=REFERENCE", code=MISUSED)
    from gateway.operations.filing_operations import FILE_SIGNATURE

    request = {
        "account": account, "signature": signature, "kind": kind, "state": state, "note": note or None,
        "papers": {name: reference for name, _, reference in parted},
    }
    _do(config, FILE_SIGNATURE, request, by, is_json)


@violations.command("list")
def list_violations(with_lifted: All = False, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Accounts that are barred."""
    columns = ("account", "clause", "reason", "since", "lifted_at", "lifted_by")
    from gateway.cli.database_access import query
    from gateway.queries.decided_contents import list_bars

    found = query(load_settings(config), lambda connection: list_bars(connection, with_lifted=with_lifted))
    print_list([each.as_dict() for each in found], columns, is_json=is_json)


@violations.command("lift")
def lift(
    account: Annotated[str, typer.Argument(help="Account.")], note: Note = "", by: By = "",
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Let a barred account send again; the content that it was barred for stays stopped."""
    from gateway.operations.content_operations import LIFT_BAR

    _do(config, LIFT_BAR, {"account": account, "note": note}, by, is_json)


def _do(config: Path, operation: Operation[Q, A], request: dict[str, Any], by: str, is_json: bool) -> None:
    print_answer(ask(load_settings(config), operation, request, by=by), is_json)
