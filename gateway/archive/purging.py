"""Drops days whose terms are over and refuses those whose are not; the seals of a dropped day stay (S0-5.4, S0-8.3).

A term is counted in calendar months from the day of the message: the law's five, or more where the contract of an
account with records on that day says so. A day goes whole or not at all. Before it goes its last late rows are sealed
and its rows are recomputed, and the chain gets a link that says so: it verifies as before, without the rows.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import asyncpg

from gateway.archive.chain import LOCK, Seal, append
from gateway.archive.layout import SOURCES
from gateway.archive.sealing import Terms, seal_due
from gateway.archive.verifying import verify
from gateway.contracts.clauses import clause_of
from gateway.contracts.findings import LAW_MONTHS
from gateway.contracts.profile import Profile
from gateway.contracts.retention import binding_months, purge_from
from gateway.domain.audit_entry import AuditEntry
from gateway.domain.ids import accepted_at
from gateway.store.facts.audit_rows import record
from gateway.store.partitions import PARTITIONED, bounds

LAW_CLAUSE = "S4-12.1"  # mandatory rules prevail over any contract: five months (S0-5.4)
_WITH_ACCOUNT = ("messages", "refusals", "inbound", "outcomes", "movements")
_LOCK_TRIES, _LOCK_PAUSE_S = 5, 1.0
_SLICE_S = 600.0
_BUSY_TRIES = 90
_LOOK_AGAIN = """
INSERT INTO seal_agenda (low, high, until_ms, due_ms)
SELECT low, high, max(until_ms), 0 FROM seals WHERE kind = 'block' AND day = $1 GROUP BY low, high
ON CONFLICT (low) DO UPDATE SET due_ms = 0
"""

ContractsOf = Callable[[str], Sequence[Profile]]  # account -> every contract its records may lie under


@dataclass(frozen=True, slots=True)
class DayTerm:
    """How long a day stays: purged from `purge_from` on, `months` long by `clause`."""

    day: dt.date
    purge_from: dt.date
    months: int
    clause: str


class NotYet(Exception):
    """A day may not go; the text names it, its first day of purging and the clause."""

    def __init__(self, term: DayTerm) -> None:
        super().__init__(
            f"{term.day} stays {term.months} months ({term.clause}): it may be purged from {term.purge_from} on"
        )
        self.term = term


async def stored_days(connection: asyncpg.Connection) -> list[dt.date]:
    """Return the days that have partitions, oldest first."""
    rows = await connection.fetch(
        "SELECT DISTINCT substring(relname FROM '_([0-9]{8})$') AS day FROM pg_class"
        " WHERE relispartition AND relkind = 'r' AND relname ~ '_[0-9]{8}$' ORDER BY 1"
    )
    return [dt.date.fromisoformat(row["day"]) for row in rows]


async def term_of(connection: asyncpg.Connection, day: dt.date, contracts_of: ContractsOf) -> DayTerm:
    """Return the longest term of all records of a day."""
    low, high = bounds(day)
    accounts: set[str] = set()
    for source in SOURCES:
        if source.table in _WITH_ACCOUNT:
            rows = await connection.fetch(
                f"SELECT DISTINCT account FROM {source.table} WHERE {source.key} >= $1 AND {source.key} < $2", low, high
            )
            accounts |= {row["account"] for row in rows}
    return longest_term(day, [profile for account in sorted(accounts) for profile in contracts_of(account)])


def longest_term(day: dt.date, profiles: Iterable[Profile]) -> DayTerm:
    """Return the term of a day under contracts; the law's where none is longer."""
    longest = max(profiles, key=binding_months, default=None)
    if longest is None or binding_months(longest) <= LAW_MONTHS:
        return DayTerm(day, purge_from(day, ()), LAW_MONTHS, LAW_CLAUSE)
    return DayTerm(day, purge_from(day, (longest,)), longest.retain_months, clause_of(longest, "retain_months"))


async def purge(
    connection: asyncpg.Connection, before: dt.date, *, today: dt.date, now: float, contracts_of: ContractsOf,
    by: Callable[..., AuditEntry],
) -> list[DayTerm]:
    """Drop every stored day before a date; raise NotYet, and drop none, where one has to stay.

    Each attempt is in the audit, refused or done. `by(action, subject, result=…)` makes its line.
    """
    terms = [await term_of(connection, day, contracts_of) for day in await stored_days(connection) if day < before]
    for term in terms:
        if today < term.purge_from:
            refusal = NotYet(term)
            act = by("archive purge", f"before {before}", result=f"refused: {term.clause}", detail=str(refusal))
            await record(connection, act, now)
            raise refusal
    for term in terms:
        await connection.execute(_LOOK_AGAIN, term.day)
    for _ in range(_BUSY_TRIES if terms else 0):
        if not (await seal_due(connection, now, Terms(budget_s=_SLICE_S))).is_busy_elsewhere:
            break
        await asyncio.sleep(_LOCK_PAUSE_S)  # the gateway's own slice is short
    for term in terms:
        await _purge_day(connection, term, now, by)
    if not terms:
        await record(connection, by("archive purge", f"before {before}", detail="nothing is stored"), now)
    return terms


async def _purge_day(
    connection: asyncpg.Connection, term: DayTerm, now: float, by: Callable[..., AuditEntry]
) -> None:
    verdict = await verify(connection, day=term.day)
    found = "its rows verified"
    if not verdict.is_intact:
        found = f"{len(verdict.findings)} findings: {verdict.findings[0].what}"
    for tries_left in reversed(range(_LOCK_TRIES)):
        try:
            async with connection.transaction():
                await _drop(connection, term, now, found)
                detail = f"{term.months} months by {term.clause}; {found}"
                await record(connection, by("archive purge", term.day.isoformat(), detail=detail), now)
            return
        except asyncpg.LockNotAvailableError:  # writers hold the tables; they are let pass rather than held up
            if not tries_left:
                raise
            await asyncio.sleep(_LOCK_PAUSE_S)


async def _drop(connection: asyncpg.Connection, term: DayTerm, now: float, found: str) -> None:
    low, high = bounds(term.day)
    await connection.execute("SET LOCAL lock_timeout = '2s'")
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    note = f"kept {term.months} months by {term.clause}; {found}"
    await append(connection, Seal(0, "purge", term.day, low, high, int(now * 1000), note=note))
    names = [f"{table}_{term.day:%Y%m%d}" for table in PARTITIONED]
    await connection.execute(f"DROP TABLE IF EXISTS {', '.join(names)}")
    await connection.execute("DELETE FROM seal_agenda WHERE low >= $1 AND low < $2", low, high)
    # Copies of content beside the history: parts of long messages, receipts that nothing was found for.
    await connection.execute("DELETE FROM parts WHERE segment_id < $1 AND message_id IS NOT NULL", high)
    await connection.execute("DELETE FROM asked_with WHERE message_id >= $1 AND message_id < $2", low, high)
    since_ms, until_ms = (accepted_at(bound) * 1000 for bound in (low, high))
    for table in ("unmatched_receipts", "unreadable_receipts", "rows_set_aside"):
        await connection.execute(f"DELETE FROM {table} WHERE at_ms >= $1 AND at_ms < $2", since_ms, until_ms)
