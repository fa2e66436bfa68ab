"""What a fault of either side costs: computed by the contract, booked only when told (`book`).

    makeup   segments that we spoiled, or a shortage: segments to send free, or money (S0-6.6, S2a-2.2)
    refund   what of a prepayment goes back, by its cause (S0-4.2(1)b, S1-4, S2a-2.6, S2bA-7)
    penalty  a delay of ours (S2a-7.1); a breach (S0-9.1) or a violation (S0-7.8) of the client
    adjust   a correction that somebody decided
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, model_validator

from gateway.contracts import charges
from gateway.contracts.clauses import clause_of
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import add_months
from gateway.domain.china_time import day_of, start_of
from gateway.domain.entry import Draw, Entry, EntryKind
from gateway.domain.money import AMOUNT_MAX_HAO, HAO_PER_FEN, check_cash, format_yuan
from gateway.ledger.pools import Pool
from gateway.operations.account_money import (
    QUANTITY_MAX,
    AccountMoney,
    AccountName,
    MoneyAnswer,
    Note,
    Quantity,
    UnitPrice,
    money_of,
)
from gateway.operations.field_kinds import OperationRequest, PaidHao, ShownHao, SignedHao, Text, WrittenText
from gateway.operations.operation import AnyOperation, Change, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.store.reader.charged import MAKEUP_WORDS, compensated_hao, incurred_hao

DAYS_MAX: Final = 36_500
Booked = Annotated[bool, Field(description="Book it; without this it is only computed. 入账；否则只计算。")]
IncidentName = Annotated[Text, Field(description="The incident it is for. 所涉事件。")]
Invoiced = Annotated[int, Field(ge=0, le=AMOUNT_MAX_HAO)]


class MakeupAsked(OperationRequest):
    """Segments that were spoiled, or a contracted quantity and what of it was delivered."""

    account: AccountName
    segments: Quantity | None = None
    contracted: Quantity | None = None
    delivered: Annotated[int | None, Field(ge=0, le=QUANTITY_MAX)] = None
    incident: IncidentName = ""
    price_hao: UnitPrice | None = None
    cannot_resend: Annotated[bool, Field(description="Give money instead. 改为退款。")] = False
    book: Booked = False

    @model_validator(mode="after")
    def _one_of_both(self) -> MakeupAsked:
        if (self.segments is None) == (self.contracted is None) or (self.contracted is None) != (
            self.delivered is None
        ):
            raise ValueError("give segments, or contracted and delivered")
        return self


class RefundAsked(OperationRequest):
    """A request gets back what was not invoiced and not used; the provider's fault gets all that is unused, credits at
    the price of their lot; the client's breach what the contract says. Money leaves in whole fen."""

    account: AccountName
    cause: Literal["request", "provider_fault", "client_breach"]
    invoiced_hao: Invoiced = 0
    amount_hao: Annotated[PaidHao | None, Field(description="Not all that is due. 部分退款金额（0.0001 元）。")] = None
    incident: IncidentName = ""
    note: Note = ""
    book: Booked = False


class PenaltyAsked(OperationRequest):
    """late: days of delay and the contract's total; breach: its day, or what the month incurred."""

    account: AccountName
    reason: Literal["late", "breach", "violation"]
    days: Annotated[int | None, Field(ge=0, le=DAYS_MAX)] = None
    total_hao: PaidHao | None = None
    day: dt.date | None = None
    incurred_hao: Invoiced | None = None
    note: Note = ""
    book: Booked = False

    @model_validator(mode="after")
    def _whole(self) -> PenaltyAsked:
        if self.reason == "late" and (self.days is None or self.total_hao is None):
            raise ValueError("late needs days and total_hao")
        return self


class Correction(OperationRequest):
    """Above zero for the client, below zero against it."""

    account: AccountName
    amount_hao: Annotated[SignedHao, Field(description="Other than 0. 金额（0.0001 元），不为零。")]
    note: Annotated[WrittenText, Field(description="Why. 事由。")]

    @model_validator(mode="after")
    def _moves_something(self) -> Correction:
        if not self.amount_hao:
            raise ValueError("amount_hao must be a whole number other than 0")
        return self


class Compensation(MoneyAnswer):
    """What is told of every claim."""

    last_fields: ClassVar[tuple[str, ...]] = ("booked", "entry", "available_hao", "held_hao")
    account: str
    contract: str
    booked: bool
    entry: int | None


class Makeup(Compensation):
    """Segments to send free, or money."""

    clause: str
    spoiled: int
    segments: int
    credit_hao: ShownHao
    worth_hao: ShownHao


