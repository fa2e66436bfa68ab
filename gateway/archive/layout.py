"""What is sealed: every table of the history, its columns as the database has them, its key and its time.

The columns are read from the catalogue and kept with the seals, so a table that gains a column later leaves old seals
as they are: each is recomputed over the columns that it was made of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True, slots=True)
class Source:
    """One table: the column that places a row in a day, when it was recorded (SQL, ms), and whom it is about."""

    table: str
    key: str
    recorded: str
    number: str = ""
    account: str = ""


SOURCES = (
    Source("messages", "id", "accepted_ms", "destination", "account"),
    Source("claims", "message_id", "at_ms"),
    Source("answers", "message_id", "at_ms"),
    Source("receipts", "message_id", "at_ms"),
    Source("outcomes", "segment_id", "at_ms"),
    Source("movements", "id", "at_ms"),
    Source("refusals", "segment_id", "at_ms", "destination", "account"),
    Source("amendments", "message_id", "at_ms"),
    Source("inbound", "seq", "received_ms", "source", "account"),
    Source("refused_delivers", "seq", "at_ms", "", "account"),
)
AUDIT = Source("audit", "id", "at_ms")
BY_TABLE = {source.table: source for source in (*SOURCES, AUDIT)}

Layout = Mapping[str, tuple[str, ...]]  # table -> columns in order; the key is the first


async def read_layout(connection: asyncpg.Connection) -> Layout:
    """Return the columns of every sealed table that exists, the key first."""
    rows = await connection.fetch(
        "SELECT c.relname AS name, a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relname = ANY ($1) AND c.relnamespace = current_schema()::regnamespace"
        " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
        list(BY_TABLE),
    )
    found: dict[str, tuple[str, ...]] = {}
    for source in (*SOURCES, AUDIT):
        columns = [row["column"] for row in rows if row["name"] == source.table]
        if columns:
            found[source.table] = (source.key, *(column for column in columns if column != source.key))
    return found


def layout_text(layout: Layout) -> str:
    return json.dumps({table: list(columns) for table, columns in sorted(layout.items())}, separators=(",", ":"))


def layout_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def layout_from(text: str) -> Layout:
    return {table: tuple(columns) for table, columns in json.loads(text).items()}
