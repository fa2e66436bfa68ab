"""What a month's statement is made of, added up in SQL: messages by class, price and state; entries by kind.

The month of a message is that of its acceptance, which its id carries, and so does its outcome, which resolves its
hold: the ranges of ids are the same, and the day partitions outside them are not read. All is of one snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from gateway.contracts.working_days import add_months, month_end
from gateway.documents.figures import Figures, Group, Movement, Posting, StatementAdjustment, Unknown
from gateway.domain.china_time import start_of
from gateway.domain.entry import EntryKind
from gateway.domain.ids import first_id_at
from gateway.domain.outcome import State
from gateway.store.partitions import bounds

UNKNOWN_LISTED_MAX = 1000
POSTINGS_LISTED_MAX = 500
_OF_MESSAGES = (EntryKind.HOLD, EntryKind.SETTLE, EntryKind.RELEASE, EntryKind.EXPIRE)

# One row for each way messages ended: $1 account, $2 and $3 ids of one day, $4 states that are
# charged, $5 a service id and $6 a text's beginning, null: any.
# The outcome with the id of a message resolves its hold; where pools were drawn from, a movement of phase 1 does.
# A message of one wire segment has the state of its outcome, and so has a longer one that was delivered whole; of the
# others each wire segment has its receipt: of those the first statement only tells that there are some.
_FOUND = """
    FROM messages m
    LEFT JOIN outcomes o ON o.segment_id = m.id AND o.segment_id >= $2 AND o.segment_id < $3 AND o.account = $1
    LEFT JOIN movements v ON v.id = m.id AND v.phase = 1 AND v.id >= $2 AND v.id < $3 AND v.account = $1
    WHERE m.id >= $2 AND m.id < $3 AND m.account = $1
      AND ($5::text IS NULL OR m.service_id = $5) AND ($6::text IS NULL OR starts_with(m.text, $6))
"""
_IS_SPLIT = f"""
    m.cuts IS NOT NULL AND o.state IS NOT NULL AND (o.state <> {State.DELIVERED:d} OR cardinality(m.segment_ids) > 1)
"""
# What is judged has one row for `messages` messages that are alike: `unknown` and `paid` are wire segments of each.
_SUMS = f"""
SELECT message_class, profile, price_version, price_hao, state, is_split, sum(messages)::bigint AS messages,
       sum(messages * billed)::bigint AS billed, sum(messages * wire)::bigint AS wire,
       coalesce(sum(messages * unknown), 0)::bigint AS unknown,
       coalesce(sum(messages) FILTER (WHERE unknown > 0), 0)::bigint AS unknown_messages,
       sum(messages * CASE WHEN kind IS NULL OR kind <> {EntryKind.SETTLE:d} THEN 0
                WHEN price_hao > 0 AND amount_hao > 0 AND amount_hao % price_hao = 0
                     AND amount_hao <= billed * price_hao::bigint AND price_version NOT LIKE '%*%'
                THEN amount_hao / price_hao
                WHEN paid >= wire THEN billed ELSE billed * paid / wire END)::bigint AS charged,
       coalesce(sum(messages * amount_hao) FILTER (WHERE kind = {EntryKind.SETTLE:d}), 0)::bigint AS amount_hao
