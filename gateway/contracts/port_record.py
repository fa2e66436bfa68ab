"""The state of a port as plain data and back, and the next day on which it may change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from gateway.contracts.annex import PortState
from gateway.contracts.complaints import Port, next_day
from gateway.contracts.port_terms import PortTerms
from gateway.contracts.regime import ComplaintRules

_DAYS: Final = ("today", "since", "resumed_on", "mo_opt_in_on", "rectified_on")
_COUNTS: Final = ("counts", "late")
_CHECK_DAYS_MAX: Final = 1_500


def port_to_dict(port: Port) -> dict[str, Any]:
    """Return a port as JSON holds it."""
    record: dict[str, Any] = {each.name: getattr(port, each.name) for each in fields(port)}
    record["state"] = port.state.value
    for name in _DAYS:
        record[name] = None if record[name] is None else record[name].isoformat()
    for name in _COUNTS:
        record[name] = [[day.isoformat(), count] for day, count in record[name]]
    record["touched"] = [day.isoformat() for day in port.touched]
    return record


def port_from_dict(record: Mapping[str, Any]) -> Port:
    """Return the port that `port_to_dict` wrote; raises KeyError or ValueError for what it did not write."""
    values = {each.name: record[each.name] for each in fields(Port)}
    values["state"] = PortState(values["state"])
    for name in _DAYS:
        values[name] = None if values[name] is None else dt.date.fromisoformat(values[name])
    for name in _COUNTS:
        values[name] = tuple((dt.date.fromisoformat(day), count) for day, count in values[name])
    values["touched"] = tuple(dt.date.fromisoformat(day) for day in values["touched"])
    return Port(**values)


def under_terms(port: Port, terms: PortTerms) -> Port:
    """Return a port with the rate and lists that a changed configuration gives it; a punishment stays what it was."""
    if (port.original_rate, port.regime) == (terms.rate, terms.regime):
        return port
    rate = terms.rate if port.state is PortState.NORMAL else min(port.rate, terms.rate)
    return replace(port, original_rate=terms.rate, regime=terms.regime, rate=rate)


def next_check(port: Port, rules: ComplaintRules) -> dt.date | None:
    """Return the first day on which the port changes if nobody complains any more; None while it is normal.

    A suspension is looked at on the first day on which a rectification may end it.
    """
    if port.state is PortState.SUSPENDED:
        return max(port.since + dt.timedelta(days=rules.suspend_days), port.today)
    for _ in range(_CHECK_DAYS_MAX):
        if port.state is PortState.NORMAL and not port.touched:
            return None
        port, moved = next_day(port, rules)
        if moved:
            return moved[0].day
    return None
