"""search: messages, refusals and MO by number, any id, account, channel, state and time, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg

from gateway.domain.china_time import moment_text
from gateway.domain.ids import accepted_at, first_id_at, parse_id
from gateway.domain.outcome import State
from gateway.queries.explain import ID_CHARACTERS_MAX
from gateway.queries.query import NotAnswered, QueryDocument, WrongRequest
from gateway.queries.trace import TraceLine, spellings_of_number, trace_line
from gateway.queries.viewing import Mask, Viewer, number_mask, permit
from gateway.settings import Settings
from gateway.store.reader.message_history import find_whole, read_carrier_id, read_reference
from gateway.store.reader.message_search import (
    KINDS,
    OPEN,
    REFUSED_STATE,
    FoundRows,
    SearchTerms,
    find,
    read_by_ids,
)

PAGE_USUAL: Final = 50
PAGE_MAX: Final = 200
ALL_READ: Final = 0  # no id is lower
STATES: Final = (OPEN, REFUSED_STATE, *(state.stat for state in State if state.is_final))


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to look for in [since, until) unix seconds; what is empty does not matter. Building it raises WrongRequest.

    An `id` is ours, a Msg_Id or a carrier's, as `explain` takes it, or a client's own reference; then the time does not
    matter. `cursor` is that of the page before.
    """

    since: float
    until: float
    number: str = ""
    id: str = ""
    account: str = ""
    channel: str = ""
    state: str = ""
    kind: str = ""
    cursor: str = ""
    limit: int = PAGE_USUAL

    def __post_init__(self) -> None:
        if self.number:
            spellings_of_number(self.number)
        if self.since >= self.until:
            raise WrongRequest("the span ends before it begins")
        if len(self.id) > ID_CHARACTERS_MAX:
            raise WrongRequest(f"{self.id[:ID_CHARACTERS_MAX]!r}… is no message id")
        if self.state and self.state not in STATES:
            raise WrongRequest(f"no state {self.state!r}; there are {', '.join(STATES)}")
        if self.kind and self.kind not in KINDS:
            raise WrongRequest(f"no kind {self.kind!r}; there are {', '.join(KINDS)}")
        if self.cursor and not (self.cursor.isascii() and self.cursor.isdecimal() and len(self.cursor) <= 19):
            raise WrongRequest("this is no cursor of a page")
        if not 0 < self.limit <= PAGE_MAX:
            raise WrongRequest(f"a page has 1 to {PAGE_MAX} lines")


class SearchLine(TraceLine):
    """One message, refusal or MO."""

    billed: int


class SearchPage(QueryDocument):
    """A page, newest first. With a `cursor` there may be more; then everything since `looked_back_to` was looked at.

    A search for something rare may end a page before it is full: the next one goes on.
    """

    lines: list[SearchLine]
    cursor: str | None
    looked_back_to: str | None


async def search(
    connection: asyncpg.Connection, settings: Settings, request: SearchRequest, viewer: Viewer, now: float,
    *, is_whole: bool = False,
) -> SearchPage:
    """Return a page. Whole numbers need the right to see them and are written down: MayNotView.

    Raises NotAnswered where the database needs longer than a statement may take.
    """
    if is_whole:
        about = request.number or request.id or request.account or "all"
        await permit(connection, settings, viewer, "view search", about, now)
    mask = number_mask(settings, is_whole=is_whole)
    try:
        found = await _by_id(connection, request, now) if request.id else await _by_terms(connection, request)
    except asyncpg.QueryCanceledError:
        raise NotAnswered("this search takes too long: narrow the time, or give a number or an account") from None
    return _page(found, mask)


async def _by_terms(connection: asyncpg.Connection, request: SearchRequest) -> FoundRows:
    low, high = first_id_at(request.since), first_id_at(request.until)
    if request.cursor:
        high = min(high, int(request.cursor))
    terms = SearchTerms(
        numbers=spellings_of_number(request.number) if request.number else (), account=request.account,
        channel=request.channel, state=request.state, kinds=(request.kind,) if request.kind else KINDS,
    )
    found = await find(connection, terms, low, high, request.limit)
    return found if found.down_to > low else FoundRows(found.rows, ALL_READ)


async def _by_id(connection: asyncpg.Connection, request: SearchRequest, now: float) -> FoundRows:
    """Return what has an id of ours, or else what a carrier or a client knows by it; the other terms narrow it."""
    id_ = request.id.strip()
    own = parse_id(id_, now=now)
    rows = await read_by_ids(connection, [own, await find_whole(connection, own)]) if own is not None else []
    if not rows:
        answered = await read_carrier_id(connection, id_, limit=request.limit)
        ids = [row["message_id"] for row in answered] + await read_reference(connection, id_, limit=request.limit)
        rows = await read_by_ids(connection, ids)
    numbers = spellings_of_number(request.number) if request.number else ()
    kept = [
        row for row in rows
        if request.account in ("", row["account"]) and (not numbers or {row["source"], row["destination"]} & {*numbers})
    ]
    return FoundRows(kept[: request.limit], ALL_READ)


def _page(found: FoundRows, mask: Mask) -> SearchPage:
    lines = [SearchLine(**trace_line(row, mask=mask).as_dict(), billed=row["billed"]) for row in found.rows]
    looked_back_to = moment_text(accepted_at(found.down_to)) if found.down_to else None
    return SearchPage(lines=lines, cursor=str(found.down_to) if found.down_to else None, looked_back_to=looked_back_to)
