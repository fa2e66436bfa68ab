"""The state of a sending port as plain data and back, and the next day on which it may change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from gateway.contracts.annex import PortState
from gateway.contracts.complaints import SendingPort, next_day
from gateway.contracts.regime import ComplaintRules
from gateway.contracts.sending_port_terms import PortTerms

_DAYS: Final = ("today", "since", "resumed_on", "mo_opt_in_on", "rectified_on")
_COUNTS: Final = ("counts", "late")
_CHECK_DAYS_MAX: Final = 1_500


def sending_port_to_dict(sending_port: SendingPort) -> dict[str, Any]:
    """Return a sending port as JSON holds it."""
    record: dict[str, Any] = {each.name: getattr(sending_port, each.name) for each in fields(sending_port)}
    record["state"] = sending_port.state.value
    for name in _DAYS:
        record[name] = None if record[name] is None else record[name].isoformat()
    for name in _COUNTS:
        record[name] = [[day.isoformat(), count] for day, count in record[name]]
    record["touched"] = [day.isoformat() for day in sending_port.touched]
    return record


def sending_port_from_dict(record: Mapping[str, Any]) -> SendingPort:
    """Return the port that `sending_port_to_dict` wrote; raises KeyError or ValueError for what it did not write."""
    values = {each.name: record[each.name] for each in fields(SendingPort)}
    values["state"] = PortState(values["state"])
    for name in _DAYS:
        values[name] = None if values[name] is None else dt.date.fromisoformat(values[name])
    for name in _COUNTS:
        values[name] = tuple((dt.date.fromisoformat(day), count) for day, count in values[name])
    values["touched"] = tuple(dt.date.fromisoformat(day) for day in values["touched"])
    return SendingPort(**values)


def under_terms(sending_port: SendingPort, terms: PortTerms) -> SendingPort:
    """Return a port with the rate and lists that a changed configuration gives it; a punishment stays what it was."""
    if (sending_port.original_rate, sending_port.regime) == (terms.rate, terms.regime):
        return sending_port
    rate = terms.rate if sending_port.state is PortState.NORMAL else min(sending_port.rate, terms.rate)
    return replace(sending_port, original_rate=terms.rate, regime=terms.regime, rate=rate)


def next_check(sending_port: SendingPort, rules: ComplaintRules) -> dt.date | None:
    """Return the first day on which the sending port changes if nobody complains any more; None while it is normal.

    A suspension is looked at on the first day on which a rectification may end it.
    """
    if sending_port.state is PortState.SUSPENDED:
        return max(sending_port.since + dt.timedelta(days=rules.suspend_days), sending_port.today)
    for _ in range(_CHECK_DAYS_MAX):
        if sending_port.state is PortState.NORMAL and not sending_port.touched:
            return None
        sending_port, moved = next_day(sending_port, rules)
        if moved:
            return moved[0].day
    return None
