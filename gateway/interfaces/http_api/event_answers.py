"""GET /v1/events, /v1/events/stream, POST /v1/events/ack: an account's receipts and MO, which it fetches itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final

import orjson
from aiohttp import web
from pydantic import Field, StringConstraints

from gateway.domain.callback_endpoint import NO_PARTICULARS
from gateway.domain.outcome import Outcome
from gateway.interfaces.http_api.api_route import ApiAnswer, ApiRequest, Parameter
from gateway.interfaces.http_api.call import NO_STORE, ApiCall
from gateway.interfaces.http_api.field_problems import FieldProblem
from gateway.interfaces.http_api.problem import Problem
from gateway.receivers.event_document import document_of
from gateway.receivers.pulled_events import NotACursor, PulledEvents, ShownItem

LIMIT_DEFAULT, LIMIT_MAX = 100, 500
WAIT_MAX_S: Final = 25
CURSOR_MAX: Final = 64
STREAM_STEP_S: Final = 10.0  # a remark keeps the connection
STREAM_UNACKED_S: Final = 30.0  # then the stream ends: the next connect acknowledges
WRITE_S: Final = 15.0  # a client that takes nothing for so long has gone
COMMIT_S: Final = 5.0
LAST_EVENT_ID: Final = "Last-Event-ID"
_STREAM: Final = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no", **NO_STORE}

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=CURSOR_MAX), Field(
    description="As the gateway gave it. 游标。",
)]
AFTER: Final = Parameter(
    "after", "query", "Cursor of a page: all that was shown up to it is acknowledged. 已处理到的游标。",
    {"type": "string", "maxLength": CURSOR_MAX},
)
LIMIT: Final = Parameter(
    "limit", "query", "Most events of the page. 最多条数。",
    {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
)
WAIT: Final = Parameter(
    "wait_s", "query", "Seconds to wait for the first event. 等待秒数。",
    {"type": "integer", "minimum": 0, "maximum": WAIT_MAX_S, "default": 0},
)
LAST_ID: Final = Parameter(
    LAST_EVENT_ID, "header", "The last event that came: it and all before it are acknowledged. 最后收到的事件。",
    {"type": "string", "maxLength": CURSOR_MAX},
)


class Acknowledge(ApiRequest):
    """Up to which cursor everything is done."""

    cursor: Cursor


class Acknowledged(ApiAnswer):
    """How many events are acknowledged by it that were not before."""

    acknowledged: int


class EventShown(ApiAnswer):
    """One event; `data` is that of its type: message.receipt, message.received."""

    id: Annotated[str, Field(description="The same however often it is told. 事件编号。")]
    type: str
    timestamp: str
    data: dict[str, Any]


class EventsShown(ApiAnswer):
    """The oldest that are not acknowledged; `cursor` acknowledges them."""

    events: list[EventShown]
    cursor: str


async def show_events(call: ApiCall) -> web.StreamResponse:
    """Answer GET /v1/events. What `after` acknowledges is committed before the answer."""
    query = call.request.query
    limit = _whole(query, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT)
    wait_s = _whole(query, "wait_s", 0, WAIT_MAX_S, 0)
    reading = call.node.pulled_events.of(call.principal.account.name)
    if reading.is_streamed:
        raise Problem("STREAMED")
    _acknowledge(reading, query.get("after", ""), "after")
    reading.begin()
    try:
        page = await reading.page(limit, wait_s)
        await call.node.journal.touch_within(COMMIT_S)
        documents = await _documents(call, page.items)
    finally:
        reading.end()
    return call.answer({"events": documents, "cursor": page.cursor})


async def acknowledge(call: ApiCall) -> web.StreamResponse:
    """Answer POST /v1/events/ack, behind the commit."""
    body: Acknowledge = call.body
    reading = call.node.pulled_events.of(call.principal.account.name)
    count = _acknowledge(reading, body.cursor, "/cursor")
    if count and not await call.node.journal.touch_within(COMMIT_S):
        raise Problem("BUSY", "the database gives no time: the events may be told again")
    return call.answer({"acknowledged": count})


async def stream_events(call: ApiCall) -> web.StreamResponse:
    """Answer GET /v1/events/stream. A younger stream of the account takes the place of an older one."""
    reading = call.node.pulled_events.of(call.principal.account.name)
    _acknowledge(reading, call.request.headers.get(LAST_EVENT_ID, ""), LAST_EVENT_ID)
    response = web.StreamResponse(headers=_STREAM)
    await response.prepare(call.request)
    reading.begin()
    place = reading.take_stream()
    try:
        await response.write(b"retry: 1000\n\n")
        await _write(call, response, reading.unacknowledged())
        while reading.is_stream(place) and not reading.wants_acknowledgement(STREAM_UNACKED_S):
            shown = await reading.following(STREAM_STEP_S)
            if not reading.is_stream(place):
                break
            if shown:
                await _write(call, response, shown)
            else:
                await response.write(b": still here\n\n")
    except (ConnectionResetError, TimeoutError):
        pass  # it went, or reads nothing; what it did not acknowledge is told again
    finally:
        reading.leave_stream(place)
        reading.end()
    return response


async def _write(call: ApiCall, response: web.StreamResponse, shown: Sequence[ShownItem]) -> None:
    for document, each in zip(await _documents(call, shown), shown, strict=True):
        head = f"id: {each.cursor}\nevent: {document['type']}\ndata: "
        async with asyncio.timeout(WRITE_S):
            await response.write(head.encode() + orjson.dumps(document) + b"\n\n")


async def _documents(call: ApiCall, shown: Sequence[ShownItem]) -> list[dict[str, Any]]:
    items = [each.item for each in shown]
    ids = [item.message_id for item in items if isinstance(item, Outcome)]
    said = await call.node.store.callbacks.particulars(ids) if ids else {}
    return [
        document_of(item, said.get(item.message_id, NO_PARTICULARS) if isinstance(item, Outcome) else NO_PARTICULARS)
        for item in items
    ]


def _acknowledge(reading: PulledEvents, cursor: str, name: str) -> int:
    if not cursor:
        return 0
    try:
        return reading.acknowledge(cursor[: CURSOR_MAX + 1])
    except NotACursor as fault:
        if name.startswith("/"):
            raise Problem("INVALID", errors=[FieldProblem(name, str(fault))]) from None
        raise Problem("PARAMETER", f"{name} {fault}") from None


def _whole(query: Any, name: str, least: int, most: int, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 6 or not least <= int(text) <= most:
        raise Problem("PARAMETER", f"{name} must be a whole number from {least} to {most}")
    return int(text)


