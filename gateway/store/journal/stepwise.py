"""A batch statement by statement, by what asyncpg offers to everybody: slower than one exchange, and the same facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg


class Copy(NamedTuple):
    """Rows of one table, as COPY reads them in its binary format."""

    table: str
    columns: tuple[str, ...]
    octets: bytes


class Steps:
    """One batch as a transaction of its own. Nothing is sent before `run`; the commit is its last step."""

    def __init__(
        self, connection: asyncpg.Connection, opening: str, copies: Sequence[Copy], closing: str
    ) -> None:
        """`opening` begins the transaction, `closing` is what stands behind the copies, or empty.

        Raises asyncpg.ConnectionDoesNotExistError where there is nobody to send it to.
        """
        if connection.is_closed():
            raise asyncpg.ConnectionDoesNotExistError("the connection is closed")
        self._connection = connection
        self._opening, self._copies, self._closing = opening, copies, closing

    async def run(self) -> None:
        """Do all but the commit. What the server refuses leaves the transaction open, and failed."""
        await self._connection.execute(self._opening)
        for copy in self._copies:
            await self._connection.copy_to_table(
                copy.table, source=memoryview(copy.octets), columns=copy.columns, format="binary"
            )
        if self._closing:
            await self._connection.execute(self._closing)
