"""Complaints and port states in PostgreSQL: every operation is one transaction of its own (domain.complaint)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg

from gateway.domain.china_time import moment_text
from gateway.domain.complaint import (
    Cause,
    PortChange,
    PortFacts,
    PortNotice,
    PortOrder,
    Ticket,
    TicketKind,
    TicketNote,
    TicketSource,
)
from gateway.domain.ids import first_id_at
from gateway.domain.list_entry import EVERYWHERE, ListKind, account_scope, code_scope
from gateway.domain.numbers import key_of
from gateway.store.facts.audit_rows import record
from gateway.store.facts.task_rows import add_task, finish_by_key
from gateway.store.reader.list_reader import read_history
from gateway.store.reader.message_search import SENT, SearchTerms, find_all, read_texts

_TICKET = """
INSERT INTO complaints (number, code, account, ports, made_on, arrived_ms, recorded_ms, source, ref, kind, cause, words,
                        reply_by_ms, duplicate_of, actor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id
"""
_NOTE = "INSERT INTO complaint_notes (complaint, at_ms, what, value, words, actor) VALUES ($1, $2, $3, $4, $5, $6)"
_ORDER = "INSERT INTO port_orders (port, at_ms, what, value, words, actor) VALUES ($1, $2, $3, $4, $5, $6)"
_CHANGE = """
INSERT INTO port_changes (port, day, rule, clause, state, rate, mo_opt_in, next_check, at_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_NOTICE = "INSERT INTO port_notices (port, account, at_ms, clause, title, text) VALUES ($1, $2, $3, $4, $5, $6)"
_SNAPSHOT = """
INSERT INTO port_snapshots (port, state, at_ms) VALUES ($1, $2, $3)
ON CONFLICT (port) DO UPDATE SET state = excluded.state, at_ms = excluded.at_ms
"""
_TICKETS = """
SELECT * FROM complaints
WHERE ($1 = '' OR $1 = ANY (ports)) AND ($2 = '' OR account = $2) AND made_on >= $3 ORDER BY id DESC LIMIT $4
"""

MESSAGES_MAX = 50
Acquire = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


class PostgresComplaints:
    """The `ComplaintStore` over connections that `acquire` lends, one an operation."""

    def __init__(self, acquire: Acquire) -> None:
        self._acquire = acquire

    async def _fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        async with self._acquire() as connection:
            return list(await connection.fetch(sql, *values))

    async def snapshots(self) -> Mapping[str, Mapping[str, Any]]:
        return {row["port"]: json.loads(row["state"]) for row in await self._fetch("SELECT * FROM port_snapshots")}

    async def commit(self, facts: PortFacts) -> Sequence[int]:
        async with self._acquire() as connection, connection.transaction():
            ids = [await connection.fetchval(_TICKET, *_ticket_values(ticket)) for ticket in facts.tickets]
            await connection.executemany(
                _NOTE, [(n.ticket, _ms(n.at), n.what, n.value, n.words, n.actor) for n in facts.notes]
            )
            await connection.executemany(
                _ORDER, [(o.sending_port, _ms(o.at), o.what, o.value, o.words, o.actor) for o in facts.orders]
            )
            await connection.executemany(_CHANGE, [_change_values(change) for change in facts.changes])
            await connection.executemany(
                _NOTICE, [(n.sending_port, n.account, _ms(n.at), n.clause, n.title, n.text) for n in facts.notices]
            )
            at_ms = _ms(facts.snapshots_at)
            await connection.executemany(
                _SNAPSHOT,
                [(sending_port, json.dumps(state), at_ms) for sending_port, state in sorted(facts.snapshots.items())]
            )
            for key, actor, evidence in facts.duties_done:
                await finish_by_key(connection, key, now=facts.snapshots_at, actor=actor, evidence=evidence)
            for duty in (each.of_ticket(ids[0]) if ids else each for each in facts.duties):
                await add_task(
                    connection, duty.kind, duty.clause, duty.subject, duty.due_at, duty.details, now=facts.snapshots_at,
                    account=duty.account, key=duty.key,
                )
            if facts.act is not None:  # last: its lock is held to the commit
                await record(connection, facts.act, facts.snapshots_at)
        return ids

    async def alike(self, number: str, code: str, sending_ports: Sequence[str], made_on: dt.date) -> Sequence[Ticket]:
        sql = """SELECT * FROM complaints WHERE number = $1 AND made_on = $2 AND (code = $3 OR ports && $4)
                 ORDER BY id"""
        return [_ticket(row) for row in await self._fetch(sql, number, made_on, code, list(sending_ports))]

    async def by_ref(self, source: str, ref: str) -> Ticket | None:
        rows = await self._fetch("SELECT * FROM complaints WHERE source = $1 AND ref = $2", source, ref)
        return _ticket(rows[0]) if rows else None

    async def ticket(self, id_: int) -> Ticket | None:
        rows = await self._fetch("SELECT * FROM complaints WHERE id = $1", id_)
        return _ticket(rows[0]) if rows else None

    async def tickets(
        self, *, sending_port: str = "", account: str = "", since: dt.date | None = None, limit: int = 1000
    ) -> Sequence[Ticket]:
        rows = await self._fetch(_TICKETS, sending_port, account, since or dt.date(1970, 1, 1), limit)
        return [_ticket(row) for row in rows]

    async def messages_to(self, number: str, account: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return what was sent to a number in [since, until): ids, times and a fingerprint of each text."""
        spellings = [number, f"86{number}", f"+86{number}"]
        async with self._acquire() as connection:
            terms = SearchTerms(numbers=spellings, account=account, kinds=(SENT,))
            rows = await find_all(connection, terms, first_id_at(since), first_id_at(until), MESSAGES_MAX)
            texts = await read_texts(connection, [row["id"] for row in rows])
        return [_message({**row, "text": texts.get(row["id"])}) for row in rows]

    async def consent_of(self, ticket: Ticket) -> list[dict[str, Any]]:
        """Return the whitelist facts about the number that hold for the account or its ports, newest first (S0-7.2)."""
        scopes = {
            EVERYWHERE, account_scope(ticket.account),
            *(code_scope(sending_port) for sending_port in ticket.sending_ports)
        }
        try:
            key = key_of(ticket.number)
        except ValueError:
            return []
        async with self._acquire() as connection:
            rows = await read_history(connection, key)
        return [_consent(row) for row in reversed(rows) if row["kind"] == ListKind.WHITELIST and row["scope"] in scopes]

    async def notes(self, tickets: Sequence[int]) -> Sequence[TicketNote]:
        rows = await self._fetch("SELECT * FROM complaint_notes WHERE complaint = ANY ($1) ORDER BY id", list(tickets))
        return [
            TicketNote(row["complaint"], row["at_ms"] / 1000, row["what"], row["value"], row["words"], row["actor"])
            for row in rows
        ]

    async def orders(self, sending_port: str = "", limit: int = 1000) -> Sequence[PortOrder]:
        sql = "SELECT * FROM port_orders WHERE $1 = '' OR port = $1 ORDER BY id DESC LIMIT $2"
        return [
            PortOrder(row["port"], row["at_ms"] / 1000, row["what"], row["value"], row["words"], row["actor"])
            for row in await self._fetch(sql, sending_port, limit)
        ]

    async def changes(self, sending_port: str = "", limit: int = 1000) -> Sequence[PortChange]:
        sql = "SELECT * FROM port_changes WHERE $1 = '' OR port = $1 ORDER BY id DESC LIMIT $2"
        return [
            PortChange(
                row["port"], row["day"], row["rule"], row["clause"], row["state"], row["rate"], row["mo_opt_in"],
                row["next_check"], row["at_ms"] / 1000,
            )
            for row in await self._fetch(sql, sending_port, limit)
        ]

    async def notices(self, sending_port: str = "", account: str = "", limit: int = 1000) -> Sequence[PortNotice]:
        sql = """SELECT * FROM port_notices WHERE ($1 = '' OR port = $1) AND ($2 = '' OR account = $2)
                 ORDER BY id DESC LIMIT $3"""
        return [
            PortNotice(row["port"], row["account"], row["at_ms"] / 1000, row["clause"], row["title"], row["text"])
            for row in await self._fetch(sql, sending_port, account, limit)
        ]


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    words = row["text"] or ""
    return {
        "id": str(row["id"]), "time": moment_text(row["at_ms"] / 1000, "auto"),
        "account": row["account"], "source": row["source"], "channel": row["channel"],
        "fingerprint": hashlib.sha256(words.encode()).hexdigest()[:16],
    }


def _consent(row: asyncpg.Record) -> dict[str, Any]:
    at_ms = row["evidence_ms"] or row["at_ms"]
    return {
        "scope": row["scope"], "is_added": row["is_added"], "type": row["evidence_type"], "ref": row["evidence_ref"],
        "time": moment_text(at_ms / 1000, "auto"),
    }


def _ms(at: float) -> int:
    return int(at * 1000)


def _ticket_values(ticket: Ticket) -> tuple[Any, ...]:
    return (
        ticket.number, ticket.code, ticket.account, list(ticket.sending_ports), ticket.made_on, _ms(ticket.arrived_at),
        _ms(ticket.recorded_at), ticket.source.value, ticket.ref, ticket.kind.value, ticket.cause.value, ticket.words,
        _ms(ticket.reply_by), ticket.duplicate_of, ticket.actor,
    )


def _change_values(change: PortChange) -> tuple[Any, ...]:
    return (
        change.sending_port, change.day, change.rule, change.clause, change.state, change.rate, change.mo_opt_in,
        change.next_check, _ms(change.at),
    )


def _ticket(row: asyncpg.Record) -> Ticket:
    return Ticket(
        number=row["number"], code=row["code"], made_on=row["made_on"], arrived_at=row["arrived_ms"] / 1000,
        recorded_at=row["recorded_ms"] / 1000, source=TicketSource(row["source"]), ref=row["ref"],
        kind=TicketKind(row["kind"]), cause=Cause(row["cause"]), words=row["words"], account=row["account"],
        sending_ports=tuple(row["ports"]), reply_by=row["reply_by_ms"] / 1000, duplicate_of=row["duplicate_of"],
        actor=row["actor"], id=row["id"],
    )
