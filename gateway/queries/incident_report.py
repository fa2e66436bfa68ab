"""When channels were away in a month, and how long repairs took against the contract (S4-4.3, S4-4.7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from gateway.contracts.repairs import incident_document, repair_report
from gateway.contracts.working_days import add_months
from gateway.domain.china_time import start_of
from gateway.queries.query import QueryDocument
from gateway.settings import Settings
from gateway.store.facts.incident_rows import PostgresIncidents


class IncidentLine(QueryDocument):
    """One incident; times in China time, hours to the minute's fraction."""

    id: int
    channel: str
    kind: str
    started_at: str
    ended_at: str | None
    hours: int | float | None
    waited: int
    unknown: int


class RepairLine(QueryDocument):
    """A channel's repairs of the month, in hours of the contract's support."""

    channel: str
    incidents: int
    open: int
    mean_hours: int | float | None
    longest_hours: int | float | None
    allowed_hours: int | float
    is_within: bool | None
    clause: str
    waited: int
    unknown: int


class IncidentReport(QueryDocument):
    """A month, written YYYY-MM."""

    month: str
    incidents: list[IncidentLine]
    repairs: list[RepairLine]


async def report_incidents(connection: asyncpg.Connection, settings: Settings, month: dt.date) -> IncidentReport:
    """Return the incidents that began in a month, given by its first day, in China time."""

    @asynccontextmanager
    async def lend() -> AsyncIterator[Any]:
        yield connection

    found = await PostgresIncidents(lend).incidents(start_of(month), start_of(add_months(month, 1)))
    contracts = {name: settings.profiles.get(channel.contract) for name, channel in settings.channels.items()}
    return IncidentReport(
        month=f"{month:%Y-%m}", incidents=[IncidentLine(**incident_document(each)) for each in found],
        repairs=[RepairLine(**line) for line in repair_report(found, contracts)],
    )
