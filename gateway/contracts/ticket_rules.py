"""What follows from a ticket: its last judgement, and the duties that come with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.contracts.deadlines import complaint_reply_by, query_reply_by, violation_notice_by
from gateway.contracts.profile import Profile
from gateway.contracts.sending_port_terms import PortTerms
from gateway.domain.complaint import Cause, Duty, PortChange, Ticket, TicketKind, TicketNote

JUDGED: Final = "judged"
REPLY_H: Final = 24  # where no contract names a term
CARRIER_REPLY_H: Final = 48
TELL_H: Final = 24  # to tell a client of a suspension: no contract names a term
HOUR_S: Final = 3600.0


def judged_by(ticket: Ticket, notes: Sequence[TicketNote]) -> Ticket:
    """Return a ticket as the last of its judgements says."""
    for note in notes:
        if note.ticket == ticket.id and note.what == JUDGED:
            kind, cause, *reply_by = note.value.split()
            ticket = replace(ticket, kind=TicketKind(kind), cause=Cause(cause))
            ticket = replace(ticket, reply_by=float(reply_by[0])) if reply_by else ticket
    return ticket


def reply_by_of(cause: Cause, profile: Profile | None, arrived_at: float) -> float:
    """Return the last instant to answer: a day for us (S4-3.13), two for a carrier that caused it (S4-4.9, S4-4.7)."""
    if cause is Cause.CARRIER:
        return arrived_at + CARRIER_REPLY_H * HOUR_S if profile is None else query_reply_by(profile, arrived_at)
    return arrived_at + REPLY_H * HOUR_S if profile is None else complaint_reply_by(profile, arrived_at)


def judgement(ticket: Ticket, judged: Ticket) -> str:
    """Return the value of a note that judges a ticket again; with the new term where the cause is another."""
    value = f"{judged.kind} {judged.cause}"
    return value if judged.cause is ticket.cause else f"{value} {judged.reply_by:.3f}"


def reply_key(ticket: int, notes: Sequence[TicketNote]) -> str:
    """Return the key of the open duty to answer a ticket: another one after each change of its cause."""
    changes = sum(note.ticket == ticket and note.what == JUDGED and len(note.value.split()) > 2 for note in notes)
    return f"complaint:{ticket}:{changes}" if changes else f"complaint:{ticket}"


def duties_of(ticket: Ticket, sending_ports: Sequence[PortTerms]) -> list[Duty]:
    """Answer it in time (S4-3.13); content that breaks the law is to be reported at once (S0-7.8)."""
    duties = [reply_duty(ticket, "complaint:{ticket}")]
    profile = sending_ports[0].profile
    if ticket.kind in (TicketKind.NINE_FORBIDDEN, TicketKind.FIVE_KINDS) and profile is not None:
        due_at = violation_notice_by(profile, ticket.arrived_at)
        subject = _subject(ticket)
        duties.append(Duty("VIOLATION_NOTICE", "S0-7.8", ticket.account, subject, due_at, "violation:{ticket}"))
    return duties


def reply_duty(ticket: Ticket, key: str) -> Duty:
    """Return the duty to answer one ticket: ours, or the carrier's where it caused the complaint (S4-4.9)."""
    kind, clause = ("CARRIER_REPLY", "S4-4.9") if ticket.cause is Cause.CARRIER else ("COMPLAINT_REPLY", "S4-3.13")
    return Duty(kind, clause, ticket.account, _subject(ticket), ticket.reply_by, key, ticket.ref)


def suspension_duty(change: PortChange, terms: PortTerms) -> Duty:
    """Return the duty to tell the client that its port was suspended (S4-3.6); the text is kept with the port."""
    return Duty(
        "SUSPENSION_NOTICE", change.clause, terms.account, f"{change.sending_port} suspended on {change.day}",
        change.at + TELL_H * HOUR_S, f"suspended:{change.sending_port}:{change.day}",
        f"hongyan ports notices {change.sending_port}",
    )


def _subject(ticket: Ticket) -> str:
    number = ticket.id or "{ticket}"
    return f"complaint {number}: {ticket.source} {ticket.code} {ticket.made_on}"
