"""tokens: those of the HTTP API: create, list, revoke, rotate."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.asking import ask, known_account
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings
from gateway.cli.output import print_answer, print_json, print_table

tokens = typer.Typer(help="Tokens of the HTTP API.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Account.")]
TokenId = Annotated[int, typer.Argument(min=1, help="The id that `hongyan tokens list` shows.")]
Scopes = Annotated[list[str] | None, typer.Option("--scope", help="submit, read, receive; default: all. Repeatable.")]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="Until it expires.")]
Purpose = Annotated[str, typer.Option("--note", help="What it is for.")]
Overlap = Annotated[float, typer.Option("--overlap-h", min=0, max=720, help="Hours for which both are good.")]


@tokens.command("create")
def create(
    name: Name,
    scope: Scopes = None,
    days: Days = 365,
    note: Purpose = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Make a token. Its text is shown this once."""
    from gateway.operations.token_operations import CREATE_TOKEN

    settings = load_settings(config)
    account = known_account(settings, name)
    request = {"account": account, "scopes": scope or None, "days": days, "note": note}
    print_answer(ask(settings, CREATE_TOKEN, request), is_json)


@tokens.command("list")
def list_tokens(
    name: Annotated[str, typer.Argument(help="Account; default: all.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """The tokens of an account, the newest first."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.token_operations import LIST_TOKENS

    settings = load_settings(config)
    found = ask(settings, LIST_TOKENS, {"account": known_account(settings, name) if name else ""})
    documents = [shown(token) for token in found.tokens]
    if is_json:
        print_json(documents)
    elif documents:
        rows = ([", ".join(each) if isinstance(each, list) else each for each in row.values()] for row in documents)
        print_table("", tuple(documents[0]), rows)


@tokens.command("revoke")
def revoke(id_: TokenId, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """End a token at once."""
    from gateway.operations.token_operations import REVOKE_TOKEN

    print_answer(ask(load_settings(config), REVOKE_TOKEN, {"id": id_}), is_json)


@tokens.command("rotate")
def rotate(
    id_: TokenId,
    overlap_h: Overlap = 24.0,
    days: Days = 365,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Put a new token in the place of one, which stays good for an overlap."""
    from gateway.operations.token_operations import ROTATE_TOKEN

    print_answer(
        ask(load_settings(config), ROTATE_TOKEN, {"id": id_, "overlap_h": overlap_h, "days": days}), is_json
    )
