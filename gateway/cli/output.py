"""One JSON document on standard output, or tables for people; errors on standard error with their exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import typer

_PIPED_COLUMNS = 500  # whoever reads a pipe wants whole values
DONE, FAILED, MISUSED = 0, 1, 2


def fail(*lines: str, code: int = FAILED) -> NoReturn:
    """Say why on standard error and end: code 1 for a failure, 2 for wrong usage or an invalid configuration."""
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def print_json(document: Any) -> None:
    import orjson

    sys.stdout.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_pairs(document: Mapping[str, Any]) -> None:
    """Print a document as a table of key and value; nested ones as compact JSON."""
    print_table("", ("", ""), ((key.replace("_", " "), value) for key, value in document.items()))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; texts are shown as they are, never as markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, show_header=any(columns), title_justify="left", box=box.SIMPLE)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS).print(table)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping | list | tuple):
        import orjson

        return orjson.dumps(value, default=str).decode()
    return str(value)
