"""What a fault of either side costs: computed by the contract, booked only when told (`book`).

    makeup   segments that we spoiled, or a shortage: segments to send free, or money (S0-6.6, S2a-2.2)
    refund   what of a prepayment goes back, by its cause (S0-4.2(1)b, S1-4, S2a-2.6, S2bA-7)
    penalty  a delay of ours (S2a-7.1); a breach (S0-9.1) or a violation (S0-7.8) of the client
    adjust   a correction that somebody decided
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from gateway.contracts import charges
from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import add_months
from gateway.domain.china_time import day_of, start_of
from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.domain.money import AMOUNT_MAX_HAO, HAO_PER_FEN, check_cash, format_yuan
from gateway.interfaces.control_socket import Document
from gateway.operations.desk import Body, text
from gateway.operations.money_desk import MAKEUP_WORDS, MoneyDesk, MoneyOperation, positive, priced


async def makeup(desk: MoneyDesk, body: Body) -> Document:
    """Body: account, and segments or contracted and delivered; incident, price_hao, cannot_resend, book."""
    name = text(body, "account")
    profile = desk.profile(name)
    if body.get("contracted") is not None:
        contracted, delivered = positive(body, "contracted"), positive(body, "delivered", least=0)
        if not profile.is_commitment:
            raise ValueError(f"{profile.tag} commits to no quantity ({clause_of(profile, 'is_commitment')})")
        segments = charges.shortage(profile, contracted, delivered)
        clause = clause_of(profile, "is_commitment")
    else:
        segments, clause = positive(body, "segments"), clause_of(profile, "makeup")
    price_hao = desk.treasury.price_of(name) if body.get("price_hao") is None else priced(body)
    given = charges.makeup_for(profile, segments, price_hao, can_resend=not body.get("cannot_resend"))
    credit_hao = await _compensated(desk, name, profile, given.credit_hao)
    entry = None
    if body.get("book"):
        words = desk.note(f"{MAKEUP_WORDS} {text(body, 'incident')}")
        if given.segments:
            entry, _ = desk.treasury.grant(name, given.segments, words)
        elif credit_hao:
            entry = desk.treasury.post(EntryKind.CREDIT, name, credit_hao, words)
    return await _answer(
        desk, name, entry, clause=clause, spoiled=segments, segments=given.segments, credit=format_yuan(credit_hao),
        worth=format_yuan(segments * price_hao),
    )


async def refund(desk: MoneyDesk, body: Body) -> Document:
    """Body: account, cause (request, provider_fault, client_breach); invoiced_hao, amount_hao, incident, note, book.

    A refund for the provider's fault names its incident. Money leaves in whole fen; what is finer stays.

    A request gets back what was not invoiced and not used; the provider's fault gets all that is unused, credits at the
    price of their lot; the client's breach what the contract says.
    """
    name, cause = text(body, "account"), text(body, "cause")
    profile, purse, treasury = desk.profile(name), desk.purse(name), desk.treasury
    available_hao = max(0, treasury.worth_hao(name))
    if cause == "request":
        invoiced_hao = positive(body, "invoiced_hao", least=0) if body.get("invoiced_hao") is not None else 0
        used_hao = max(0, purse.accrued_hao)
        due_hao = charges.refundable_hao(profile, -purse.cash_hao, invoiced_hao, used_hao)
        clause = clause_of(profile, "refund_invoiced")
    elif cause == "provider_fault":
        due_hao = charges.refund_at_end_hao(profile, available_hao, "provider_fault")
        clause = clause_of(profile, "refund_provider_fault")
    elif cause == "client_breach":
        due_hao = charges.refund_at_end_hao(profile, available_hao, "client_breach")
        clause = clause_of(profile, "refund_client_breach")
    else:
        raise ValueError("cause must be request, provider_fault or client_breach")
    due_hao = min(due_hao, available_hao) // HAO_PER_FEN * HAO_PER_FEN
    amount_hao = due_hao if body.get("amount_hao") is None else positive(body, "amount_hao")
    if amount_hao > due_hao:
        raise ValueError(f"{format_yuan(amount_hao)} is more than what may go back: {format_yuan(due_hao)} ({clause})")
    check_cash(amount_hao)
    lots = treasury.credits_of(name)
    entry = None
    if body.get("book") and amount_hao:
        if lots and amount_hao < due_hao:
            raise ValueError("credits go back as whole lots: refund all that is due")
        draws = tuple(Draw(pool.name, pool.left(purse.used), pool.price_hao) for pool in lots)
        incident = text(body, "incident") if cause == "provider_fault" else text(body, "incident", "")
        words = desk.note(f"{cause}: {' '.join(filter(None, (incident, text(body, 'note', ''))))}")
        entry = treasury.post(EntryKind.REFUND, name, amount_hao, words, draws)
    return await _answer(
        desk, name, entry, clause=clause, cause=cause, refundable=format_yuan(due_hao), amount=format_yuan(amount_hao),
        credits=sum(draw.quantity for draw in entry.draws) if entry else sum(pool.left(purse.used) for pool in lots),
    )


async def penalty(desk: MoneyDesk, body: Body) -> Document:
    """Body: account, reason (late, breach, violation), book, note; days and total_hao; day or incurred_hao."""
    name, reason = text(body, "account"), text(body, "reason")
    profile = desk.profile(name)
    details: dict[str, Any] = {}
    if reason == "late":
        days, total_hao = positive(body, "days", least=0, most=36_500), positive(body, "total_hao")
        amount_hao = charges.late_sending_hao(profile, total_hao, days)
        amount_hao = await _compensated(desk, name, profile, amount_hao)
        kind, clause, details = EntryKind.PENALTY, clause_of(profile, "late_sending_rate"), {"late_days": days}
    elif reason == "breach":
        to_date_hao, whole_hao = await _incurred(desk, name, body)
        amount_hao = charges.breach_damages_hao(profile, to_date_hao, whole_hao)
        kind, clause = EntryKind.DAMAGES, clause_of(profile, "breach_rate")
        details = {"incurred": format_yuan(to_date_hao if profile.breach_base == "to_date" else whole_hao)}
    elif reason == "violation":
        amount_hao = profile.violation_damages
        kind, clause = EntryKind.DAMAGES, clause_of(profile, "violation_damages")
    else:
        raise ValueError("reason must be late, breach or violation")
    payer = "provider" if kind is EntryKind.PENALTY else "client"
    entry = None
    if body.get("book") and amount_hao:
        entry = desk.treasury.post(kind, name, amount_hao, desk.note(f"{reason}: {text(body, 'note')}"))
    return await _answer(
        desk, name, entry, clause=clause, reason=reason, payer=payer, **details, amount=format_yuan(amount_hao)
    )


async def adjust(desk: MoneyDesk, body: Body) -> Document:
    """Book a correction: above zero for the client, below zero against it. Body: account, amount_hao, note."""
    name, note = text(body, "account"), text(body, "note")
    desk.profile(name)
    amount_hao = body.get("amount_hao")
    if isinstance(amount_hao, bool) or not isinstance(amount_hao, int) or not 0 < abs(amount_hao) <= AMOUNT_MAX_HAO:
        raise ValueError("amount_hao must be a whole number other than 0")
    kind = EntryKind.CREDIT if amount_hao > 0 else EntryKind.CHARGE
    entry = desk.treasury.post(kind, name, abs(amount_hao), desk.note(note))
    return await _answer(desk, name, entry, amount=format_yuan(amount_hao))


async def _incurred(desk: MoneyDesk, name: str, body: Body) -> tuple[int, int]:
    """Return what the month of the breach cost up to the end of that day, and as a whole."""
    if body.get("incurred_hao") is not None:
        incurred_hao = positive(body, "incurred_hao", least=0)
        return incurred_hao, incurred_hao
    now = desk.treasury.clock()
    named = text(body, "day", "")
    day = dt.date.fromisoformat(named) if named else day_of(now)
    begin, end = day.replace(day=1), add_months(day.replace(day=1), 1)
    to_date = await desk.incurred_hao(name, start_of(begin), start_of(day + dt.timedelta(days=1)))
    return to_date, await desk.incurred_hao(name, start_of(begin), start_of(end))


async def _compensated(desk: MoneyDesk, name: str, profile: Profile, claim_hao: int) -> int:
    """Return what of a claim is paid: all claims together no more than the fees paid, where it says so (S2b-7)."""
    if not claim_hao or profile.compensation_cap == "none":
        return claim_hao
    paid_hao = max(0, -desk.purse(name).cash_hao)
    return charges.compensation_hao(profile, claim_hao, max(0, paid_hao - await desk.compensated_hao(name)))


async def _answer(desk: MoneyDesk, name: str, entry: Entry | None, **found: Any) -> Document:
    if entry is not None:
        await desk.committed()
    is_booked = entry is not None
    return {
        "account": name, "contract": desk.profile(name).tag, **found, "booked": is_booked,
        "entry": entry.id if entry is not None else None, **desk.standing(name),
    }


FAULT_OPERATIONS: Final[Mapping[str, MoneyOperation]] = {
    "makeup": makeup, "refund": refund, "penalty": penalty, "adjust": adjust,
}
