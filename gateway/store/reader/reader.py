"""Look-ups: receipts by carrier id, waiting messages, outbox pages, one message with its history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from gateway.domain.entry import Entry
from gateway.domain.message import Message, Submission
from gateway.domain.outcome import NO_ANSWER, OutboxItem, Outcome, Receipt, State
from gateway.domain.recent import RecentMessage, SentText
from gateway.domain.store_interfaces import HELD, READY, REPLACED_BY, URGENT
from gateway.ledger.book import legs
from gateway.ledger.pools import NOTHING, MoneyState
from gateway.store.database_faults import looking_up
from gateway.store.journal import rows
from gateway.store.journal.packing import read_outcome, unpack_submission
from gateway.store.partitions import bounds
from gateway.store.reader import rebuilding
from gateway.store.reader.agreement import StoredBooks, read_books
from gateway.store.reader.money_rows import read_money
from gateway.store.reader.tally_rows import count_accepted, read_offering, read_recent

QUERY_TIMEOUT_S = 30.0
Rows = list[asyncpg.Record]

_WAITING = """
SELECT m.* FROM messages m
WHERE m.channel = $1 AND m.link IS NULL AND m.id > $2 AND {queue}
  AND NOT EXISTS (SELECT FROM claims c WHERE c.message_id = m.id)
  AND NOT EXISTS (SELECT FROM outcomes o WHERE o.segment_id = coalesce(m.segment_ids[1], m.id))
ORDER BY m.id LIMIT $3
"""
_QUEUES = {
    URGENT: _WAITING.format(queue="m.not_before_ms IS NULL AND m.message_class = 'triggered'"),
    READY: _WAITING.format(queue="m.not_before_ms IS NULL AND m.message_class = 'batch'"),
    HELD: _WAITING.format(queue="m.not_before_ms IS NOT NULL"),
}
_UNSETTLED = """
SELECT m.id FROM messages m
WHERE m.id > $1 AND m.id <= $2
  AND NOT EXISTS (SELECT FROM outcomes o WHERE o.segment_id = coalesce(m.segment_ids[1], m.id))
ORDER BY m.id LIMIT $3
"""
_DOUBTFUL = """
SELECT DISTINCT a.message_id AS id FROM answers a
WHERE a.answer = 4 AND a.message_id > $1 AND a.message_id <= $2
  AND NOT EXISTS (SELECT FROM messages m, outcomes o
                  WHERE m.id = a.message_id AND o.segment_id = coalesce(m.segment_ids[1], m.id))
ORDER BY a.message_id LIMIT $3
"""
_GIVEN_UP = f"""
SELECT DISTINCT m.id FROM answers a JOIN messages m ON m.id = a.message_id
JOIN outcomes o ON o.segment_id = coalesce(m.segment_ids[1], m.id)
WHERE a.answer = 4 AND a.message_id > $1 AND a.message_id <= $2 AND o.error = '{NO_ANSWER}'
ORDER BY m.id LIMIT $3
"""
_OUTCOME = """
SELECT o.*, coalesce(m.source, r.source) AS source, coalesce(m.destination, r.destination) AS destination,
       m.user_reference, m.answer_id, m.service_id, left(m.text, 20) AS text, p.submission
