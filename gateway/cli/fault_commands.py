"""faults: the register of complaints about the service: repaired or answered, proved, and a month's figures."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, WHOLE_MAX, By, Config, Json, bounded, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_answer, print_json, print_list, print_table
from gateway.cli.statement_commands import parse_month

faults = typer.Typer(help="Faults of the service.", no_args_is_help=True, rich_markup_mode=None)
Id = Annotated[int, typer.Argument(metavar="ID", min=1, max=WHOLE_MAX, help="Number of the fault.")]
Cause = Annotated[str, typer.Option("--cause", help="client, provider, carrier, network or unknown.")]
Words = Annotated[str, typer.Option("--words", help="What was done or found.")]
Month = Annotated[str, typer.Option("--month", help="YYYY-MM, China time; default: this month.")]
_COLUMNS = ("id", "kind", "account", "channel", "complained_at", "reply_by", "state", "cause", "repair_hours",
            "is_proved", "words")
_FIGURES = ("side", "faults", "open", "mean_repair_hours", "allowed_repair_hours", "is_within", "unproved", "others",
            "unanswered", "longest_answer_hours", "late_answers", "clause")
PROOF_OCTETS_MAX = 64 * 1024 * 1024


@faults.command("add")
def add(
    words: Annotated[str, typer.Argument(help="What is complained of.")],
    account: Annotated[str, typer.Option("--account", help="Who complains.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="Or the carrier's channel that fails.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="fault, or other.")] = "fault",
    cause: Cause = "unknown",
    began: Annotated[str, typer.Option("--began", help="When it began; default: with the complaint.")] = "",
    complained: Annotated[str, typer.Option("--complained", help="When it was complained of; default: now.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note a complaint: the duty to end the fault, or to answer, begins (S4-4.7)."""
    from gateway.operations.service_fault_operations import ADD_FAULT

    request = {"words": words, "account": account, "channel": channel, "kind": kind, "cause": cause}
    moments = _moments(began_at=(began, "--began"), complained_at=(complained, "--complained"))
    print_answer(ask(load_settings(config), ADD_FAULT, request | moments, by=by), is_json)


@faults.command("end")
def end(
    id_: Id,
    ended: Annotated[str, typer.Option("--ended", help="When; default: now.")] = "",
    travel_h: Annotated[float, bounded("--travel-h", 168.0, "Hours on the way: no repair (S4-4.7).")] = 0.0,
    words: Words = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note that a fault is over."""
    from gateway.operations.service_fault_operations import END_FAULT

    request = {"id": id_, "travel_s": round(travel_h * 3600), "words": words, **_moments(ended_at=(ended, "--ended"))}
    print_answer(ask(load_settings(config), END_FAULT, request, by=by), is_json)


@faults.command("answer")
def answer(
    id_: Id,
    words: Annotated[str, typer.Argument(help="What was answered.")],
    at: Annotated[str, typer.Option("--at", help="When; default: now.")] = "",
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Note the answer to a complaint that is no fault."""
    from gateway.operations.service_fault_operations import ANSWER_FAULT

    request = {"id": id_, "words": words, **_moments(at=(at, "--at"))}
    print_answer(ask(load_settings(config), ANSWER_FAULT, request, by=by), is_json)


@faults.command("judge")
def judge(
    id_: Id, cause: Cause, words: Words = "", by: By = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Note the cause that was found."""
    from gateway.operations.service_fault_operations import JUDGE_FAULT

    request = {"id": id_, "cause": cause, "words": words}
    print_answer(ask(load_settings(config), JUDGE_FAULT, request, by=by), is_json)


@faults.command("prove")
def prove(
    id_: Id,
    file: Annotated[Path, typer.Argument(help="The carrier's proof; its digest is kept.", exists=True, dir_okay=False)],
    by: By = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """File the carrier's proof of a fault of its network (S2a-2.4)."""
    from gateway.operations.service_fault_operations import PROVE_FAULT

    try:
        if file.stat().st_size > PROOF_OCTETS_MAX:
            fail(f"{file}: is larger than {PROOF_OCTETS_MAX} octets", code=MISUSED)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}", code=MISUSED)
    request = {"id": id_, "name": file.name, "digest": digest}
    print_answer(ask(load_settings(config), PROVE_FAULT, request, by=by), is_json)


@faults.command("list")
def list_faults(month: Month = "", config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """What was complained of in a month."""
    print_list(_register(config, month)["faults"], _COLUMNS, is_json=is_json)


@faults.command("report")
def report(month: Month = "", config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """The month's figures: mean repair without travel, answers in time, what is not proved."""
    document = _register(config, month)
    if is_json:
        print_json({"month": document["month"], "sides": document["sides"]})
    else:
        rows = ([row[name] for name in _FIGURES] for row in document["sides"])
        print_table(document["month"], _FIGURES, rows)


def _register(config: Path, month: str) -> dict[str, Any]:
    from gateway.cli.database_access import query
    from gateway.domain.china_time import day_of
    from gateway.queries.fault_register import read_register

    settings = load_settings(config)
    first: dt.date = parse_month(month) if month else day_of(time.time()).replace(day=1)
    return query(settings, lambda connection: read_register(connection, settings, first)).as_dict()


def _moments(**given: tuple[str, str]) -> dict[str, float]:
    return {key: parse_moment(text, option) for key, (text, option) in given.items() if text}
