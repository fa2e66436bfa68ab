"""kill, review, signatures, violations: decisions about contents; through the running gateway, else on the store."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import running, user
from gateway.cli.desk_access import By
from gateway.cli.options import DEFAULT_CONFIG, WHOLE_MAX, Config, Json, finish, load_settings
from gateway.cli.output import MISUSED, fail, print_json, print_list, print_pairs

if TYPE_CHECKING:
    from gateway.settings import Settings

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
    _show(_act(config, "kill", {**given, "account": account, "reason": reason}, by), is_json)


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
    _show(_act(config, "unkill", {"kill": number}, by), is_json)


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
    _show(_act(config, "approve", {"id": id}, by), is_json)


@review.command("reject")
def reject(id: Id, by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """End a message as REJECTD; it costs nothing."""
    _show(_act(config, "reject", {"id": id}, by), is_json)


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
    body: dict[str, Any] = {name: value for name, value in (("kind", kind), ("state", state), ("note", note)) if value}
    body |= {"papers": {name: reference for name, _, reference in parted}}
    _show(_act(config, "file", {"account": account, "signature": signature, **body}, by), is_json)


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
    _show(_act(config, "lift", {"account": account, "note": note}, by), is_json)


def _act(config: Path, name: str, body: dict[str, Any], by: str = "") -> dict[str, Any]:
    settings = load_settings(config)
    body = {**body, "actor": by or user()}
    document: dict[str, Any] | None = running(settings, "POST", f"/content/{name}", body)
    return finish(_act_offline(settings, name, body)) if document is None else document


async def _act_offline(settings: Settings, name: str, body: dict[str, Any]) -> dict[str, Any]:
    import orjson

    from gateway.archive.audit import by_this_user
    from gateway.cli.database_access import connected
    from gateway.interfaces.control_socket import NoSuchName
    from gateway.operations.case import Case
    from gateway.operations.content_operations import OPERATIONS
    from gateway.store.facts.audit_rows import record

    try:
        async with connected(settings, is_exclusive=settings.database.dsn is None) as connection:
            case = Case(connection, settings.accounts, settings.profiles, time.time(), str(body["actor"]))
            document = dict(await OPERATIONS[name](case, body))
            detail = orjson.dumps(body, default=str).decode()[:500]
            await record(connection, by_this_user(f"content {name}", name, detail=detail), case.now)
            return document
    except NoSuchName as error:
        fail(f"hongyan: {error} is not configured")
    except ValueError as error:
        fail(f"hongyan: {error}")


def _show(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
    else:
        print_pairs(document)
