"""incidents: when channels were away, and how long repairs took in a month against the contract."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, finish, load_settings, parse_date
from gateway.cli.output import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.settings import Settings

_INCIDENTS = ("id", "channel", "started_at", "ended_at", "hours", "waited", "unknown")
_REPAIRS = ("channel", "incidents", "open", "mean_hours", "longest_hours", "allowed_hours", "is_within", "clause")


def incidents(
    month: Annotated[str, typer.Option("--month", help="YYYY-MM, China time; default: this month.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Incidents of a month, and the mean time of repair by channel."""
    from gateway.contracts.repairs import incident_document, repair_report
    from gateway.domain.china_time import day_of

    today = day_of(time.time())
    first = parse_date(f"{month}-01", "--month") if month else today.replace(day=1)
    settings = load_settings(config)
    found = finish(_read(settings, first))
    contracts = {name: settings.profiles.get(channel.contract) for name, channel in settings.channels.items()}
    document: dict[str, Any] = {
        "month": f"{first:%Y-%m}",
        "incidents": [incident_document(incident) for incident in found],
        "repairs": repair_report(found, contracts),
    }
    if is_json:
        print_json(document)
        return
    print_table(document["month"], _INCIDENTS, ([row[name] for name in _INCIDENTS] for row in document["incidents"]))
    print_table("repairs", _REPAIRS, ([row[name] for name in _REPAIRS] for row in document["repairs"]))


async def _read(settings: Settings, first: dt.date) -> list[Any]:
    from gateway.cli.database_access import connected
    from gateway.contracts.working_days import add_months
    from gateway.domain.china_time import start_of
    from gateway.store.facts.incident_rows import PostgresIncidents

    async with connected(settings) as connection:

        @asynccontextmanager
        async def lend() -> AsyncIterator[Any]:
            yield connection

        store = PostgresIncidents(lend)
        return list(await store.incidents(start_of(first), start_of(add_months(first, 1))))
