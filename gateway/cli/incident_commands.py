"""incidents: when channels were away, and how long repairs took in a month against the contract."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config, Json, load_settings, parse_date
from gateway.cli.output import print_json, print_table

_INCIDENTS = ("id", "channel", "started_at", "ended_at", "hours", "waited", "unknown")
_REPAIRS = ("channel", "incidents", "open", "mean_hours", "longest_hours", "allowed_hours", "is_within", "clause")


def incidents(
    month: Annotated[str, typer.Option("--month", help="YYYY-MM, China time; default: this month.")] = "",
    config: Config = DEFAULT_CONFIG,
    is_json: Json = False,
) -> None:
    """Incidents of a month, and the mean time of repair by channel."""
    from gateway.cli.database_access import query
    from gateway.domain.china_time import day_of
    from gateway.queries.incident_report import report_incidents

    first = parse_date(f"{month}-01", "--month") if month else day_of(time.time()).replace(day=1)
    settings = load_settings(config)
    document = query(settings, lambda connection: report_incidents(connection, settings, first)).as_dict()
    if is_json:
        print_json(document)
        return
    print_table(document["month"], _INCIDENTS, ([row[name] for name in _INCIDENTS] for row in document["incidents"]))
    print_table("repairs", _REPAIRS, ([row[name] for name in _REPAIRS] for row in document["repairs"]))
