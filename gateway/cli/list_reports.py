"""lists: export, find, list, versions, mo-optin: what lists hold, where it came from, and the subscribers' regime."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.asking import ask
from gateway.cli.list_commands import PROTECTED, WORDS, Account, Code, Kind, kind_of, scope_of
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_list

if TYPE_CHECKING:
    import asyncpg

    from gateway.domain.list_entry import ListKind
    from gateway.queries.query import QueryDocument
    from gateway.settings import Settings

_FOUND = ("list", "scope", "added", "at", "evidence", "version", "uploader", "source")
_VERSION = ("version", "list", "scope", "at", "action", "uploader", "source", "lines", "added", "removed")


def export_list(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="Where to write; -: standard output.", allow_dash=True)] = Path("-"),
    account: Account = "", code: Code = "",
    is_whole: Annotated[bool, typer.Option("--all-scopes", help="Every scope of the list.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who takes it; the export is recorded (S4-A2-3).")] = "",
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write a list as CSV with its evidence and origin; an import reads it again."""
    settings, actor = load_settings(config), by or getpass.getuser()
    if kind == PROTECTED:
        _export_protected(settings, file, actor)
        return
    found = kind_of(kind)
    scope = None if is_whole or found.word == "ported" else scope_of(settings, account, code)
    if str(file) == "-":
        _export(settings, found, scope, actor, sys.stdout, "-")
        return
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            file.chmod(0o600)
            count = _export(settings, found, scope, actor, out, file.name)
    except OSError as error:
        fail(f"{file}: cannot be written: {error.strerror}", code=MISUSED)
    typer.echo(f"{file}: {count} entries")


def find(
    number: Annotated[str, typer.Argument()], config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Every fact about a number: lists, evidence, who put it there, when it was taken off."""
    from gateway.cli.database_access import answered, query
    from gateway.queries.list_contents import find_number, key_of_number

    with answered():
        key = key_of_number(number)
    found = query(load_settings(config), lambda connection: find_number(connection, key))
    _show(found, _FOUND, is_json)


def versions(
    kind: Annotated[str, typer.Argument(metavar="LIST", help=f"{' | '.join(WORDS)}; none: all")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """The audit: every import, edit and export, newest first."""
    if kind and kind not in WORDS:
        fail(f"LIST: {kind!r} is none of {', '.join(WORDS)}", code=MISUSED)
    from gateway.cli.database_access import query
    from gateway.queries.list_contents import list_versions

    _show(query(load_settings(config), lambda connection: list_versions(connection, kind, limit)), _VERSION, is_json)


def list_sizes(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Every list with its size, and the service codes under MO opt-in."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.list_operations import SHOW_SIZES

    documents = [shown(size) for size in ask(load_settings(config), SHOW_SIZES, {}).lists]
    print_list(documents, ("list", "scope", "numbers"), is_json=is_json)


def mo_optin(
    code: Annotated[str, typer.Argument(help="The service code.")],
    since: Annotated[str, typer.Option("--since", help="From when subscriptions count; default: now.")] = "",
    is_end: Annotated[bool, typer.Option("--end", help="The client's own whitelist holds again.")] = False,
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Let only numbers be written to that subscribed by MO under a code (S4-A3-3(3)); or end that."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.list_operations import SET_OPT_IN

    if not (code.isascii() and code.isdecimal() and len(code) <= 20):
        fail(f"CODE: {code!r} is no service code of up to 20 digits", code=MISUSED)
    settings = load_settings(config)
    moment = None if is_end else parse_moment(since, "--since") if since else time.time()
    document = shown(ask(settings, SET_OPT_IN, {"code": code, "since": moment}))
    print_list([document], ("code", "mo_optin", "since"), is_json=is_json)


def _show(documents: Sequence[QueryDocument], columns: tuple[str, ...], is_json: bool) -> None:
    print_list([document.as_dict() for document in documents], columns, is_json=is_json)


def _export(settings: Settings, kind: ListKind, scope: str | None, by: str, out: IO[str], name: str) -> int:
    """Write a list line by line; return how many entries it has."""
    from gateway.cli.database_access import query
    from gateway.queries.list_contents import ExportRequest, export_numbers

    async def write(connection: asyncpg.Connection) -> int:
        lines = 0
        async for line in export_numbers(connection, ExportRequest(kind, scope, by, name), time.time()):
            out.write(line)
            lines += 1
        return lines - 1  # the first one names the columns

    return query(settings, write)


def _export_protected(settings: Settings, file: Path, by: str) -> None:
    from gateway.cli.database_access import query
    from gateway.queries.list_contents import export_protected

    text = query(settings, lambda connection: export_protected(connection, by, file.name, time.time()))
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")


COMMANDS: Final = (
    ("export", export_list), ("find", find), ("versions", versions), ("list", list_sizes), ("mo-optin", mo_optin),
)
