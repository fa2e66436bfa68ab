"""Pages of customer service: find messages, read what happened to one, see its text for a reason that is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.domain.china_time import day_of, end_of, start_of
from gateway.domain.user import AUDITOR, COMPLIANCE, OPERATOR, SERVICE
from gateway.queries.explain import ExplainRequest, explain
from gateway.queries.life_story import error_words, plain_text, state_words, tell
from gateway.queries.query import NotKnown, WrongRequest
from gateway.queries.search import PAGE_USUAL, STATES, SearchPage, SearchRequest, search
from gateway.store.reader.message_search import OPEN

READERS: Final = (SERVICE, OPERATOR, COMPLIANCE, AUDITOR)
DAYS_USUAL: Final = 7
TERMS: Final = ("number", "id", "account", "channel", "state")
_FIELDS: Final = (*TERMS, "since", "until", "cursor")
REASON_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What stands in the form; days are of China, `until` is the last one."""

    fields: Mapping[str, str]
    since: dt.date
    until: dt.date

    @property
    def is_asked(self) -> bool:
        return any(self.fields.get(name) for name in (*TERMS, "since", "until"))

    def request(self) -> SearchRequest:
        """Return the search; raises WrongRequest."""
        terms = {name: self.fields.get(name, "") for name in (*TERMS, "cursor")}
        return SearchRequest(start_of(self.since), end_of(self.until), limit=PAGE_USUAL, **terms)

    def shown(self) -> dict[str, str]:
        """Return the fields as the form shows them."""
        days = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return {name: self.fields.get(name, "") for name in _FIELDS} | days

    def address(self, **changes: str) -> str:
        """Return the address of this search."""
        values = {name: value for name, value in (self.shown() | changes).items() if value}
        return f"/search?{urlencode(values)}"


def wish_of(fields: Mapping[str, str], now: float) -> SearchForm:
    """Return what is wished; raises WrongRequest for a day that cannot be read."""
    cut = {name: fields.get(name, "").strip()[:100] for name in _FIELDS}
    until = _day(cut["until"]) or day_of(now)
    since = _day(cut["since"]) or min(until, day_of(now)) - dt.timedelta(days=DAYS_USUAL - 1)
    return SearchForm(cut, since, until)


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise WrongRequest(f"{text!r} is no day") from None
    if not 2020 <= day.year < 2088:  # what ids can say
        raise WrongRequest(f"{text!r} is no day")
    return day


async def show_search(context: PageContext) -> web.StreamResponse:
    """Show the form, and what was found."""
    wish, fault = _wished({name: context.query.get(name, "") for name in _FIELDS}, context.now)
    if not wish.is_asked or fault:
        return _searched(context, wish, fault=fault)
    try:
        request = wish.request()
        async with context.reading() as connection:
            page = await search(connection, context.settings, request, context.viewer(), context.now)
    except WrongRequest as error:
        return _searched(context, wish, fault=str(error))
    if request.id and len(page.lines) == 1:
        return context.redirect(f"/search/messages/{page.lines[0].id}")
    if request.id and not page.lines and await _is_known(context, request.id):
        return context.redirect(f"/search/messages/{quote(request.id.strip(), safe='')}")
    return _searched(context, wish, page)


async def show_whole(context: PageContext) -> web.StreamResponse:
    """Show a page of what was found with whole numbers, for a reason that is written down."""
    wish, fault = _wished({name: await context.form_text(name) for name in _FIELDS}, context.now)
    reason = (await context.form_text("reason"))[:REASON_MAX]
    if fault:
        return _searched(context, wish, fault=fault)
    if not reason:
        return _searched(context, wish, reason_fault=context.say("service.reason_missing"))
    try:
        request = wish.request()
        async with context.viewing() as connection:
            page = await search(
                connection, context.settings, request, context.viewer(reason), context.now, is_whole=True
            )
    except WrongRequest as error:
        return _searched(context, wish, fault=str(error))
    return _searched(context, wish, page, is_whole=True)


