"""Stored messages and refusals of a span of time, in pages of bounded size, as they were judged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

import asyncpg

from gateway.domain.account import Account, MessageClass
from gateway.domain.ids import first_id_at
from gateway.pipeline.rejudging import Fate, Past
from gateway.store.reader import rebuilding
from protocols.text.codings import Encoding, decode_text

PAGE_ROWS: Final = 1_000
_ACCEPTED: Final = (
    "SELECT * FROM messages WHERE id > $1 AND id < $2 AND account = ANY ($3::text[]) ORDER BY id LIMIT $4"
)
_REFUSED: Final = (
    "SELECT * FROM refusals WHERE segment_id > $1 AND segment_id < $2 AND account = ANY ($3::text[])"
    " ORDER BY segment_id LIMIT $4"
)
_WAITS: Final = {"window": "TIME", "doubt": "CONTENT"}


async def past_traffic(
    connection: asyncpg.Connection, accounts: Mapping[str, Account], *, since: float, until: float
) -> AsyncIterator[list[Past]]:
    """Yield pages of what these accounts sent in [since, until): accepted ones first, then refused ones."""
    first, end = first_id_at(since) - 1, first_id_at(until)
    for query, column, read in ((_ACCEPTED, "id", _accepted), (_REFUSED, "segment_id", _refused)):
        after = first
        while page := await connection.fetch(query, after, end, list(accounts), PAGE_ROWS):
            after = page[-1][column]
            yield [read(row, accounts) for row in page]


def _accepted(row: asyncpg.Record, accounts: Mapping[str, Account]) -> Past:
    message = rebuilding.build_message(row, accounts.__getitem__)
    key, clause = next(_waits(message.clauses), (None, None))
    fate = Fate("hold" if key else "accept", key, clause, message.billed, message.amount_hao)
    return Past(
        message.id, row["account"], row["destination"], _body(message.body, message.text, message.signature),
        str(message.message_class), row["accepted_ms"] / 1000, fate,
    )


def _waits(clauses: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The last wait counts, as in a quote."""
    for note in reversed(clauses):
        stage, _, clause = note.partition(" ")
        if stage in _WAITS:
            yield _WAITS[stage], clause


def _body(body: str | None, text: str | None, signature: str) -> str | None:
    """Return the client's own text; a signature that was put behind it is taken off there."""
    if body is None or text is None or body == text or text.startswith(signature):
        return body
    return text.removesuffix(signature)


def _refused(row: asyncpg.Record, accounts: Mapping[str, Account]) -> Past:
    encoding = Encoding(row["encoding"])
    body = None if encoding is Encoding.BINARY else decode_text(row["octets"], encoding)
    account = accounts[row["account"]]
    return Past(
        row["segment_id"], row["account"], row["destination"], body,
        str(account.message_class or MessageClass.BATCH), row["at_ms"] / 1000,
        Fate("refuse", row["key"], row["clause"]), row["stage"],
    )