FROM judged GROUP BY message_class, profile, price_version, price_hao, state, is_split
"""
_GROUPS = f"""
WITH found AS MATERIALIZED (
    SELECT m.message_class, m.profile, m.price_version, m.price_hao, m.billed,
           coalesce(cardinality(m.cuts), 1) AS wire, o.state, coalesce(o.kind, v.kind) AS kind,
           coalesce(o.charged_hao, v.amount_hao) AS amount_hao, {_IS_SPLIT} AS is_split, count(*) AS messages
    {_FOUND} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
), judged AS (
    SELECT message_class, profile, price_version, price_hao, billed, wire, kind, amount_hao, is_split, messages,
           coalesce(state::text, 'OPEN') AS state, (state = {State.UNKNOWN:d})::int * wire AS unknown,
           (state = ANY ($4::int[]))::int * wire AS paid
    FROM found
){_SUMS}"""
_SPLIT_GROUPS = f"""
WITH found AS MATERIALIZED (
    SELECT m.id, m.message_class, m.profile, m.price_version, m.price_hao, m.billed, cardinality(m.cuts) AS wire,
           o.state, coalesce(o.kind, v.kind) AS kind, coalesce(o.charged_hao, v.amount_hao) AS amount_hao
    {_FOUND} AND {_IS_SPLIT}
), long_ones AS (
    SELECT r.message_id AS id,
           count(DISTINCT r.index) FILTER (WHERE r.state = {State.DELIVERED:d}) AS delivered,
           count(DISTINCT r.index) FILTER (WHERE r.state = {State.UNKNOWN:d}) AS unknown,
           count(DISTINCT r.index) FILTER (WHERE r.state = ANY ($4::int[])) AS charged,
           min(r.state) AS least, max(r.state) AS most
    FROM receipts r JOIN found f ON f.id = r.message_id
    WHERE r.message_id >= $2 AND r.message_id < $3 AND r.state NOT IN ({State.ENROUTE:d}, {State.ACCEPTED:d})
    GROUP BY r.message_id
), judged AS (
    SELECT message_class, profile, price_version, price_hao, billed, wire, kind, amount_hao, true AS is_split,
           1 AS messages,
           CASE WHEN l.id IS NULL THEN f.state::text
                WHEN l.delivered >= f.wire THEN '{State.DELIVERED:d}'
                WHEN l.delivered > 0 THEN 'PARTIAL'
                WHEN l.least = l.most THEN l.least::text ELSE 'MIXED' END AS state,
           CASE WHEN l.id IS NULL THEN (f.state = {State.UNKNOWN:d})::int * f.wire ELSE l.unknown END AS unknown,
           CASE WHEN l.id IS NULL THEN (f.state = ANY ($4::int[]))::int * f.wire ELSE l.charged END AS paid
    FROM found f LEFT JOIN long_ones l ON l.id = f.id
){_SUMS}"""
_UNKNOWN = f"""
SELECT m.id, m.accepted_ms, m.destination, m.billed
FROM outcomes o JOIN messages m ON m.id = o.message_id
WHERE o.account = $1 AND o.segment_id >= $2 AND o.segment_id < $3 AND m.id >= $2 AND o.state = {State.UNKNOWN:d}
GROUP BY m.id, m.accepted_ms, m.destination, m.billed ORDER BY m.id LIMIT {UNKNOWN_LISTED_MAX}
"""
_BALANCE = "SELECT sum(amount_hao)::bigint FROM balances WHERE book = ANY ($1::text[])"
_KINDS = f"""
SELECT kind, count(*) AS count, sum(amount_hao)::bigint AS amount_hao, sum(returned_hao)::bigint AS returned_hao,
       count(*) FILTER (WHERE id >= $3) AS later_count,
       coalesce(sum(amount_hao) FILTER (WHERE id >= $3), 0)::bigint AS later_amount_hao,
       coalesce(sum(returned_hao) FILTER (WHERE id >= $3), 0)::bigint AS later_returned_hao
