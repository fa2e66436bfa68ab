"""The ledger as it is stored: entries of one account in a span of time, as rows and as documents; sums over all books.

An entry's id is a time, but a resolution has the id of its message, which may be days older: the walk begins so much
earlier and goes by the entry's own time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from gateway.domain.china_time import CHINA_OFFSET_S, moment_text
from gateway.domain.entry import RESOLUTIONS, Entry, EntryKind
from gateway.domain.ids import first_id_at
from gateway.domain.money import format_yuan
from gateway.ledger.book import legs
from gateway.ledger.draws import parse_draws, words_of

BEFORE_S: Final = 35 * 86_400.0  # a message waits at most a month for its hour and days for its receipt
_ENTRIES = """
SELECT * FROM (
    SELECT id, phase, kind, account, amount_hao, returned_hao, at_ms, note FROM entries
    WHERE account = $1 AND id >= $2 AND id < $3 AND at_ms >= $4 AND at_ms < $5 AND NOT (kind = ANY($6::smallint[]))
    ORDER BY at_ms DESC, id DESC, phase DESC LIMIT $7
) AS newest ORDER BY at_ms, id, phase
"""
_SUMS_FROM = """
SELECT kind, count(*) AS count, sum(amount_hao)::bigint AS amount_hao, sum(returned_hao)::bigint AS returned_hao
FROM entries WHERE account = $1 AND id >= $2 AND at_ms >= $3 AND kind <> $4 GROUP BY kind
"""
_SETTLED_BY_DAY = """
SELECT (at_ms + $5) / 86400000 AS day, count(*) AS count, sum(amount_hao)::bigint AS amount_hao, max(at_ms) AS at_ms
FROM entries WHERE account = $1 AND id >= $2 AND at_ms >= $3 AND at_ms < $4 AND kind = $6 GROUP BY day ORDER BY day
"""


async def read_sums_from(connection: asyncpg.Connection, account: str, since: float) -> list[asyncpg.Record]:
    """Return by kind what was booked from an instant on; holds are left out, they move nothing that is owned."""
    return list(await connection.fetch(
        _SUMS_FROM, account, first_id_at(since - BEFORE_S), int(since * 1000), int(EntryKind.HOLD)
    ))


async def read_settled_by_day(
    connection: asyncpg.Connection, account: str, since: float, until: float
) -> list[asyncpg.Record]:
    """Return for each day, China time, how many messages were charged in [since, until), what they cost, and when the
    last of them was."""
    return list(await connection.fetch(
        _SETTLED_BY_DAY, account, first_id_at(since - BEFORE_S), int(since * 1000), int(until * 1000),
        CHINA_OFFSET_S * 1000, int(EntryKind.SETTLE),
    ))


async def read_entries(
    connection: asyncpg.Connection, account: str, *, since: float, until: float, limit: int, is_brief: bool = False
) -> list[asyncpg.Record]:
    """Return the newest `limit` entries in [since, until), oldest first; `is_brief` leaves out those of messages."""
    left_out = [int(kind) for kind in (*RESOLUTIONS, EntryKind.HOLD)] if is_brief else []
    return list(await connection.fetch(
        _ENTRIES, account, first_id_at(since - BEFORE_S), first_id_at(until + 1), int(since * 1000), int(until * 1000),
        left_out, limit,
    ))


async def is_posted(connection: asyncpg.Connection, id_: int) -> bool:
    """Tell whether an entry that is no message's is stored under this id."""
    return bool(await connection.fetchval("SELECT true FROM movements WHERE id = $1 AND phase = 0", id_))


async def read_sums(connection: asyncpg.Connection) -> tuple[int, int]:
    """Return (charged, sum over all books) in hao, as committed; the sum is 0, or money appeared or vanished."""
    charged = await connection.fetchval("SELECT coalesce(sum(amount_hao), 0) FROM balances WHERE book = 'revenue'")
    total = await connection.fetchval("SELECT coalesce(sum(amount_hao), 0) FROM balances")
    return abs(int(charged)), int(total)


def entry_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry in words: what it is, what it adds to the books of its account, what it drew."""
    kind, note = EntryKind(row["kind"]), row["note"] or ""
    entry = Entry(row["id"], kind, row["account"], row["amount_hao"], row["returned_hao"], row["at_ms"] / 1000)
    moved = {book.partition(":")[0]: delta_hao for book, delta_hao in legs(entry)}
    return {
        "time": moment_text(entry.at, "milliseconds"),
        "entry": kind.name.lower(), "amount": format_yuan(entry.amount_hao),
        "returned": format_yuan(entry.returned_hao), "available": format_yuan(moved.get("available", 0)),
        "held": format_yuan(moved.get("held", 0)), "id": str(entry.id),
        "draws": [
            {"pool": draw.pool, "segments": draw.quantity, "unit_price": format_yuan(draw.price_hao)}
            for draw in parse_draws(note)
        ],
        "note": words_of(note),
    }
