"""lists: import, check, add, remove; through the running gateway, else in the store."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import SILENT, ask, known_account
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_json, print_pairs

if TYPE_CHECKING:
    from gateway.cli.list_files import ListFile, Proof
    from gateway.domain.list_entry import ListKind
    from gateway.settings import Settings

lists = typer.Typer(help="Number lists, with evidence and audit.", no_args_is_help=True, rich_markup_mode=None)
WORDS = ("blacklist", "whitelist", "unsubscribed", "ported", "test", "protected")
PROTECTED = "protected"
Kind = Annotated[str, typer.Argument(metavar="LIST", help=" | ".join(WORDS))]
Account = Annotated[str, typer.Option("--account", help="For this account; without it and --code: everywhere.")]
Code = Annotated[str, typer.Option("--code", help="For this service code.")]
Evidence = Annotated[
    str, typer.Option("--evidence", help="TYPE:REFERENCE for lines without their own, such as form:2026-17.")
]
EvidenceTime = Annotated[str, typer.Option("--evidence-time", help="When it was given; default: now.")]
Carrier = Annotated[str, typer.Option("--carrier", help="ported: the network of lines that name none.")]
By = Annotated[str, typer.Option("--by", help="Who uploads; default: the user.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Count what would change; change nothing.")]


@lists.command("import")
def import_list(
    kind: Kind, file: Annotated[Path, typer.Argument(help="CSV; one number a line is enough.")],
    account: Account = "", code: Code = "", evidence: Evidence = "", evidence_time: EvidenceTime = "",
    carrier: Carrier = "", by: By = "", dry_run: Dry = False,
    replace: Annotated[bool, typer.Option("--replace", help="Afterwards the list holds these lines only.")] = False,
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Put the numbers of a file on a list. The same file a second time changes nothing."""
    if kind == PROTECTED:
        _protected(config, "replace" if replace else "add", file, by, dry_run, is_json)
        return
    job = _Job(config, kind, account, code, evidence, evidence_time, carrier, by, is_json)
    job.run("replace" if replace else "add", job.read_file(file), file.name, is_dry=dry_run)


