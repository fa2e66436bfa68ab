"""The desk from the command line: through the running gateway, else on the store (gateway.operations.desk)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.asking import running, user
from gateway.cli.options import finish
from gateway.cli.output import fail, print_json, print_pairs

if TYPE_CHECKING:
    from gateway.domain.entry import EntryKind
    from gateway.operations.desk import Desk
    from gateway.settings import Settings

By = Annotated[str, typer.Option("--by", help="Who does it; default: the user of this system.")]


def act(settings: Settings, name: str, body: dict[str, Any], by: str = "") -> dict[str, Any]:
    """Do an operation of the desk; end with code 1 and the reason where it is refused."""
    body = {**body, "actor": by or user()}
    document: dict[str, Any] | None = running(settings, "POST", f"/desk/{name}", body)
    return finish(_act_offline(settings, name, body)) if document is None else document


def show(document: dict[str, Any], is_json: bool) -> None:
    if is_json:
        print_json(document)
    else:
        print_pairs(document)


async def _act_offline(settings: Settings, name: str, body: dict[str, Any]) -> dict[str, Any]:
    import orjson

    from gateway.archive.audit import by_this_user
    from gateway.interfaces.control_socket import NoSuchName
    from gateway.operations.desk import act as act_at
    from gateway.operations.desk_operations import OPERATIONS
    from gateway.store.facts.audit_rows import record

    try:
        async with open_desk(settings, str(body["actor"]), is_exclusive=settings.database.dsn is None) as desk:
            document = dict(await act_at(OPERATIONS[name], desk, body))
            detail = orjson.dumps(body, default=str).decode()[:500]
            await record(desk.connection, by_this_user(f"desk {name}", name, detail=detail), desk.now)
            return document
    except NoSuchName as error:
        fail(f"hongyan: {error}")
    except ValueError as error:
        fail(f"hongyan: {error}")


@asynccontextmanager
async def open_desk(settings: Settings, actor: str = "", *, is_exclusive: bool = False) -> AsyncIterator[Desk]:
    """Give a desk on the store itself, for commands that only read or where no gateway runs."""
    from gateway.cli.database_access import connected
    from gateway.operations.desk import Desk

    async with connected(settings, is_exclusive=is_exclusive) as connection:
        yield Desk(connection, settings, time.time(), actor, StoreBooks(connection, settings))


class StoreBooks:
    """The ledger in the rows of the store, where no gateway holds balances in memory."""

    def __init__(self, connection: Any, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings

    async def take_id(self) -> int:
        from gateway.store.facts.offline_changes import next_entry_id

        if self._settings.database.dsn is not None:
            raise ValueError("no gateway answers here, and one elsewhere may hold this database: do it where it runs")
        return await next_entry_id(self._connection, node=self._settings.node.number, now=time.time())

    async def post(self, id_: int, kind: EntryKind, account: str, amount_hao: int, note: str) -> None:
        from gateway.domain.entry import Entry
        from gateway.store.facts.offline_changes import add_entry
        from gateway.store.reader.ledger_history import is_posted

        if await is_posted(self._connection, id_):
            return
        await add_entry(self._connection, Entry(id_, kind, account, amount_hao, 0, time.time(), note))
