"""The sealed history: recomputed over the rows as they are, and the closed days with their hashes."""

from __future__ import annotations

import datetime as dt

import asyncpg

from gateway.archive.chain import closed_days
from gateway.archive.verifying import verify
from gateway.queries.query import QueryDocument


class ChainFinding(QueryDocument):
    """One difference between a link and the rows that it covers; rows are named "table key"."""

    link: int
    day: str
    what: str
    rows: list[str]


class ChainVerdict(QueryDocument):
    """What was recomputed; `intact` where there is no finding."""

    intact: bool
    links: int
    rows: int
    days: int
    purged_days: int
    head: str
    findings: list[ChainFinding]


class ClosedDay(QueryDocument):
    """A day that is over, and the hash that stands for it and for all before."""

    day: str
    link: int
    rows: int
    hash: str


async def verify_history(
    connection: asyncpg.Connection, *, day: dt.date | None = None, head: str = ""
) -> ChainVerdict:
    """Recompute every link, and the rows of all blocks or of one day's; the chain must have the hash `head`."""
    verdict = await verify(connection, day=day, head=head)
    return ChainVerdict(
        intact=verdict.is_intact, links=verdict.links, rows=verdict.rows, days=verdict.days,
        purged_days=verdict.purged_days, head=verdict.head,
        findings=[
            ChainFinding(link=each.link, day=each.day, what=each.what, rows=list(each.rows))
            for each in verdict.findings
        ],
    )


async def list_closed_days(connection: asyncpg.Connection) -> list[ClosedDay]:
    """Return the closed days, the oldest first."""
    return [
        ClosedDay(day=seal.day.isoformat(), link=seal.number, rows=seal.rows, hash=seal.hash.hex())
        for seal in await closed_days(connection)
    ]
