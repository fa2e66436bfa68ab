"""evidence: a file that proves everything about a number, an account or a message; and its verification, offline."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings, parse_moment
from gateway.cli.output import FAILED, MISUSED, fail, print_json, print_pairs

if TYPE_CHECKING:
    from gateway.archive.proof import Report
    from gateway.settings import Settings

evidence = typer.Typer(
    help="Tamper-evident exports.", rich_markup_mode=None, invoke_without_command=True, no_args_is_help=True
)
_WEEK_S = 7 * 86_400.0
_OWNER_ONLY = 0o600


@evidence.callback()
def make(
    context: typer.Context,
    number: Annotated[str, typer.Option("--number", help="Everything about a phone's number.")] = "",
    message: Annotated[str, typer.Option("--message", help="Everything about a message, by its id.")] = "",
    account: Annotated[str, typer.Option("--account", help="Everything about an account.")] = "",
    since: Annotated[str, typer.Option("--since", help="Moment; default: seven days before --until.")] = "",
    until: Annotated[str, typer.Option("--until", help="Moment; default: now.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="File to write.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is written down with who asked.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Write a file with everything about a number, an account or a message, and the proof that nothing is left out."""
    if context.invoked_subcommand is not None:
        return
    asked = [(kind, value) for kind, value in (("number", number), ("message", message), ("account", account)) if value]
    if len(asked) != 1 or out is None:
        fail("evidence: one of --number, --message, --account, and --out", code=MISUSED)
    end = parse_moment(until, "--until") if until else time.time() + 2  # ids of this second too
    begin = parse_moment(since, "--since") if since else end - _WEEK_S
    if begin >= end:
        fail("--since: must be before --until", code=MISUSED)
    octets = finish(_export(load_settings(config), *asked[0], begin, end, reason))
    _write(out, octets)
    document = {"file": str(out), "octets": len(octets), **_told(octets)}
    if is_json:
        print_json(document)
    else:
        print_pairs(document)


@evidence.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="What `evidence --out` wrote.")],
    head: Annotated[str, typer.Option("--head", help="A hash from elsewhere that its chain must have.")] = "",
    against: Annotated[bool, typer.Option("--against", help="Compare its chain with the database's.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Show what it says: texts and whole numbers.")] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Prove, without a database, that nothing in a file was changed and nothing left out; exit code 1 where not."""
    from gateway.archive.proof import check

    try:
        report = check(file.read_bytes())
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    if report.is_proved and head and head.strip().lower() not in report.hashes.values():
        report.problems.append(f"no link of its chain has the hash {head}")
    if report.is_proved and against:
        finish(_compare(load_settings(config), report))
    document = _document(report)
    if show and report.is_proved:
        document["content"] = report.readable
    if is_json:
        print_json(document)
    else:
        print_pairs(document)
    if not report.is_proved:
        raise typer.Exit(FAILED)


def _write(path: Path, octets: bytes) -> None:
    """Write for this user alone: the file holds texts and numbers."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _OWNER_ONLY)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)


def _told(octets: bytes) -> dict[str, Any]:
    """Check what was just written as anybody will who is given it; return what it proves."""
    from gateway.archive.proof import check

    report = check(octets)
    if not report.is_proved:
        fail(*(f"hongyan: the file proves nothing, which is a fault of ours: {problem}" for problem in report.problems))
    return _document(report)


def _document(report: Report) -> dict[str, Any]:
    head, told = report.head, report.readable
    return {
        "proved": report.is_proved, "problems": report.problems,
        "subject": {"kind": report.subject.kind, "value": report.subject.value} if report.subject else None,
        "from": head.get("from"), "until": head.get("until"), "made_at": head.get("made_at"),
        **{name: len(told.get(name, ())) for name in ("messages", "refusals", "inbound")},
        "rows": report.rows, "blocks": report.blocks, "links": report.links, "own_links": report.own_links,
        "purged_days": report.purged_days, "days": report.days,
        "sealed_hash": report.hashes.get(head.get("sealed_link", 0)), "last_hash": report.last_hash or None,
    }


async def _export(settings: Settings, kind: str, value: str, begin: float, end: float, reason: str) -> bytes:
    from gateway.archive.audit import this_user
    from gateway.archive.evidence import Differs, NotSealed, export
    from gateway.archive.paper import Subject
    from gateway.cli.database_access import connected
    from gateway.cli.viewing import permit
    from gateway.domain.ids import first_id_at, parse_id
    from gateway.queries.message_life import moment
    from gateway.store.reader.message_history import find_whole

    now = time.time()
    low, high = first_id_at(begin), first_id_at(end)
    async with connected(settings) as connection:
        if kind == "message":
            id_ = parse_id(value, now=now)
            if id_ is None:
                fail(f"{value!r} is no message id", code=MISUSED)
            low = await find_whole(connection, id_)
            value, high = str(low), low + 1
        await permit(connection, settings, "evidence", f"{kind} {value}", reason)
        about = {"made_at": moment(int(now * 1000)), "made_by": this_user()[0], "reason": reason}
        try:
            return await export(connection, Subject(kind, value), low, high, about)
        except (NotSealed, Differs) as error:
            fail(f"hongyan: {error}")


async def _compare(settings: Settings, report: Report) -> None:
    """Add a problem where the database's chain is not the file's."""
    from gateway.cli.database_access import connected

    sealed = {number: hash_ for number, hash_ in report.hashes.items() if number <= report.head["sealed_link"]}
    async with connected(settings) as connection:
        rows = await connection.fetch("SELECT number, hash FROM seals WHERE number = ANY ($1::bigint[])", list(sealed))
    here = {row["number"]: row["hash"].hex() for row in rows}
    differing = sorted(number for number, hash_ in sealed.items() if here.get(number) != hash_)
    if differing:
        report.problems.append(f"the database's chain has another link {differing[0]}")
