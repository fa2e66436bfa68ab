"""One message's life as rows: what `explain` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from gateway.domain.ids import carrier_id_spellings
from gateway.domain.outcome import Answer
from gateway.store.facts.refused_delivers import read_words

Row = Mapping[str, Any]

_WHOLE = """
SELECT message_id FROM outcomes WHERE segment_id = $1 AND message_id > 0
UNION ALL SELECT message_id FROM parts WHERE segment_id = $1 AND message_id > 0
UNION ALL SELECT id FROM messages WHERE id = $1
UNION ALL SELECT id FROM messages WHERE id > $1 - 65536 AND id < $1 AND $1 = ANY (segment_ids)
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Life:
    """Everything stored about one message, or about one that never became a message (`message` is None then)."""

    id: int
    message: Row | None
    refusal: Row | None
    claims: Sequence[Row]
    answers: Sequence[Row]
    receipts: Sequence[Row]
    outcomes: Sequence[Row]
    entries: Sequence[Row]
    amendments: Sequence[Row]
    part: Mapping[str, Any] | None = None  # a client segment whose others are missing, unpacked
    inbound: Row | None = None  # an MO
    came: Sequence[Mapping[str, Any]] = ()  # segments that waited for others, unpacked, in order
    ambiguous: Sequence[Row] = ()  # receipts that may mean this message or another one
    refused: Sequence[Mapping[str, Any]] = ()  # what its client said of its receipts, or of the MO


async def find_whole(connection: asyncpg.Connection, id_: int) -> int:
    """Return the id of the message that a segment belongs to; the id itself where it is one, or unknown."""
    whole = await connection.fetchval(_WHOLE, id_)
    return id_ if whole is None else int(whole)


async def read_life(connection: asyncpg.Connection, id_: int) -> Life | None:
    """Return the life of a message by its id or by the id of one of its segments; None where nothing is known."""
    message_id = await find_whole(connection, id_)
    message = await connection.fetchrow("SELECT * FROM messages WHERE id = $1", message_id)
    refusal = await connection.fetchrow("SELECT * FROM refusals WHERE segment_id = $1", id_)
    part = inbound = None
    if message is None and refusal is None:
        packed = await connection.fetchval("SELECT submission FROM parts WHERE segment_id = $1", id_)
        part = None if packed is None else orjson.loads(packed)
        inbound = await connection.fetchrow("SELECT * FROM inbound WHERE seq = $1", id_)
        if part is None and inbound is None:
            return None
    found = {
        table: await connection.fetch(f"SELECT * FROM {table} WHERE message_id = $1 ORDER BY {order}", message_id)
        for table, order in (
            ("claims", "at_ms"), ("answers", "at_ms, index"), ("receipts", "at_ms, index"),
            ("amendments", "at_ms"), ("outcomes", "seq"),
        )
    }
    if not found["receipts"] and message is not None and message["cuts"] is None:
        found["receipts"] = [_report(row, message) for row in found["outcomes"]]
    entries = await connection.fetch("SELECT * FROM entries WHERE id = $1 ORDER BY phase", message_id)
    came = await _kept_segments(connection, message) if message is not None and message["segment_ids"] else []
    ambiguous = await _ambiguous_receipts(connection, message, found["answers"]) if message is not None else []
    owed = [*found["outcomes"], *([inbound] if inbound is not None else [])]
    refused = await read_words(connection, owed[0]["account"], [row["seq"] for row in owed]) if owed else []
    return Life(
        id=message_id, message=message, refusal=refusal, entries=entries, part=part, inbound=inbound, came=came,
        ambiguous=ambiguous, refused=refused, **found,
    )


async def _ambiguous_receipts(connection: asyncpg.Connection, message: Row, answers: Sequence[Row]) -> list[Row]:
    """Return receipts to the number of a message with an unknown outcome that fitted several such messages."""
    channels = {row["channel"] for row in answers if row["answer"] == Answer.UNKNOWN}
    if not channels:
        return []
    query = (
        "SELECT * FROM unmatched_receipts WHERE is_ambiguous AND destination = $1 AND channel = ANY($2::text[])"
        " AND at_ms >= $3 ORDER BY at_ms LIMIT 20"
    )
    return list(await connection.fetch(query, message["destination"], list(channels), message["accepted_ms"]))


async def _kept_segments(connection: asyncpg.Connection, message: Row) -> list[Mapping[str, Any]]:
    rows = await connection.fetch("SELECT submission FROM parts WHERE segment_id = ANY($1)", message["segment_ids"])
    kept = [orjson.loads(row["submission"]) for row in rows]
    return sorted((each for each in kept if each["concat"]), key=lambda each: int(each["concat"][2]))


_ANSWERED = """
SELECT DISTINCT message_id, channel FROM answers WHERE carrier_message_id = ANY ($1::text[])
ORDER BY message_id DESC LIMIT $2
"""


async def read_carrier_id(connection: asyncpg.Connection, carrier_id: str, *, limit: int = 10) -> list[Row]:
    """Return (message_id, channel) of the segments that a carrier answered with an id, newest first.

    Where there is none of exactly that spelling, those of another spelling of the same number.
    """
    exact = await connection.fetch(_ANSWERED, [carrier_id], limit)
    return list(exact or await connection.fetch(_ANSWERED, carrier_id_spellings(carrier_id), limit))


async def read_reference(connection: asyncpg.Connection, reference: str, *, limit: int = 10) -> list[int]:
    """Return the ids of messages for which a client gave this reference of its own, newest first."""
    rows = await connection.fetch(
        "SELECT message_id FROM asked_with WHERE reference = $1 AND reference <> '' ORDER BY message_id DESC LIMIT $2",
        reference, limit,
    )
    return [row["message_id"] for row in rows]


def _report(outcome: Row, message: Row) -> dict[str, Any]:
    """Return the receipt of a message in one wire segment, which is stored as its outcome only."""
    same = ("message_id", "state", "error", "done_ms", "at_ms")
    return {"index": 0, "channel": message["channel"], **{name: outcome[name] for name in same}}


async def read_balances(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the hao in every book."""
    return {row["book"]: row["amount_hao"] for row in await connection.fetch("SELECT book, amount_hao FROM balances")}


async def read_suspended(connection: asyncpg.Connection) -> dict[str, bool]:
    """Return which accounts a command suspended, of those that were ever seen."""
    rows = await connection.fetch("SELECT account, suspended FROM account_states")
    return {row["account"]: row["suspended"] for row in rows}
