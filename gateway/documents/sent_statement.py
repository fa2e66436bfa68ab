"""A statement that was sent: its state is what its events and the clock say (S0-4.2(2)a, S4-5.6).

    SENT ── confirmed ──► CONFIRMED          an answer in time, or later while nothing else was said
     │  └── the answer's term ends in silence ──► AUTO_CONFIRMED, where the contract says that silence confirms
     └───── disputed in time ──► DISPUTED ── confirmed (after a re-check) ──► CONFIRMED

The state of an instant needs no daemon: silence confirms at its instant whether somebody writes it down or not.

    StateError    an event that this state does not take
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from gateway.contracts.dates import due_date, late_days, late_fee_hao, rescind_date
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import CalendarNotCovered, WorkingCalendar, add_months
from gateway.domain.china_time import day_of, end_of

# state -> event -> state afterwards; what is not here is refused
_NEXT: Final = {
    "SENT": {"confirmed": "CONFIRMED", "disputed": "DISPUTED", "auto_confirmed": "AUTO_CONFIRMED"},
    "DISPUTED": {"confirmed": "CONFIRMED", "rechecked": "CONFIRMED"},
    "CONFIRMED": {},
    "AUTO_CONFIRMED": {},
}
_ALWAYS: Final = frozenset({"invoiced", "paid", "superseded"})


class StateError(ValueError):
    """An event that a statement does not take any more; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class StatementEvent:
    """Something that happened to a statement; `at` is when, unix seconds."""

    event: str
    at: float
    noted_at: float
    actor: str
    evidence: str
    amount_hao: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it went out, with everything noted about it since, in the order it happened."""

    id: int
    account: str
    month: dt.date
    version: int
    profile: str
    document: str
    digest: str
    total_hao: int
    sent_at: float
    sent_by: str
    evidence: str
    confirm_by: dt.date | None
    auto_confirm_at: float | None
    events: tuple[StatementEvent, ...] = ()

    @property
    def has_movements(self) -> bool:
        """Tell whether the ledger had anything of the month when it was sent."""
        document = json.loads(self.document)
        return bool(document["messages"] or document["entries"])

    def first(self, event: str, until: float) -> StatementEvent | None:
        return next((each for each in self.events if each.event == event and each.at <= until), None)


def silence_confirms_at(
    profile: Profile, sent_on: dt.date, calendar: WorkingCalendar
) -> tuple[dt.date | None, float | None]:
    """Return the last day to answer and the instant at which silence confirms: the end of that day, if it does.

    The term begins with receipt; a mail is received when it is sent (S0-13.2). Raises CalendarNotCovered.
    """
    if not profile.confirm_wd:
        return None, None
    day = calendar.add_working_days(sent_on, profile.confirm_wd)
    return day, end_of(day) if profile.silence == "confirm" else None


def state_at(sent: Sent, now: float) -> tuple[str, float]:
    """Return the state at an instant and since when it holds."""
    state, since = "SENT", sent.sent_at
    for event in sent.events:
        if event.at > now:
            break
        if state == "SENT" and sent.auto_confirm_at is not None and event.at >= sent.auto_confirm_at:
            state, since = "AUTO_CONFIRMED", sent.auto_confirm_at
        following = _NEXT[state].get(event.event)
        if following is not None:
            state, since = following, event.at
    if state == "SENT" and sent.auto_confirm_at is not None and now >= sent.auto_confirm_at:
        return "AUTO_CONFIRMED", sent.auto_confirm_at
    return state, since


def check_event(sent: Sent, event: str, at: float) -> None:
    """Raise StateError where a statement does not take an event at that instant."""
    if at < sent.sent_at:
        raise StateError(f"the statement was sent after that: {day_of(sent.sent_at)}")
    if event in _ALWAYS:
        return
    state, since = state_at(sent, at)
    if event not in _NEXT[state]:
        raise StateError(f"the statement is {state} since {day_of(since - 0.001)}: it cannot be {event}")


@dataclass(frozen=True, slots=True)
class Payment:
    """When a statement is to be paid and what lateness costs at an instant. Amounts in hao."""

    due: dt.date | None
    rescind_from: dt.date | None
    owed_hao: int  # principal not paid yet
    late_days: int
    late_fee_hao: int  # of what is paid late, and of what is still owed
    carried_over_hao: int = 0  # paid beyond what was owed: the next bill has it


def payment_of(
    profile: Profile, sent: Sent, now: float, calendar: WorkingCalendar, carried_hao: int = 0
) -> Payment:
    """Return what is owed on a statement: payments go to the principal, each part costs its own days of lateness.

    `carried_hao` was paid too much before (`carried_into`). A prepaid contract owes nothing on a statement. Raises
    CalendarNotCovered.
    """
    if profile.due_rule == "none":
        return Payment(None, None, 0, 0, 0)
    invoiced = sent.first("invoiced", now)
    month = add_months(sent.month, 1)
    due = due_date(profile, month, calendar, None if invoiced is None else day_of(invoiced.at))
    owed_hao, fee_hao, days = principal_hao(sent, now) - carried_hao, 0, 0
    over_hao = max(0, _paid(sent, now) - owed_hao)
    if due is None:
        return Payment(None, None, max(0, owed_hao - _paid(sent, now)), 0, 0, over_hao)
    owed_hao = max(0, owed_hao)
    for event in sent.events:
        if event.event == "paid" and event.at <= now:
            part_hao = min(owed_hao, owed_hao if event.amount_hao is None else event.amount_hao)
            late = late_days(profile, due, day_of(event.at))
            fee_hao += late_fee_hao(profile, part_hao, late)
            days, owed_hao = max(days, late), owed_hao - part_hao
    if owed_hao > 0:
        late = late_days(profile, due, day_of(now))
        days, fee_hao = max(days, late), fee_hao + late_fee_hao(profile, owed_hao, late)
    return Payment(due, rescind_date(profile, due), owed_hao, days, fee_hao, over_hao)


def known_payment(
    profile: Profile, sent: Sent, now: float, calendar: WorkingCalendar, carried_hao: int = 0
) -> tuple[Payment, str | None]:
    """Return `payment_of`, or where its day lies beyond the calendar what is owed alone, and how to extend it."""
    try:
        return payment_of(profile, sent, now, calendar, carried_hao), None
    except CalendarNotCovered as error:
        owed_hao, paid_hao = principal_hao(sent, now) - carried_hao, _paid(sent, now)
        return Payment(None, None, max(0, owed_hao - paid_hao), 0, 0, max(0, paid_hao - owed_hao)), str(error)


def carried_into(profile: Profile, sent: Sent, known: Sequence[Sent], now: float) -> int:
    """Return what was paid too much on earlier bills, and on older versions of this one, in hao (S4-5.8).

    `known` are all versions of the account's statements up to this one, in the order of months and versions.
    """
    carried_hao = 0
    for month, versions in groupby((each for each in known if each.id != sent.id), key=lambda each: each.month):
        of_month = list(versions)
        paid_hao = sum(_paid(each, now) for each in of_month)
        if month == sent.month:
            carried_hao += paid_hao
        elif profile.bill_months == 1 or of_month[-1].first("invoiced", now) is not None:
            carried_hao = max(0, carried_hao + paid_hao - principal_hao(of_month[-1], now))
    return carried_hao


def principal_hao(sent: Sent, now: float) -> int:
    """Return what is to be paid: of a disputed figure what the contract says of it, else the bill, else the total.

    A bill may be of several months (S4-5.8): its amount stands in the event.
    """
    for event in ("disputed", "invoiced"):
        found = sent.first(event, now)
        if found is not None and found.amount_hao is not None:
            return found.amount_hao
    return sent.total_hao


def _paid(sent: Sent, now: float) -> int:
    return sum(
        principal_hao(sent, now) if event.amount_hao is None else event.amount_hao
        for event in sent.events if event.event == "paid" and event.at <= now
    )
