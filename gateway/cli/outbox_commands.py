"""outbox: what clients refused for good, and owing it again; through the running gateway, else in the database."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.asking import ask, known_account
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_answer, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.operations.field_kinds import OperationAnswer
    from gateway.operations.operation import Operation
    from gateway.operations.outbox_operations import RefusedOf

    A = TypeVar("A", bound=OperationAnswer)

outbox = typer.Typer(
    help="Receipts and MO that clients refused for good.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(help="Account.")]
Since = Annotated[str, typer.Option("--since", help="Moment of the refusal; default: three days before --until.")]
Until = Annotated[str, typer.Option("--until", help="Moment; default: now.")]
Status = Annotated[str, typer.Option("--status", help="Only this command_status or Result, such as 0x65 or 9.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most items, the oldest first.")]
_SPAN_S = 72 * 3600.0  # limits.outbox_keep_h as shipped
_STATUS_MAX = 0xFFFF_FFFF


@outbox.command("refused")
def list_refused(
    name: Name,
    since: Since = "",
    until: Until = "",
    status: Status = "",
    limit: Limit = 100,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """What an account's client refused and is not owed any more."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.outbox_operations import LIST_REFUSED

    found = _ask(config, LIST_REFUSED, name, _span(since, until, status), limit)
    documents = [shown(item) for item in found.items]
    if is_json:
        print_json(documents)
    elif documents:
        print_table("", tuple(documents[0]), (tuple(document.values()) for document in documents))


@outbox.command("replay")
def replay(
    name: Name,
    since: Since = "",
    until: Until = "",
    status: Status = "",
    limit: Limit = 1000,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Deliver it once more. It is refused again, or taken."""
    from gateway.operations.outbox_operations import REPLAY

    print_answer(_ask(config, REPLAY, name, _span(since, until, status), limit), is_json)


def _span(since: str, until: str, status: str) -> dict[str, Any]:
    end = parse_moment(until, "--until") if until else time.time() + 1
    begin = parse_moment(since, "--since") if since else end - _SPAN_S
    if begin >= end:
        fail("--since: must be before --until", code=MISUSED)
    try:
        number = int(status, 0) if status else None
    except ValueError:
        fail(f"--status: {status!r} is no number; write 0x65 or 101", code=MISUSED)
    if number is not None and not 0 < number <= _STATUS_MAX:
        fail("--status: a refusal has a status from 1 to 0xffffffff", code=MISUSED)
    return {"since": begin, "until": end, "status": number}


def _ask(config: Path, operation: Operation[RefusedOf, A], name: str, span: dict[str, Any], limit: int) -> A:
    settings = load_settings(config)
    return ask(settings, operation, {"account": known_account(settings, name), **span, "limit": limit})
