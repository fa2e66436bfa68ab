"""A ledger as an address asks for it: from which day to which, of which kind, each message or a line a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.console.page_context import PageContext
from gateway.console.statement_acts import YEARS
from gateway.domain.china_time import day_of, end_of, start_of
from gateway.domain.entry import EntryKind
from gateway.queries.running_ledger import LINES_MAX, RunningLedger, RunningLedgerRequest, read_running_ledger

KINDS = tuple(kind.name.lower() for kind in EntryKind)


@dataclass(frozen=True, slots=True)
class LedgerAsked:
    """The days are both of it."""

    since: dt.date
    until: dt.date
    kind: str
    is_each_message: bool

    def address(self) -> str:
        """Return what stands behind the question mark."""
        each = "&each=1" if self.is_each_message else ""
        return f"since={self.since}&until={self.until}&kind={self.kind}{each}"


def ledger_asked(context: PageContext) -> LedgerAsked:
    """Return what the address asks for; by default the month so far."""
    today = day_of(context.now)
    since = _day(context.query.get("since", ""), today.replace(day=1))
    kind = context.query.get("kind", "")
    return LedgerAsked(
        since, _day(context.query.get("until", ""), max(since, today)), kind if kind in KINDS else "",
        context.query.get("each") == "1",
    )


async def read_ledger_asked(
    context: PageContext, account: str, asked: LedgerAsked, limit: int = LINES_MAX
) -> RunningLedger:
    request = RunningLedgerRequest(
        account, start_of(asked.since), end_of(asked.until), asked.kind, limit, asked.is_each_message
    )
    async with context.reading() as connection:
        return await read_running_ledger(connection, context.settings, request, context.now)


def _day(text: str, otherwise: dt.date) -> dt.date:
    """Return a day; another one for a text that is none, or of a year that has no messages."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if YEARS[0] <= found.year <= YEARS[1] else otherwise
