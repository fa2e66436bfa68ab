"""Rows of money beside the balances -> what the treasury starts with; both stores hand in the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any, Final, NamedTuple

import asyncpg

from gateway.contracts.prices import PriceVersion
from gateway.flows.money.lots_and_prices import PASSING
from gateway.ledger.pools import MoneyState, Pool, PoolKind, lot_name

Record = Mapping[str, Any]
# Of what comes and goes only the last of each is read (gateway.flows.money.lots_and_prices); all else counts for good.
_EVENTS: Final = """
SELECT * FROM money_events WHERE event <> ALL($1::text[])
UNION ALL
(SELECT DISTINCT ON (account, event) * FROM money_events WHERE event = ANY($1::text[])
 ORDER BY account, event, at_ms DESC)
"""
_NOTED: Final = """
SELECT account, event, subject, detail, at_ms FROM money_events WHERE event = ANY($1::text[]) AND at_ms >= $2
"""


class MoneyEvent(NamedTuple):
    """Something that was told or done about an account's money."""

    account: str
    event: str
    subject: str
    detail: str
    at: float


async def read_money(connection: asyncpg.Connection) -> MoneyState:
    """Read all of it: a few rows an account."""
    tables = ("pool_uses", "lots", "price_versions", "price_consents")
    found = {table: await connection.fetch(f"SELECT * FROM {table}") for table in tables}
    found["money_events"] = await connection.fetch(_EVENTS, list(PASSING))
    opened = await connection.fetch("SELECT account, opened_ms FROM account_states")
    used = {(row["account"], row["pool"]): row["used"] for row in found["pool_uses"]}
    return money_state(used, found, {row["account"]: row["opened_ms"] for row in opened})


async def read_events(connection: asyncpg.Connection, events: Sequence[str], since: float) -> list[MoneyEvent]:
    """Return which of these events were noted since then."""
    return [
        MoneyEvent(row["account"], row["event"], row["subject"], row["detail"], row["at_ms"] / 1000)
        for row in await connection.fetch(_NOTED, list(events), int(since * 1000))
    ]


def money_state(
    used: Mapping[tuple[str, str], int], tables: Mapping[str, Iterable[Record]], opened_ms: Mapping[str, int]
) -> MoneyState:
    """Build the state from rows by table."""
    lots: dict[str, list[Pool]] = {}
    for row in tables["lots"]:
        lots.setdefault(row["account"], []).append(_pool(row))
    consents = {(row["account"], row["version"]): row["confirmed_ms"] / 1000 for row in tables["price_consents"]}
    versions: dict[str, list[PriceVersion]] = {}
    for row in tables["price_versions"]:
        confirmed_at = consents.get((row["account"], row["version"]))
        versions.setdefault(row["account"], []).append(
            PriceVersion(row["version"], row["price_hao"], row["valid_ms"] / 1000, confirmed_at)
        )
    return MoneyState(
        used=dict(used),
        lots={account: tuple(sorted(pools, key=lambda pool: pool.order)) for account, pools in lots.items()},
        versions={
            account: tuple(sorted(known, key=lambda version: version.valid_from)) for account, known in versions.items()
        },
        events={
            (row["account"], row["event"], row["subject"]): (row["at_ms"] / 1000, row["detail"])
            for row in tables["money_events"]
        },
        opened_at={account: at_ms / 1000 for account, at_ms in opened_ms.items()},
    )


def lapsed_hao(state: MoneyState, now: float) -> dict[str, int]:
    """Return by account what lies in lots that have lapsed and that no gateway has voided yet: it is worth nothing."""
    found: dict[str, int] = {}
    for account, pools in state.lots.items():
        used = {pool: count for (name, pool), count in state.used.items() if name == account}
        for pool in pools:
            if pool.kind is PoolKind.CREDITS and pool.closes_at <= now:
                found[account] = found.get(account, 0) + max(0, pool.left(used)) * pool.price_hao
    return found


def _pool(row: Record) -> Pool:
    closes_ms = row["closes_ms"]
    return Pool(
        lot_name(row["id"]), PoolKind(row["kind"]), row["quantity"], row["price_hao"], row["opens_ms"] / 1000,
        inf if closes_ms is None else closes_ms / 1000, row["note"],
    )


async def read_opened_at(connection: asyncpg.Connection, account: str) -> float | None:
    """Return when an account was first seen, in unix seconds; None: never."""
    opened_ms = await connection.fetchval("SELECT opened_ms FROM account_states WHERE account = $1", account)
    return None if opened_ms is None else opened_ms / 1000


async def read_noticed(connection: asyncpg.Connection, account: str) -> dict[str, float]:
    """Return by price version when the client was told of it, in unix seconds."""
    rows = await connection.fetch(
        "SELECT version, noticed_ms FROM price_versions WHERE account = $1 AND noticed_ms IS NOT NULL", account
    )
    return {row["version"]: row["noticed_ms"] / 1000 for row in rows}


async def is_event_kept(connection: asyncpg.Connection, account: str, event: str, subject: str) -> bool:
    """Tell whether an event of money happened to an account: a fee of a month, for one."""
    found = await connection.fetchval(
        "SELECT true FROM money_events WHERE account = $1 AND event = $2 AND subject = $3", account, event, subject
    )
    return found is not None
