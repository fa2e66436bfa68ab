"""A link of the chain of seals: what it covers, its hash over that and over the link before, how it is stored."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from gateway.archive.trees import EMPTY

GENESIS = bytes(32)
LOCK = 0x5EA1  # one sealer at a time on a database
BODY = (
    "from_ms", "until_ms", "layout", "counts", "rows", "root", "subjects", "subject_root", "sealed_ms", "note",
)
COLUMNS = ("number", "kind", "day", "low", "high", *BODY, "previous")


@dataclass(frozen=True, slots=True)
class Seal:
    """One link. `root` of a day is the hash of the day closed before it; of a purge and of nothing it is EMPTY."""

    number: int
    kind: str
    day: dt.date
    low: int
    high: int
    sealed_ms: int
    from_ms: int = 0
    until_ms: int = 0
    layout: str = ""
    counts: str = "{}"
    rows: int = 0
    root: bytes = EMPTY
    subjects: int = 0
    subject_root: bytes = EMPTY
    note: str = ""
    previous: bytes = GENESIS
    hash: bytes = b""
    marks: bytes = b""

    def sealed(self) -> Seal:
        """Return it with its hash."""
        return replace(self, hash=self.compute())

    @property
    def body(self) -> bytes:
        """SHA-256 of the fields that do not say where it belongs, a line each in the order of BODY; octets in hex."""
        return hashlib.sha256("".join(f"{shown(getattr(self, name))}\n" for name in BODY).encode()).digest()

    def compute(self) -> bytes:
        return link_hash(self.previous, self.number, self.kind, self.day.isoformat(), self.low, self.high, self.body)


def link_hash(previous: bytes, number: int, kind: str, day: str, low: int, high: int, body: bytes) -> bytes:
    """Return a link's hash. Of a link that a piece of evidence passes by these few values are enough."""
    return hashlib.sha256(previous + f"{number} {kind} {day} {low} {high}\n".encode() + body).digest()


def shown(value: Any) -> str:
    """Write a field as it is hashed and as evidence shows it; a note or count has no line end."""
    return value.hex() if isinstance(value, bytes) else str(value).replace("\\", "\\\\").replace("\n", "\\n")


def seal_of(row: asyncpg.Record) -> Seal:
    """Rebuild a link from its row."""
    return Seal(**{name: row[name] for name in (*COLUMNS, "hash", "marks")})


async def last_seal(connection: asyncpg.Connection) -> Seal | None:
    row = await connection.fetchrow("SELECT * FROM seals ORDER BY number DESC LIMIT 1")
    return None if row is None else seal_of(row)


async def append(connection: asyncpg.Connection, seal: Seal) -> Seal:
    """Add a link behind the last one; its number, link and hash are set here. Call it under LOCK in a transaction."""
    last = await last_seal(connection)
    made = replace(
        seal, number=1 if last is None else last.number + 1, previous=GENESIS if last is None else last.hash
    ).sealed()
    names = (*COLUMNS, "hash", "marks")
    places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    await connection.execute(
        f"INSERT INTO seals ({', '.join(names)}) VALUES ({places})", *(getattr(made, name) for name in names)
    )
    return made


async def closed_days(connection: asyncpg.Connection) -> list[Seal]:
    """Return the links that close a day, the oldest first."""
    return [seal_of(row) for row in await connection.fetch("SELECT * FROM seals WHERE kind = 'day' ORDER BY number")]


async def read_hashes(connection: asyncpg.Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Return the hashes of links by their numbers, in hex; a link that is not there has none."""
    rows = await connection.fetch("SELECT number, hash FROM seals WHERE number = ANY ($1::bigint[])", list(numbers))
    return {row["number"]: row["hash"].hex() for row in rows}
