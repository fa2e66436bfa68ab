"""evidence: a file that proves everything about a number, an account or a message; and its verification, offline."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings, parse_moment
from gateway.cli.output import FAILED, MISUSED, fail, print_json, print_pairs

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
    from gateway.cli.database_access import query, viewer
    from gateway.queries.evidence_file import EvidenceRequest, make_evidence

    given: tuple[tuple[Literal["number", "message", "account"], str], ...] = (
        ("number", number), ("message", message), ("account", account)
    )
    asked = [(kind, value) for kind, value in given if value]
    if len(asked) != 1 or out is None:
        fail("evidence: one of --number, --message, --account, and --out", code=MISUSED)
    end = parse_moment(until, "--until") if until else time.time() + 2  # ids of this second too
    begin = parse_moment(since, "--since") if since else end - _WEEK_S
    if begin >= end:
        fail("--since: must be before --until", code=MISUSED)
    kind, value = asked[0]
    settings, request = load_settings(config), EvidenceRequest(kind, value, begin, end)
    who = viewer(reason)
    octets = query(settings, lambda connection: make_evidence(connection, settings, request, who, time.time()))
    _write(out, octets)
    document = {"file": str(out), "octets": len(octets), **_proof_of(octets)}
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
    from gateway.queries.evidence_file import compare_with_chain, evidence_proof, prove_evidence

    try:
        report = prove_evidence(file.read_bytes(), head=head)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    if report.is_proved and against:
        from gateway.cli.database_access import query

        proved = report
        report = query(load_settings(config), lambda connection: compare_with_chain(connection, proved))
    document = evidence_proof(report, with_content=show).as_dict()
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


def _proof_of(octets: bytes) -> dict[str, Any]:
    """Check what was just written as anybody will who is given it; return what it proves."""
    from gateway.queries.evidence_file import evidence_proof, prove_evidence

    report = prove_evidence(octets)
    if not report.is_proved:
        fail(*(f"hongyan: the file proves nothing, which is a fault of ours: {problem}" for problem in report.problems))
    return evidence_proof(report).as_dict()
