"""Ports, complaints and their history as JSON-able documents; numbers whole: whoever shows them masks them."""

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

WEEK_DAYS = 7


def port_document(standing: PortStanding) -> dict[str, Any]:
    """Return what `ports list` shows of a port; rates in messages a second."""
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


def forecast_document(standing: PortStanding) -> dict[str, Any]:
    """Return when the port is back to its full rate if nobody complains any more."""
    sending_port, rules = standing.sending_port, standing.terms.rules
    changes = forecast(sending_port, rules) if standing.terms.is_limited else []
    now = {
        "date": None if sending_port.since == dt.date.min else sending_port.since.isoformat(),
        "state": sending_port.state.value, "rate": plain(sending_port.rate), "mo_opt_in": sending_port.is_mo_opt_in,
        "rule": None,
    }
    last = changes[-1].sending_port if changes else sending_port
    full_on = changes[-1].day.isoformat() if changes and last.state is PortState.NORMAL else None
    return {
        "port": standing.terms.key,
        "today": sending_port.today.isoformat(),
        "timeline": [now, *(timeline_entry(change) for change in changes)],
        "full_rate_on": full_on,
        "needs_rectification": sending_port.state is PortState.SUSPENDED and (
            sending_port.rectified_on is None or sending_port.rectified_on < sending_port.since
        ),
    }


def ticket_document(ticket: Ticket, notes: Sequence[TicketNote]) -> dict[str, Any]:
    """Return what `complaints list` shows of a ticket as it was judged last."""
    mine = [note for note in notes if note.ticket == ticket.id]
    answered = next((note for note in mine if note.what == "answered"), None)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "code": ticket.code,
        "account": ticket.account or None,
        "ports": list(ticket.sending_ports),
        "date": ticket.made_on.isoformat(),
        "arrived_at": moment(ticket.arrived_at),
        "recorded_at": moment(ticket.recorded_at),
        "source": ticket.source.value,
        "ref": ticket.ref or None,
        "kind": ticket.kind.value,
        "cause": ticket.cause.value,
        "counts": ticket.counts,
        "duplicate_of": ticket.duplicate_of,
        "words": ticket.words,
        "reply_by": moment(ticket.reply_by),
        "answered_at": None if answered is None else moment(answered.at),
        "answer": None if answered is None else answered.words,
        "is_late": (answered.at if answered is not None else 0.0) > ticket.reply_by,
        "actor": ticket.actor,
    }


def note_document(note: TicketNote) -> dict[str, Any]:
    return {"time": moment(note.at), "what": note.what, "value": note.value, "words": note.words, "actor": note.actor}


def change_document(change: PortChange) -> dict[str, Any]:
    return {
        "port": change.sending_port, "date": change.day.isoformat(), "state": change.state, "rate": plain(change.rate),
        "mo_opt_in": change.mo_opt_in, "rule": change.rule, "clause": change.clause,
        "next_check": _day(change.next_check), "recorded_at": moment(change.at),
    }


def order_document(order: PortOrder) -> dict[str, Any]:
    return {
        "port": order.sending_port, "time": moment(order.at), "order": order.what, "value": order.value,
        "reason": order.words,
        "actor": order.actor,
    }


def notice_document(notice: PortNotice) -> dict[str, Any]:
    return {
        "port": notice.sending_port, "account": notice.account or None, "time": moment(notice.at),
        "clause": notice.clause,
        "title": notice.title, "text": notice.text,
    }


def moment(at: float) -> str:
    """Return an instant in China time, to the second."""
    return moment_text(at)


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
