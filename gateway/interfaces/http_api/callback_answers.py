"""/v1/callbacks: a client's programs set where it is called, by the operations of the node, as its token."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import orjson
from aiohttp import web
from pydantic import Field, StringConstraints

from gateway.domain.callback_endpoint import BATCH_MAX, KINDS, URL_MAX
from gateway.interfaces.http_api.api_route import ApiAnswer, ApiRequest
from gateway.interfaces.http_api.call import ApiCall
from gateway.interfaces.http_api.field_problems import FieldProblem
from gateway.interfaces.http_api.problem import Problem
from gateway.operations.field_kinds import shown
from gateway.operations.operation_context import Caller
from gateway.operations.operation_errors import InvalidRequest, OperationRefused, StoreUnavailable

OVERLAP_H_MAX: Final = 168.0
_FIELDS: Final = ("url", "kinds", "batch_max")


class SetCallback(ApiRequest):
    """An endpoint that is called with the account's receipts and MO."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=URL_MAX), Field(
        description="https:// and a public host. 回调地址。",
    )]
    kinds: Annotated[list[Literal["receipts", "inbound"]] | None, Field(
        max_length=len(KINDS), description="By default both; []: only for messages that name its id. 回调内容。",
    )] = None
    batch_max: Annotated[int, Field(ge=1, le=BATCH_MAX, description="Events in one call. 单次最多事件数。")] = 1


class Overlap(ApiRequest):
    """For how long the old secret signs beside the new one."""

    overlap_h: Annotated[float, Field(ge=0, le=OVERLAP_H_MAX, description="Hours. 小时。")] = 24.0


class CallbackDocument(ApiAnswer):
    """An endpoint. `secret` is there in the answer that made it, and never again."""

    id: int
    account: str
    url: str
    kinds: list[str]
    batch_max: int
    state: Annotated[str, Field(description="ready, paused, disabled")]
    since: str
    created_at: str
    why: str | None = None
    old_secret_until: str | None = None
    failed_calls: int | None = None
    problem: str | None = None
    failing_since: str | None = None
    next_call_at: str | None = None
    secret: str | None = None


class CallbackDocuments(ApiAnswer):
    """In the order in which they were made."""

    callbacks: list[CallbackDocument]


class DeletedCallback(ApiAnswer):
    """What is called no more; what is owed stays owed."""

    id: int
    account: str
    url: str


class TestedCallback(ApiAnswer):
    """What came of one call with a test event."""

    id: int
    event: str
    outcome: Annotated[str, Field(description="taken, throttled, failed, gone")]
    status: int
    problem: str


async def list_callbacks(call: ApiCall) -> web.StreamResponse:
    return call.answer(await _operate(call, "callbacks.list"))


async def set_callback(call: ApiCall) -> web.StreamResponse:
    body: SetCallback = call.body
    return call.answer(await _operate(call, "callbacks.create", **body.model_dump(exclude_none=True)), 201)


async def delete_callback(call: ApiCall) -> web.StreamResponse:
    return call.answer(await _operate(call, "callbacks.delete", id=_id(call)))


async def rotate_secret(call: ApiCall) -> web.StreamResponse:
    body: Overlap = call.body
    return call.answer(await _operate(call, "callbacks.rotate-secret", id=_id(call), overlap_h=body.overlap_h))


async def pause_callback(call: ApiCall) -> web.StreamResponse:
    return call.answer(await _operate(call, "callbacks.pause", id=_id(call)))


async def resume_callback(call: ApiCall) -> web.StreamResponse:
    return call.answer(await _operate(call, "callbacks.resume", id=_id(call)))


async def test_callback(call: ApiCall) -> web.StreamResponse:
    return call.answer(await _operate(call, "callbacks.test", id=_id(call)))


def _id(call: ApiCall) -> int:
    """Return the id of the path; one that cannot be is as unknown as any other."""
    text = call.variables["id"]
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
    if not number:
        raise Problem("UNKNOWN", "there is no such callback")
    return number


async def _operate(call: ApiCall, name: str, **fields: Any) -> dict[str, Any]:
    """Run an operation for the account of the token alone, with the token as who asks."""
    dispatcher = call.node.dispatcher
    if dispatcher is None:
        raise Problem("BUSY", "the gateway starts")
    principal, address = call.principal, call.request.remote or ""
    caller = Caller(f"{principal.account.name} token {principal.token_id}", f"http {address}", principal.account.name)
    body = orjson.dumps({"account": principal.account.name, **fields})
    try:
        return shown(await dispatcher.dispatch(name, body, caller))
    except InvalidRequest as invalid:
        faults = [FieldProblem("/" + each.field, each.problem) for each in invalid.faults]
        raise Problem("INVALID", errors=faults) from None
    except StoreUnavailable as away:
        raise Problem("BUSY", str(away)) from None
    except OperationRefused as refused:
        raise _refused(str(refused), refused.clause) from None


def _refused(sentence: str, clause: str) -> Problem:
    if sentence.startswith("there is no callback"):
        return Problem("UNKNOWN", "there is no such callback")
    field, colon, problem = sentence.partition(": ")
    if colon and field in _FIELDS:
        return Problem("INVALID", clause=clause, errors=[FieldProblem("/" + field, problem)])
    return Problem("REFUSED", sentence, clause=clause)
