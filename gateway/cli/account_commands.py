"""accounts and channels: list, show, top-up, suspend, resume, set-password.

Through the running gateway, else in the database.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import ask, known_account
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings
from gateway.cli.output import MISUSED, fail, print_answer, print_json, print_table

if TYPE_CHECKING:
    from gateway.operations.account_operations import AccountShown
    from gateway.operations.operation import Operation

accounts = typer.Typer(help="Accounts and their balances.", no_args_is_help=True, rich_markup_mode=None)
channels = typer.Typer(help="Channels to carriers.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Account.")]
_LINE_MAX = 1_000
_COLUMNS = ("account", "contract", "available", "held", "suspended")


@accounts.command("list")
def list_accounts(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """All accounts with their balances."""
    from gateway.operations.account_operations import LIST_ACCOUNTS
    from gateway.operations.field_kinds import shown

    documents = [shown(each) for each in ask(load_settings(config), LIST_ACCOUNTS, {}).accounts]
    if is_json:
        print_json(documents)
    else:
        print_table("", _COLUMNS, ([document.get(name) for name in _COLUMNS] for document in documents))


@accounts.command("show")
def show_account(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One account."""
    from gateway.operations.account_operations import SHOW_ACCOUNT

    _act(SHOW_ACCOUNT, name, config, is_json)


@accounts.command("top-up")
def top_up(
    name: Name,
    amount: Annotated[str, typer.Argument(help="Yuan, above 0.")],
    note: Annotated[str, typer.Option("--note", help="What the entry says, such as a payment's number.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Credit a payment."""
    from gateway.domain.money import MoneyError, check_cash, parse_yuan
    from gateway.operations.account_operations import TOP_UP

    try:
        amount_hao = check_cash(parse_yuan(amount))
    except MoneyError as error:
        fail(f"AMOUNT: {error}", code=MISUSED)
    if amount_hao <= 0:
        fail("AMOUNT: must be above 0; money that goes back is a refund (accounts refund)", code=MISUSED)
    settings = load_settings(config)
    request = {"account": known_account(settings, name), "amount_hao": amount_hao, "note": note}
    print_answer(ask(settings, TOP_UP, request), is_json)


@accounts.command("suspend")
def suspend(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Refuse every new submit of an account from now on."""
    from gateway.operations.account_operations import SUSPEND

    _act(SUSPEND, name, config, is_json)


@accounts.command("resume")
def resume(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Let a suspended account submit again."""
    from gateway.operations.account_operations import RESUME

    _act(RESUME, name, config, is_json)


@accounts.command("set-password")
def set_password(
    name: Name,
    file: Annotated[str, typer.Option("--file", help="File whose first line it is; - for standard input.")] = "",
    is_configured: Annotated[
        bool, typer.Option("--configured", help="Let the password of the configuration hold again.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Change an account's password, for binds from now on. It is asked for, and never an argument."""
    from gateway.operations.password_operations import SET_PASSWORD, USE_CONFIGURED_PASSWORD

    settings = load_settings(config)
    account = known_account(settings, name)
    if is_configured:
        print_answer(ask(settings, USE_CONFIGURED_PASSWORD, {"account": account}), is_json)
    else:
        password = _read_password(file)
        print_answer(ask(settings, SET_PASSWORD, {"account": account, "password": password}), is_json)


def _read_password(file: str) -> str:
    if not file:
        return str(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    try:
        if file == "-":
            return sys.stdin.readline().rstrip("\r\n")
        with open(file, encoding="utf-8") as lines:
            return lines.readline(_LINE_MAX).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"--file: {getattr(error, 'strerror', None) or 'is no text in UTF-8'}", code=MISUSED)


def _act(operation: Operation[Any, AccountShown], name: str, config: Config, is_json: bool) -> None:
    settings = load_settings(config)
    print_answer(ask(settings, operation, {"account": known_account(settings, name)}), is_json)


@channels.command("list")
def list_channels(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """All channels; with binds, window, queue and rates where a gateway runs."""
    from gateway.operations.channel_operations import LIST_CHANNELS
    from gateway.operations.field_kinds import shown

    documents = [shown(each) for each in ask(load_settings(config), LIST_CHANNELS, {}).channels]
    if is_json:
        print_json(documents)
    elif documents:
        print_table("", tuple(documents[0]), (tuple(document.values()) for document in documents))