class Refund(Compensation):
    """What may go back, and what does."""

    clause: str
    cause: str
    refundable_hao: ShownHao
    amount_hao: ShownHao
    credits: int


class Penalty(Compensation):
    """Who pays how much, by which rule."""

    clause: str
    reason: str
    payer: str
    late_days: int | None = None  # of a delay
    incurred_hao: ShownHao | None = None  # of a breach
    amount_hao: ShownHao


class Adjustment(Compensation):
    """What was moved."""

    amount_hao: ShownHao


async def makeup(context: OperationContext, asked: MakeupAsked) -> Makeup:
    money = await money_of(context, asked.account)
    profile, treasury = money.profile, money.treasury
    if asked.contracted is not None and asked.delivered is not None:
        if not profile.is_commitment:
            raise OperationRefused(f"{profile.tag} commits to no quantity", clause_of(profile, "is_commitment"))
        segments = charges.shortage(profile, asked.contracted, asked.delivered)
        clause = clause_of(profile, "is_commitment")
    else:
        segments, clause = asked.segments or 0, clause_of(profile, "makeup")
    price_hao = treasury.price_of(money.name) if asked.price_hao is None else asked.price_hao
    given = charges.makeup_for(profile, segments, price_hao, can_resend=not asked.cannot_resend)
    credit_hao = await _compensated(money, given.credit_hao)
    entry = None
    if asked.book:
        words = money.note(f"{MAKEUP_WORDS} {_named(asked.incident, 'incident')}")
        if given.segments:
            entry, _ = treasury.grant(money.name, given.segments, words)
        elif credit_hao:
            entry = treasury.post(EntryKind.CREDIT, money.name, credit_hao, words)
    return Makeup(
        clause=clause, spoiled=segments, segments=given.segments, credit_hao=credit_hao,
        worth_hao=segments * price_hao, **await _end(money, entry),
    )


async def refund(context: OperationContext, asked: RefundAsked) -> Refund:
    money = await money_of(context, asked.account)
    purse, treasury = money.purse, money.treasury
    due_hao, clause = _due(money, asked)
    amount_hao = due_hao if asked.amount_hao is None else asked.amount_hao
    if amount_hao > due_hao:
        raise OperationRefused(
            f"{format_yuan(amount_hao)} is more than what may go back: {format_yuan(due_hao)}", clause
        )
    check_cash(amount_hao)
    lots = treasury.credits_of(money.name)
    credits = sum(pool.left(purse.used) for pool in lots)
    entry = None
    if asked.book and amount_hao:
        if lots and amount_hao < due_hao:
            raise OperationRefused("credits go back as whole lots: refund all that is due")
        entry = _refund(money, asked, amount_hao, lots)
        credits = sum(draw.quantity for draw in entry.draws)
    return Refund(
        clause=clause, cause=asked.cause, refundable_hao=due_hao, amount_hao=amount_hao, credits=credits,
        **await _end(money, entry),
    )


def _due(money: AccountMoney, asked: RefundAsked) -> tuple[int, str]:
    """Return what may go back in whole fen, and the clause that says so."""
    profile, purse = money.profile, money.purse
    available_hao = max(0, money.treasury.worth_hao(money.name))
    if asked.cause == "request":
        due_hao = charges.refundable_hao(profile, -purse.cash_hao, asked.invoiced_hao, max(0, purse.accrued_hao))
        clause = clause_of(profile, "refund_invoiced")
    else:
        due_hao = charges.refund_at_end_hao(profile, available_hao, asked.cause)
        clause = clause_of(profile, f"refund_{asked.cause}")
    return min(due_hao, available_hao) // HAO_PER_FEN * HAO_PER_FEN, clause


def _refund(money: AccountMoney, asked: RefundAsked, amount_hao: int, lots: Sequence[Pool]) -> Entry:
    used = money.purse.used
    draws = tuple(Draw(pool.name, pool.left(used), pool.price_hao) for pool in lots)
    incident = _named(asked.incident, "incident") if asked.cause == "provider_fault" else asked.incident
    words = money.note(f"{asked.cause}: {' '.join(filter(None, (incident, asked.note)))}")
    return money.treasury.post(EntryKind.REFUND, money.name, amount_hao, words, draws)


