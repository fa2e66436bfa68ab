"""users: who may sign in to the console; the first one is made here, where the shell is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import ask
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings
from gateway.cli.output import print_answer, print_json, print_table

if TYPE_CHECKING:
    from gateway.operations.operation import Operation

users = typer.Typer(
    help="People who may sign in to the console.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(help="User: 2 to 32 of a-z, 0-9, dot, hyphen, underscore.")]
Role = Annotated[
    str, typer.Option("--role", help="operator, service, compliance, finance, auditor (reads only), or client.")
]
AccountOfClient = Annotated[str, typer.Option("--account", help="A client's account.")]
_COLUMNS = ("user", "role", "account", "is_disabled", "has_second_factor", "created_at", "created_by")


@users.command("create")
def create(
    name: Name,
    role: Role,
    account: AccountOfClient = "",
    keep_password: Annotated[
        bool, typer.Option("--keep-password", help="The given password need not be changed at the first sign-in.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Let a person sign in; the answer has a password that is told only now."""
    from gateway.operations.user_operations import CREATE

    fields = {"user": name, "role": role, "account": account, "must_change": not keep_password}
    print_answer(ask(load_settings(config), CREATE, fields), is_json)


@users.command("list")
def list_users(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """All people who may sign in."""
    from gateway.operations.field_kinds import shown
    from gateway.operations.user_operations import LIST

    documents = [shown(each) for each in ask(load_settings(config), LIST, {}).users]
    if is_json:
        print_json(documents)
    else:
        print_table("", _COLUMNS, ([document[name] for name in _COLUMNS] for document in documents))


@users.command("disable")
def disable(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Shut a person out at once."""
    from gateway.operations.user_operations import DISABLE

    _act(DISABLE, {"user": name}, config, is_json)


@users.command("enable")
def enable(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Let a person in again."""
    from gateway.operations.user_operations import ENABLE

    _act(ENABLE, {"user": name}, config, is_json)


@users.command("set-role")
def set_role(
    name: Name, role: Role, account: AccountOfClient = "", config: Config = DEFAULT_CONFIG, is_json: Json = False
) -> None:
    """Give a person another role."""
    from gateway.operations.user_operations import SET_ROLE

    _act(SET_ROLE, {"user": name, "role": role, "account": account}, config, is_json)


@users.command("reset-password")
def reset_password(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Give a fresh password, told only now; it is changed at the next sign-in."""
    from gateway.operations.user_operations import RESET_PASSWORD

    _act(RESET_PASSWORD, {"user": name}, config, is_json)


@users.command("reset-second-factor")
def reset_second_factor(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Take a lost second factor away."""
    from gateway.operations.user_operations import RESET_SECOND_FACTOR

    _act(RESET_SECOND_FACTOR, {"user": name}, config, is_json)


def _act(operation: Operation[Any, Any], fields: dict[str, Any], config: Config, is_json: bool) -> None:
    print_answer(ask(load_settings(config), operation, fields), is_json)
