"""Operations on callbacks: where an account is called over HTTP with its receipts and MO."""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, StringConstraints

from gateway.domain.callback_endpoint import BATCH_MAX, ENDPOINTS_MAX, KINDS, URL_MAX, CallState, Endpoint
from gateway.domain.china_time import moment_text
from gateway.operations.account_money import AccountName
from gateway.operations.field_kinds import STORABLE, AnyName, Id, OperationAnswer, OperationRequest
from gateway.operations.operation import AnyOperation, Change, Offline, Operation
from gateway.operations.operation_context import OperationContext
from gateway.operations.operation_errors import OperationRefused
from gateway.receivers.callback_urls import CallRules
from gateway.receivers.signatures import SECRET_OCTETS, secret_of
from gateway.settings import Settings
from gateway.settings.secret_key import open_secret_box
from gateway.store.facts import callback_rows

OVERLAP_H_MAX: Final = 168.0
KindName = Literal["receipts", "inbound"]
Q = TypeVar("Q", bound=OperationRequest)
Url = Annotated[
    str, StringConstraints(min_length=1, max_length=URL_MAX), STORABLE,
    Field(description="https:// and a public host. 回调地址。"),
]


class CreateCallback(OperationRequest):
    """An endpoint that is called with the receipts and MO of an account."""

    account: AccountName
    url: Url
    kinds: Annotated[
        tuple[KindName, ...],
        Field(
            max_length=len(KINDS), strict=False,
            description="receipts, inbound; none: only for messages that name it. 回调内容：状态报告、上行。",
        ),
    ] = KINDS
    batch_max: Annotated[
        int, Field(ge=1, le=BATCH_MAX, description="Events in one call. 单次回调最多事件数。")
    ] = 1


class CallbacksOf(OperationRequest):
    """The endpoints of an account, or of all."""

    account: Annotated[AnyName, Field(description="Account; empty: all. 账户；空为全部。")] = ""


class OneCallback(OperationRequest):
    """An endpoint by its id. `account`, where it is given, must be whose it is."""

    id: Id
    account: Annotated[AnyName, Field(description="Whose it must be; empty: anybody's. 所属账户。")] = ""


class RotateSecret(OneCallback):
    """A new secret for an endpoint."""

    overlap_h: Annotated[
        float, Field(ge=0, le=OVERLAP_H_MAX, description="Hours for which both sign. 新旧密钥并用小时数。")
    ] = 24.0


class CallbackShown(OperationAnswer):
    """An endpoint without its secret. The last four are there where a gateway runs that calls it."""

    id: int
    account: str
    url: str
    kinds: tuple[str, ...]
    batch_max: int
    state: str
    since: str
    created_at: str
    why: str = ""
    old_secret_until: str = ""
    failed_calls: int | None = None
    problem: str = ""
    failing_since: str = ""
    next_call_at: str = ""


class CallbacksShown(OperationAnswer):
    """In the order in which they were made."""

    callbacks: tuple[CallbackShown, ...]


class CallbackWithSecret(CallbackShown):
    """An endpoint with its secret, which is shown this once."""

    secret: str


class CallbackDeleted(OperationAnswer):
    """What is called no more; what is owed stays owed."""

    id: int
    account: str
    url: str


class CallbackTested(OperationAnswer):
    """What came of one call; `status` is 0 where nobody answered, `problem` says why then."""

    id: int
    event: str
    outcome: str
    status: int
    problem: str


def call_rules(settings: Settings) -> CallRules:
    """Return whom the configuration lets be called."""
    keys = settings.callbacks
    return CallRules(keys.allowed_networks, frozenset(host.lower() for host in keys.plain_hosts))


async def create(context: OperationContext, asked: CreateCallback) -> CallbackWithSecret:
    account = context.account(asked.account).name
    problem = call_rules(context.settings).url_problem(asked.url)
    if problem:
        raise OperationRefused(f"url: {problem}")
    box = open_secret_box(context.settings.state_dir)
    await callback_rows.lock_account(context.connection, account)
    others = await callback_rows.read(context.connection, account, box)
    if len(others) >= ENDPOINTS_MAX:
        raise OperationRefused(f"{account} has {ENDPOINTS_MAX} callbacks: delete one that is not used")
    for other in others:
        if both := sorted(set(other.kinds) & set(asked.kinds)):
            raise OperationRefused(f"kinds: callback {other.id} is for {' and '.join(both)} already: delete it before")
    made = Endpoint(
        0, account, asked.url, tuple(kind for kind in KINDS if kind in asked.kinds), CallState.READY, context.now,
        context.now, asked.batch_max, _new_secret(),
    )
    id_ = await callback_rows.add(context.connection, made, box)
    stored = await _locked(context, OneCallback(id=id_))
    return CallbackWithSecret(**_fields(context, stored), secret=made.secret)


def _new_secret() -> str:
    return secret_of(os.urandom(SECRET_OCTETS))


async def list_callbacks(context: OperationContext, asked: CallbacksOf) -> CallbacksShown:
    if asked.account:
        context.account(asked.account)
    box = open_secret_box(context.settings.state_dir)
    found = await callback_rows.read(context.connection, asked.account, box)
    return CallbacksShown(callbacks=tuple(CallbackShown(**_fields(context, each)) for each in found))


