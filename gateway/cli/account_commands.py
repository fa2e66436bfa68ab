"""accounts and channels: list, show, top-up, suspend, resume; through the running gateway, else in the database.

With a database server of its own a gateway may run elsewhere and hold balances in memory, so money is moved without
one only where the private database proves that none runs.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import running
from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings
from gateway.cli.output import MISUSED, fail, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from gateway.settings import Settings

accounts = typer.Typer(help="Accounts and their balances.", no_args_is_help=True, rich_markup_mode=None)
channels = typer.Typer(help="Channels to carriers.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Account.")]
_COLUMNS = ("account", "contract", "available", "held", "suspended")


@accounts.command("list")
def list_accounts(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """All accounts with their balances."""
    documents = _accounts(load_settings(config))
    if is_json:
        print_json(documents)
    else:
        print_table("", _COLUMNS, ([document.get(name) for name in _COLUMNS] for document in documents))


@accounts.command("show")
def show_account(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """One account."""
    settings = load_settings(config)
    _known(settings, name)
    document = next(each for each in _accounts(settings) if each["account"] == name)
    if is_json:
        print_json(document)
    else:
        print_pairs(document)


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

    try:
        amount_hao = check_cash(parse_yuan(amount))
    except MoneyError as error:
        fail(f"AMOUNT: {error}", code=MISUSED)
    if amount_hao <= 0:
        fail("AMOUNT: must be above 0; money that goes back is a refund (accounts refund)", code=MISUSED)
    settings = load_settings(config)
    _known(settings, name)
    document = running(settings, "POST", f"/accounts/{name}/top-up", {"amount_hao": amount_hao, "note": note})
    if document is None:
        document = finish(_top_up_offline(settings, name, amount_hao, note))
    _done(document, is_json)


@accounts.command("suspend")
def suspend(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Refuse every new submit of an account from now on."""
    _set_suspended(config, name, True, is_json)


@accounts.command("resume")
def resume(name: Name, config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """Let a suspended account submit again."""
    _set_suspended(config, name, False, is_json)


@channels.command("list")
def list_channels(config: Config = DEFAULT_CONFIG, is_json: Json = False) -> None:
    """All channels; with binds, window, queue and rates where a gateway runs."""
    settings = load_settings(config)
    documents = running(settings, "GET", "/channels")
    if documents is None:
        documents = [
            {
                "channel": channel.name, "wire": channel.wire.name, "state": "not running",
                "addresses": [f"{address.host}:{address.port}" for address in channel.addresses],
            }
            for channel in settings.channels.values()
        ]
    if is_json:
        print_json(documents)
    elif documents:
        print_table("", tuple(documents[0]), (tuple(document.values()) for document in documents))


def _set_suspended(config: Path, name: str, is_suspended: bool, is_json: bool) -> None:
    settings = load_settings(config)
    _known(settings, name)
    document = running(settings, "POST", f"/accounts/{name}/{'suspend' if is_suspended else 'resume'}", {})
    if document is None:
        document = finish(_set_suspended_offline(settings, name, is_suspended))
    _done(document, is_json)


def _accounts(settings: Settings) -> list[dict[str, Any]]:
    documents = running(settings, "GET", "/accounts")
    return finish(_read_accounts(settings)) if documents is None else list(documents)


async def _read_accounts(settings: Settings) -> list[dict[str, Any]]:
    from gateway.cli.database_access import connected
    from gateway.operations.account_operations import account_document
    from gateway.store.facts.protected_store import read_closed
    from gateway.store.reader.message_history import read_balances, read_suspended
    from gateway.store.reader.money_rows import lapsed_hao, read_money

    async with connected(settings) as connection:
        balances, suspended = await read_balances(connection), await read_suspended(connection)
        closed = await read_closed(connection)
        lapsed = lapsed_hao(await read_money(connection), time.time())
    return [
        account_document(
            account,
            available_hao=balances.get(f"available:{name}", 0) - lapsed.get(name, 0),
            held_hao=balances.get(f"held:{name}", 0),
            is_suspended=account.suspended or suspended.get(name, False) or name in closed,
        )
        for name, account in settings.accounts.items()
    ]


async def _top_up_offline(settings: Settings, name: str, amount_hao: int, note: str) -> dict[str, Any]:
    from gateway.archive.audit import by_this_user, record
    from gateway.cli.database_access import connected
    from gateway.domain.entry import Entry, EntryKind
    from gateway.domain.money import format_yuan
    from gateway.store.facts.offline import add_entry, next_entry_id
    from gateway.store.reader.message_history import read_balances

    if settings.database.dsn is not None:
        fail("hongyan: no gateway answers here, and one elsewhere may hold this database: top up where it runs")
    now = time.time()
    async with connected(settings, is_exclusive=True) as connection:
        id_ = await next_entry_id(connection, node=settings.node.number, now=now)
        await add_entry(connection, Entry(id_, EntryKind.TOP_UP, name, amount_hao, 0, now, note))
        detail = f"{format_yuan(amount_hao)} yuan"
        await record(connection, by_this_user("accounts top-up", name, reason=note, detail=detail), now)
        balances = await read_balances(connection)
    return {"account": name, "entry": id_, "available": format_yuan(balances[f"available:{name}"])}


async def _set_suspended_offline(settings: Settings, name: str, is_suspended: bool) -> dict[str, Any]:
    from gateway.archive.audit import by_this_user, record
    from gateway.cli.database_access import connected
    from gateway.store.facts.offline import set_suspended

    async with connected(settings, is_exclusive=True) as connection:
        now = time.time()
        await set_suspended(connection, name, is_suspended=is_suspended, now=now)
        await record(connection, by_this_user(f"accounts {'suspend' if is_suspended else 'resume'}", name), now)
    return {"account": name, "suspended": is_suspended}


def _known(settings: Settings, name: str) -> None:
    if name not in settings.accounts:
        fail(f"no account {name!r}; there are {', '.join(sorted(settings.accounts)) or 'none'}", code=MISUSED)


def _done(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
    else:
        print_pairs(document)
