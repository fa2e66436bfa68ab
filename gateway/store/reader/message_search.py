"""A search of the history, newest first: what was sent, refused and received, by number, account, channel and time.

It walks windows of ids, which are times, back from the youngest: a window is a quarter where it held more than a page
needs, and four times as wide where it held little. Each read is bounded, however the traffic lies. The summaries of
migration 0022 say which pages of a window may hold what is looked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from gateway.domain.outcome import STATE_BY_STAT

SENT, REFUSED, RECEIVED = "sent", "refused", "received"
KINDS: Final = (SENT, REFUSED, RECEIVED)
OPEN: Final = "OPEN"  # a state to look for: no outcome yet
REFUSED_STATE: Final = "REFUSED"
READ_MAX: Final = 2_000  # rows of one kind in one read
READS_MAX: Final = 64
_SECOND: Final = 1 << 32
_WIDTH_USUAL: Final = 64 * _SECOND
_WIDTH_OF_NUMBER: Final = 86_400 * _SECOND
_GROWTH: Final = 4

Row = Mapping[str, Any]

_COLUMNS: Final = {
    SENT: "id, accepted_ms AS at_ms, account, protocol, source, destination, channel, billed,"
    " coalesce(segment_ids[1], id) AS segment_id, '' AS error, NULL AS key, NULL AS clause",
    REFUSED: "segment_id AS id, at_ms, account, protocol, source, destination, '' AS channel, 0 AS billed,"
    " segment_id, '' AS error, key, clause",
    RECEIVED: "seq AS id, received_ms AS at_ms, account, '' AS protocol, source, destination, channel, 0 AS billed,"
    " seq AS segment_id, '' AS error, NULL AS key, NULL AS clause",
}
_TABLES: Final = {SENT: ("messages", "id"), REFUSED: ("refusals", "segment_id"), RECEIVED: ("inbound", "seq")}
# A plan made for any window and any number reads a day's table whole: which pages may hold it is told by the values.
_PLANNED_EACH_TIME = "SET LOCAL plan_cache_mode = force_custom_plan"
_OUTCOMES = "SELECT segment_id, state, error FROM outcomes WHERE segment_id = ANY ($1::bigint[])"


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """What is looked for; what is empty does not matter. `numbers` are spellings of one phone's number.

    `state` is a word of receipts, OPEN or REFUSED_STATE.
    """

    numbers: Sequence[str] = ()
    account: str = ""
    channel: str = ""
    state: str = ""
    kinds: Sequence[str] = KINDS

    def kinds_wanted(self) -> Sequence[str]:
        """Return the kinds that can be meant: a refusal has no channel, an MO no outcome."""
        may_be = {
            SENT: self.state != REFUSED_STATE,
            REFUSED: not self.channel and self.state in ("", REFUSED_STATE),
            RECEIVED: not self.state,
        }
        return [kind for kind in KINDS if kind in self.kinds and may_be[kind]]


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Rows by id, the youngest first; each has `kind` and `state` (of State, None: none yet).

    Everything from `down_to` on was looked at. It is the lower end of the search, or lies above it: there is more.
    """

    rows: Sequence[Row]
    down_to: int


async def find(connection: asyncpg.Connection, terms: SearchTerms, low: int, high: int, limit: int) -> FoundRows:
    """Return up to `limit` rows with ids in [low, high), and more only where several share the last id."""
    found: list[Row] = []
    down_to = high
    async with connection.transaction():
        await connection.execute(_PLANNED_EACH_TIME)
        async for begin, rows in _windows(connection, terms, low, high):
            found += rows
            down_to = begin
            if len(found) >= limit:
                break
    if len(found) > limit:
        last = found[limit - 1]["id"]
        kept = [row for row in found if row["id"] >= last]
        return FoundRows(kept, last)
    return FoundRows(found, down_to)


async def find_all(connection: asyncpg.Connection, terms: SearchTerms, low: int, high: int, limit: int) -> list[Row]:
    """As `find`, however long it takes: up to `limit` rows of all there are."""
    found: list[Row] = []
    while high > low and len(found) < limit:
        page = await find(connection, terms, low, high, limit - len(found))
        found += page.rows
        high = page.down_to
    return found[:limit]


async def read_texts(connection: asyncpg.Connection, ids: Sequence[int]) -> dict[int, str | None]:
    """Return the final text of messages; None of one in octets."""
    rows = await connection.fetch("SELECT id, text FROM messages WHERE id = ANY ($1::bigint[])", list(ids))
    return {row["id"]: row["text"] for row in rows}


