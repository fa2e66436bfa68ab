"""Every number that a command takes has bounds and says so in a sentence: found by walking the commands themselves.

A parameter is a number by its type, or by its name where it is read as text (amounts of yuan, counts, rates, dates).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.scenarios.months import MakeConfig, seen
from tests.scenarios.shipped_gateway import shipped_gateway
from tests.store.server import Server

pytestmark = pytest.mark.postgres
TEXTS = ("0", "-1", "1e30", "nan", "inf", "seven", "9" * 40, "9" * 5000, "0.00001")
NEVER = frozenset(TEXTS) - {"0", "-1", "0.00001"}  # no command takes one of these
DATES = ("0", "9999-12-31", "0001-01-01", "9" * 400)
GROUPS = ("accounts", "quote dates complaints", "statement reconcile tasks", "")  # the last one: all the others
NUMBERS_AS_TEXT = frozenset({"amount", "unit_price", "invoiced", "total", "incurred", "truth", "rate"})
DATES_AS_TEXT = frozenset({
    "month", "at", "since", "until", "date", "arrived", "bought", "last_day", "valid_from", "noticed", "confirmed",
    "day", "due", "known", "sent_on", "invoice_received", "paid", "evidence_time", "rectified", "before", "against",
})
ENDLESS = frozenset({("simulate", "carrier"), ("simulate", "client"), ("send",), ("run",), ("demo",)})
# What the other parameters are, so that a command comes to the one that is tried.
USUAL = {
    "name": "smppdemo", "account": "smppdemo", "note": "n", "reason": "r", "evidence": "mail 1", "version": "v2",
    "unit_price": "0.05", "valid_from": "2026-01-01", "contract": "prepaid-general", "month": "2026-10", "rate": "10",
    "amount": "1.00", "regime": "whitelist", "until": "2026-04-01", "port": "10690001", "code": "10690001",
    "number": "1", "fact": "complaint", "at": "2026-05-01", "due": "2026-05-01", "subject": "s", "kind": "blacklist",
    "truth": "5", "quantity": "5", "id_": "1", "id": "1", "words": "w", "label": "l", "since": "2026-05-01",
    "means": "courier_city", "sent_on": "2026-05-01", "reference": "r", "authority": "a", "basis": "b", "text": "t",
    "before": "2026-01-01", "cause": "request", "numbers": "13800000000", "carrier": "", "signature": "示例",
    "to": "13800000000", "arrived": "2026-05-01",
}
# Options beside the tried one without which it is not read.
BESIDE: dict[tuple[str, ...], tuple[str, ...]] = {
    ("quote",): ("--contract=prepaid-general", "--text=您好"),
    ("accounts", "makeup"): ("--segments=1",), ("statement",): ("--account=smppdemo", "--month=2026-10"),
    ("accounts", "penalty"): ("--reason=late", "--days=1", "--total=1.00"),
    ("reconcile", "settle"): ("--account=smppdemo",), ("tasks", "record"): ("--account=smppdemo",),
    ("channels", "rate"): (), ("lists", "add"): ("--evidence=form:1",),
}
CHANNELS = {("channels", "rate"): "sim-smpp"}


class Tried(NamedTuple):
    """One parameter of one command with what is given for it."""

    path: tuple[str, ...]
    words: tuple[str, ...]
    value: str
    is_date: bool

    def __str__(self) -> str:
        return f"{' '.join(self.words)[:150]}"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


def is_number(parameter: Any) -> bool:
    return parameter.type_descriptor.annotation in (int, float) or parameter.name in NUMBERS_AS_TEXT


def tried(files: dict[str, str]) -> Iterator[Tried]:
    """Return each numeric or dated parameter of each command with each wrong value."""
    for path, command in commands(typer.main.get_command(app)):
        for parameter in command.params:
            number, dated = is_number(parameter), parameter.name in DATES_AS_TEXT
            for value in TEXTS if number else DATES if dated else ():
                if path in ENDLESS and value not in NEVER:
                    continue
                yield Tried(path, tuple(line(path, command, parameter, value, files)), value, dated)


def line(path: tuple[str, ...], command: Any, wrong: Any, value: str, files: dict[str, str]) -> Iterator[str]:
    yield from path
    arguments = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            usual = CHANNELS.get(path, "smppdemo") if parameter.name == "name" else USUAL.get(parameter.name, "x")
            if parameter is wrong or parameter.required:
                arguments.append(value if parameter is wrong else files.get(parameter.name, usual))
        elif parameter is wrong:
            yield f"{parameter.opts[-1]}={value}"
        elif parameter.required:
            yield f"{parameter.opts[-1]}={files.get(parameter.name, USUAL.get(parameter.name, 'x'))}"
    opts = () if wrong.param_type_name == "argument" else (f"{wrong.opts[-1]}=",)
    yield from (word for word in BESIDE.get(path, ()) if not word.startswith(opts or "\0"))
    if arguments:
        yield from ("--", *arguments)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Files that commands read; what they write goes into a folder of the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.csv").write_text("date,count\n2026-03-02,2\n")
    (tmp_path / "numbers.txt").write_text("13800000000\n")
    return {"events": "events.csv", "file": "numbers.txt", "theirs": "events.csv"}


def complaint_of(one: Tried, config: Path) -> str:
    """Run the command; return what is wrong with how it answered, or nothing."""
    result = CliRunner().invoke(app, one.words, env={"HONGYAN_CONFIG": str(config)})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return f"{one}: {result.exception!r}"
    if "Traceback" in result.output:
        return f"{one}: a traceback"
    if result.exit_code and not result.stderr.strip():
        return f"{one}: ends with {result.exit_code} and says nothing"
    if result.exit_code not in (0, 1, 2):
        return f"{one}: ends with {result.exit_code}"
    if not result.exit_code and not one.is_date and one.value in NEVER:
        return f"{one}: takes it"
    return ""


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group or "the others")
def test_numbers_offline(make_config: MakeConfig, files: dict[str, str], group: str) -> None:
    """On the store, where no gateway runs."""
    config = seen(make_config())
    named = " ".join(GROUPS).split()
    found = [one for one in tried(files) if (one.path[0] in group.split() if group else one.path[0] not in named)]
    assert len(found) > 60
    complaints = [words for words in (complaint_of(one, config) for one in found) if words]
    assert not complaints, "\n".join(complaints)


@contextlib.asynccontextmanager
async def _running(tmp_path: Path, database: Server) -> AsyncIterator[Path]:
    async with shipped_gateway(tmp_path, await database.fresh_database()) as made:
        await made.start()
        yield made.config
        await made.stop()


async def test_numbers_with_a_gateway(tmp_path: Path, database: Server, files: dict[str, str]) -> None:
    """Through the control socket: money, ports and documents; the gateway's own checks answer, not the store's."""
    asked = [one for one in tried(files) if one.path[0] in ("accounts", "ports", "channels", "tasks")]
    asked = [one for one in asked if one.value in ("0", "-1", "9999-12-31", "0.00001")]  # what the command lets through
    assert len(asked) > 60
    async with _running(tmp_path / "street", database) as config:

        def ask() -> list[str]:
            return [words for words in (complaint_of(one, config) for one in asked) if words]

        complaints = await asyncio.to_thread(ask)
    assert not complaints, "\n".join(complaints)
