"""accounts ledger: the entries of an account as a person reads them, from the store."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings, parse_moment
from gateway.cli.output import print_json, print_table

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
    from gateway.cli.database_access import answered, query
    from gateway.queries.account_ledger import LedgerRequest, read_ledger
    from gateway.queries.configured import account_named

    settings = load_settings(config)
    with answered():
        account_named(settings, name)
    ends_at = parse_moment(until, "--until") if until else time.time() + 1
    begins_at = parse_moment(since, "--since") if since else ends_at - 86_400
    request = LedgerRequest(name, begins_at, ends_at, limit, is_brief=fees)
    document = query(settings, lambda connection: read_ledger(connection, settings, request)).as_dict()
    if is_json:
        print_json(document)
        return
    print_table("", _COLUMNS, ([entry[column] for column in _COLUMNS] for entry in document["entries"]))
    typer.echo(f"{document['count']} entries; available {document['available']}, held {document['held']} now")
