"""A client watches its own traffic live (S2a-2.8): counts since the node started, and its newest messages."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from gateway.console.event_stream import stream
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.domain.china_time import DAY_S
from gateway.domain.user import CLIENT
from gateway.operations.account_counts import COUNT, AccountCounts
from gateway.operations.operation_errors import OperationError
from gateway.queries.life_story import state_words
from gateway.queries.search import SearchLine, SearchRequest, search

PATH: Final = "/live"
NEWEST: Final = 15


async def show(context: PageContext) -> web.StreamResponse:
    values = await _values(context, await _counts(context))
    return context.render("client/live.html", **values)


async def watch(context: PageContext) -> web.StreamResponse:
    """Send the figures whenever one of them has changed."""
    counted: AccountCounts | None = None
    shown = ""

    async def part() -> str:
        nonlocal counted, shown
        found = await _counts(context)
        if found != counted or not shown:
            counted = found
            context.now = context.surroundings.clock()
            shown = context.part("client/live_part.html", **await _values(context, found))
        return shown

    return await stream(context, "counts", part)


async def _counts(context: PageContext) -> AccountCounts | None:
    """Return the counts; None where the node is away: what is stored is shown all the same."""
    try:
        return await context.ask(COUNT, {"account": context.account})
    except OperationError:
        return None


async def _values(context: PageContext, counts: AccountCounts | None) -> dict[str, Any]:
    return {"counts": counts, "lines": await newest(context), "state_words": state_words}


async def newest(context: PageContext) -> list[SearchLine]:
    """Return the account's newest messages, refusals and MO of a day."""
    request = SearchRequest(
        since=context.now - DAY_S, until=context.now + 1.0, account=context.account, limit=NEWEST
    )
    async with context.reading() as connection:
        return (await search(connection, context.settings, request, context.viewer(), context.now)).lines


PAGES: Final = (
    Page(PATH, (CLIENT,), show, menu="client.live_menu"),
    Page(f"{PATH}/stream", (CLIENT,), watch, is_stream=True),
)
