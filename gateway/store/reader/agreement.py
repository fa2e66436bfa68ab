"""Whether books and pools in memory are those that are stored: compared while the gateway runs.

Memory is ahead of the store by what is not committed yet. So both are taken as of one commit: the store says of which
batch its books are, and of memory all that moved behind that batch is left out. What is apart for a moment (rows just
set aside, an account that opens at a reload) is asked again a moment later; only what stays apart is told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import asyncpg
import orjson

from gateway.domain.money import format_yuan
from gateway.ledger.book import Book
from gateway.store.journal.gathering import Gathering

TOLD_MAX: Final = 20  # books and pools named in one event
AGAIN_S: Final = 1.0

# One statement sees one moment.
_BOOKS: Final = """
SELECT coalesce((SELECT batch FROM commits WHERE node = $1), 0) AS batch,
       coalesce((SELECT json_object_agg(book, amount_hao) FROM balances), '{}')::text AS books,
       coalesce((SELECT json_agg(json_build_array(account, pool, used)) FROM pool_uses), '[]')::text AS used
"""
Place = tuple[str, str]
KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class StoredBooks:
    """Books in hao and use of pools by (account, pool), as of the batch of a number."""

    number: int
    books: Mapping[str, int]
    used: Mapping[Place, int]


async def read_books(connection: asyncpg.Connection, node: int) -> StoredBooks:
    row = await connection.fetchrow(_BOOKS, node)
    used = {(account, pool): count for account, pool, count in orjson.loads(row["used"])}
    return StoredBooks(row["batch"], orjson.loads(row["books"]), used)


class ReadsBooks(Protocol):
    """A reader of the store."""

    async def books(self, node: int) -> StoredBooks: ...


@dataclass(frozen=True, slots=True)
class Apart:
    """By how much memory is above the store, where it is not the same."""

    books: Mapping[str, int]
    pools: Mapping[Place, int]

    def __bool__(self) -> bool:
        return bool(self.books or self.pools)


class Agreement:
    """Compares; what it found last is in `apart_hao` and `apart_segments`, when it last could in `compared_at`."""

    def __init__(
        self, journal: Gathering, reader: ReadsBooks, book: Book, node: int, emit: Callable[..., None],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal, self._reader, self._book, self._node = journal, reader, book, node
        self._emit, self._tick = emit, tick
        self.apart_hao = self.apart_segments = 0
        self.compared_at = tick()

    @property
    def age_s(self) -> float:
        """Seconds since memory and store were compared; a gateway that cannot compare them knows nothing of them."""
        return self._tick() - self.compared_at

    async def look(self, again_s: float = AGAIN_S) -> Apart:
        """Compare, a second time where something is apart, and tell what stays so. May raise StoreAway."""
        found = await self.compare()
        if found:
            await asyncio.sleep(again_s)
            second = await self.compare()
            found = Apart(_same(found.books, second.books), _same(found.pools, second.pools))
        self.compared_at = self._tick()
        apart_hao = sum(map(abs, found.books.values()))
        apart_segments = sum(map(abs, found.pools.values()))
        if found and (apart_hao, apart_segments) != (self.apart_hao, self.apart_segments):
            self._emit("books_apart", **_told(found))
        self.apart_hao, self.apart_segments = apart_hao, apart_segments
        return found

    async def compare(self) -> Apart:
        """Compare once, as of a commit."""
        self._journal.follow()
        stored = await self._reader.books(self._node)
        moved, used = self._journal.moved_behind(stored.number)
        in_memory = {
            (name, pool): count for name in self._book.accounts() for pool, count in self._book.purse(name).used.items()
        }
        return Apart(_apart(self._book.balances(), moved, stored.books), _apart(in_memory, used, stored.used))


def _apart(memory: Mapping[KeyT, int], behind: Mapping[KeyT, int], stored: Mapping[KeyT, int]) -> dict[KeyT, int]:
    """Return what memory has more than the store, once what moved behind the commit is left out."""
    names: set[KeyT] = {*memory, *behind, *stored}
    found = {name: memory.get(name, 0) - behind.get(name, 0) - stored.get(name, 0) for name in names}
    return {name: more for name, more in found.items() if more}


def _same(one: Mapping[KeyT, int], other: Mapping[KeyT, int]) -> dict[KeyT, int]:
    return {name: more for name, more in one.items() if other.get(name) == more}


def _told(found: Apart) -> dict[str, Any]:
    """Return what the event says: by how much memory is above the store, the largest first."""
    books = sorted(found.books.items(), key=lambda each: -abs(each[1]))[:TOLD_MAX]
    pools = sorted(found.pools.items(), key=lambda each: -abs(each[1]))[:TOLD_MAX]
    return {
        "books": {name: format_yuan(more) for name, more in books},
        "pools": {f"{account} {pool}": more for (account, pool), more in pools},
        "number": len(found.books) + len(found.pools),
    }
