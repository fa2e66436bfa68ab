"""tasks: what the contracts ask for by when; list, add, record a fact, close, and compute without storing."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from gateway.cli.asking import ask
from gateway.cli.options import (
    DEFAULT_CONFIG,
    WHOLE_MAX,
    By,
    Config,
    Json,
    find_profile,
    load_settings,
    parse_moment,
)
from gateway.cli.output import MISUSED, fail, print_json, print_list, print_table

tasks = typer.Typer(
    help="Duties of the contracts: what, by which clause, by when.", no_args_is_help=True, rich_markup_mode=None
)
Account = Annotated[str, typer.Option("--account", help="Account whose contract says so.")]
Channel = Annotated[str, typer.Option("--channel", help="Channel whose contract says so.")]
Contract = Annotated[str, typer.Option("--contract", help="A contract by name, for no account.")]
FactName = Annotated[str, typer.Argument(metavar="FACT", help="violation, complaint, service_change …")]
At = Annotated[str, typer.Option("--at", help="When it happens or happened: date or moment.")]
Known = Annotated[str, typer.Option("--known", help="When it was learnt of, or announced.")]
_COLUMNS = ("id", "state", "due_at", "kind", "clause", "account", "subject")
_FOUND = ("due_at", "due_on", "kind", "clause", "subject", "details")


@tasks.command("list")
def list_tasks(
    account: Account = "",
    kind: Annotated[str, typer.Option("--kind")] = "",
    with_done: Annotated[bool, typer.Option("--all", help="Done ones too.")] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Open tasks, the next due first."""
    from gateway.cli.database_access import query
    from gateway.queries.task_list import list_tasks as read

    found = query(
        load_settings(config),
        lambda connection: read(connection, time.time(), with_done=with_done, account=account, kind=kind),
    )
    print_list([task.as_dict() for task in found], _COLUMNS, is_json=is_json)


@tasks.command("record")
def record(
    fact: FactName,
    at: At,
    known: Known = "",
    account: Account = "",
    channel: Channel = "",
    contract: Contract = "",
    subject: Annotated[str, typer.Option("--subject", help="What it is about.")] = "",
    details: Annotated[str, typer.Option("--details")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note a fact: the tasks that the contract makes of it are stored."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.task_operations import RECORD_FACT

    request = _fact(fact, at, known, account, channel, contract) | {"subject": subject, "details": details}
    _show(shown(ask(load_settings(config), RECORD_FACT, request, by=by)), is_json)


@tasks.command("compute")
def compute(
    fact: FactName,
    contract: Annotated[str, typer.Option("--contract", help="Name of a contract profile.")],
    at: At,
    known: Known = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """What a fact would ask for, and by when; nothing is stored."""
    from gateway.contracts.working_days import CalendarNotCovered
    from gateway.documents.facts import Fact, FactError, duties_of
    from gateway.documents.task import task_document

    settings = load_settings(config)
    profile = find_profile(settings, contract)
    moment = parse_moment(at, "--at")
    known_at = parse_moment(known, "--known") if known else None
    try:
        found = duties_of(profile, Fact(fact, moment, fact, "", known_at), settings.calendar)
    except FactError as error:
        fail(f"hongyan: {error}", code=MISUSED)
    except CalendarNotCovered as error:
        fail(f"hongyan: {error}")
    _show({"fact": fact, "contract": profile.tag, "tasks": [task_document(task) for task in found]}, is_json)


@tasks.command("add")
def add(
    subject: Annotated[str, typer.Argument(help="What is to be done.")],
    due: Annotated[str, typer.Option("--due", help="Last moment.")],
    kind: Annotated[str, typer.Option("--kind")] = "NOTICE",
    clause: Annotated[str, typer.Option("--clause")] = "D",
    account: Account = "",
    details: Annotated[str, typer.Option("--details")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note a task of your own."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.task_operations import ADD_TASK

    request = {
        "subject": subject, "due_at": parse_moment(due, "--due"), "kind": kind, "clause": clause, "account": account,
        "details": details,
    }
    _show({"tasks": [shown(ask(load_settings(config), ADD_TASK, request, by=by))]}, is_json)


@tasks.command("done")
def done(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, max=WHOLE_MAX)],
    evidence: Annotated[str, typer.Option("--evidence", help="Where the proof is: a mail's id, a file, a name.")],
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Close a task with its evidence."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.task_operations import FINISH_TASK

    document = shown(ask(load_settings(config), FINISH_TASK, {"id": number, "evidence": evidence}, by=by))
    if is_json:
        print_json(document)
    else:
        print_table("", _COLUMNS, [[document[name] for name in _COLUMNS]])


def _fact(fact: str, at: str, known: str, account: str, channel: str, contract: str) -> dict[str, Any]:
    if sum(map(bool, (account, channel, contract))) != 1:
        fail("give one of --account, --channel, --contract", code=MISUSED)
    body: dict[str, Any] = {"fact": fact, "at": parse_moment(at, "--at")}
    if known:
        body["known_at"] = parse_moment(known, "--known")
    return body | {"account": account, "channel": channel, "contract": contract}


def _show(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
    else:
        print_table("", _FOUND, ([task[name] for name in _FOUND] for task in document["tasks"]))
