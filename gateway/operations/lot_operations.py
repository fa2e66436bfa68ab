"""Operations on lots of credits and on fees of months: buy, list, book."""

from __future__ import annotations

import datetime as dt
from math import inf
from typing import Annotated, Any, Final

from pydantic import Field

from gateway.contracts.clauses import clause_of
from gateway.domain.china_time import start_of
from gateway.domain.money import check_cash, format_yuan
from gateway.ledger.pools import Pool, PoolKind
from gateway.operations.account_money import (
    AccountMoney,
    AccountName,
    MoneyAnswer,
    Note,
    OneAccount,
    Quantity,
    UnitPrice,
    instant,
    last_day,
    money_of,
)
from gateway.operations.field_kinds import Moment, OperationAnswer, OperationRequest, ShownHao
from gateway.operations.operation import AnyOperation, Change, Needs, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.pipeline.policy.funding import PREPAID, lot_closes_at


class LotPaid(OperationRequest):
    """The payment for a lot of credits."""

    account: AccountName
    quantity: Annotated[Quantity, Field(description="Credits: billed segments. 条数。")]
    price_hao: UnitPrice | None = None
    bought_at: Annotated[Moment | None, Field(description="Unix seconds; none: now. 购买时间，默认现在。")] = None
    last_day: Annotated[dt.date | None, Field(description="Last day to use them. 最后使用日，默认按合同。")] = None
    note: Note = ""


class LotShown(OperationAnswer):
    """A lot, a makeup or a pool of a month. A makeup costs nothing."""

    lot: str
    kind: str
    quantity: int
    left: int
    unit_price_hao: ShownHao
    opens: str
    last_day: str | None
    state: str
    note: str


class LotBought(MoneyAnswer):
    """The lot and the entry of its payment."""

    account: str
    entry: int
    lot: str
    kind: str
    quantity: int
    left: int
    unit_price_hao: ShownHao
    opens: str
    last_day: str | None
    state: str
    note: str
    amount_hao: ShownHao
    clause: str


class LotsShown(MoneyAnswer):
    """All pools of an account; `months` are what was used of those that begin anew each month."""

    account: str
    contract: str
    lots: tuple[LotShown, ...]
    months: dict[str, int]
    credits: int
    value_hao: ShownHao


class FeesBooked(MoneyAnswer):
    """The account after its fees were booked."""

    account: str


async def buy_lot(context: OperationContext, asked: LotPaid) -> LotBought:
    """Take the payment for credits (S1-1a)."""
    money = await money_of(context, asked.account)
    treasury, profile = money.treasury, money.profile
    if profile.pay_mode not in PREPAID:
        raise OperationRefused(
            f"{profile.tag} is paid by {profile.pay_mode}: credits are bought under a prepaid contract"
        )
    price_hao = treasury.price_of(money.name) if asked.price_hao is None else asked.price_hao
    check_cash(asked.quantity * price_hao, f"{asked.quantity} credits at {format_yuan(price_hao)}")
    now = treasury.clock()
    opens_at = now if asked.bought_at is None else asked.bought_at
    if opens_at > now:
        raise OperationRefused("bought_at lies in the future")
    closes_at = _closes_at(money, asked.last_day, opens_at)
    entry, pool = treasury.buy_lot(
        money.name, asked.quantity, price_hao, opens_at, closes_at, money.note(asked.note)
    )
    await money.committed()
    return LotBought(
        account=money.name, entry=entry.id, **_lot(money, pool), amount_hao=entry.amount_hao,
        clause=clause_of(profile, "credit_expiry"), **money.standing(),
    )


def _closes_at(money: AccountMoney, last: dt.date | None, opens_at: float) -> float:
    if last is not None:
        closes_at = start_of(last + dt.timedelta(days=1))
    else:
        closes_at = lot_closes_at(money.account, money.profile, opens_at)
    if closes_at <= opens_at:
        raise OperationRefused(f"the last day {last} lies before the day of the purchase")
    if closes_at == inf and money.profile.credit_expiry == "contract_end":
        raise OperationRefused(
            "these credits lapse with the contract: set term_start of the account, or name the last day"
        )
    return closes_at


async def list_lots(context: OperationContext, asked: OneAccount) -> LotsShown:
    money = await money_of(context, asked.account)
    treasury, used = money.treasury, money.purse.used
    return LotsShown(
        account=money.name, contract=money.profile.tag,
        lots=tuple(LotShown(**_lot(money, pool)) for pool in treasury.pools.get(money.name, ())),
        months={pool: count for pool, count in used.items() if not pool.startswith("lot:") and count},
        credits=sum(pool.left(used) for pool in treasury.credits_of(money.name)),
        value_hao=treasury.value_of_credits(money.name), **money.standing(),
    )


def _lot(money: AccountMoney, pool: Pool) -> dict[str, Any]:
    left, now = pool.left(money.purse.used), money.treasury.clock()
    state = "open" if pool.opens_at <= now < pool.closes_at else "lapsed" if now >= pool.closes_at else "not yet open"
    return {
        "lot": pool.name, "kind": pool.kind.value, "quantity": pool.quantity, "left": left,
        "unit_price_hao": pool.price_hao if pool.kind is PoolKind.CREDITS else 0, "opens": instant(pool.opens_at),
        "last_day": last_day(pool.closes_at), "state": "used up" if not left and state == "open" else state,
        "note": pool.note,
    }


async def book_fees(context: OperationContext, asked: OneAccount) -> FeesBooked:
    """Book what the calendar owes by now: fees of months that have begun, each once."""
    money = await money_of(context, asked.account)
    money.treasury.cycles.run(money.name, money.treasury.clock())
    await money.committed()
    return FeesBooked(account=money.name, **money.standing())


BUY_LOT: Final = Operation(
    "lots.buy", ("Take the payment for a lot of credits.", "收取一批条数的款项。"), LotPaid, LotBought, buy_lot,
    Change.JOURNAL, offline=Offline.PRIVATE_STORE, subject="account",
    example={"account": "smppdemo", "quantity": 10_000, "price_hao": 600, "last_day": "2027-03-15"},
)
LIST_LOTS: Final = Operation(
    "lots.list", ("The lots, makeups and monthly pools of an account.", "账户的条数批次、补发与月度额度。"), OneAccount,
    LotsShown, list_lots, needs=Needs.STORE_OFFLINE, example={"account": "smppdemo"},
)
BOOK_FEES: Final = Operation(
    "fees.book",
    ("Book the fees of months that have begun, each once.", "登记已开始月份的费用，每月一次。"), OneAccount,
    FeesBooked, book_fees, Change.JOURNAL, offline=Offline.PRIVATE_STORE, subject="account",
    example={"account": "smppdemo"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (BUY_LOT, LIST_LOTS, BOOK_FEES)
