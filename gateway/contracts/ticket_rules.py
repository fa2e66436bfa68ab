"""What follows from a ticket: its last judgement, and the duties that come with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.contracts.deadlines import violation_notice_by
from gateway.contracts.port_terms import PortTerms
from gateway.domain.complaint import Cause, Duty, Ticket, TicketKind, TicketNote

JUDGED: Final = "judged"


def judged_by(ticket: Ticket, notes: Sequence[TicketNote]) -> Ticket:
    """Return a ticket as the last of its judgements says."""
    for note in notes:
        if note.ticket == ticket.id and note.what == JUDGED:
            kind, cause = note.value.split()
            ticket = replace(ticket, kind=TicketKind(kind), cause=Cause(cause))
    return ticket


def duties_of(ticket: Ticket, ports: Sequence[PortTerms]) -> list[Duty]:
    """Answer it in time (S4-3.13); content that breaks the law is to be reported at once (S0-7.8)."""
    subject = f"{ticket.source} {ticket.code} {ticket.made_on}"
    duties = [
        Duty("COMPLAINT_REPLY", "S4-3.13", ticket.account, subject, ticket.reply_by, "complaint:{ticket}", ticket.ref)
    ]
    profile = ports[0].profile
    if ticket.kind in (TicketKind.NINE_FORBIDDEN, TicketKind.FIVE_KINDS) and profile is not None:
        due_at = violation_notice_by(profile, ticket.arrived_at)
        duties.append(Duty("VIOLATION_NOTICE", "S0-7.8", ticket.account, subject, due_at, "violation:{ticket}"))
    return duties
