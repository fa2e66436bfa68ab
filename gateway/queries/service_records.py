"""What is written down of a service: reports of its batches, who ended it, and which notices were served."""

from __future__ import annotations

from typing import Any

import asyncpg

from gateway.domain.china_time import moment_text
from gateway.domain.money import format_yuan
from gateway.queries.configured import account_named
from gateway.queries.query import QueryDocument
from gateway.settings import Settings
from gateway.store.facts import notices, terminations, watched_batches


class ServiceEnd(QueryDocument):
    """A client's wish to end its service; the last three fields once it is ended."""

    account: str
    asked_at: str
    ends_by: str
    clause: str
    by: str
    evidence: str
    ended_at: str | None
    dropped: int | None
    released: str | None


class ServedNotice(QueryDocument):
    """A notice, and the day on which it counts as delivered."""

    id: int
    account: str
    kind: str
    means: str
    sent_on: str
    served_on: str
    clause: str
    reference: str
    details: str
    actor: str


class BatchReports(QueryDocument):
    """A batch by its label, with the reports kept of it: the first one, and the final one."""

    label: str
    first: dict[str, Any] | None
    final: dict[str, Any] | None


class AccountBatches(QueryDocument):
    """The newest batches of an account."""

    account: str
    batches: list[BatchReports]


async def list_batches(connection: asyncpg.Connection, settings: Settings, account: str) -> AccountBatches:
    """Return the newest batches of an account with their reports; raise WrongRequest where it is not configured."""
    name = account_named(settings, account).name
    found = await watched_batches.newest(connection, name)
    return AccountBatches(account=name, batches=[BatchReports(**each) for each in found])


async def list_service_ends(connection: asyncpg.Connection) -> list[ServiceEnd]:
    """Return the services that clients ended or are about to end, the newest first."""
    return [service_end(row) for row in await terminations.newest(connection)]


async def list_notices(connection: asyncpg.Connection, account: str = "") -> list[ServedNotice]:
    """Return the notices of an account (empty: of all), the newest first."""
    return [
        ServedNotice(**{**row, "sent_on": str(row["sent_on"]), "served_on": str(row["served_on"])})
        for row in await notices.newest(connection, account)
    ]


def service_end(row: Any) -> ServiceEnd:
    """Return a row of terminations."""
    is_ended = row["ended_ms"] is not None
    return ServiceEnd(
        account=row["account"], asked_at=moment_text(row["asked_ms"] / 1000),
        ends_by=moment_text(row["ends_ms"] / 1000), clause=row["clause"], by=row["actor"], evidence=row["evidence"],
        ended_at=moment_text(row["ended_ms"] / 1000) if is_ended else None, dropped=row["dropped"],
        released=format_yuan(row["released_hao"]) if is_ended else None,
    )
