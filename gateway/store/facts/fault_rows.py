"""The register of faults in PostgreSQL: rows that are only added (gateway.contracts.service_faults)."""

from __future__ import annotations

import asyncpg

from gateway.contracts.service_faults import FiledProof, ServiceFault

LISTED_MAX = 1000
_ADD = """
INSERT INTO service_faults (kind, account, channel, words, cause, began_ms, complained_ms, reply_by_ms, created_ms,
                            actor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
"""
_NOTE = """
INSERT INTO service_fault_notes (fault, what, at_ms, travel_s, value, words, created_ms, actor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_FOUND = """
SELECT * FROM service_faults WHERE complained_ms >= $1 AND complained_ms < $2 ORDER BY complained_ms, id LIMIT $3
"""
_NOTES = "SELECT * FROM service_fault_notes WHERE fault = ANY ($1::bigint[]) ORDER BY id"


async def add(connection: asyncpg.Connection, fault: ServiceFault, now: float) -> int:
    """Store a complaint; return its number."""
    number: int = await connection.fetchval(
        _ADD, fault.kind, fault.account, fault.channel, fault.words, fault.cause, _ms(fault.began_at),
        _ms(fault.complained_at), _ms(fault.reply_by), _ms(now), fault.actor,
    )
    return number


async def note(
    connection: asyncpg.Connection, fault: int, what: str, at: float, *, now: float, actor: str, travel_s: int = 0,
    value: str = "", words: str = "",
) -> None:
    """Add what became of a complaint: ended, answered, cause, proof."""
    await connection.execute(_NOTE, fault, what, _ms(at), travel_s, value, words, _ms(now), actor)


async def one(connection: asyncpg.Connection, number: int) -> ServiceFault | None:
    rows = await connection.fetch("SELECT * FROM service_faults WHERE id = $1", number)
    found = await _with_notes(connection, rows)
    return found[0] if found else None


async def between(connection: asyncpg.Connection, since: float, until: float) -> list[ServiceFault]:
    """Return what was complained of in [since, until), the oldest first."""
    return await _with_notes(connection, await connection.fetch(_FOUND, _ms(since), _ms(until), LISTED_MAX))


async def _with_notes(connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> list[ServiceFault]:
    notes: dict[int, list[asyncpg.Record]] = {row["id"]: [] for row in rows}
    for row in await connection.fetch(_NOTES, list(notes)) if notes else ():
        notes[row["fault"]].append(row)
    return [_fault(row, notes[row["id"]]) for row in rows]


def _fault(row: asyncpg.Record, notes: list[asyncpg.Record]) -> ServiceFault:
    last = {each["what"]: each for each in notes}
    ended, answered, cause = (last.get(what) for what in ("ended", "answered", "cause"))
    return ServiceFault(
        row["id"], row["kind"], row["account"], row["channel"], row["words"],
        row["cause"] if cause is None else cause["value"], row["began_ms"] / 1000, row["complained_ms"] / 1000,
        row["reply_by_ms"] / 1000, row["actor"], None if ended is None else ended["at_ms"] / 1000,
        0 if ended is None else ended["travel_s"], None if answered is None else answered["at_ms"] / 1000,
        "" if answered is None else answered["words"],
        tuple(
            FiledProof(each["at_ms"] / 1000, each["words"], each["value"]) for each in notes if each["what"] == "proof"
        ),
    )


def _ms(at: float) -> int:
    return int(at * 1000)
