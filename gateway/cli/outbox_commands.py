"""outbox: what clients refused for good, and owing it again; through the running gateway, else in the database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import running
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store.facts.refused_delivers import RefusedSpan

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
    documents = _ask(config, name, "refused", _span(since, until, status), limit)
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
    document = _ask(config, name, "replay", _span(since, until, status), limit)
    if is_json:
        print_json(document)
    else:
        print_pairs(document)


def _span(since: str, until: str, status: str) -> RefusedSpan:
    from gateway.store.facts.refused_delivers import RefusedSpan

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
    return RefusedSpan(begin, end, number)


def _ask(config: Path, name: str, verb: str, span: RefusedSpan, limit: int) -> Any:
    settings = load_settings(config)
    if name not in settings.accounts:
        fail(f"no account {name!r}; there are {', '.join(sorted(settings.accounts)) or 'none'}", code=MISUSED)
    body = {"since": span.since, "until": span.until, "status": span.status, "limit": limit}
    found = running(settings, "POST", f"/outbox/{name}/{verb}", body)
    return finish(_offline(settings, name, verb, span, limit)) if found is None else found


async def _offline(settings: Settings, name: str, verb: str, span: RefusedSpan, limit: int) -> Any:
    from gateway.archive.audit import by_this_user
    from gateway.cli.database_access import connected
    from gateway.operations.outbox_operations import refused_documents, replayed_document
    from gateway.store.facts.audit_rows import record
    from gateway.store.facts.refused_delivers import read_refused, replay_offline

    is_change = verb == "replay"
    if is_change and settings.database.dsn is not None:
        fail("hongyan: no gateway answers here, and one elsewhere may hold this database: replay where it runs")
    async with connected(settings, is_exclusive=is_change) as connection:
        rows = await read_refused(connection, name, span, limit)
        if not is_change:
            return refused_documents(rows)
        now = time.time()
        count = await replay_offline(connection, name, [row["seq"] for row in rows], now)
        await record(connection, by_this_user("outbox replay", name, detail=f"{count} items"), now)
    return replayed_document(name, len(rows), count, limit)
