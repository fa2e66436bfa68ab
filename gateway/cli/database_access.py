"""The database behind a configuration, for one command; queries on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

from gateway.archive.audit import this_user
from gateway.cli.options import finish
from gateway.cli.output import MISUSED, fail
from gateway.contracts.working_days import CalendarNotCovered
from gateway.queries.query import NotAnswered, WrongRequest
from gateway.queries.viewing import Viewer
from gateway.store.open_database import open_database
from gateway.store.private_postgres.binaries import EmbeddedError

if TYPE_CHECKING:
    from gateway.settings import Settings

T = TypeVar("T")


def query(settings: Settings, ask: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
    """Return what a query answers on the store; end with code 2 where the request is wrong, 1 where it is refused."""

    async def run() -> T:
        async with connected(settings) as connection:
            return await ask(connection)

    with answered():
        return finish(run())


@contextmanager
def answered() -> Iterator[None]:
    """End with code 2 where a request is wrong, with 1 where it is not answered."""
    try:
        yield
    except WrongRequest as error:
        fail(str(error), code=MISUSED)
    except (NotAnswered, CalendarNotCovered) as error:
        fail(f"hongyan: {error}")


def viewer(reason: str = "") -> Viewer:
    """Return who runs this command, as the audit names him, and why he looks."""
    return Viewer(*this_user(), reason)


@asynccontextmanager
async def connected(
    settings: Settings, *, is_new: bool = False, is_exclusive: bool = False
) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection, or end with code 1 and the reason; without `is_new` the schema must be there.

    `is_exclusive` asks for a private database that no gateway uses at the moment.
    """
    embedded = settings.database.embedded
    if not is_new and settings.database.dsn is None and not (settings.state_dir / "postgres").exists():
        fail(f"hongyan: {settings.state_dir} holds no database yet; `hongyan run` or `hongyan migrate` makes it")
    try:
        async with open_database(
            settings.database.dsn,
            settings.state_dir,
            bin_dir=embedded.bin_dir,
            settings=embedded.settings,
            connect_timeout_s=settings.database.connect_timeout_s,
            is_exclusive=is_exclusive,
        ) as connection:
            yield connection
    except asyncpg.UndefinedTableError:
        fail("hongyan: the database has no schema yet; `hongyan migrate` makes it")
    except (EmbeddedError, OSError, asyncpg.PostgresError) as error:
        fail(f"hongyan: no database: {error or type(error).__name__}")
