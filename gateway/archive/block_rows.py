"""Rows as canonical lines, and the two trees over a block of them.

A line is the row as PostgreSQL's COPY writes it as text: columns in the layout's order between tabs, \\N for null,
octets in hex. It is what is hashed, what a piece of evidence shows, and the same on every machine and after a restore.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from gateway.archive.layout import BY_TABLE, SOURCES, Layout, Source
from gateway.archive.subjects import TAG_OCTETS, account_digest, number_digest
from gateway.archive.trees import Tree, lead

_SUBJECT = bytes((TAG_OCTETS,))  # what leaves of subjects begin with
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPED = str.maketrans({character: f"\\{letter}" for letter, character in _ESCAPES.items()} | {"\\": "\\\\"})


@dataclass(frozen=True, slots=True)
class Extent:
    """Keys in [low, high), recorded in [from_ms, until_ms)."""

    low: int
    high: int
    from_ms: int
    until_ms: int


@dataclass(slots=True)
class Block:
    """The rows of an extent and their trees."""

    lines: dict[str, list[bytes]]
    tree: Tree
    subjects: Tree

    @property
    def counts(self) -> str:
        """Rows of each table that has any, as JSON."""
        return counts_text({table: len(lines) for table, lines in self.lines.items() if lines})

    @property
    def marks(self) -> bytes:
        return b"".join(leaf[-32:-28] for leaf in self.tree.leaves)


def counts_text(counts: dict[str, int]) -> str:
    return json.dumps(dict(sorted(counts.items())), separators=(",", ":"))


def row_digest(table: str, line: bytes) -> bytes:
    return hashlib.sha256(table.encode() + b"\0" + line).digest()


def row_tag(table: str, key: int) -> bytes:
    """Return the tag of a table's rows under one key in a block's first tree."""
    return table.encode() + b"\0" + key.to_bytes(8, "big")


def build_block(lines: dict[str, list[bytes]], layout: Layout) -> Block:
    """Return the trees over lines."""
    leaves: list[bytes] = []
    subjects: list[bytes] = []
    accounts: dict[bytes, bytes] = {}
    sha256 = hashlib.sha256
    for table, rows in lines.items():
        source, columns = BY_TABLE[table], layout[table]
        prefix = table.encode() + b"\0"
        head = lead(row_tag(table, 0))[:-8]
        by_number = columns.index(source.number) if source.number else -1
        by_account = columns.index(source.account) if source.account else -1
        for line in rows:
            key, _, _ = line.partition(b"\t")
            digest = sha256(prefix + line).digest()
            leaves.append(head + int(key).to_bytes(8, "big") + digest)
            if by_number >= 0:
                fields = line.split(b"\t")
                name = fields[by_account]
                account = accounts.get(name) or accounts.setdefault(name, account_digest(unescape(name) or ""))
                number = number_digest(unescape(fields[by_number]) or "")
                subjects.append(_SUBJECT + number[:TAG_OCTETS] + sha256(number + digest).digest())
                subjects.append(_SUBJECT + account[:TAG_OCTETS] + sha256(account + digest).digest())
    return Block(lines, Tree(leaves), Tree(subjects))


async def read_block(
    connection: asyncpg.Connection, extent: Extent, layout: Layout, sources: Sequence[Source] = SOURCES
) -> Block:
    """Read an extent over the columns of a layout; call it within a transaction where several must agree."""
    lines: dict[str, list[bytes]] = {}
    for source in sources:
        if source.table in layout:
            lines[source.table] = await read_lines(connection, extent, layout[source.table], source)
    return build_block(lines, layout)


async def read_lines(
    connection: asyncpg.Connection, extent: Extent, columns: Sequence[str], source: Source
) -> list[bytes]:
    chunks: list[bytes] = []

    async def keep(chunk: bytes) -> None:
        chunks.append(bytes(chunk))

    named = ", ".join(f'"{column}"' for column in columns)
    until = f" AND {source.recorded} < {extent.until_ms}" if extent.until_ms < FOREVER_MS else ""
    since = f" AND {source.recorded} >= {extent.from_ms}" if extent.from_ms else ""
    # The values are integers of ours: COPY takes no parameters.
    query = (
        f"SELECT {named} FROM {source.table} WHERE {source.key} >= {extent.low} AND {source.key} < {extent.high}"
        f"{since}{until}"
    )
    await connection.copy_from_query(query, output=keep)
    return b"".join(chunks).split(b"\n")[:-1]


FOREVER_MS = 1 << 62


def unescape(field: bytes) -> str | None:
    """Return one field of a line as text; None where it is null."""
    if field == b"\\N":
        return None
    text = field.decode("utf-8")
    return "".join(_unescaped(text)) if "\\" in text else text


def _unescaped(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
            yield _ESCAPES.get(text[at], text[at])
        else:
            yield text[at]
        at += 1


def read_fields(line: bytes, columns: Sequence[str]) -> dict[str, str | None]:
    """Return a line's fields by column; raises ValueError where their number differs."""
    return dict(zip(columns, map(unescape, line.split(b"\t")), strict=True))


def write_line(fields: Sequence[str | None]) -> bytes:
    """Return the line of fields: the inverse of reading them."""
    return b"\t".join(b"\\N" if field is None else field.translate(_ESCAPED).encode() for field in fields)
