"""A month's messages one by one, for holding them against the other side's records; streamed, never all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import asyncpg

from gateway.documents.matching import Ours
from gateway.documents.theirs import bare_number
from gateway.domain.entry import EntryKind
from gateway.domain.ids import to_msg_id
from gateway.domain.outcome import Answer, State
from gateway.store.reader.statements import month_ids

PREFETCH = 5000
# Without statistics a month looks like one row, and a loop in a loop like the best plan.
_JOIN_WHOLE = "SET LOCAL enable_nestloop = off"
_OF_ACCOUNT = f"""
SELECT m.id, m.accepted_ms, m.destination, coalesce(e.amount_hao, 0) AS amount_hao,
       coalesce(m.segment_ids, '{{}}') AS ids,
       CASE WHEN e.amount_hao IS NULL THEN 0
            WHEN m.price_hao > 0 AND e.amount_hao % m.price_hao = 0 AND e.amount_hao <= m.billed * m.price_hao::bigint
            THEN e.amount_hao / m.price_hao ELSE m.billed END::int AS segments
FROM messages m LEFT JOIN (
    SELECT segment_id AS id, charged_hao AS amount_hao FROM outcomes
    WHERE segment_id >= $2 AND segment_id < $3 AND kind = {EntryKind.SETTLE:d}
    UNION ALL
    SELECT id, amount_hao FROM movements WHERE id >= $2 AND id < $3 AND phase = 1 AND kind = {EntryKind.SETTLE:d}
) AS e ON e.id = m.id
WHERE m.id >= $2 AND m.id < $3 AND m.account = $1 ORDER BY m.id
"""
# What a carrier took, by its own ids; where its contract charges deliveries only, what it delivered.
_OF_CHANNEL = f"""
SELECT a.message_id AS id, m.accepted_ms, m.destination, 0::bigint AS amount_hao,
       array_agg(a.carrier_message_id) FILTER (WHERE a.carrier_message_id IS NOT NULL) AS ids,
       count(DISTINCT a.index) FILTER (WHERE $4 OR r.message_id IS NOT NULL)::int AS segments
FROM answers a JOIN messages m ON m.id = a.message_id
LEFT JOIN receipts r ON NOT $4 AND r.message_id = a.message_id AND r.index = a.index AND r.channel = a.channel
                    AND r.state = {State.DELIVERED:d}
WHERE a.message_id >= $2 AND a.message_id < $3 AND a.channel = $1 AND a.answer = {Answer.ACCEPTED:d}
GROUP BY a.message_id, m.accepted_ms, m.destination ORDER BY a.message_id
"""


async def account_lines(connection: asyncpg.Connection, account: str, month: dt.date) -> AsyncIterator[Ours]:
    """Give an account's messages of a month with what they were charged."""
    low, high = month_ids(month)
    async with connection.transaction(readonly=True):
        await connection.execute(_JOIN_WHOLE)
        async for row in connection.cursor(_OF_ACCOUNT, account, low, high, prefetch=PREFETCH):
            ids = (row["id"], *row["ids"])
            names = tuple(dict.fromkeys([*map(str, ids), *(str(to_msg_id(id_)) for id_ in ids)]))
            yield Ours(names, bare_number(row["destination"]), row["accepted_ms"] / 1000, row["segments"],
                       row["amount_hao"])


async def channel_lines(
    connection: asyncpg.Connection, channel: str, month: dt.date, *, is_submitted: bool
) -> AsyncIterator[Ours]:
    """Give what a carrier took of a month's messages (`is_submitted`), or what it delivered of them."""
    low, high = month_ids(month)
    async with connection.transaction(readonly=True):
        await connection.execute(_JOIN_WHOLE)
        async for row in connection.cursor(_OF_CHANNEL, channel, low, high, is_submitted, prefetch=PREFETCH):
            names = (str(row["id"]), *(row["ids"] or ()))
            yield Ours(names, bare_number(row["destination"]), row["accepted_ms"] / 1000, row["segments"], 0)
