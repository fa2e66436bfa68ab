"""The ledger of an account as its owner reads it: what came and went, and the balance after each line.

The balance is what the account owns, available and held together, so a hold and its release move nothing. Messages of a
day are one line, unless each of them is asked for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from gateway.documents.client_words import said_note
from gateway.documents.figures import Movement
from gateway.domain.china_time import day_of
from gateway.domain.entry import EntryKind
from gateway.ledger.draws import words_of
from gateway.queries.configured import account_named
from gateway.queries.query import QueryDocument, WrongRequest
from gateway.settings import Settings
from gateway.store.reader.ledger_history import read_entries, read_settled_by_day, read_sums_from
from gateway.store.reader.message_history import read_balances

LINES_MAX: Final = 2_000
SPAN_MAX_S: Final = 93 * 86_400.0


@dataclass(frozen=True, slots=True)
class RunningLedgerRequest:
    """Lines of [since, until) in unix seconds, the newest `limit`; `kind` empty: of all kinds."""

    account: str
    since: float
    until: float
    kind: str = ""
    limit: int = 500
    is_each_message: bool = False


class RunningLine(QueryDocument):
    """A line; `change_hao` is above 0 where money came. `messages` counts those that the line stands for."""

    at: float
    kind: str
    change_hao: int
    balance_hao: int
    messages: int
    note: str
    said: str


class RunningLedger(QueryDocument):
    """The lines, the oldest first, between the balances before and behind them."""

    account: str
    opening_hao: int
    closing_hao: int
    lines: list[RunningLine]
    is_complete: bool


async def read_running_ledger(
    connection: asyncpg.Connection, settings: Settings, request: RunningLedgerRequest, now: float
) -> RunningLedger:
    """Return the lines; raise WrongRequest for an account that is not configured, or a span that is too long."""
    name = account_named(settings, request.account).name
    if not 0 < request.until - request.since <= SPAN_MAX_S:
        raise WrongRequest("choose a time of at most 93 days（时间范围须在 93 天以内）")
    limit = min(request.limit, LINES_MAX)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        balances = await read_balances(connection)
        closing_hao = balances.get(f"available:{name}", 0) + balances.get(f"held:{name}", 0)
        if request.until <= now:
            sums = await read_sums_from(connection, name, request.until)
            closing_hao += sum(_movement(row, row["count"]).owed_hao(name) for row in sums)
        rows = await read_entries(
            connection, name, since=request.since, until=request.until, limit=limit,
            is_brief=not request.is_each_message,
        )
        days = [] if request.is_each_message else await read_settled_by_day(
            connection, name, request.since, request.until
        )
    is_complete = len(rows) < limit
    lines = [_of_entry(row, name) for row in rows]
    if not is_complete:
        days = [row for row in days if row["at_ms"] >= rows[0]["at_ms"]]
    lines = sorted([*lines, *map(_of_day, days)], key=lambda line: line["at"])
    opening_hao = closing_hao - sum(line["change_hao"] for line in lines)
    balance_hao = opening_hao
    found = []
    for line in lines:
        balance_hao += line["change_hao"]
        if request.kind in ("", line["kind"]):
            found.append(RunningLine(**line, balance_hao=balance_hao))
    return RunningLedger(
        account=name, opening_hao=opening_hao, closing_hao=closing_hao, lines=found, is_complete=is_complete
    )


def _movement(row: Any, count: int) -> Movement:
    return Movement(EntryKind(row["kind"]), count, row["amount_hao"], row["returned_hao"])


def _of_entry(row: Any, account: str) -> dict[str, Any]:
    kind, note = EntryKind(row["kind"]), words_of(row["note"] or "")
    return {
        "at": row["at_ms"] / 1000, "kind": kind.name.lower(), "change_hao": -_movement(row, 1).owed_hao(account),
        "messages": int(kind in (EntryKind.HOLD, EntryKind.SETTLE, EntryKind.RELEASE, EntryKind.EXPIRE)), "note": note,
        "said": said_note(note),
    }


def _of_day(row: Any) -> dict[str, Any]:
    day: dt.date = day_of(row["at_ms"] / 1000)
    return {
        "at": row["at_ms"] / 1000, "kind": EntryKind.SETTLE.name.lower(), "change_hao": -row["amount_hao"],
        "messages": row["count"], "note": f"{row['count']} messages of {day}", "said": f"{day} 短信 {row['count']} 条",
    }
