"""Operations on tokens of the HTTP API: make one, list them, revoke one, replace one without a gap."""

from __future__ import annotations

import secrets
from typing import Annotated, Final, TypeVar

from pydantic import Field

from gateway.dialects.protocol_table import HTTP
from gateway.domain.api_token import ENDING_DIGITS, PREFIX, ApiToken, Scope, digest_of
from gateway.domain.china_time import moment_text
from gateway.operations.account_money import AccountName
from gateway.operations.field_kinds import AnyName, Id, OperationAnswer, OperationRequest, Text
from gateway.operations.operation import AnyOperation, Change, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.store.facts import token_rows

DAYS_MAX: Final = 3_650
OVERLAP_H_MAX: Final = 720.0
DAY_S: Final = 86_400
_OCTETS: Final = 32

Days = Annotated[int, Field(ge=1, le=DAYS_MAX, description="Days until it expires. 有效天数。")]
A = TypeVar("A", bound="TokenShown")
ScopeName = Annotated[Scope, Field(strict=False)]


class CreateToken(OperationRequest):
    """A token for the programs of an account."""

    account: AccountName
    scopes: Annotated[
        tuple[ScopeName, ...],
        Field(min_length=1, max_length=len(Scope), strict=False, description="submit, read, receive. 权限范围。"),
    ] = tuple(Scope)
    days: Days = 365
    note: Annotated[Text, Field(max_length=200, description="What it is for. 用途。")] = ""


class TokensOf(OperationRequest):
    """The tokens of an account, or of all."""

    account: Annotated[AnyName, Field(description="Account; empty: all. 账户；空为全部。")] = ""


class OneToken(OperationRequest):
    """A token by its id. `account`, where it is given, must be whose it is."""

    id: Id
    account: Annotated[AnyName, Field(description="Whose it must be; empty: anybody's. 所属账户。")] = ""


class RotateToken(OneToken):
    """A token that another is to take the place of."""

    overlap_h: Annotated[
        float, Field(ge=0, le=OVERLAP_H_MAX, description="Hours for which both are good. 新旧并存小时数。")
    ] = 24.0
    days: Days = 365


class TokenShown(OperationAnswer):
    """A token without its text; `ending` are the last characters of that."""

    id: int
    account: str
    scopes: tuple[str, ...]
    ending: str
    note: str
    created_at: str
    expires_at: str
    state: str


class TokensShown(OperationAnswer):
    """The newest first."""

    tokens: tuple[TokenShown, ...]


class TokenCreated(TokenShown):
    """A new token with its text, which is shown this once. `replaces` is the one whose place it takes."""

    token: str
    replaces: int | None = None


async def create(context: OperationContext, asked: CreateToken) -> TokenCreated:
    account = context.account(asked.account)
    if HTTP not in account.protocols:
        raise OperationRefused(f"{account.name} does not speak HTTP: name it in its `protocols`")
    return await _make(context, account.name, frozenset(asked.scopes), asked.days, asked.note)


async def _make(
    context: OperationContext, account: str, scopes: frozenset[Scope], days: int, note: str
) -> TokenCreated:
    if await token_rows.count_live(context.connection, account, context.now) >= token_rows.LIVE_MAX:
        raise OperationRefused(f"{account} has {token_rows.LIVE_MAX} tokens: revoke one that is not used")
    text = PREFIX + secrets.token_urlsafe(_OCTETS)
    ends_at = context.now + days * DAY_S
    token = ApiToken(0, account, digest_of(text), scopes, text[-ENDING_DIGITS:], note, context.now, ends_at)
    stored = await token_rows.add(context.connection, token)
    return TokenCreated(**_shown(stored, context.now).model_dump(), token=text)


async def list_tokens(context: OperationContext, asked: TokensOf) -> TokensShown:
    if asked.account:
        context.account(asked.account)
    found = await token_rows.newest(context.connection, asked.account)
    return TokensShown(tokens=tuple(_shown(token, context.now) for token in found))


async def revoke(context: OperationContext, asked: OneToken) -> TokenShown:
    token = await _live(context, asked)
    return _shown(await token_rows.revoke(context.connection, token.id, context.now), context.now)


async def rotate(context: OperationContext, asked: RotateToken) -> TokenCreated:
    old = await _live(context, asked)
    made = await _make(context, context.account(old.account).name, old.scopes, asked.days, old.note)
    await token_rows.replace(context.connection, old.id, context.now + asked.overlap_h * 3600, made.id)
    return made.model_copy(update={"replaces": old.id})


async def _live(context: OperationContext, asked: OneToken) -> ApiToken:
    """Return a token that may be used now; of another account it is as unknown as any other."""
    token = await token_rows.lock(context.connection, asked.id)
    if token is None or (asked.account and token.account != asked.account):
        raise OperationRefused(f"there is no token {asked.id}")
    if not token.is_live(context.now):
        raise OperationRefused(f"token {asked.id} is {_state(token, context.now)} already")
    return token


async def _take_up(context: OperationContext, asked: OperationRequest, answer: A) -> A:
    """Let a running node know what is committed."""
    assert context.node is not None
    changed = {answer.id, answer.replaces if isinstance(answer, TokenCreated) else None}
    for token in await token_rows.newest(context.connection, answer.account):
        if token.id in changed:
            context.node.api_tokens.put(token, context.now)
    return answer


def _shown(token: ApiToken, now: float) -> TokenShown:
    return TokenShown(
        id=token.id, account=token.account, scopes=tuple(scope for scope in Scope if scope in token.scopes),
        ending=token.ending, note=token.note, created_at=moment_text(token.created_at),
        expires_at=moment_text(token.expires_at), state=_state(token, now),
    )


def _state(token: ApiToken, now: float) -> str:
    return "revoked" if token.revoked_at is not None else "live" if token.is_live(now) else "expired"


CREATE_TOKEN: Final = Operation(
    "tokens.create", ("Make a token for the HTTP API.", "创建 HTTP 接口令牌。"), CreateToken, TokenCreated, create,
    Change.STORE, _take_up, subject="account", example={"account": "smppdemo", "scopes": ["submit", "read"]},
)
LIST_TOKENS: Final = Operation(
    "tokens.list", ("Tokens of the HTTP API.", "HTTP 接口令牌列表。"), TokensOf, TokensShown, list_tokens,
    example={"account": "smppdemo"},
)
REVOKE_TOKEN: Final = Operation(
    "tokens.revoke", ("End a token at once.", "立即吊销令牌。"), OneToken, TokenShown, revoke, Change.STORE, _take_up,
    subject="id", example={"id": 1},
)
ROTATE_TOKEN: Final = Operation(
    "tokens.rotate",
    ("Put a new token in the place of one, which stays good for an overlap.", "更换令牌，旧令牌在重叠期内仍有效。"),
    RotateToken, TokenCreated, rotate, Change.STORE, _take_up, subject="id", example={"id": 1, "overlap_h": 24.0},
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (CREATE_TOKEN, LIST_TOKENS, REVOKE_TOKEN, ROTATE_TOKEN)
