"""accounts ledger: the entries of an account as a person reads them, from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings, parse_moment
from gateway.cli.output import MISUSED, fail, print_json, print_table

if TYPE_CHECKING:
    from gateway.settings import Settings

_COLUMNS = ("time", "entry", "amount", "returned", "available", "held", "id", "draws", "note")


def ledger(
    name: Annotated[str, typer.Argument(help="Account.")],
    since: Annotated[str, typer.Option("--since", help="Day or moment; default: the last day.")] = "",
    until: Annotated[str, typer.Option("--until", help="Day or moment, exclusive; default: now.")] = "",
    limit: Annotated[int, typer.Option("--limit", help="Most entries, the newest ones.", min=1, max=100_000)] = 1_000,
    fees: Annotated[bool, typer.Option("--fees", help="Without the holds and ends of messages.")] = False,
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Show what moved an account's money, oldest first; `available` and `held` are what an entry adds to each."""
    import time

    settings = load_settings(config)
    if name not in settings.accounts:
        fail(f"no account {name!r}; there are {', '.join(sorted(settings.accounts)) or 'none'}", code=MISUSED)
    ends_at = parse_moment(until, "--until") if until else time.time() + 1
    begins_at = parse_moment(since, "--since") if since else ends_at - 86_400
    document = finish(_read(settings, name, begins_at, ends_at, limit, fees))
    if is_json:
        print_json(document)
        return
    print_table("", _COLUMNS, ([entry[column] for column in _COLUMNS] for entry in document["entries"]))
    typer.echo(f"{document['count']} entries; available {document['available']}, held {document['held']} now")


async def _read(
    settings: Settings, name: str, since: float, until: float, limit: int, fees: bool
) -> dict[str, Any]:
    from gateway.cli.database_access import connected
    from gateway.domain.money import format_yuan
    from gateway.store.reader.ledger_history import entry_document, read_entries
    from gateway.store.reader.message_history import read_balances

    async with connected(settings) as connection:
        rows = await read_entries(connection, name, since=since, until=until, limit=limit, is_brief=fees)
        balances = await read_balances(connection)
    entries = [entry_document(row) for row in rows]
    return {
        "account": name, "count": len(entries), "entries": entries, "is_complete": len(entries) < limit,
        "available": format_yuan(balances.get(f"available:{name}", 0)),
        "held": format_yuan(balances.get(f"held:{name}", 0)),
    }
