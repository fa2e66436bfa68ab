"""Operations on accounts: list, show, credit a payment, suspend, resume."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from gateway.contracts.clauses import clause_of
from gateway.documents.account_terms import expired_papers
from gateway.domain.account import Account
from gateway.domain.china_time import day_of
from gateway.domain.entry import EntryKind
from gateway.domain.money import check_cash
from gateway.operations.account_money import AccountName, Note, OneAccount
from gateway.operations.field_kinds import (
    Id,
    NothingAsked,
    OperationAnswer,
    OperationRequest,
    PaidHao,
    ShownHao,
    Text,
)
from gateway.operations.operation import AnyOperation, Change, Needs, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.store.facts.offline_changes import set_suspended
from gateway.store.reader.account_funds import AccountFunds, read_funds

BY_OPERATOR: Final = "suspended by an operator"


class SwitchedAccount(OneAccount):
    """An account that is suspended, or let go on."""

    reason: Annotated[Text, Field(description="Kept in the audit. 事由。")] = ""


class TopUp(OperationRequest):
    """A payment that came in."""

    account: AccountName
    amount_hao: Annotated[PaidHao, Field(description="Paid in, whole fen. 金额（0.0001 元），须精确到分。")]
    note: Note = ""


class AccountShown(OperationAnswer):
    """An account with its money. `sessions` and `owed` are there where a gateway runs."""

    account: str
    login: str
    contract: str
    available_hao: ShownHao
    held_hao: ShownHao
    suspended: bool
    service_codes: tuple[str, ...]
    signatures: tuple[str, ...]
    sessions: int | None = None
    owed: int | None = None


class AccountsShown(OperationAnswer):
    """All accounts."""

    accounts: tuple[AccountShown, ...]


class ToppedUp(AccountShown):
    """The account after the payment, and the entry that credited it."""

    entry: Id


async def list_accounts(context: OperationContext, _: NothingAsked) -> AccountsShown:
    funds = await _funds(context)
    return AccountsShown(accounts=tuple(_shown(context, each, funds) for each in context.settings.accounts.values()))


async def show_account(context: OperationContext, asked: OneAccount) -> AccountShown:
    return await _show(context, asked.account)


async def top_up(context: OperationContext, asked: TopUp) -> ToppedUp:
    account = context.account(asked.account)
    check_cash(asked.amount_hao)
    treasury = await context.parts.treasury()
    entry = treasury.post(EntryKind.TOP_UP, account.name, asked.amount_hao, asked.note)
    await context.committed(treasury.journal)
    shown = await _show(context, account.name)
    return ToppedUp(**{name: getattr(shown, name) for name in shown.model_fields_set}, entry=entry.id)


def _set_suspended(is_suspended: bool) -> Callable[[OperationContext, SwitchedAccount], Awaitable[AccountShown]]:
    async def operation(context: OperationContext, asked: SwitchedAccount) -> AccountShown:
        account = context.account(asked.account)
        if not is_suspended:
            _check_may_resume(context, account)
        await set_suspended(context.connection, account.name, is_suspended=is_suspended, now=context.now)
        return await _show(context, account.name)

    return operation


def _check_may_resume(context: OperationContext, account: Account) -> None:
    if account.suspended:
        raise OperationRefused(f"{account.name} is suspended by its configuration: change it there")
    if expired := expired_papers(account, day_of(context.now)):
        paper, clause = expired[0], clause_of(context.profile_of(account.name), "paper_expired")
        raise OperationRefused(f"{paper.kind} {paper.number} was valid to {paper.valid_to}", clause)


async def _suspend_now(context: OperationContext, asked: SwitchedAccount, _: AccountShown) -> AccountShown:
    assert context.node is not None
    context.node.policies[asked.account].suspend(BY_OPERATOR)
    return await _show(context, asked.account)


async def _resume_now(context: OperationContext, asked: SwitchedAccount, _: AccountShown) -> AccountShown:
    assert context.node is not None
    context.node.closing.opened(asked.account)
    context.node.policies[asked.account].resume()
    return await _show(context, asked.account)


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class _Funds:
    """Money and states of all accounts: of the node's memory, or of the store."""

    of: Callable[[str], AccountFunds]


async def _funds(context: OperationContext) -> _Funds:
    node = context.node
    if node is None:
        stored = await read_funds(context.connection, context.now)
        return _Funds(lambda name: stored.get(name, AccountFunds()))
    treasury = await context.parts.treasury()
    return _Funds(
        lambda name: AccountFunds(
            treasury.worth_hao(name), node.book.held(name), node.policies[name].stopped is not None
        )
    )


async def _show(context: OperationContext, name: str) -> AccountShown:
    return _shown(context, context.account(name), await _funds(context))


def _shown(context: OperationContext, account: Account, funds: _Funds) -> AccountShown:
    found = funds.of(account.name)
    shown = AccountShown(
        account=account.name, login=account.login, contract=account.contract, available_hao=found.available_hao,
        held_hao=found.held_hao, suspended=found.is_suspended or account.suspended,
        service_codes=tuple(code.code for code in account.service_codes), signatures=tuple(account.signatures),
    )
    if context.node is None:
        return shown
    meters = context.node.meters.account(account.name)
    return shown.model_copy(update={"sessions": meters.sessions, "owed": meters.outbox_depth})


LIST_ACCOUNTS: Final = Operation(
    "accounts.list", ("All accounts with their balances.", "全部账户及其余额。"), NothingAsked, AccountsShown,
    list_accounts, needs=Needs.STORE_OFFLINE,
)
SHOW_ACCOUNT: Final = Operation(
    "accounts.show", ("One account.", "一个账户。"), OneAccount, AccountShown, show_account,
    needs=Needs.STORE_OFFLINE, example={"account": "smppdemo"},
)
TOP_UP: Final = Operation(
    "accounts.top-up", ("Credit a payment.", "为账户入账充值。"), TopUp, ToppedUp, top_up, Change.JOURNAL,
    offline=Offline.PRIVATE_STORE, subject="account",
    example={"account": "smppdemo", "amount_hao": 1_000_000, "note": "payment 42"},
)
SUSPEND: Final = Operation(
    "accounts.suspend", ("Refuse every new submit of an account from now on.", "即刻起拒收账户的新提交。"),
    SwitchedAccount,
    AccountShown, _set_suspended(True), Change.STORE, _suspend_now, subject="account", example={"account": "smppdemo"},
)
RESUME: Final = Operation(
    "accounts.resume", ("Let a suspended account submit again.", "恢复已暂停的账户。"), SwitchedAccount, AccountShown,
    _set_suspended(False), Change.STORE, _resume_now, subject="account", example={"account": "smppdemo"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (LIST_ACCOUNTS, SHOW_ACCOUNT, TOP_UP, SUSPEND, RESUME)
