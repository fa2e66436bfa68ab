"""Server-sent events of a page: parts of a page as templates make them, for as long as their person may see it.

A stream ends when the browser goes, when the session is over, or after `STREAM_MAX_S`; browsers then connect again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from gateway.console.page_context import PageContext
from gateway.console.sessions import visitor_of

STEP_S: Final = 1.0
STILL_HERE_S: Final = 15.0
STREAM_MAX_S: Final = 1_800.0
_HEADERS: Final = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


async def stream(
    context: PageContext, event: str, part: Callable[[], Awaitable[str]], *, step_s: float = STEP_S
) -> web.StreamResponse:
    """Send `part()` as an event each time that it has changed; raise 429 where as many are open as may be."""
    streams = context.surroundings.streams
    user = context.user.name
    if not streams.may_open(user):
        raise web.HTTPTooManyRequests
    streams.of_user[user] += 1
    try:
        return await _run(context, event, part, step_s)
    finally:
        streams.of_user[user] -= 1
        if not streams.of_user[user]:
            del streams.of_user[user]


async def _run(
    context: PageContext, event: str, part: Callable[[], Awaitable[str]], step_s: float
) -> web.StreamResponse:
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(context.request)
    clock = asyncio.get_running_loop().time
    began = told_at = clock()
    shown = ""
    try:
        while clock() - began < STREAM_MAX_S:
            found = await part()
            if found != shown:
                shown, told_at = found, clock()
                await response.write(_event(event, found))
            elif clock() - told_at > STILL_HERE_S:
                told_at = clock()
                if not await _may_stay(context):
                    break
                await response.write(b": still here\n\n")
            await asyncio.sleep(step_s)
    except ConnectionResetError:
        pass  # the browser went away; nothing is owed to it
    return response


async def _may_stay(context: PageContext) -> bool:
    """Tell whether the person is still signed in as who he was."""
    all_of_it = context.surroundings
    found = await visitor_of(context.request, all_of_it.pool, all_of_it.settings, all_of_it.clock())
    return found.user == context.user


def _event(event: str, text: str) -> bytes:
    lines = "\n".join(f"data: {line}" for line in text.splitlines())
    return f"event: {event}\n{lines}\n\n".encode()