def _wished(fields: Mapping[str, str], now: float) -> tuple[SearchForm, str]:
    """Return what is wished and what is wrong with its days."""
    try:
        return wish_of(fields, now), ""
    except WrongRequest as error:
        return wish_of({**fields, "since": "", "until": ""}, now), str(error)


async def _is_known(context: PageContext, id_: str) -> bool:
    async with context.reading() as connection:
        try:
            await explain(connection, context.settings, ExplainRequest(id_), context.viewer(), context.now)
        except NotKnown:
            return False
    return True


def _searched(
    context: PageContext, wish: SearchForm, page: SearchPage | None = None, *, fault: str = "", reason_fault: str = "",
    is_whole: bool = False,
) -> web.Response:
    settings = context.settings
    lines = [_line(line.as_dict(), context) for line in page.lines] if page is not None else []
    return context.render(
        "service/search.html", status=422 if fault or reason_fault else 200, fields=wish.shown(),
        states=[(state, state_words(state, context.language)) for state in STATES],
        accounts=sorted(settings.accounts), channels=sorted(settings.channels), lines=lines,
        is_asked=page is not None, fault=context.sentence(fault) if fault else "", reason_fault=reason_fault,
        more=wish.address(cursor=page.cursor) if page is not None and page.cursor else "",
        looked_back_to=(page.looked_back_to or "")[:19].replace("T", " ") if page is not None else "",
        is_whole=is_whole, is_full=len(lines) >= PAGE_USUAL,
    )


def _line(line: Mapping[str, Any], context: PageContext) -> dict[str, Any]:
    """Return a line as the table shows it."""
    state = "REFUSED" if line["kind"] == "refused" else line["state"]
    return {
        **line, "time": line["time"][:19].replace("T", " "), "kind_words": context.say(f"service.kind.{line['kind']}"),
        "state_words": state_words(state or OPEN, context.language),
        "tone": "good" if state == "DELIVRD" else "bad" if state in ("UNDELIV", "REJECTD", "REFUSED") else "",
        "error_words": error_words(line["error"], context.language),
    }


async def show_message(context: PageContext) -> web.StreamResponse:
    """Show the life of a message, numbers masked and without its text."""
    async with context.reading() as connection:
        return await _told(context, connection, ExplainRequest(context.parts["id"]))


async def show_content(context: PageContext) -> web.StreamResponse:
    """Show it with text and whole numbers, for a reason that is written down (S0-8.1, S4-7.3)."""
    reason = (await context.form_text("reason"))[:REASON_MAX]
    if not reason:
        async with context.reading() as connection:
            fault = context.say("service.reason_missing")
            return await _told(context, connection, ExplainRequest(context.parts["id"]), reason_fault=fault)
    request = ExplainRequest(context.parts["id"], is_whole=True, with_text=True)
    async with context.viewing() as connection:
        return await _told(context, connection, request, reason)


async def _told(
    context: PageContext, connection: Any, request: ExplainRequest, reason: str = "", *, reason_fault: str = ""
) -> web.Response:
    document = await explain(connection, context.settings, request, context.viewer(reason), context.now)
    story = tell(document, context.language)
    return context.render(
        "service/message.html", status=422 if reason_fault else 200, id=context.parts["id"], story=story,
        plain=plain_text(story), document=document, with_text=request.with_text, reason_fault=reason_fault,
        text=document.final_text, same=document.same_carrier_id or (), segments=_segments(document.as_dict(), context),
    )


def _segments(document: Mapping[str, Any], context: PageContext) -> list[dict[str, Any]]:
    return [
        {**segment, "state_words": _answer_words(segment["state"], context)} for segment in document["segments"]
    ]


def _answer_words(state: str, context: PageContext) -> str:
    """Return the state of a segment: of its receipt, or what its carrier answered."""
    key = f"service.answer.{state}"
    return context.say(key) if context.surroundings.catalogue.has(key) else state_words(state, context.language)


PAGES: Final = (
    Page("/search", READERS, show_search, menu="service.menu_search"),
    Page("/search", READERS, show_whole, methods=("POST",)),
    Page("/search/messages/{id}", READERS, show_message),
    Page("/search/messages/{id}/content", READERS, show_content, methods=("POST",)),
)