FROM (
    SELECT segment_id AS id, kind, charged_hao AS amount_hao, returned_hao FROM outcomes
    WHERE segment_id >= $2 AND account = $1 AND kind IS NOT NULL
    UNION ALL
    SELECT id, kind, amount_hao, returned_hao FROM movements
    WHERE id >= $2 AND account = $1 AND kind <> {EntryKind.HOLD:d}
) AS entry GROUP BY kind ORDER BY kind
"""
_POSTINGS = f"""
SELECT id, kind, amount_hao, at_ms, note FROM movements
WHERE id >= $2 AND id < $3 AND account = $1 AND kind <> ALL ($4::int[]) ORDER BY id LIMIT {POSTINGS_LISTED_MAX}
"""
_REFUSED = """
SELECT key, clause, count(*) AS count FROM refusals
WHERE segment_id >= $2 AND segment_id < $3 AND account = $1 GROUP BY key, clause ORDER BY key, clause
"""
_ADJUSTMENTS = "SELECT * FROM adjustments WHERE account = $1 AND month = $2 ORDER BY id"
_ADJUSTED = """
SELECT e.kind, sum(e.amount_hao)::bigint AS amount_hao, count(*) AS count FROM adjustments a
JOIN movements e ON e.id = a.entry_id AND e.phase = 0
WHERE a.account = $1 AND e.id >= $2 AND e.id < $3 GROUP BY e.kind
"""


def month_ids(month: dt.date) -> tuple[int, int]:
    """Return the first id of a month (its first day) and of the next, China time."""
    return first_id_at(start_of(month)), first_id_at(start_of(add_months(month, 1)))


async def read_figures(
    connection: asyncpg.Connection, account: str, month: dt.date, charged_states: Sequence[int]
) -> Figures:
    """Add up one account's month. `charged_states` are the states of wire segments that its contract charges."""
    low, high = month_ids(month)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        balance = await connection.fetchval(_BALANCE, [f"available:{account}", f"held:{account}"])
        kinds = await connection.fetch(_KINDS, account, low, high, timeout=None)
        has_postings = any(row["kind"] not in _OF_MESSAGES for row in kinds)
        span = account, low, high
        postings = await connection.fetch(_POSTINGS, *span, list(_OF_MESSAGES)) if has_postings else ()
        refused = await connection.fetch(_REFUSED, *span)
        adjustments = await connection.fetch(_ADJUSTMENTS, account, month)
        adjusted = await connection.fetch(_ADJUSTED, *span)
        groups = await _read_groups(connection, account, month, charged_states)
        unknown = await connection.fetch(_UNKNOWN, *span) if any(group.unknown for group in groups) else ()
    return Figures(
        account, month, groups, balance or 0,
        tuple(Movement(EntryKind(row["kind"]), row["count"], row["amount_hao"], row["returned_hao"]) for row in kinds),
        tuple(
            Movement(EntryKind(row["kind"]), row["later_count"], row["later_amount_hao"], row["later_returned_hao"])
            for row in kinds if row["later_count"]
        ),
        tuple(map(_posting, postings)), tuple(map(_unknown, unknown)),
        tuple((row["key"], row["clause"], row["count"]) for row in refused),
        tuple(map(_adjustment, adjustments)),
        tuple(Movement(EntryKind(row["kind"]), row["count"], row["amount_hao"], 0) for row in adjusted),
    )


async def _read_groups(
    connection: asyncpg.Connection, account: str, month: dt.date, charged_states: Sequence[int]
) -> tuple[Group, ...]:
    """Add up day by day: a day's rows fit into memory, and the planner cannot mistake a month for a few rows."""
    found: list[Group] = []
    for setting in ("work_mem = '64MB'", "jit = off", "enable_nestloop = off"):
        await connection.execute(f"SET LOCAL {setting}")
    for day in range(month_end(month).day):
        found += await read_groups(connection, account, bounds(month + dt.timedelta(days=day)), charged_states)
    await connection.execute("SET LOCAL enable_nestloop = on")
    return tuple(_summed(found))


async def read_groups(
    connection: asyncpg.Connection, account: str, ids: tuple[int, int], charged_states: Sequence[int],
    service_id: str | None = None, text_start: str | None = None,
) -> list[Group]:
    """Return how an account's messages of a range of ids ended, like with like."""
    arguments = account, *ids, list(charged_states), service_id, text_start
    rows = await connection.fetch(_GROUPS, *arguments, timeout=None)
    whole = [row for row in rows if not row["is_split"]]
    split = await connection.fetch(_SPLIT_GROUPS, *arguments, timeout=None) if len(whole) < len(rows) else ()
    return _summed(map(_group, (*whole, *split)))


def _summed(groups: Iterable[Group]) -> list[Group]:
    """Put together what is alike, in the order in which a statement shows it."""
    found: dict[tuple[Any, ...], Group] = {}
    for group in groups:
        known = found.get(group.alike)
        found[group.alike] = group if known is None else known.with_more(group)
    return [found[key] for key in sorted(found)]


def _group(row: asyncpg.Record) -> Group:
    return Group(
        row["message_class"], row["profile"], row["price_version"], row["price_hao"], _state(row["state"]),
        row["messages"], row["billed"], row["wire"], row["charged"], row["unknown"], row["unknown_messages"],
        row["amount_hao"],
    )


def _state(word: str) -> str:
    return State(int(word)).stat if word.isdecimal() else word


def _posting(row: asyncpg.Record) -> Posting:
    return Posting(row["id"], EntryKind(row["kind"]), row["amount_hao"], row["at_ms"] / 1000, row["note"] or "")


def _unknown(row: asyncpg.Record) -> Unknown:
    return Unknown(row["id"], row["accepted_ms"] / 1000, row["destination"], row["billed"])


def _adjustment(row: asyncpg.Record) -> StatementAdjustment:
    return StatementAdjustment(
        row["kind"], row["clause"], row["amount_hao"], row["reason"], row["evidence"], row["entry_id"]
    )
