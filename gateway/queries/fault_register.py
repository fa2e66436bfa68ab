"""The register of faults: what was complained of in a month, and the month's figures by side (S4-4.7, S2a-2.4)."""

from __future__ import annotations

import datetime as dt

import asyncpg

from gateway.contracts.profile import Profile
from gateway.contracts.service_faults import HOUR_S, ServiceFault, monthly_report
from gateway.contracts.working_days import add_months
from gateway.domain.china_time import moment_text, start_of
from gateway.queries.configured import profile_of_side
from gateway.queries.query import QueryDocument
from gateway.settings import Settings
from gateway.store.facts import fault_rows


class FaultProof(QueryDocument):
    """A carrier's proof by its digest."""

    at: str
    name: str
    digest: str


class RegisteredFault(QueryDocument):
    """A complaint about the service; `repair_hours` are those of the contract's support, None where none is known."""

    id: int
    kind: str
    account: str | None
    channel: str | None
    words: str
    cause: str
    began_at: str
    complained_at: str
    reply_by: str
    ended_at: str | None
    travel_hours: int | float
    repair_hours: int | float | None
    answered_at: str | None
    answer: str | None
    state: str
    is_proved: bool | None
    proofs: list[FaultProof]
    actor: str


class SideFigures(QueryDocument):
    """A month's figures of an account, or of a carrier's channel; faults that last are not in the mean."""

    side: str
    faults: int
    open: int
    mean_repair_hours: int | float | None
    allowed_repair_hours: int | float
    is_within: bool | None
    unproved: int
    others: int
    unanswered: int
    longest_answer_hours: int | float | None
    allowed_answer_hours: int | float
    late_answers: int
    clause: str


class FaultRegister(QueryDocument):
    """A month, written YYYY-MM."""

    month: str
    faults: list[RegisteredFault]
    sides: list[SideFigures]


async def read_register(connection: asyncpg.Connection, settings: Settings, month: dt.date) -> FaultRegister:
    """Return what was complained of in a month, given by its first day, in China time."""
    found = await fault_rows.between(connection, start_of(month), start_of(add_months(month, 1)))
    known = [each for each in found if not each.account or each.account in settings.accounts]
    contracts = {each.side: profile_of_side(settings, each.account, each.channel) for each in known}
    return FaultRegister(
        month=f"{month:%Y-%m}",
        faults=[registered_fault(contracts.get(each.side), each) for each in found],
        sides=[SideFigures(**figures) for figures in monthly_report(known, contracts)],
    )


def registered_fault(profile: Profile | None, fault: ServiceFault) -> RegisteredFault:
    """Return a complaint as commands show it; times in China time."""
    repair_h = None if profile is None else fault.repair_h(profile)
    settled_at = fault.ended_at if fault.kind == "fault" else fault.answered_at
    return RegisteredFault(
        id=fault.id, kind=fault.kind, account=fault.account or None, channel=fault.channel or None,
        words=fault.words, cause=fault.cause, began_at=moment_text(fault.began_at),
        complained_at=moment_text(fault.complained_at), reply_by=moment_text(fault.reply_by),
        ended_at=None if fault.ended_at is None else moment_text(fault.ended_at),
        travel_hours=round(fault.travel_s / HOUR_S, 3),
        repair_hours=None if repair_h is None else round(repair_h, 3),
        answered_at=None if fault.answered_at is None else moment_text(fault.answered_at),
        answer=fault.answer or None, state="open" if settled_at is None else "closed", is_proved=fault.is_proved,
        proofs=[FaultProof(at=moment_text(each.at), name=each.name, digest=each.digest) for each in fault.proofs],
        actor=fault.actor,
    )