async def penalty(context: OperationContext, asked: PenaltyAsked) -> Penalty:
    money = await money_of(context, asked.account)
    profile, found = money.profile, dict[str, Any]()
    kind = EntryKind.DAMAGES
    if asked.reason == "late":
        amount_hao = charges.late_sending_hao(profile, asked.total_hao or 0, asked.days or 0)
        amount_hao = await _compensated(money, amount_hao)
        kind, clause, found = EntryKind.PENALTY, clause_of(profile, "late_sending_rate"), {"late_days": asked.days}
    elif asked.reason == "breach":
        to_date_hao, whole_hao = await _incurred(money, asked)
        amount_hao = charges.breach_damages_hao(profile, to_date_hao, whole_hao)
        clause = clause_of(profile, "breach_rate")
        found = {"incurred_hao": to_date_hao if profile.breach_base == "to_date" else whole_hao}
    else:
        amount_hao, clause = profile.violation_damages, clause_of(profile, "violation_damages")
    entry = None
    if asked.book and amount_hao:
        words = money.note(f"{asked.reason}: {_named(asked.note, 'note')}")
        entry = money.treasury.post(kind, money.name, amount_hao, words)
    return Penalty(
        clause=clause, reason=asked.reason, payer="provider" if kind is EntryKind.PENALTY else "client", **found,
        amount_hao=amount_hao, **await _end(money, entry),
    )


async def adjust(context: OperationContext, asked: Correction) -> Adjustment:
    money = await money_of(context, asked.account)
    kind = EntryKind.CREDIT if asked.amount_hao > 0 else EntryKind.CHARGE
    entry = money.treasury.post(kind, money.name, abs(asked.amount_hao), money.note(asked.note))
    return Adjustment(amount_hao=asked.amount_hao, **await _end(money, entry))


async def _incurred(money: AccountMoney, asked: PenaltyAsked) -> tuple[int, int]:
    """Return what the month of the breach cost up to the end of that day, and as a whole."""
    if asked.incurred_hao is not None:
        return asked.incurred_hao, asked.incurred_hao
    connection, day = money.context.connection, asked.day or day_of(money.treasury.clock())
    begin, end = start_of(day.replace(day=1)), start_of(add_months(day.replace(day=1), 1))
    to_date = await incurred_hao(connection, money.name, begin, start_of(day + dt.timedelta(days=1)))
    return to_date, await incurred_hao(connection, money.name, begin, end)


async def _compensated(money: AccountMoney, claim_hao: int) -> int:
    """Return what of a claim is paid: all claims together no more than the fees paid, where it says so (S2b-7)."""
    profile: Profile = money.profile
    if not claim_hao or profile.compensation_cap == "none":
        return claim_hao
    paid_hao = max(0, -money.purse.cash_hao)
    given_hao = await compensated_hao(money.context.connection, money.name)
    return charges.compensation_hao(profile, claim_hao, max(0, paid_hao - given_hao))


def _named(words: str, field: str) -> str:
    if not words.strip():
        raise OperationRefused(f"to book it {field} must say something")
    return words


async def _end(money: AccountMoney, entry: Entry | None) -> dict[str, Any]:
    """Let what was booked be committed; return the fields that every answer has."""
    if entry is not None:
        await money.committed()
    return {
        "account": money.name, "contract": money.profile.tag, "booked": entry is not None,
        "entry": None if entry is None else entry.id, **money.standing(),
    }


MAKEUP: Final = Operation(
    "money.makeup",
    ("Give one for one what was spoiled by us, or its price.", "按一补一补发，或退还其价款。"), MakeupAsked,
    Makeup, makeup, Change.JOURNAL, offline=Offline.PRIVATE_STORE, is_change=lambda asked: asked.book,
    subject="account", example={"account": "smppdemo", "segments": 1_000, "incident": "12"},
)
REFUND: Final = Operation(
    "money.refund", ("Say what of a prepayment goes back, and book it.", "计算预付款可退金额，并可入账。"), RefundAsked,
    Refund, refund, Change.JOURNAL, offline=Offline.PRIVATE_STORE, is_change=lambda asked: asked.book,
    subject="account", example={"account": "smppdemo", "cause": "request", "invoiced_hao": 0},
)
PENALTY: Final = Operation(
    "money.penalty",
    ("Say what a delay, a breach or a violation costs, and book it.", "计算延误、违约或违规的金额，并可入账。"),
    PenaltyAsked, Penalty, penalty, Change.JOURNAL, offline=Offline.PRIVATE_STORE,
    is_change=lambda asked: asked.book, subject="account",
    example={"account": "smppdemo", "reason": "breach", "day": "2026-03-02"},
)
ADJUST: Final = Operation(
    "money.adjust", ("Book a correction.", "登记更正。"), Correction, Adjustment, adjust, Change.JOURNAL,
    offline=Offline.PRIVATE_STORE, subject="account",
    example={"account": "smppdemo", "amount_hao": -50_000, "note": "counted twice"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (MAKEUP, REFUND, PENALTY, ADJUST)
