"""Operations on the price of an account: add a version, confirm it, list."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from gateway.contracts.clauses import clause_of
from gateway.contracts.prices import PriceVersion
from gateway.operations.account_money import AccountMoney, AccountName, Note, OneAccount, instant, money_of
from gateway.operations.field_kinds import (
    NAME_MAX,
    Moment,
    OperationAnswer,
    OperationRequest,
    PriceHao,
    ShownHao,
    WrittenText,
)
from gateway.operations.operation import AnyOperation, Change, Needs, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.pipeline.policy.funding import SIGNED

VersionName = Annotated[
    str, StringConstraints(min_length=1, max_length=NAME_MAX, strip_whitespace=True),
    Field(description="A name for it, such as v2. 版本名，如 v2。"),
]


class NewPrice(OperationRequest):
    """A price that somebody announced."""

    account: AccountName
    version: VersionName
    price_hao: Annotated[PriceHao, Field(description="Of a billed segment. 每计费条价格（0.0001 元）。")]
    valid_from: Annotated[Moment, Field(description="Unix seconds. 起用时间。")]
    noticed_at: Annotated[Moment | None, Field(description="When the client was told. 告知客户的时间。")] = None
    note: Note = ""


class PriceConsent(OperationRequest):
    """The client's consent to a version."""

    account: AccountName
    version: VersionName
    evidence: Annotated[WrittenText, Field(description="Where the consent can be read. 同意的凭证。")]
    confirmed_at: Annotated[Moment | None, Field(description="When; none: now. 确认时间，默认现在。")] = None


class PriceVersionShown(OperationAnswer):
    """A version: when it is meant to hold, and from when it does."""

    version: str
    unit_price_hao: ShownHao
    valid_from: str
    confirmed_at: str | None
    in_force_from: str | None


class PricesShown(OperationAnswer):
    """The price in force and every version."""

    account: str
    contract: str
    price_change: str
    clause: str
    unit_price_hao: ShownHao
    versions: tuple[PriceVersionShown, ...]


async def add_price(context: OperationContext, asked: NewPrice) -> PricesShown:
    money = await money_of(context, asked.account)
    version = asked.version
    if version == SIGNED or not version.isascii() or any(letter in version for letter in " *@[]:"):
        raise OperationRefused(f"{version!r} is no name for a version: use letters, digits, - and _")
    if asked.noticed_at is not None and asked.noticed_at > money.treasury.clock():
        raise OperationRefused("noticed_at lies in the future: nobody can have been told yet")
    money.treasury.add_price(
        money.name, PriceVersion(version, asked.price_hao, asked.valid_from), asked.noticed_at, money.note(asked.note)
    )
    await money.committed()
    return _prices(money)


async def confirm_price(context: OperationContext, asked: PriceConsent) -> PricesShown:
    money = await money_of(context, asked.account)
    now = money.treasury.clock()
    confirmed_at = now if asked.confirmed_at is None else asked.confirmed_at
    if confirmed_at > now:
        raise OperationRefused("confirmed_at lies in the future")
    money.treasury.confirm_price(money.name, asked.version, confirmed_at, money.note(asked.evidence))
    await money.committed()
    return _prices(money)


async def list_prices(context: OperationContext, asked: OneAccount) -> PricesShown:
    return _prices(await money_of(context, asked.account))


def _prices(money: AccountMoney) -> PricesShown:
    profile, treasury = money.profile, money.treasury
    return PricesShown(
        account=money.name, contract=profile.tag, price_change=profile.price_change,
        clause=clause_of(profile, "price_change"), unit_price_hao=treasury.price_of(money.name),
        versions=tuple(
            _version(version, is_free=profile.price_change == "pass_through")
            for version in treasury.versions.get(money.name, ())
        ),
    )


def _version(version: PriceVersion, *, is_free: bool) -> PriceVersionShown:
    confirmed_at = version.confirmed_at
    if is_free:
        in_force_from: float | None = version.valid_from
    else:
        in_force_from = None if confirmed_at is None else max(version.valid_from, confirmed_at)
    return PriceVersionShown(
        version=version.name, unit_price_hao=version.price_hao, valid_from=instant(version.valid_from),
        confirmed_at=None if confirmed_at is None else instant(confirmed_at),
        in_force_from=None if in_force_from is None else instant(in_force_from),
    )


ADD_PRICE: Final = Operation(
    "prices.add",
    ("Add a price version; under a contract of consent it waits for one.", "新增价格版本；须同意的等待确认。"),
    NewPrice, PricesShown, add_price, Change.JOURNAL, offline=Offline.PRIVATE_STORE, subject="account",
    example={"account": "smppdemo", "version": "v2", "price_hao": 480, "valid_from": 1_775_000_000.0},
)
CONFIRM_PRICE: Final = Operation(
    "prices.confirm", ("Note the client's consent to a price version.", "登记客户对价格版本的同意。"), PriceConsent,
    PricesShown, confirm_price, Change.JOURNAL, offline=Offline.PRIVATE_STORE, subject="account",
    example={"account": "smppdemo", "version": "v2", "evidence": "letter of 2026-03-01"},
)
LIST_PRICES: Final = Operation(
    "prices.list",
    ("The price in force and every version.", "现行价格与全部版本。"), OneAccount, PricesShown, list_prices,
    needs=Needs.STORE_OFFLINE, example={"account": "smppdemo"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (ADD_PRICE, CONFIRM_PRICE, LIST_PRICES)
