"""A month of messages as rows, one INSERT a table: a million takes seconds. For the benchmark and for tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from gateway.domain.china_time import SHANGHAI
from gateway.domain.entry import Entry, EntryKind
from gateway.domain.ids import first_id_at
from gateway.domain.outcome import State
from gateway.ledger.book import legs
from gateway.store.partitions import PARTITIONED, bounds

_MESSAGES = """
INSERT INTO messages (id, accepted_ms, account, protocol, source, destination, service_id, message_class, encoding,
  text, cuts, has_udh, data_coding, wish, billed, price_hao, amount_hao, profile, price_version, channel, link)
SELECT $1::bigint + (n / $2 << 32) + n % $2, (1577836800 + (($1::bigint + (n / $2 << 32)) >> 32)) * 1000, $3, 'smpp',
  '10690001', (13800000000 + n)::text, '', $4, 'ucs2', $10, $5::smallint[], $5::smallint[] IS NOT NULL, 8,
  1, $6::smallint, $7::integer, $6::smallint::bigint * $7::integer, $8, $9, 'up', 'up/1'
FROM generate_series($11::bigint, $12::bigint) n
"""
_OUTCOMES = """
INSERT INTO outcomes (segment_id, message_id, account, seq, state, error, done_ms, is_owed, at_ms, kind, charged_hao,
  returned_hao)
SELECT id, id, account, id, $3, '', accepted_ms + 5000, false, accepted_ms + 5000, $5, $6::bigint, amount_hao - $6
FROM messages WHERE id >= $1 AND id < $2 AND account = $4
"""
_RECEIPTS = """
INSERT INTO receipts (message_id, index, channel, state, error, done_ms, at_ms)
SELECT m.id, part.index - 1, m.channel, part.state, '', m.accepted_ms + 5000, m.accepted_ms + 5000
FROM messages m, unnest($3::smallint[]) WITH ORDINALITY AS part (state, index)
WHERE m.id >= $1 AND m.id < $2 AND m.account = $4
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """Messages that are alike. `states` has one state a wire segment; `charged` is in billed segments."""

    count: int
    states: Sequence[State]
    billed: int
    charged: int
    price_hao: int = 450
    message_class: str = "batch"
    price_version: str = "v1"
    profile: str = "prepaid-general@1"
    resolution: EntryKind | None = None  # None: settled where anything is charged, else released


class Month:
    """Writes messages into a database whose schema is there, and moves the balances as the journal would."""

    def __init__(self, connection: asyncpg.Connection, account: str, *, per_second: int = 200, node: int = 0) -> None:
        self._connection = connection
        self._account = account
        self._per_second = per_second
        self._node = node << 16  # ids of two accounts may not be the same

    async def partitions(self, first: dt.date, days: int) -> None:
        """Make the day partitions, as the gateway would have made them."""
        for day in (first + dt.timedelta(days=n) for n in range(-1, days)):
            low, high = bounds(day)
            for table in PARTITIONED:
                await self._connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {table}_{day:%Y%m%d} PARTITION OF {table}"
                    f" FOR VALUES FROM ({low}) TO ({high})"
                )
                await self._connection.execute(f"CREATE TABLE IF NOT EXISTS {table}_other PARTITION OF {table} DEFAULT")

    async def add(self, kind: Kind, at: dt.datetime, *, text: str = "hello") -> None:
        """Accept and end messages of one kind, from an instant on (China time where it has no zone)."""
        moment = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
        low = first_id_at(moment.timestamp()) + self._node
        high = low + ((kind.count // self._per_second + 1) << 32)
        account, run = self._account, self._connection.execute
        cuts = [140] * len(kind.states) if len(kind.states) > 1 else None
        await run(_MESSAGES, low, self._per_second, account, kind.message_class, cuts, kind.billed, kind.price_hao,
                  kind.profile, kind.price_version, text, 0, kind.count - 1)
        states = {*kind.states}
        worst = State.DELIVERED if states == {State.DELIVERED} else max(states - {State.DELIVERED})
        charged_hao = kind.charged * kind.price_hao
        resolution = kind.resolution or (EntryKind.SETTLE if charged_hao else EntryKind.RELEASE)
        await run(_OUTCOMES, low, high, int(worst), account, int(resolution), charged_hao)
        if cuts:
            await run(_RECEIPTS, low, high, [int(state) for state in kind.states], account)
        await self.move("available", -charged_hao * kind.count)
        await self.move("revenue", charged_hao * kind.count, is_shared=True)

    async def taken(self, channel: str) -> None:
        """Let a carrier have taken all messages of this account, under ids of its own."""
        await self._connection.execute(
            "INSERT INTO answers (message_id, index, channel, link, answer, carrier_message_id, status, at_ms)"
            " SELECT id, part - 1, $1, 'up/1', 1, 'c' || id || '-' || part, 0, accepted_ms"
            " FROM messages, generate_series(1, coalesce(cardinality(cuts), 1)) part WHERE account = $2",
            channel, self._account,
        )

    async def top_up(self, amount_hao: int, at: dt.datetime, note: str = "") -> None:
        await self.post(EntryKind.TOP_UP, amount_hao, at, note)

    async def post(self, kind: EntryKind, amount_hao: int, at: dt.datetime, note: str = "") -> None:
        """Book an entry without a message, at most one of a kind a second."""
        moment = (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).timestamp()
        id_ = first_id_at(moment) + self._node + 60_000 + int(kind)
        await self._connection.execute(
            "INSERT INTO movements (id, phase, kind, account, amount_hao, returned_hao, at_ms, note)"
            " VALUES ($1, 0, $2, $3, $4, 0, $5, $6)",
            id_, int(kind), self._account, amount_hao, int(moment * 1000), note,
        )
        for book, delta_hao in legs(Entry(id_, kind, self._account, amount_hao, 0, moment)):
            await self.move(book.partition(":")[0], delta_hao, is_shared=":" not in book)

    async def move(self, book: str, delta_hao: int, *, is_shared: bool = False) -> None:
        name = book if is_shared else f"{book}:{self._account}"
        await self._connection.execute(
            "INSERT INTO balances (book, amount_hao) VALUES ($1, $2)"
            " ON CONFLICT (book) DO UPDATE SET amount_hao = balances.amount_hao + excluded.amount_hao",
            name, delta_hao,
        )