FROM outcomes o LEFT JOIN messages m ON m.id = o.message_id LEFT JOIN refusals r ON r.segment_id = o.segment_id
LEFT JOIN parts p ON p.segment_id = o.segment_id AND p.message_id = 0
"""
# What a client refused for good, or what waits alone, is not owed behind the cursor.
_NOT_ELSEWHERE = (
    "NOT EXISTS (SELECT FROM refused_delivers d WHERE d.account = {0}.account AND d.seq = {0}.seq)"
    " AND NOT EXISTS (SELECT FROM outbox_aside a WHERE a.account = {0}.account AND a.seq = {0}.seq)"
)
_OWED = (
    f"{_OUTCOME} WHERE o.account = $1 AND o.is_owed AND o.seq > $2 AND {_NOT_ELSEWHERE.format('o')}"
    " ORDER BY o.seq LIMIT $3"
)
_OWED_INBOUND = (
    f"SELECT * FROM inbound i WHERE account = $1 AND seq > $2 AND {_NOT_ELSEWHERE.format('i')} ORDER BY seq LIMIT $3"
)
_COUNTS_OWED = (
    "SELECT a.account, (SELECT count(*) FROM outcomes o WHERE o.account = a.account AND o.is_owed"
    f" AND o.seq > coalesce(c.delivered_seq, 0) AND {_NOT_ELSEWHERE.format('o')})"
    " + (SELECT count(*) FROM inbound i WHERE i.account = a.account AND i.seq > coalesce(c.delivered_seq, 0)"
    f" AND {_NOT_ELSEWHERE.format('i')})"
    " + (SELECT count(*) FROM outbox_aside s WHERE s.account = a.account) AS owed"
    " FROM unnest($1::text[]) AS a (account) LEFT JOIN outbox_cursors c ON c.account = a.account"
)

@dataclass(frozen=True, slots=True)
class Restart:
    """What a restart must know before its listeners open."""

    balances: dict[str, int]
    cursors: dict[str, int]
    open_parts: list[tuple[int, Submission]]
    suspended: dict[str, bool]
    money: MoneyState = NOTHING
    # account -> seq of what waits alone -> tries, and when it was tried last, or replayed (ms)
    aside: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)


class PostgresReader:
    """The reader on a small pool. `find_account` maps a stored account name to its configuration."""

    def __init__(self, pool: asyncpg.Pool, find_account: rebuilding.FindAccount) -> None:
        self._pool = pool
        self._find_account = find_account

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        with looking_up():
            async with self._pool.acquire(timeout=QUERY_TIMEOUT_S) as connection:
                yield connection

    async def find_answered(self, channel: str, carrier_message_ids: Sequence[str]) -> dict[str, tuple[Message, int]]:
        wanted = {rows.storable(carrier_id): carrier_id for carrier_id in carrier_message_ids}
        async with self._connection() as connection:
            answers = await connection.fetch(
                "SELECT DISTINCT ON (carrier_message_id) carrier_message_id, message_id, index FROM answers"
                " WHERE carrier_message_id = ANY($1::text[]) AND channel = $2 AND answer = 1"
                " ORDER BY carrier_message_id, message_id DESC",
                list(wanted), channel,
            )
            messages = await self._load(connection, [row["message_id"] for row in answers])
        return {
            wanted[row["carrier_message_id"]]: (messages[row["message_id"]], row["index"])
            for row in answers
            if row["message_id"] in messages
        }

    async def waiting(self, channel: str, after_id: int, limit: int, queue: str) -> list[Message]:
        async with self._connection() as connection:
            found = await connection.fetch(_QUEUES[queue], channel, after_id, limit)
            messages = {row["id"]: rebuilding.build_message(row, self._find_account) for row in found}
            await self._amend(connection, messages)
        return list(messages.values())

    async def unsettled(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        """Return messages without an outcome in an id range, with their history: restart and expiry walk these."""
        return await self._page(_UNSETTLED, after_id, up_to_id, limit)

    async def doubtful(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        """Return of those the ones with a segment whose outcome became unknown."""
        return await self._page(_DOUBTFUL, after_id, up_to_id, limit)

    async def given_up(self, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        """Return messages that ended for want of an answer, by their account's policy."""
        return await self._page(_GIVEN_UP, after_id, up_to_id, limit)

    async def _page(self, query: str, after_id: int, up_to_id: int, limit: int) -> list[Message]:
        async with self._connection() as connection:
            found = await connection.fetch(query, after_id, up_to_id, limit)
            messages = await self._load(connection, [row["id"] for row in found])
        return [messages[row["id"]] for row in found if row["id"] in messages]

    async def outbox(self, account: str, after_seq: int, limit: int) -> list[OutboxItem]:
        async with self._connection() as connection:
            owed = await connection.fetch(_OWED, account, after_seq, limit)
            inbound = await connection.fetch(_OWED_INBOUND, account, after_seq, limit)
        return self._items(owed, inbound)[:limit]

    async def outbox_items(self, account: str, seqs: Sequence[int]) -> list[OutboxItem]:
        async with self._connection() as connection:
            owed = await connection.fetch(
                f"{_OUTCOME} WHERE o.account = $1 AND o.is_owed AND o.seq = ANY($2::bigint[])", account, list(seqs)
            )
            inbound = await connection.fetch(
                "SELECT * FROM inbound WHERE account = $1 AND seq = ANY($2::bigint[])", account, list(seqs)
            )
        return self._items(owed, inbound)

    def _items(self, owed: Sequence[asyncpg.Record], inbound: Sequence[asyncpg.Record]) -> list[OutboxItem]:
        items: list[OutboxItem] = [
            *(read_outcome(row, self._find_account) for row in owed),
            *(rebuilding.build_inbound(row) for row in inbound),
        ]
        return sorted(items, key=lambda item: item.seq)

    async def find(self, segment_id: int) -> Message | None:
        async with self._connection() as connection:
            message_id = await connection.fetchval(
                "SELECT message_id FROM outcomes WHERE segment_id = $1"
                " UNION ALL SELECT message_id FROM parts WHERE segment_id = $1 AND message_id > 0 LIMIT 1",
                segment_id,
            )
            found = await self._load(connection, [message_id or segment_id])
        return found.get(message_id or segment_id)

    async def successor(self, message_id: int) -> int | None:
        async with self._connection() as connection:
            what = await connection.fetchval(
                "SELECT what FROM amendments WHERE message_id = $1 AND what LIKE $2", message_id, f"{REPLACED_BY}%"
            )
        return int(what.removeprefix(REPLACED_BY)) if what else None

    async def find_alone(self, segment_id: int) -> Outcome | Submission | None:
        async with self._connection() as connection:
            ended = await connection.fetchrow(f"{_OUTCOME} WHERE o.segment_id = $1", segment_id)
            part = await connection.fetchval(
                "SELECT submission FROM parts WHERE segment_id = $1 AND message_id IS NULL", segment_id
            )
        if ended is not None:
            return read_outcome(ended, self._find_account)
        return None if part is None else unpack_submission(part, self._find_account)

    async def _load(self, connection: asyncpg.Connection, message_ids: Sequence[int]) -> dict[int, Message]:
        if not message_ids:
            return {}
        ids = list(set(message_ids))
        messages = {
            row["id"]: rebuilding.build_message(row, self._find_account)
            for row in await connection.fetch("SELECT * FROM messages WHERE id = ANY($1::bigint[])", ids)
        }
        await self._amend(connection, messages)
        history: dict[int, tuple[Rows, Rows, Rows]] = {id_: ([], [], []) for id_ in messages}
        for place, table in enumerate(("claims", "answers", "receipts")):
            query = f"SELECT * FROM {table} WHERE message_id = ANY($1::bigint[]) ORDER BY at_ms"
            for row in await connection.fetch(query, ids):
                if row["message_id"] in history:
                    history[row["message_id"]][place].append(row)
        for id_, message in messages.items():
            rebuilding.apply_history(message, *history[id_])
        concluded = await connection.fetch(
            "SELECT message_id, state, error, done_ms FROM outcomes WHERE message_id = ANY($1::bigint[])", ids
        )
        for row in concluded:
            if row["message_id"] in messages:
                rebuilding.apply_outcome(messages[row["message_id"]], row)
        return messages

    async def _amend(self, connection: asyncpg.Connection, messages: dict[int, Message]) -> None:
        """Apply what was replaced or rerouted, the last one of each."""
        query = (
            "SELECT DISTINCT ON (message_id) * FROM amendments"
            " WHERE message_id = ANY($1::bigint[]) AND what <> 'cancelled' ORDER BY message_id, at_ms DESC"
        )
        for row in await connection.fetch(query, list(messages)):
            rebuilding.apply_amendment(messages[row["message_id"]], row)

    async def recent(self, accounts: Sequence[str], after_id: int, before_id: int, limit: int) -> list[RecentMessage]:
        async with self._connection() as connection:
            return await read_recent(connection, accounts, after_id, before_id, limit)

    async def offering(self, account: str, destination: str, since_id: int, limit: int) -> list[SentText]:
        async with self._connection() as connection:
            return await read_offering(connection, account, destination, since_id, limit)

    async def count_accepted(self, account: str, from_id: int, settled_id: int, up_to_id: int) -> int:
        async with self._connection() as connection:
            return await count_accepted(connection, account, from_id, settled_id, up_to_id)

    async def day_counts(self, account: str, day: str, service_id: str | None) -> dict[str, int]:
        """Return the counts of CMPP_QUERY for one day: messages, and how many were sent, wait, failed; MO likewise."""
        low, high = bounds(datetime.strptime(day, "%Y%m%d").date())
        async with self._connection() as connection:
            states = await connection.fetch(
                "SELECT o.state, count(*) AS n FROM messages m LEFT JOIN outcomes o"
                " ON o.segment_id = coalesce(m.segment_ids[1], m.id)"
                " WHERE m.id >= $1 AND m.id < $2 AND m.account = $3 AND ($4::text IS NULL OR m.service_id = $4)"
                " GROUP BY o.state",
                low, high, account, service_id,
            )
            inbound = await connection.fetchval(
                "SELECT count(*) FROM inbound WHERE seq >= $1 AND seq < $2 AND account = $3", low, high, account
            )
        by_state = {row["state"]: row["n"] for row in states}
        total, waiting = sum(by_state.values()), by_state.get(None, 0)
        sent = by_state.get(int(State.DELIVERED), 0)
        return {"total": total, "sent": sent, "waiting": waiting, "failed": total - sent - waiting, "inbound": inbound}

    async def restart(self) -> Restart:
        """Return the small current state."""
        async with self._connection() as connection:
            balances = await connection.fetch("SELECT book, amount_hao FROM balances")
            cursors = await connection.fetch("SELECT account, delivered_seq FROM outbox_cursors")
            parts = await connection.fetch(
                "SELECT segment_id, submission FROM parts WHERE message_id IS NULL ORDER BY segment_id"
            )
            states = await connection.fetch("SELECT account, suspended FROM account_states")
            set_aside = await connection.fetch("SELECT account, seq, tries, at_ms FROM outbox_aside ORDER BY seq")
            money = await read_money(connection)
        aside: dict[str, dict[int, tuple[int, int]]] = {}
        for row in set_aside:
            aside.setdefault(row["account"], {})[row["seq"]] = row["tries"], row["at_ms"]
        return Restart(
            balances={row["book"]: row["amount_hao"] for row in balances},
            cursors={row["account"]: row["delivered_seq"] for row in cursors},
            open_parts=[
                (row["segment_id"], unpack_submission(row["submission"], self._find_account)) for row in parts
            ],
            suspended={row["account"]: row["suspended"] for row in states},
            money=money, aside=aside,
        )

    async def accounts_owed(self, accounts: Sequence[str]) -> dict[str, int]:
        """Return how much each account is owed, receipts and MO together, what waits alone included."""
        async with self._connection() as connection:
            found = await connection.fetch(_COUNTS_OWED, list(accounts))
        return {row["account"]: row["owed"] for row in found}

    async def unmatched(self, since_ms: int, limit: int) -> list[Receipt]:
        """Return receipts that no answer has named yet, oldest first."""
        async with self._connection() as connection:
            found = await connection.fetch(
                "SELECT * FROM unmatched_receipts WHERE matched_ms IS NULL AND at_ms >= $1 ORDER BY at_ms LIMIT $2",
                since_ms, limit,
            )
        return [rebuilding.build_unmatched(row) for row in found]

    async def books(self, node: int) -> StoredBooks:
        """As of the same batch: its number, the books, the use of pools."""
        async with self._connection() as connection:
            return await read_books(connection, node)

    async def ledger_sum_hao(self) -> int:
        """Return the sum over all books: zero, or something is wrong."""
        async with self._connection() as connection:
            return int(await connection.fetchval("SELECT coalesce(sum(amount_hao), 0)::bigint FROM balances"))

    async def open_account(self, account: str, at_ms: int, opening: Entry | None = None) -> bool:
        """Note that an account was seen; True the first time. Its opening entry is stored with that or not at all."""
        async with self._connection() as connection, connection.transaction():
            status = await connection.execute(
                "INSERT INTO account_states (account, opened_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING", account, at_ms
            )
            is_new = bool(status == "INSERT 0 1")
            if is_new and opening is not None:
                await connection.copy_records_to_table(
                    "movements", records=[rows.movement_row(opening)], columns=rows.MOVEMENTS
                )
                await connection.executemany(
                    "INSERT INTO balances AS b VALUES ($1, $2) ON CONFLICT (book)"
                    " DO UPDATE SET amount_hao = b.amount_hao + EXCLUDED.amount_hao",
                    legs(opening),
                )
        return is_new

