"""A task: something a person must do by an instant, and the clause that says so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from gateway.domain.china_time import DAY_S, HOUR_S, day_of, end_of, moment_text

NEAR_S: Final = 3 * DAY_S  # a task that is due on a day is told as due so long before
NEAR_CLOCK_S: Final = 4 * HOUR_S  # one that is due at an hour

# kind -> what is to be done
KINDS: Final = {
    "STATEMENT": "send the month's statement",
    "BILL": "send bill and invoice of the period",
    "CONFIRM": "the client's answer to a statement is due",
    "RECHECK": "check a disputed figure again, both sides",
    "PAYMENT": "payment of a statement is due",
    "RESCIND": "an unpaid contract may be rescinded from this day",
    "TERM_60": "the term ends in 60 days: decide whether it goes on",
    "TERM_30": "the term ends in 30 days: last day for a notice of non-renewal",
    "TERM_END": "the term ends: renewal document, or end of service",
    "RENEWAL_REMINDER": "remind the client that the term ends",
    "LICENCE": "a licence expires: ask for the new one",
    "VIOLATION_NOTICE": "tell provider, carrier and regulator of a violation",
    "AUTHORITY_REPORT": "report a stopped content to the authority",
    "SIGNATURE_WARNING": "send the client the advice on its signatures",
    "SUSPEND_SUGGESTION": "decide whether an account is suspended that goes on after the advice",
    "BREACH_EXERCISE": "last day to use the right to end the contract",
    "BREACH_LAPSE": "the right to end the contract lapses",
    "CURE": "last day to cure or object to a breach",
    "INSOLVENCY": "last day to lift an insolvency",
    "COMPLAINT_REPLY": "handle and answer a complaint",
    "CARRIER_REPLY": "the carrier's answer to a complaint that it caused is due: ask for it",
    "QUERY_REPLY": "answer an enquiry",
    "SUSPENSION_NOTICE": "tell the client that it was suspended, and why",
    "FAULT_REPAIR": "end a fault of the service",
    "CARRIER_PROOF": "file the carrier's proof of a fault of its network",
    "SELF_CHECK": "check the security of the service, and keep the record",
    "REGISTRATION_NOTICE": "announce new registration data in writing",
    "DISCLOSURE_NOTICE": "tell the client in writing before records about it are disclosed",
    "BANK_NOTICE": "announce new bank data in writing",
    "INTERFACE_NOTICE": "announce an interface change in writing",
    "MAINTENANCE_NOTICE": "announce maintenance in writing",
    "SERVICE_CHANGE": "a changed service takes effect",
    "FORCE_MAJEURE_TALKS": "force majeure lasts: talk again",
    "FORCE_MAJEURE_END": "force majeure lasts: either side may end the contract",
    "TOP_UP_REQUEST": "ask the client for the next prepayment",
    "CAP_NOTICE": "write that the notice level of the cap is reached",
    "SERVICE_END": "service ends: queue dropped, holds released",
    "CALENDAR": "the working-day calendar ends: install the published year",
    "NOTICE": "a notice is to be sent",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One duty. `due_at` is the last instant in time, `remind_at` when it is told as due; unix seconds.

    `key` makes it the same duty when it is made again from the facts; empty: kind, account, subject and instant do.
    """

    kind: str
    clause: str
    subject: str
    due_at: float
    details: str = ""
    account: str = ""
    remind_at: float = 0.0
    key: str = ""

    @property
    def identity(self) -> str:
        return self.key or f"{self.kind}:{self.account}:{self.subject}:{int(self.due_at)}"


def task_on(
    kind: str, clause: str, subject: str, day: dt.date, *, details: str = "", account: str = "", near_s: float = NEAR_S
) -> Task:
    """Return a task that may be done until the end of a day, China time."""
    due_at = end_of(day)
    return Task(kind, clause, subject, due_at, details, account, due_at - near_s, f"{kind}:{account}:{subject}:{day}")


def task_document(task: Task) -> dict[str, Any]:
    """Return a task that is not stored yet as scripts read it."""
    return {
        "kind": task.kind, "clause": task.clause, "account": task.account or None, "subject": task.subject,
        "due_on": (day_of(task.due_at - 0.001)).isoformat(), "due_at": moment_text(task.due_at),
        "what": KINDS.get(task.kind, ""), "details": task.details,
    }
