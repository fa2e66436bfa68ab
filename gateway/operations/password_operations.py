"""The operation by which a client's password is changed (S2bA-4): the shared secret of its binds, SMPP and CMPP."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, SecretStr

from gateway.dialects.protocol_table import CLIENT_PROTOCOLS
from gateway.domain.account import Account
from gateway.operations.account_money import OneAccount
from gateway.operations.field_kinds import OperationAnswer
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.settings.account_keys import LONG_PASSWORD
from gateway.settings.secret_key import open_secret_box
from gateway.store.facts import password_rows

LENGTH_MIN: Final = 8  # as many as a bind of SMPP can say
LENGTH_MAX: Final = 64


class SetPassword(OneAccount):
    """A password in place of the account's."""

    password: Annotated[
        SecretStr,
        Field(max_length=LENGTH_MAX, description="The new shared secret; no audit or log has it. 新密码。"),
    ]


class PasswordSet(OperationAnswer):
    """`is_own`: a password that was set holds, not the configured one."""

    account: str
    is_own: bool


async def set_password(context: OperationContext, asked: SetPassword) -> PasswordSet:
    account = context.account(asked.account)
    password = asked.password.get_secret_value()
    problem = password_problem(account, password)
    if problem:
        raise OperationRefused(f"password: {problem}")
    box = open_secret_box(context.settings.state_dir)
    await password_rows.set_password(context.connection, account.name, password, context.actor, context.now, box)
    return PasswordSet(account=account.name, is_own=True)


async def use_configured(context: OperationContext, asked: OneAccount) -> PasswordSet:
    account = context.account(asked.account)
    if not await password_rows.drop_password(context.connection, account.name):
        raise OperationRefused(f"{account.name} has its configured password already")
    return PasswordSet(account=account.name, is_own=False)


def password_problem(account: Account, password: str) -> str:
    """Return why a password is not taken, "" where it is. It must do for every protocol that the account speaks."""
    if len(password) < LENGTH_MIN or not (password.isascii() and password.isprintable()) or " " in password:
        return f"must have {LENGTH_MIN} or more characters, ASCII without blanks"
    if not any(each.isdigit() for each in password) or not any(each.isalpha() for each in password):
        return "must have letters and digits"
    if account.login.lower() in password.lower():
        return "must not hold the login"
    is_long_allowed = LONG_PASSWORD in account.quirks
    for name in sorted(account.protocols & CLIENT_PROTOCOLS.keys()):
        for key, problem in CLIENT_PROTOCOLS[name].login_faults(account.login, password, is_long_allowed):
            if key == "password":
                return problem
    return ""


async def _take_up_set(context: OperationContext, asked: SetPassword, answer: PasswordSet) -> PasswordSet:
    assert context.node is not None
    context.node.admission.change_password(answer.account, asked.password.get_secret_value())
    return answer


async def _take_up_configured(context: OperationContext, asked: OneAccount, answer: PasswordSet) -> PasswordSet:
    assert context.node is not None
    context.node.admission.change_password(answer.account, None)
    return answer


SET_PASSWORD: Final = Operation(
    "accounts.set-password",
    ("Change an account's password, for binds from now on.", "修改账户密码，对此后的登录生效。"), SetPassword,
    PasswordSet, set_password, Change.STORE, _take_up_set, subject="account",
    example={"account": "smppdemo", "password": "**********"},
)
USE_CONFIGURED_PASSWORD: Final = Operation(
    "accounts.use-configured-password",
    ("Let the configured password of an account hold again.", "恢复使用配置文件中的账户密码。"), OneAccount,
    PasswordSet, use_configured, Change.STORE, _take_up_configured, subject="account", example={"account": "smppdemo"},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (SET_PASSWORD, USE_CONFIGURED_PASSWORD)
