"""Ports, complaints and their history as operations answer them; numbers whole: whoever shows them masks them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from gateway.contracts.annex import PortState
from gateway.contracts.complaints import SendingPort
from gateway.contracts.replay import forecast
from gateway.contracts.reports import timeline_entry
from gateway.contracts.sending_port_record import next_check
from gateway.contracts.sending_port_standing import PortStanding
from gateway.domain.china_time import moment_text
from gateway.domain.complaint import PortChange, PortNotice, PortOrder, Ticket, TicketNote
from gateway.operations.field_kinds import OperationAnswer

WEEK_DAYS = 7


class PortShown(OperationAnswer):
    """A sending port as it stands; rates in messages a second."""

    port: str
    code: str
    account: str | None
    channel: str | None
    contract: str | None
    regime: str | None
    agreed_rate: int | float | None
    original_rate: int | float
    state: str
    since: str | None
    rate: int | float
    live_rate: int | float | None
    limited_by: str | None
    reason: str | None
    switch: str
    adjusted_rate: int | float | None
    mo_opt_in: bool
    relapses: int
    next_check: str | None
    complaints_week: int
    complaints_since: int


class PortChangeShown(OperationAnswer):
    """A state of a port: the first day it holds, the rule, and when to look again."""

    port: str
    date: str
    state: str
    rate: int | float
    mo_opt_in: bool
    rule: str
    clause: str
    next_check: str | None
    recorded_at: str


class PortOrderShown(OperationAnswer):
    """What somebody ordered."""

    port: str
    time: str
    order: str
    value: str
    reason: str
    actor: str


class PortNoticeShown(OperationAnswer):
    """The notice that a change gave rise to."""

    port: str
    account: str | None
    time: str
    clause: str
    title: str
    text: str


class TimelineEntry(OperationAnswer):
    """What holds from a day on, and the row of the annex that says so."""

    date: str | None
    state: str
    rate: int | float
    mo_opt_in: bool
    rule: int | str | None


class PortTimeline(OperationAnswer):
    """When a sending port is back to its full rate if nobody complains any more."""

    port: str
    today: str
    timeline: tuple[TimelineEntry, ...]
    full_rate_on: str | None
    needs_rectification: bool


class TicketShown(OperationAnswer):
    """A complaint as it was judged last."""

    id: int
    number: str
    code: str
    account: str | None
    ports: tuple[str, ...]
    date: str
    arrived_at: str
    recorded_at: str
    source: str
    ref: str | None
    kind: str
    cause: str
    counts: bool
    duplicate_of: int | None
    words: str
    reply_by: str
    answered_at: str | None
    answer: str | None
    is_late: bool
    actor: str


class TicketNoteShown(OperationAnswer):
    """What was noted of a complaint."""

    time: str
    what: str
    value: str
    words: str
    actor: str


def sending_port_shown(standing: PortStanding) -> dict[str, Any]:
    """Return the fields of `PortShown`."""
    terms, sending_port, limit = standing.terms, standing.sending_port, standing.limit
    return {
        "port": terms.key,
        "code": terms.code,
        "account": terms.account or None,
        "channel": terms.channel or None,
        "contract": None if terms.profile is None else terms.profile.tag,
        "regime": sending_port.regime if terms.is_limited else None,
        "agreed_rate": plain(terms.agreed) or None,
        "original_rate": plain(terms.rate),
        "state": sending_port.state.value,
        "since": None if sending_port.since == dt.date.min else sending_port.since.isoformat(),
        "rate": plain(sending_port.rate),
        "live_rate": None if standing.live_rate is None else plain(standing.live_rate),
        "limited_by": None if limit is None else limit.clause,
        "reason": None if limit is None else limit.detail,
        "switch": standing.switch,
        "adjusted_rate": None if standing.adjusted is None else plain(standing.adjusted),
        "mo_opt_in": sending_port.is_mo_opt_in,
        "relapses": sending_port.relapses,
        "next_check": _day(next_check(sending_port, terms.rules) if terms.is_limited else None),
        "complaints_week": _total(sending_port, WEEK_DAYS),
        "complaints_since": _total(sending_port, max(1, (sending_port.today - sending_port.since).days + 1)),
    }


def sending_port_timeline(standing: PortStanding) -> PortTimeline:
    sending_port, rules = standing.sending_port, standing.terms.rules
    changes = forecast(sending_port, rules) if standing.terms.is_limited else []
    now = TimelineEntry(
        date=None if sending_port.since == dt.date.min else sending_port.since.isoformat(),
        state=sending_port.state.value, rate=plain(sending_port.rate), mo_opt_in=sending_port.is_mo_opt_in, rule=None,
    )
    last = changes[-1].sending_port if changes else sending_port
    return PortTimeline(
        port=standing.terms.key,
        today=sending_port.today.isoformat(),
        timeline=(now, *(TimelineEntry(**timeline_entry(change)) for change in changes)),
        full_rate_on=changes[-1].day.isoformat() if changes and last.state is PortState.NORMAL else None,
        needs_rectification=sending_port.state is PortState.SUSPENDED and (
            sending_port.rectified_on is None or sending_port.rectified_on < sending_port.since
        ),
    )


def ticket_shown(ticket: Ticket, notes: Sequence[TicketNote]) -> dict[str, Any]:
    """Return the fields of `TicketShown`."""
    mine = [note for note in notes if note.ticket == ticket.id]
    answered = next((note for note in mine if note.what == "answered"), None)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "code": ticket.code,
        "account": ticket.account or None,
        "ports": tuple(ticket.sending_ports),
        "date": ticket.made_on.isoformat(),
        "arrived_at": moment_text(ticket.arrived_at),
        "recorded_at": moment_text(ticket.recorded_at),
        "source": ticket.source.value,
        "ref": ticket.ref or None,
        "kind": ticket.kind.value,
        "cause": ticket.cause.value,
        "counts": ticket.counts,
        "duplicate_of": ticket.duplicate_of,
        "words": ticket.words,
        "reply_by": moment_text(ticket.reply_by),
        "answered_at": None if answered is None else moment_text(answered.at),
        "answer": None if answered is None else answered.words,
        "is_late": (answered.at if answered is not None else 0.0) > ticket.reply_by,
        "actor": ticket.actor,
    }


def note_shown(note: TicketNote) -> TicketNoteShown:
    return TicketNoteShown(
        time=moment_text(note.at), what=note.what, value=note.value, words=note.words, actor=note.actor
    )


def change_shown(change: PortChange) -> PortChangeShown:
    return PortChangeShown(
        port=change.sending_port, date=change.day.isoformat(), state=change.state, rate=plain(change.rate),
        mo_opt_in=change.mo_opt_in, rule=change.rule, clause=change.clause, next_check=_day(change.next_check),
        recorded_at=moment_text(change.at),
    )


def order_shown(order: PortOrder) -> PortOrderShown:
    return PortOrderShown(
        port=order.sending_port, time=moment_text(order.at), order=order.what, value=order.value, reason=order.words,
        actor=order.actor,
    )


def notice_shown(notice: PortNotice) -> PortNoticeShown:
    return PortNoticeShown(
        port=notice.sending_port, account=notice.account or None, time=moment_text(notice.at), clause=notice.clause,
        title=notice.title, text=notice.text,
    )


def plain(rate: float) -> int | float:
    """Return a whole rate as an integer, so that 50 stays 50."""
    return int(rate) if float(rate).is_integer() else rate


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _total(sending_port: SendingPort, days: int) -> int:
    if days > (sending_port.today - dt.date.min).days:
        return sum(count for _, count in sending_port.counts)
    first = sending_port.today - dt.timedelta(days=days - 1)
    return sum(count for day, count in sending_port.counts if day >= first)