@lists.command("check")
def check_list(
    kind: Kind, file: Annotated[Path, typer.Argument()], account: Account = "", code: Code = "",
    evidence: Evidence = "", evidence_time: EvidenceTime = "", carrier: Carrier = "",
    config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Check a file line by line and say what an import would change."""
    if kind == PROTECTED:
        _protected(config, "add", file, "", True, is_json)
        return
    job = _Job(config, kind, account, code, evidence, evidence_time, carrier, "", is_json)
    job.run("add", job.read_file(file), file.name, is_dry=True)


@lists.command("add")
def add(
    kind: Kind, numbers: Annotated[list[str], typer.Argument(metavar="NUMBER|FILE…")], account: Account = "",
    code: Code = "", evidence: Evidence = "", evidence_time: EvidenceTime = "", carrier: Carrier = "", by: By = "",
    dry_run: Dry = False, config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Put single numbers, or those of a file, on a list."""
    if kind == PROTECTED:
        _protected(config, "add", Path(numbers[0]), by, dry_run, is_json)
        return
    job = _Job(config, kind, account, code, evidence, evidence_time, carrier, by, is_json)
    job.run("add", *job.read_words(numbers), is_dry=dry_run)


@lists.command("remove")
def remove(
    kind: Kind, numbers: Annotated[list[str], typer.Argument(metavar="NUMBER|FILE…")], account: Account = "",
    code: Code = "", evidence: Evidence = "", evidence_time: EvidenceTime = "", carrier: Carrier = "", by: By = "",
    dry_run: Dry = False, config: Config = DEFAULT_CONFIG, is_json: Json = False,
) -> None:
    """Take single numbers, or those of a file, off a list. History keeps that they were on it."""
    if kind == PROTECTED:
        _protected(config, "remove", Path(numbers[0]), by, dry_run, is_json)
        return
    job = _Job(config, kind, account, code, evidence, evidence_time, carrier, by, is_json)
    job.run("remove", *job.read_words(numbers, is_removal=True), is_dry=dry_run)


def _protected(config: Path, action: str, file: Path, by: str, is_dry: bool, is_json: bool) -> None:
    from gateway.cli.protected_commands import change_protected_list

    settings = load_settings(config)
    change_protected_list(settings, action, file, by=by or getpass.getuser(), is_dry=is_dry, is_json=is_json)


class _Job:
    """One order of the command line: its list, scope, evidence, and the way to the gateway or the store."""

    def __init__(
        self, config: Path, kind: str, account: str, code: str, evidence: str, evidence_time: str, carrier: str,
        by: str, is_json: bool,
    ) -> None:
        self.settings = load_settings(config)
        self.kind = kind_of(kind)
        self.scope = scope_of(self.settings, account, code)
        self.proof = _proof(evidence, evidence_time)
        self.carrier = carrier
        self.by = by or getpass.getuser()
        self.is_json = is_json

    def read_file(self, path: Path, *, is_removal: bool = False) -> ListFile:
        from gateway.cli.list_files import read_list

        try:
            return read_list(
                path, self.kind, proof=self.proof, carriers=self.settings.prefix_groups, carrier=self.carrier,
                is_removal=is_removal,
            )
        except OSError as error:
            fail(f"{path}: cannot be read: {error.strerror}", code=MISUSED)

    def read_words(self, words: list[str], *, is_removal: bool = False) -> tuple[ListFile, str]:
        from gateway.cli.list_files import read_words

        if len(words) == 1 and Path(words[0]).is_file():
            return self.read_file(Path(words[0]), is_removal=is_removal), Path(words[0]).name
        return read_words(
            words, self.kind, proof=self.proof, carriers=self.settings.prefix_groups, carrier=self.carrier,
            is_removal=is_removal,
        ), ""

    def run(self, action: str, file: ListFile, source: str, *, is_dry: bool) -> None:
        """Send the lines where they belong and print what they changed."""
        if file.fault_count:
            if self.is_json:
                print_json({"ok": False, "faults": file.faults, "fault_count": file.fault_count})
                raise typer.Exit(1)
            more = file.fault_count - len(file.faults)
            fail(*file.faults, *([f"and {more} more faulty lines"] if more > 0 else []), "nothing was changed")
        document = self._send(action, file, source, is_dry)
        document["unchanged"] = max(0, file.lines - document["added"] - document["renewed"])
        if action == "remove":
            document["unchanged"] = max(0, file.lines - document["removed"])
        if self.is_json:
            print_json({"ok": True, **document})
        else:
            print_pairs(document)

    def _send(self, action: str, file: ListFile, source: str, is_dry: bool) -> dict[str, Any]:
        from gateway.operations.field_kinds import shown
        from gateway.operations.list_operations import CHANGE_LIST

        request = {
            "list": self.kind.word, "action": action, "scope": self.scope, "source": source, "sha256": file.sha256,
            "dry_run": is_dry,
        }
        silent = f"{SILENT}; whether it took the lines, `hongyan lists versions` shows"
        return shown(ask(self.settings, CHANGE_LIST, request, by=self.by, stream=file.chunks, silent=silent))


def kind_of(word: str) -> ListKind:
    from gateway.domain.list_entry import ListKind

    try:
        return ListKind[word.upper()]
    except KeyError:
        fail(f"LIST: {word!r} is none of {', '.join(WORDS)}", code=MISUSED)


def scope_of(settings: Settings, account: str, code: str) -> str:
    """Return the scope of --account or --code; ends with code 2 for both, or for an unknown account."""
    from gateway.domain.list_entry import EVERYWHERE, account_scope, code_scope

    if account and code:
        fail("give --account or --code, not both", code=MISUSED)
    if account:
        known_account(settings, account)
    if code and not (code.isascii() and code.isdecimal() and len(code) <= 20):
        fail(f"--code: {code!r} is no service code of up to 20 digits", code=MISUSED)
    return account_scope(account) if account else code_scope(code) if code else EVERYWHERE


def _proof(evidence: str, at: str) -> Proof:
    from gateway.cli.list_files import Proof

    if not evidence:
        if at:
            fail("--evidence-time needs --evidence", code=MISUSED)
        return Proof()
    kind, _, reference = evidence.partition(":")
    if not kind or not reference:
        fail(f"--evidence: {evidence!r} is not TYPE:REFERENCE", code=MISUSED)
    moment = parse_moment(at, "--evidence-time") if at else time.time()
    return Proof(kind, int(moment * 1000), reference)
