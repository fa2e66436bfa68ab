"""operations: what can be asked of a gateway over its control socket, with the JSON schemas of requests and answers."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.options import Json
from gateway.cli.output import MISUSED, fail, print_json, print_table

operations = typer.Typer(
    help="What can be asked of a gateway.", invoke_without_command=True, rich_markup_mode=None
)


@operations.callback()
def list_operations(context: typer.Context, is_json: Json = False) -> None:
    """All operations by name."""
    from gateway.cli.language import language
    from gateway.operations.registry import all_operations

    if context.invoked_subcommand is not None:
        return
    found = [operation.schemas() for operation in all_operations().values()]
    columns = ("operation", "summary", "changes", "may_run_offline")
    rows = [{name: each[name] for name in columns} for each in found]
    if is_json:
        print_json([row | {"summary_zh": each["summary_zh"]} for row, each in zip(rows, found, strict=True)])
        return
    words = "summary_zh" if language() == "zh" else "summary"
    shown = [row | {"summary": each[words]} for row, each in zip(rows, found, strict=True)]
    print_table("", columns, (tuple(row.values()) for row in shown))


@operations.command("schema")
def show_schema(
    name: Annotated[str, typer.Argument(help="An operation; none: all.")] = "",
) -> None:
    """The JSON schemas of requests and answers."""
    from gateway.operations.operation_errors import UnknownOperation
    from gateway.operations.registry import all_operations

    found = all_operations()
    if not name:
        print_json([operation.schemas() for operation in found.values()])
    elif name in found:
        print_json(found[name].schemas())
    else:
        fail(f"hongyan: {UnknownOperation(name, found)}", code=MISUSED)
