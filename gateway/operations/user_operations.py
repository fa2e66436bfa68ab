"""People who sign in to the console: create, list, disable, change role; fresh passwords, a lost second factor.

Nobody chooses a password for somebody else: a fresh one is given, told once, and changed at the first sign-in. Hashes
come in a field that no audit shows.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from gateway.domain.china_time import moment_text
from gateway.domain.user import CLIENT, USER_NAME_PATTERN
from gateway.operations.field_kinds import WHOLE_MAX, AnyName, NothingAsked, OperationAnswer, OperationRequest
from gateway.operations.operation import Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.operations.passwords import given_password, hash_password
from gateway.store.facts import user_rows
from gateway.store.facts.user_rows import UserRow

UserName = Annotated[str, StringConstraints(pattern=USER_NAME_PATTERN)]
RoleOfUser = Literal["operator", "service", "compliance", "finance", "auditor", "client"]
_HEXADECIMAL: Final = re.compile(r"([0-9a-f]{2})*(,([0-9a-f]{2})+)*")
Hash = Annotated[SecretStr, Field(max_length=256)]




def _hexadecimal(secret: SecretStr) -> SecretStr:
    if not _HEXADECIMAL.fullmatch(secret.get_secret_value()):
        raise ValueError("must be hexadecimal octets")
    return secret


Octets = Annotated[SecretStr, Field(max_length=2_000), AfterValidator(_hexadecimal)]
"""Octets that no audit shows, in hexadecimal; several apart by commas."""


class OneUser(OperationRequest):
    user: UserName


class NewUser(OperationRequest):
    user: UserName
    role: RoleOfUser
    account: AnyName = Field("", description="Of a client. 客户的账户。")
    must_change: bool = Field(True, description="The password is changed at the first sign-in. 首次登录须改密码。")


class ChangeRole(OperationRequest):
    user: UserName
    role: RoleOfUser
    account: AnyName = ""


class OwnPassword(OperationRequest):
    """A person changes his own password; it comes as its argon2 hash."""

    user: UserName
    password_hash: Hash
    kept_session: str = Field("", max_length=64, pattern=r"^[0-9a-f]*$")


class OwnFactor(OperationRequest):
    """A person sets his second factor, or without `sealed` takes it away. What is secret comes sealed or as digests."""

    user: UserName
    sealed: Octets = SecretStr("")
    step: int = Field(0, ge=0, le=WHOLE_MAX, description="Of the code that was used up. 已使用验证码的时间步。")
    recovery_digests: Octets = SecretStr("")
    kept_session: str = Field("", max_length=64, pattern=r"^[0-9a-f]*$")


class UserShown(OperationAnswer):
    user: str
    role: str
    account: str
    is_disabled: bool
    has_second_factor: bool
    must_change: bool
    created_at: str
    created_by: str
    password_at: str


class UserWithPassword(UserShown):
    """`password` is told here and nowhere else."""

    password: str


class Users(OperationAnswer):
    users: list[UserShown]


async def create(context: OperationContext, asked: NewUser) -> UserWithPassword:
    _check_account(context, asked.role, asked.account)
    password = given_password()
    is_new = await user_rows.add_user(
        context.connection, asked.user, asked.role, asked.account, await hash_password(password),
        must_change=asked.must_change, by=context.caller.name, now=context.now,
    )
    if not is_new:
        raise OperationRefused(f"there is a user {asked.user} already")
    return await _with_password(context, asked.user, password)


async def list_all(context: OperationContext, _: NothingAsked) -> Users:
    return Users(users=[_shown(row) for row in await user_rows.list_users(context.connection)])


async def disable(context: OperationContext, asked: OneUser) -> UserShown:
    await _others(context, asked.user)
    await user_rows.set_disabled(context.connection, asked.user, is_disabled=True)
    return _shown(await _known(context, asked.user))


async def enable(context: OperationContext, asked: OneUser) -> UserShown:
    await _known(context, asked.user)
    await user_rows.set_disabled(context.connection, asked.user, is_disabled=False)
    return _shown(await _known(context, asked.user))


async def set_role(context: OperationContext, asked: ChangeRole) -> UserShown:
    await _others(context, asked.user)
    _check_account(context, asked.role, asked.account)
    await user_rows.set_role(context.connection, asked.user, asked.role, asked.account)
    return _shown(await _known(context, asked.user))


async def reset_password(context: OperationContext, asked: OneUser) -> UserWithPassword:
    await _known(context, asked.user)
    password = given_password()
    hashed = await hash_password(password)
    await user_rows.set_password(context.connection, asked.user, hashed, must_change=True, now=context.now)
    return await _with_password(context, asked.user, password)


async def reset_second_factor(context: OperationContext, asked: OneUser) -> UserShown:
    await _others(context, asked.user)
    await user_rows.set_second_factor(context.connection, asked.user, None, 0, ())
    return _shown(await _known(context, asked.user))


async def change_password(context: OperationContext, asked: OwnPassword) -> UserShown:
    if asked.user != context.caller.name:
        raise OperationRefused("a person changes his own password only; users.reset-password gives a new one")
    await _known(context, asked.user)
    await user_rows.set_password(
        context.connection, asked.user, asked.password_hash.get_secret_value(), must_change=False, now=context.now,
        kept_session=bytes.fromhex(asked.kept_session),
    )
    return _shown(await _known(context, asked.user))


async def set_second_factor(context: OperationContext, asked: OwnFactor) -> UserShown:
    if asked.user != context.caller.name:
        raise OperationRefused("a person sets his own second factor only; users.reset-second-factor takes one away")
    await _known(context, asked.user)
    sealed, digests = asked.sealed.get_secret_value(), asked.recovery_digests.get_secret_value()
    await user_rows.set_second_factor(
        context.connection, asked.user, bytes.fromhex(sealed) if sealed else None, asked.step,
        [bytes.fromhex(digest) for digest in digests.split(",") if digest],
        kept_session=bytes.fromhex(asked.kept_session),
    )
    return _shown(await _known(context, asked.user))


def factor_row(user: str) -> str:
    """Return what a sealed second factor is bound to."""
    return f"second factor:{user}"


def _check_account(context: OperationContext, role: str, account: str) -> None:
    if (role == CLIENT) != bool(account):
        raise OperationRefused("a client has an account, and nobody else has one")
    if account:
        context.account(account)


async def _known(context: OperationContext, name: str) -> UserRow:
    found = await user_rows.find_user(context.connection, name)
    if found is None:
        raise OperationRefused(f"there is no user {name}")
    return found


async def _others(context: OperationContext, name: str) -> UserRow:
    """Return a user who is not the one who asks: nobody shuts himself out or raises himself."""
    if name == context.caller.name:
        raise OperationRefused("nobody does this to himself")
    return await _known(context, name)


async def _with_password(context: OperationContext, name: str, password: str) -> UserWithPassword:
    return UserWithPassword(**_shown(await _known(context, name)).model_dump(), password=password)


def _shown(row: UserRow) -> UserShown:
    return UserShown(
        user=row.name, role=row.role, account=row.account, is_disabled=row.is_disabled,
        has_second_factor=row.second_factor is not None, must_change=row.must_change,
        created_at=moment_text(row.created_ms / 1000), created_by=row.created_by,
        password_at=moment_text(row.password_ms / 1000),
    )


CREATE: Final = Operation(
    "users.create", ("Let a person sign in to the console; his first password is told once.",
                     "新增控制台用户；初始密码只显示一次。"),
    NewUser, UserWithPassword, create, Change.STORE, node_must_know=False, subject="user",
    example={"user": "lihua", "role": "client", "account": "smppdemo"},
)
LIST: Final = Operation(
    "users.list", ("All people who may sign in.", "全部控制台用户。"), NothingAsked, Users, list_all,
)
DISABLE: Final = Operation(
    "users.disable", ("Shut a person out and end his sessions.", "停用用户并结束其会话。"),
    OneUser, UserShown, disable, Change.STORE, node_must_know=False, subject="user", example={"user": "lihua"},
)
ENABLE: Final = Operation(
    "users.enable", ("Let a person in again.", "恢复用户。"),
    OneUser, UserShown, enable, Change.STORE, node_must_know=False, subject="user", example={"user": "lihua"},
)
SET_ROLE: Final = Operation(
    "users.set-role", ("Give a person another role.", "变更用户角色。"),
    ChangeRole, UserShown, set_role, Change.STORE, node_must_know=False, subject="user",
    example={"user": "lihua", "role": "auditor"},
)
RESET_PASSWORD: Final = Operation(
    "users.reset-password", ("Give a fresh password, told once, and end the sessions.",
                             "重置密码（只显示一次）并结束其会话。"),
    OneUser, UserWithPassword, reset_password, Change.STORE, node_must_know=False, subject="user",
    example={"user": "lihua"},
)
RESET_SECOND_FACTOR: Final = Operation(
    "users.reset-second-factor", ("Take a lost second factor away.", "解除遗失的第二因素。"),
    OneUser, UserShown, reset_second_factor, Change.STORE, node_must_know=False, subject="user",
    example={"user": "lihua"},
)
CHANGE_PASSWORD: Final = Operation(
    "users.change-password", ("Change one's own password; all other sessions end.", "修改本人密码；其他会话结束。"),
    OwnPassword, UserShown, change_password, Change.STORE, node_must_know=False, subject="user",
    example={"user": "lihua", "password_hash": "**********"},
)
SET_SECOND_FACTOR: Final = Operation(
    "users.set-second-factor", ("Set one's own second factor; all other sessions end.",
                                "设置本人第二因素；其他会话结束。"),
    OwnFactor, UserShown, set_second_factor, Change.STORE, node_must_know=False, subject="user",
    example={"user": "lihua", "step": 0},
)
OPERATIONS: Final = (
    CREATE, LIST, DISABLE, ENABLE, SET_ROLE, RESET_PASSWORD, RESET_SECOND_FACTOR, CHANGE_PASSWORD, SET_SECOND_FACTOR,
)
