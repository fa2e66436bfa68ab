"""One JSON document on standard output, or tables for people; errors on standard error with their exit code."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

PIPED_COLUMNS = 120  # of a pipe; a value that is too long for them is folded, never cut
DONE, FAILED, MISUSED = 0, 1, 2
_OPEN = frozenset({"statement", "confirm_by"})  # dates that need working days


def fail(*lines: str, code: int = FAILED) -> NoReturn:
    """Say why on standard error and end: code 1 for a failure, 2 for wrong usage or an invalid configuration."""
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def print_json(document: Any) -> None:
    import orjson

    sys.stdout.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_text(text: str) -> None:
    """Print a text as it is, at whatever width."""
    sys.stdout.write(text)


def print_answer(answer: BaseModel, is_json: bool) -> None:
    """Print the answer of an operation: one JSON document, or its fields line by line; amounts in yuan."""
    from gateway.operations.field_kinds import shown

    (print_json if is_json else print_pairs)(shown(answer))


def print_pairs(document: Mapping[str, Any]) -> None:
    """Print a document line by line: a key and its value; what is a list of documents is a table below."""
    from gateway.cli.tables import flat, pairs_of

    pairs, tables = flat(document)
    _say(pairs_of(pairs, _width()))
    for key, rows in tables.items():
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        print_table(key, columns, ([row.get(name) for name in columns] for row in rows))


def print_list(documents: Sequence[Mapping[str, Any]], columns: Sequence[str], *, is_json: bool) -> None:
    """Print documents as JSON, or the named keys of each as a table."""
    if is_json:
        print_json(documents)
    else:
        print_table("", columns, ([document.get(name) for name in columns] for document in documents))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; texts are shown as they are, never as markup. The columns are keys, the title may be one."""
    from gateway.cli.language import heading
    from gateway.cli.tables import lines_of

    if title:
        _say(("", heading(title)))
    _say(lines_of(columns, [tuple(row) for row in rows], _width()))


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _width() -> int:
    """Return the columns there are: the terminal's, those that COLUMNS names, else 120."""
    fallback = (PIPED_COLUMNS, 24)
    return max(40, shutil.get_terminal_size(fallback).columns)


def with_open_dates(dates: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return dates with a word instead of nothing where one lies beyond the calendar, which `problem` tells."""
    if "problem" not in dates:
        return dates
    return {key: "open: calendar" if value is None and key in _OPEN else value for key, value in dates.items()}
