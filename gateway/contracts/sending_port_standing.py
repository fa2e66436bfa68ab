"""Where a port stands, live: the complaint regime, the carrier's adjustment of flow, an operator's switch, in one rate.

Steps of the regime become facts to commit: a change, its notice, the snapshot a restart goes on from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from gateway.contracts.annex import PortState
from gateway.contracts.complaints import (
    SendingPort,
    Transition,
    complain,
    leave_mo_opt_in,
    next_day,
    open_sending_port,
    rectify,
)
from gateway.contracts.sending_port_notice import clause_of_rule, notice_of
from gateway.contracts.sending_port_record import next_check, sending_port_from_dict, sending_port_to_dict, under_terms
from gateway.contracts.sending_port_terms import PortTerms
from gateway.domain.china_time import clock_at, start_of
from gateway.domain.complaint import PortChange, PortFacts, PortNotice

Switch = Literal["open", "isolated", "drained"]
DAYS_MAX: Final = 3_660  # a node that was down for longer begins again


@dataclass(frozen=True, slots=True)
class PortLimit:
    """What stands above the configured rate; `per_s` 0: stopped."""

    per_s: float
    clause: str
    detail: str = ""
    ends_waiting: bool = False  # what was accepted before ends as well


@dataclass(frozen=True, slots=True)
class PortStanding:
    """One sending port, live. `adjusted` is a live rate that an operator set (S4-4.4); None: none."""

    terms: PortTerms
    sending_port: SendingPort
    adjusted: float | None = None
    switch: Switch = "open"

    @property
    def limit(self) -> PortLimit | None:
        """The lowest of all that limits the sending port, or None where its configured rate holds."""
        limits = [found for found in (self._by_switch(), self._by_regime(), self._by_adjustment()) if found]
        return min(limits, key=lambda limit: limit.per_s, default=None)

    @property
    def live_rate(self) -> float | None:
        """Messages a second that may leave now; None: nothing limits them."""
        limit = self.limit
        return (self.terms.agreed or None) if limit is None else limit.per_s

    @property
    def opt_in_since(self) -> float | None:
        """The instant from which only MO subscribers may be written to, or None."""
        day = self.sending_port.mo_opt_in_on if self.terms.is_limited else None
        return None if day is None else start_of(day)

    def _by_switch(self) -> PortLimit | None:
        return PortLimit(0.0, "D", "isolated by an operator") if self.switch == "isolated" else None

    def _by_regime(self) -> PortLimit | None:
        sending_port = self.sending_port
        if not self.terms.is_limited or sending_port.state is PortState.NORMAL:
            return None
        if sending_port.state is PortState.SUSPENDED:
            earliest = sending_port.since + dt.timedelta(days=self.terms.rules.suspend_days)
            detail = f"suspended for complaints since {sending_port.since}, not back before {earliest}"
            return PortLimit(0.0, "S4-A3-3", detail, ends_waiting=True)
        return PortLimit(
            sending_port.rate, "S4-A3-3", f"{sending_port.state} for complaints since {sending_port.since}"
        )

    def _by_adjustment(self) -> PortLimit | None:
        if self.adjusted is None:
            return None
        return PortLimit(self.adjusted, "S4-4.4", "adjusted to the capacity there is")

    def record(self) -> dict[str, Any]:
        """Return what a restart goes on from."""
        return {"port": sending_port_to_dict(self.sending_port), "adjusted": self.adjusted, "switch": self.switch}


def standing_of(terms: PortTerms, record: Mapping[str, Any] | None, today: dt.date) -> PortStanding:
    """Return a port as its snapshot says, under the terms as they are now; without one it is normal from today."""
    if record is None:
        return PortStanding(terms, open_sending_port(terms.regime, terms.rate, today))
    sending_port = under_terms(sending_port_from_dict(record["port"]), terms)
    if (today - sending_port.today).days > DAYS_MAX:
        sending_port = open_sending_port(terms.regime, terms.rate, today)
    return PortStanding(terms, sending_port, record["adjusted"], record["switch"])


def advance(standing: PortStanding, today: dt.date, now: float) -> tuple[PortStanding, PortFacts]:
    """Step to a day; every midnight on the way makes its changes."""
    sending_port, moved = standing.sending_port, list[Transition]()
    while sending_port.today < today:
        if not standing.terms.is_limited:
            sending_port = replace(sending_port, today=today)
            break
        sending_port, steps = next_day(sending_port, standing.terms.rules)
        moved += steps
    return with_facts(replace(standing, sending_port=sending_port), moved, now)


def complained(standing: PortStanding, made_on: dt.date, now: float) -> tuple[PortStanding, PortFacts]:
    """Count one ticket that was recorded today; one of an earlier day acts from tomorrow on."""
    if not standing.terms.is_limited:
        return standing, PortFacts()
    sending_port, moved = complain(standing.sending_port, standing.terms.rules, made_on=made_on)
    return with_facts(replace(standing, sending_port=sending_port), moved, now)


def rectified(standing: PortStanding, now: float) -> tuple[PortStanding, PortFacts]:
    """Accept the rectification; raises ValueError for a sending port that is not suspended."""
    if standing.sending_port.state is not PortState.SUSPENDED:
        raise ValueError(
            f"{standing.terms.key} is {standing.sending_port.state}, not suspended: nothing is to be rectified"
        )
    sending_port, moved = rectify(standing.sending_port, standing.terms.rules)
    return with_facts(replace(standing, sending_port=sending_port), moved, now)


def left_opt_in(standing: PortStanding, now: float) -> tuple[PortStanding, PortFacts]:
    """End MO opt-in; raises ValueError where it does not hold."""
    if not standing.sending_port.is_mo_opt_in:
        raise ValueError(f"{standing.terms.key} is not under MO opt-in")
    return with_facts(replace(standing, sending_port=leave_mo_opt_in(standing.sending_port)), (), now)


@dataclass(frozen=True, slots=True)
class PortEvent:
    """Something that moved a sending port on a day: a ticket of `made_on`, "rectify", or "leave_mo_opt_in"."""

    day: dt.date
    what: str
    made_on: dt.date | None = None


def judged_again(standing: PortStanding, events: Iterable[PortEvent], now: float) -> tuple[PortStanding, PortFacts]:
    """Return the port as if only these events had happened: a ticket was found to count, or not to count, after all.

    What holds from now on is corrected; what was is history and stays as it was written.
    """
    terms, before = standing.terms, standing.sending_port
    ordered = sorted(events, key=lambda event: event.day)
    first = min([event.day for event in ordered] or [before.today])
    sending_port = open_sending_port(terms.regime, terms.rate, first)
    for event in ordered:
        while sending_port.today < event.day:
            sending_port, _ = next_day(sending_port, terms.rules)
        if event.what == "rectify":
            sending_port, _ = rectify(sending_port, terms.rules)
        elif event.what == "leave_mo_opt_in":
            sending_port = leave_mo_opt_in(sending_port)
        else:
            sending_port, _ = complain(sending_port, terms.rules, made_on=event.made_on)
    while sending_port.today < before.today:
        sending_port, _ = next_day(sending_port, terms.rules)
    is_same = (
        sending_port.state, sending_port.rate, sending_port.is_mo_opt_in
    ) == (before.state, before.rate, before.is_mo_opt_in)
    moved = () if is_same else (Transition(before.today, "J", sending_port),)
    return with_facts(replace(standing, sending_port=sending_port), moved, now)


def with_facts(standing: PortStanding, moved: Iterable[Transition], now: float) -> tuple[PortStanding, PortFacts]:
    """Return a standing with what is to be committed of it."""
    terms, facts = standing.terms, PortFacts(snapshots_at=now)
    clock = clock_at(now)
    for change in moved:
        sending_port, clause = change.sending_port, clause_of_rule(change.number)
        check = next_check(sending_port, terms.rules)
        facts.changes.append(
            PortChange(
                terms.key, change.day, change.number, clause, sending_port.state.value, sending_port.rate,
                sending_port.is_mo_opt_in, check, now,
            )
        )
        facts.notices.append(PortNotice(terms.key, terms.account, now, clause, *notice_of(terms, change, clock)))
    facts.snapshots[terms.key] = standing.record()
    return standing, facts
