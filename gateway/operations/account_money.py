"""The money of one account as operations work with it: its treasury, its contract, and what each answer tells."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from gateway.contracts.profile import Profile
from gateway.domain.account import Account
from gateway.domain.china_time import day_of, moment_text
from gateway.domain.money import PRICE_MAX_HAO
from gateway.flows.money.treasury import Treasury
from gateway.ledger.purse import Purse
from gateway.operations.field_kinds import Name, OperationAnswer, OperationRequest, ShownHao, Text
from gateway.operations.operation_context import OperationContext

QUANTITY_MAX: Final = 10**9  # credits of one lot, segments of one fault
AccountName = Annotated[Name, Field(description="Account. 账户。")]
Quantity = Annotated[int, Field(ge=1, le=QUANTITY_MAX)]
Note = Annotated[Text, Field(description="What the entry says, such as a payment's number. 备注，如付款单号。")]
UnitPrice = Annotated[int, Field(ge=1, le=PRICE_MAX_HAO, description="Of a billed segment. 每计费条价格。")]


class OneAccount(OperationRequest):
    """An account by its name."""

    account: AccountName


class MoneyAnswer(OperationAnswer):
    """What every answer tells of the account behind the operation."""

    last_fields: ClassVar[tuple[str, ...]] = ("available_hao", "held_hao")
    available_hao: ShownHao
    held_hao: ShownHao


@dataclass(frozen=True, slots=True)
class AccountMoney:
    """An account, its contract in force and its treasury."""

    context: OperationContext
    account: Account
    treasury: Treasury

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def profile(self) -> Profile:
        return self.treasury.policies[self.name].profile

    @property
    def purse(self) -> Purse:
        return self.treasury.ledger.purse(self.name)

    def note(self, words: str) -> str:
        return f"{words} (by {self.context.actor})".strip()

    def standing(self) -> dict[str, Any]:
        """Return the fields of `MoneyAnswer`."""
        return {"available_hao": self.treasury.worth_hao(self.name), "held_hao": self.purse.held_hao}

    async def committed(self) -> None:
        """Let the journal commit what was booked in this step of the loop."""
        await self.context.committed(self.treasury.journal)


async def money_of(context: OperationContext, name: str) -> AccountMoney:
    """Return the money of a configured account; raise UnknownName."""
    return AccountMoney(context, context.account(name), await context.parts.treasury())


def last_day(closes_at: float) -> str | None:
    """Return the last day of a pool that closes at that midnight, as text; None where it does not lapse."""
    return None if closes_at == inf else day_of(closes_at - 1).isoformat()


def instant(at: float) -> str:
    """Return an instant in China time."""
    return moment_text(at, "auto")