async def read_by_ids(connection: asyncpg.Connection, ids: Sequence[int]) -> list[Row]:
    """Return what has one of these ids, or is the whole of a segment that has, the youngest first."""
    found: dict[tuple[str, int], Row] = {}
    for kind, (table, key) in _TABLES.items():
        statement = f"SELECT {_COLUMNS[kind]} FROM {table} WHERE {key} = ANY ($1::bigint[])"
        for row in await connection.fetch(statement, list(ids)):
            found[kind, row["id"]] = {"kind": kind, "state": None, **row}
    rows = sorted(found.values(), key=lambda row: int(row["id"]), reverse=True)
    return await _with_outcomes(connection, SearchTerms(), rows)


async def _windows(
    connection: asyncpg.Connection, terms: SearchTerms, low: int, high: int
) -> AsyncIterator[tuple[int, list[Row]]]:
    """Yield (lower end, rows) of windows, the youngest first, until all is read or READS_MAX reads were made."""
    width = _WIDTH_OF_NUMBER if terms.numbers else _WIDTH_USUAL
    end = high
    for _ in range(READS_MAX):
        if end <= low:
            return
        begin = max(low, end - width)
        is_narrow = end - begin <= _SECOND
        rows, is_whole = await _read(connection, terms, begin, end, in_order=is_narrow)
        if not is_whole and not is_narrow:
            width = max(_SECOND, (end - begin) // _GROWTH)
            continue
        if not is_whole:  # more in one second than a read takes: go on below the last that all kinds were read to
            begin = rows[-1]["id"]
        yield begin, await _with_outcomes(connection, terms, rows)
        end, width = begin, width * _GROWTH if is_whole else width


async def _read(
    connection: asyncpg.Connection, terms: SearchTerms, low: int, high: int, *, in_order: bool
) -> tuple[list[Row], bool]:
    """Return the rows of [low, high), the youngest first, and whether these are all.

    Where they are not, `in_order` rows are the youngest without a gap; else they are any, and of no use.
    """
    found: list[Row] = []
    floor, is_whole = low, True
    for kind in terms.kinds_wanted():
        rows = await connection.fetch(*statement_of(kind, terms, low, high, in_order=in_order))
        if len(rows) == READ_MAX:
            is_whole = False
            if not in_order:
                return [], False
            floor = max(floor, rows[-1]["id"])
        found += [{"kind": kind, "state": None, **row} for row in rows]
    found.sort(key=lambda row: row["id"], reverse=True)
    return (found if is_whole else [row for row in found if row["id"] >= floor]), is_whole


def statement_of(kind: str, terms: SearchTerms, low: int, high: int, *, in_order: bool) -> tuple[Any, ...]:
    """Return the statement of one kind and its values; only what is asked for stands in it, for its plan."""
    table, key = _TABLES[kind]
    number = "source" if kind == RECEIVED else "destination"
    wheres, values = [f"{key} >= $1", f"{key} < $2"], [low, high]
    given = ((f"{number} = ANY (${{}}::text[])", list(terms.numbers)), ("account = ${}", terms.account),
             ("channel = ${}", terms.channel))
    for where, value in given:
        if value:
            values.append(value)  # type: ignore[arg-type]  # of the types that the statement says
            wheres.append(where.format(len(values)))
    order = f"ORDER BY {key} DESC " if in_order else ""
    return f"SELECT {_COLUMNS[kind]} FROM {table} WHERE {' AND '.join(wheres)} {order}LIMIT {READ_MAX}", *values


async def _with_outcomes(connection: asyncpg.Connection, terms: SearchTerms, rows: Sequence[Row]) -> list[Row]:
    """Return the rows with their outcomes, those of another state than is looked for left out."""
    ids = [row["segment_id"] for row in rows if row["kind"] == SENT]
    ended = {row["segment_id"]: row for row in await connection.fetch(_OUTCOMES, ids)} if ids else {}
    wanted = STATE_BY_STAT.get(terms.state)
    found: list[Row] = []
    for row in rows:
        outcome = ended.get(row["segment_id"]) if row["kind"] == SENT else None
        state = outcome["state"] if outcome is not None else None
        if row["kind"] == SENT and terms.state and (state is not None if terms.state == OPEN else state != wanted):
            continue
        error = outcome["error"] if outcome is not None else row["error"]
        found.append({**row, "state": state, "error": error})
    return found
