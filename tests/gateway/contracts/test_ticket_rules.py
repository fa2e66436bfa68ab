"""What follows from a complaint: until when it is answered, and the duties with their clauses."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.contracts.sending_port_terms import PortTerms
from gateway.contracts.ticket_rules import duties_of, reply_by_of
from gateway.domain.complaint import Cause, Ticket, TicketKind, TicketSource
from tests.gateway.contracts.shipped import S4

HOUR_S, ARRIVED = 3600.0, 1_772_000_000.0
TERMS = PortTerms("10690123", "10690123", "bank", "", S4, "whitelist", 100.0, 100.0, True)


def ticket(kind: TicketKind) -> Ticket:
    return Ticket(
        "13800138000", "10690123", dt.date(2026, 2, 25), ARRIVED, ARRIVED, TicketSource.REGULATOR, "ref", kind, id=7,
        account="bank", sending_ports=("10690123",), reply_by=ARRIVED + 24 * HOUR_S,
    )


@pytest.mark.parametrize(("cause", "hours"), [(Cause.CARRIER, 48), (Cause.CLIENT, 24)])
def test_without_a_contract_a_carrier_has_two_days_and_we_one(cause: Cause, hours: int) -> None:
    assert reply_by_of(cause, None, ARRIVED) == ARRIVED + hours * HOUR_S


def test_each_duty_stands_on_its_clause() -> None:
    made = ticket(TicketKind.NINE_FORBIDDEN)
    assert [(duty.kind, duty.clause) for duty in duties_of(made, [TERMS])] == [
        ("COMPLAINT_REPLY", "S4-3.13"), ("VIOLATION_NOTICE", "S0-7.8"),
    ]
    [answer] = duties_of(replace(made, cause=Cause.CARRIER, kind=TicketKind.FIVE_KINDS), [replace(TERMS, profile=None)])
    assert (answer.kind, answer.clause, answer.details) == ("CARRIER_REPLY", "S4-4.9", "ref")
