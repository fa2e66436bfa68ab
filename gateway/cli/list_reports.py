"""lists: export, find, list, versions, mo-optin: what lists hold, where it came from, and the subscribers' regime."""

from __future__ import annotations

import csv
import getpass
import io
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.asking import running
from gateway.cli.list_commands import PROTECTED, WORDS, Account, Code, Kind, kind_of, scope_of
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_json, print_table
from gateway.domain.china_time import moment_text

if TYPE_CHECKING:
    import asyncpg

    from gateway.settings import Settings

_EXPORTED = (
    "number", "carrier", "evidence_type", "evidence_time", "evidence_ref", "scope", "added_at", "version", "uploader",
    "source",
)
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
    settings = load_settings(config)
    if kind == PROTECTED:
        _export_protected(settings, file, by or getpass.getuser())
        return
    found = kind_of(kind)
    scope = None if is_whole or found.word == "ported" else scope_of(settings, account, code)
    if str(file) == "-":
        finish(_export(settings, found.word, scope, by or getpass.getuser(), sys.stdout, "-"))
        return
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            file.chmod(0o600)
            count = finish(_export(settings, found.word, scope, by or getpass.getuser(), out, file.name))
    except OSError as error:
        fail(f"{file}: cannot be written: {error.strerror}", code=MISUSED)
    typer.echo(f"{file}: {count} entries")


def find(
    number: Annotated[str, typer.Argument()], config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Every fact about a number: lists, evidence, who put it there, when it was taken off."""
    from gateway.domain.number_spelling import normalise
    from gateway.domain.numbers import key_of

    spelled = normalise(number)
    if spelled is None:
        fail(f"NUMBER: {number!r} is no number", code=MISUSED)
    documents = finish(_find(load_settings(config), key_of(spelled)))
    _show(documents, _FOUND, is_json)


def versions(
    kind: Annotated[str, typer.Argument(metavar="LIST", help=f"{' | '.join(WORDS)}; none: all")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """The audit: every import, edit and export, newest first."""
    if kind and kind not in WORDS:
        fail(f"LIST: {kind!r} is none of {', '.join(WORDS)}", code=MISUSED)
    _show(finish(_versions(load_settings(config), kind, limit)), _VERSION, is_json)


def list_sizes(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Every list with its size, and the service codes under MO opt-in."""
    settings = load_settings(config)
    documents: list[dict[str, Any]] | None = running(settings, "GET", "/lists")
    found = finish(_sizes(settings)) if documents is None else documents
    _show(found, ("list", "scope", "numbers"), is_json)


def mo_optin(
    code: Annotated[str, typer.Argument(help="The service code.")],
    since: Annotated[str, typer.Option("--since", help="From when subscriptions count; default: now.")] = "",
    is_end: Annotated[bool, typer.Option("--end", help="The client's own whitelist holds again.")] = False,
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Let only numbers be written to that subscribed by MO under a code (S4-A3-3(3)); or end that."""
    if not (code.isascii() and code.isdecimal() and len(code) <= 20):
        fail(f"CODE: {code!r} is no service code of up to 20 digits", code=MISUSED)
    settings = load_settings(config)
    moment = None if is_end else parse_moment(since, "--since") if since else time.time()
    document = running(settings, "POST", f"/mo-optin/{code}", {"since": moment})
    if document is None:
        document = finish(_set_optin(settings, code, moment))
    _show([document], ("code", "mo_optin", "since"), is_json)


def _show(documents: list[dict[str, Any]], columns: tuple[str, ...], is_json: bool) -> None:
    if is_json:
        print_json(documents)
    else:
        print_table("", columns, ([row.get(name) for name in columns] for row in documents))


@asynccontextmanager
async def _read(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    from gateway.cli.database_access import connected

    async with connected(settings) as connection:
        yield connection


async def _export(settings: Settings, word: str, scope: str | None, by: str, out: IO[str], name: str) -> int:
    from gateway.domain.numbers import number_of
    from gateway.store.facts.list_store import note_export
    from gateway.store.reader.list_reader import read_entries

    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_EXPORTED)
    count = 0
    async with _read(settings) as connection:
        async for row in read_entries(connection, kind_of(word), scope):
            count += 1
            carrier = row["scope"].partition("carrier:")[2]
            writer.writerow((
                number_of(row["number"]), carrier, row["evidence_type"], moment_of(row["evidence_ms"]),
                row["evidence_ref"], row["scope"], moment_of(row["at_ms"]), row["version"], row["uploader"],
                row["source"],
            ))
        await note_export(connection, word, scope or "", by, name, count, int(time.time() * 1000))
    return count


def _export_protected(settings: Settings, file: Path, by: str) -> None:
    from gateway.cli.protected_commands import read_protection

    rows = sorted((each.province, each.name, each.credit_code, each.signature)
                  for each in finish(read_protection(settings)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("province", "name", "credit_code", "signature"), *rows])
    if str(file) == "-":
        sys.stdout.write(text.getvalue())
    else:
        file.write_text(text.getvalue(), encoding="utf-8")
    finish(_note_export(settings, by, file.name, len(rows)))


async def _note_export(settings: Settings, by: str, name: str, lines: int) -> None:
    from gateway.store.facts.list_store import note_export

    async with _read(settings) as connection:
        await note_export(connection, PROTECTED, "", by, name, lines, int(time.time() * 1000))


async def _find(settings: Settings, key: int) -> list[dict[str, Any]]:
    from gateway.domain.list_entry import ListKind
    from gateway.store.reader.list_reader import read_history

    async with _read(settings) as connection:
        rows = await read_history(connection, key)
    return [
        {
            "list": ListKind(row["kind"]).word, "scope": row["scope"], "added": row["is_added"],
            "at": moment_of(row["at_ms"]),
            "evidence": row["evidence_type"] and {
                "type": row["evidence_type"], "time": moment_of(row["evidence_ms"]), "ref": row["evidence_ref"],
            },
            "version": row["version"], "uploader": row["uploader"] or "the recipient", "source": row["source"],
        }
        for row in rows
    ]


async def _versions(settings: Settings, word: str, limit: int) -> list[dict[str, Any]]:
    from gateway.store.reader.list_reader import read_versions

    async with _read(settings) as connection:
        rows = await read_versions(connection, word, limit)
    return [{**row, "at": moment_of(row["at_ms"])} for row in rows]


async def _sizes(settings: Settings) -> list[dict[str, Any]]:
    from gateway.store.reader.list_reader import read_optins, read_sets

    async with _read(settings) as connection:
        sets, optins = await read_sets(connection), await read_optins(connection)
    return [
        {"list": kind.word, "scope": scope, "numbers": len(found)}
        for (kind, scope), found in sorted(sets.items(), key=lambda item: item[0])
        if len(found)
    ] + [{"list": "mo-optin", "scope": f"code:{code}", "since": since} for code, since in optins.items()]


async def _set_optin(settings: Settings, code: str, since: float | None) -> dict[str, Any]:
    from gateway.cli.database_access import connected
    from gateway.store.facts.list_store import set_optin

    async with connected(settings, is_exclusive=True) as connection:
        since_ms = None if since is None else int(since * 1000)
        await set_optin(connection, code, since_ms, int(time.time() * 1000))
    return {"code": code, "mo_optin": since is not None, "since": since}


def moment_of(ms: int | None) -> str | None:
    """Return milliseconds as an ISO moment in China time."""


    return None if ms is None else moment_text(ms / 1000)


COMMANDS: Final = (
    ("export", export_list), ("find", find), ("versions", versions), ("list", list_sizes), ("mo-optin", mo_optin),
)