async def delete(context: OperationContext, asked: OneCallback) -> CallbackDeleted:
    found = await _locked(context, asked)
    await callback_rows.delete(context.connection, found.id)
    return CallbackDeleted(id=found.id, account=found.account, url=found.url)


async def rotate_secret(context: OperationContext, asked: RotateSecret) -> CallbackWithSecret:
    found, secret = await _locked(context, asked), _new_secret()
    box = open_secret_box(context.settings.state_dir)
    await callback_rows.rotate(context.connection, found, secret, context.now + asked.overlap_h * 3600, box)
    return CallbackWithSecret(**_fields(context, await _locked(context, asked)), secret=secret)


def _set_state(state: CallState) -> Callable[[OperationContext, OneCallback], Awaitable[CallbackShown]]:
    async def operation(context: OperationContext, asked: OneCallback) -> CallbackShown:
        found = await _locked(context, asked)
        if state is CallState.READY and not found.secret:
            raise OperationRefused(callback_rows.UNREADABLE)
        await callback_rows.set_state(context.connection, found.id, state, context.now)
        return CallbackShown(**_fields(context, await _locked(context, asked)))

    return operation


async def test(context: OperationContext, asked: OneCallback) -> CallbackTested:
    found = await _locked(context, asked)
    if not found.secret:
        raise OperationRefused(callback_rows.UNREADABLE)
    assert context.node is not None
    event = f"evt_test_{secrets.token_hex(8)}"
    result = await context.node.callbacks.test(found, event)
    return CallbackTested(
        id=found.id, event=event, outcome=result.event.value, status=result.status, problem=result.problem
    )


async def _locked(context: OperationContext, asked: OneCallback) -> Endpoint:
    """Return an endpoint; one of another account is as unknown as any other."""
    found = await callback_rows.lock(context.connection, asked.id, open_secret_box(context.settings.state_dir))
    if found is None or (asked.account and found.account != asked.account):
        raise OperationRefused(f"there is no callback {asked.id}")
    return found


A = TypeVar("A", CallbackShown, CallbackWithSecret, CallbackDeleted)


async def _take_up(context: OperationContext, asked: OperationRequest, answer: A) -> A:
    """Let a running node call by what is committed."""
    assert context.node is not None
    await context.node.callbacks.refresh(answer.account)
    return answer


def _fields(context: OperationContext, endpoint: Endpoint) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": endpoint.id, "account": endpoint.account, "url": endpoint.url, "kinds": endpoint.kinds,
        "batch_max": endpoint.batch_max, "state": endpoint.state.value, "since": moment_text(endpoint.since),
        "created_at": moment_text(endpoint.created_at),
    }
    if endpoint.why:
        found["why"] = endpoint.why
    if endpoint.old_secret and endpoint.old_until > context.now:
        found["old_secret_until"] = moment_text(endpoint.old_until)
    view = None if context.node is None else context.node.callbacks.view(endpoint)
    if view is not None:
        found["failed_calls"] = view.tries
        if view.tries:
            found["problem"] = view.problem
            found["failing_since"] = moment_text(view.failing_since)
        if view.next_at:
            found["next_call_at"] = moment_text(view.next_at)
    return found


_ONE: Final = {"id": 1}
CREATE_CALLBACK: Final = Operation(
    "callbacks.create",
    ("Call an account with its receipts and MO.", "设置状态报告与上行的回调地址。"), CreateCallback,
    CallbackWithSecret, create, Change.STORE, _take_up, subject="account",
    example={"account": "smppdemo", "url": "https://client.example.com/events"},
)
LIST_CALLBACKS: Final = Operation(
    "callbacks.list", ("Where accounts are called.", "回调地址列表。"), CallbacksOf, CallbacksShown, list_callbacks,
    example={"account": "smppdemo"},
)
DELETE_CALLBACK: Final = Operation(
    "callbacks.delete", ("Call there no more; what is owed stays owed.", "删除回调地址；未投递的内容保留。"),
    OneCallback, CallbackDeleted, delete, Change.STORE, _take_up, subject="id", example=_ONE,
)
ROTATE_SECRET: Final = Operation(
    "callbacks.rotate-secret",
    ("Sign with a new secret; the old one signs beside it for an overlap.", "更换签名密钥，旧密钥在重叠期内并用。"),
    RotateSecret, CallbackWithSecret, rotate_secret, Change.STORE, _take_up, subject="id",
    example={"id": 1, "overlap_h": 24.0},
)
PAUSE_CALLBACK: Final = Operation(
    "callbacks.pause", ("Call there no more until it is resumed.", "暂停回调。"), OneCallback, CallbackShown,
    _set_state(CallState.PAUSED), Change.STORE, _take_up, subject="id", example=_ONE,
)
RESUME_CALLBACK: Final = Operation(
    "callbacks.resume", ("Call there again, one that was disabled too.", "恢复回调，包括已停用的。"), OneCallback,
    CallbackShown, _set_state(CallState.READY), Change.STORE, _take_up, subject="id", example=_ONE,
)
TEST_CALLBACK: Final = Operation(
    "callbacks.test", ("Send a signed test event, once.", "发送一次签名的测试事件。"), OneCallback, CallbackTested,
    test, offline=Offline.NEVER, is_audited=True, subject="id", example=_ONE,
)
OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    CREATE_CALLBACK, LIST_CALLBACKS, DELETE_CALLBACK, ROTATE_SECRET, PAUSE_CALLBACK, RESUME_CALLBACK, TEST_CALLBACK,
)
