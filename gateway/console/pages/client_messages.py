"""A client's own messages: a list with filters, page by page; one message with what became of it; what came in (MO)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.contracts.clause_sentences import clause_sentence
from gateway.domain.china_time import DAY_S, day_of, end_of, start_of
from gateway.domain.ids import parse_id
from gateway.domain.user import CLIENT
from gateway.queries.configured import profile_at
from gateway.queries.explain import life_document
from gateway.queries.life_documents import EventKind, InboundLife, LifeDocument, MessageLife
from gateway.queries.life_story import error_words, state_words, tell
from gateway.queries.query import NotAnswered, WrongRequest
from gateway.queries.search import STATES, SearchPage, SearchRequest, search
from gateway.queries.viewing import number_mask
from gateway.store.reader.message_history import read_life
from gateway.store.reader.message_search import RECEIVED

PATH: Final = "/messages"
DAYS_USUAL: Final = 7
# What a client reads of a life: not by which channel and link it went.
_TOLD: Final = frozenset({
    EventKind.ACCEPTED, EventKind.NOT_BEFORE, EventKind.CANCELLED, EventKind.REPLACED, EventKind.APPROVED,
    EventKind.REJECTED, EventKind.STOPPED, EventKind.REFUSED_LATER, EventKind.FINAL, EventKind.REFUSED,
    EventKind.PART_WAITS, EventKind.RECEIVED,
})


async def show_list(context: PageContext) -> web.StreamResponse:
    return await _list(context, "")


async def show_inbound(context: PageContext) -> web.StreamResponse:
    return await _list(context, RECEIVED)


async def _list(context: PageContext, kind: str) -> web.StreamResponse:
    """Answer with a page of the list; a filter that is wrong is told beside it."""
    values = {name: context.query.get(name, "").strip() for name in ("since", "until", "number", "state", "cursor")}
    today = day_of(context.now)
    values["since"] = values["since"] or (today - dt.timedelta(days=DAYS_USUAL - 1)).isoformat()
    values["until"] = values["until"] or today.isoformat()
    found, fault = SearchPage(lines=[], cursor=None, looked_back_to=None), ""
    try:
        request = _request(context, values, kind)
        async with context.reading() as connection:
            found = await search(connection, context.settings, request, context.viewer(), context.now)
    except WrongRequest as error:
        fault = context.sentence(str(error))
    except NotAnswered as error:
        fault = context.sentence(str(error))
    return context.render(
        "client/messages.html" if not kind else "client/inbound.html", status=422 if fault else 200, found=found,
        fault=fault, values=values, states=STATES, state_words=state_words, error_words=error_words,
    )


def _request(context: PageContext, values: dict[str, str], kind: str) -> SearchRequest:
    try:
        since, until = (dt.date.fromisoformat(values[name]) for name in ("since", "until"))
        begin, end = start_of(since), end_of(until)
    except (ValueError, OverflowError):
        raise WrongRequest("this is no day such as 2026-03-02") from None
    if end - begin > 366 * DAY_S:
        raise WrongRequest("at most a year at a time")
    return SearchRequest(
        since=begin, until=end, number=values["number"], state=values["state"], account=context.account, kind=kind,
        cursor=values["cursor"],
    )


async def show_one(context: PageContext) -> web.StreamResponse:
    """Show one message of the account; its text and its whole number only where they are asked for, written down."""
    id_ = parse_id(context.parts["id"], now=context.now)
    is_whole = context.query.get("whole") == "1"
    document = None if id_ is None else await _life(context, id_, is_whole=is_whole)
    if document is None:
        raise web.HTTPNotFound
    if is_whole:
        await context.note_view(document.id, "own message")
    language = context.language
    told = document
    if not isinstance(document, InboundLife):
        told = document.model_copy(update={"events": [each for each in document.events if each.kind in _TOLD]})
    story = tell(told, language)
    verdicts: list[Any] = [] if isinstance(document, InboundLife) else [each for each in document.verdicts if each.key]
    return context.render(
        "client/message.html", life=document, story=story, is_whole=is_whole, verdicts=verdicts,
        is_message=isinstance(document, MessageLife), is_inbound=isinstance(document, InboundLife),
        sentence_of=lambda clause: clause_sentence(clause, language) if clause else "",
        state_words=state_words, error_words=error_words,
    )


async def _life(context: PageContext, id_: int, *, is_whole: bool) -> LifeDocument | None:
    """Return the life of a message of this account; None for one of another, as for one that nobody has."""
    settings = context.settings
    async with context.reading() as connection:
        life = await read_life(connection, id_)
    if life is None:
        return None
    document = life_document(
        life, mask=number_mask(settings, is_whole=is_whole), with_text=is_whole,
        profile_of=lambda tag, account, at_ms: profile_at(settings, tag, account, at_ms),
    )
    return document if document.account == context.account else None


PAGES: Final = (
    Page(PATH, (CLIENT,), show_list, menu="client.messages_menu"),
    Page(f"{PATH}/{{id}}", (CLIENT,), show_one),
    Page("/inbound", (CLIENT,), show_inbound, menu="client.inbound_menu"),
)
