"""trace: the messages of one number, sent, refused and received, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from gateway.domain.ids import first_id_at
from gateway.domain.outcome import State
from gateway.queries.query import QueryDocument, WrongRequest, moment_ms_text
from gateway.queries.viewing import Mask, Viewer, number_mask, permit
from gateway.settings import Settings
from gateway.store.reader.message_search import REFUSED, SearchTerms, find_all

DAYS_USUAL: Final = 7


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """Which number, in [since, until) unix seconds; `account` empty: of all. Building it raises WrongRequest."""

    number: str
    since: float
    until: float
    account: str = ""
    limit: int = 100
    is_whole: bool = False

    def __post_init__(self) -> None:
        spellings_of_number(self.number)
        if self.since >= self.until:
            raise WrongRequest("the span ends before it begins")


class TraceLine(QueryDocument):
    """One message, refusal or MO; key and clause of a refusal."""

    time: str
    kind: str
    id: str
    account: str
    source: str
    destination: str
    state: str
    error: str
    channel: str | None
    key: str | None
    clause: str | None


async def trace(
    connection: asyncpg.Connection, settings: Settings, request: TraceRequest, viewer: Viewer, now: float
) -> list[TraceLine]:
    """Return what is stored of a number. Raises MayNotView."""
    numbers = spellings_of_number(request.number)
    if request.is_whole:
        await permit(connection, settings, viewer, "view trace", numbers[0], now)
    terms = SearchTerms(numbers=numbers, account=request.account)
    low, high = first_id_at(request.since), first_id_at(request.until)
    rows = await find_all(connection, terms, low, high, request.limit)
    return [trace_line(row, mask=number_mask(settings, is_whole=request.is_whole)) for row in rows]


def spellings_of_number(number: str) -> list[str]:
    """Return how a number may be stored: as given, and with and without China's code; raise WrongRequest."""
    digits = number.strip().lstrip("+")
    if not digits.isdecimal():
        raise WrongRequest(f"{number!r} is no number")
    bare = digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits
    return sorted({number.strip(), digits, bare, f"86{bare}", f"+86{bare}"})


def trace_line(row: Mapping[str, Any], *, mask: Mask) -> TraceLine:
    state = State.REJECTED if row["kind"] == REFUSED else row["state"]
    return TraceLine(
        time=moment_ms_text(row["at_ms"]), kind=row["kind"], id=str(row["id"]), account=row["account"],
        source=mask(row["source"]), destination=mask(row["destination"]), state=State(state).stat if state else "",
        error=row["error"] or "", channel=row["channel"], key=row["key"], clause=row["clause"],
    )
