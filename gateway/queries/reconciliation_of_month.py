"""A month held against the other side's records: differences line by line, and what the contract says of them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from gateway.contracts.profile import Profile
from gateway.documents.matching import Ours, differences
from gateway.documents.reconciliation import lines_document, verdict
from gateway.documents.statement import total_hao_of
from gateway.documents.theirs import Theirs, parse_theirs
from gateway.domain.china_time import day_of
from gateway.domain.money import format_yuan
from gateway.queries.configured import profile_of_side
from gateway.queries.month_statement import compute_statement
from gateway.queries.query import NotAnswered, QueryDocument
from gateway.settings import Settings
from gateway.store.reader.month_lines import account_lines, channel_lines


@dataclass(frozen=True, slots=True)
class ReconciliationRequest:
    """An account, for which we are the provider, or a channel, whose carrier is; `theirs` is the text of a CSV file."""

    month: dt.date
    theirs: str
    account: str = ""
    channel: str = ""
    found_at: float | None = None  # None: now


class DifferentLine(QueryDocument):
    """A message on which the two sides differ; `ours` and `theirs` are segments."""

    what: str
    id: str
    number: str
    time: str | None
    ours: int | None
    theirs: int | None


class DifferentLines(QueryDocument):
    """How many lines differ in which way, and the first of them."""

    lines: dict[str, int]
    listed: list[DifferentLine]


class Reconciliation(QueryDocument):
    """Both figures in one unit, segments or amounts in yuan, and what is paid by now."""

    side: str
    name: str
    month: str
    contract: str
    ours: int | str
    unit_price: str | None
    unit: str
    provider: int | str
    client: int | str
    difference: int | str
    share_percent: str
    is_within: bool
    clause: str
    settled: int | str
    provider_amount: str
    settled_amount: str
    disputed_amount: str
    recheck_by: str | None
    what: str
    differences: DifferentLines


async def reconcile_month(
    connection: asyncpg.Connection, settings: Settings, request: ReconciliationRequest, now: float
) -> Reconciliation:
    """Hold a month against their file; nothing is written down.

    Raises TheirsError for a file that cannot be read, WrongRequest, NotAnswered, CalendarNotCovered.
    """
    account, channel, month = request.account, request.channel, request.month
    profile = profile_of_side(settings, account, channel)
    theirs = await asyncio.to_thread(parse_theirs, request.theirs)
    ours = [each async for each in _lines(connection, profile, request)]
    unit, our_figure, price_hao = await _our_figure(connection, settings, profile, request, theirs, ours, now)
    their_figure = (theirs.segments if unit == "segments" else theirs.amount_hao) or 0
    provider, client = (our_figure, their_figure) if account else (their_figure, our_figure)
    answer = verdict(
        profile, provider=provider, client=client, unit=unit, price_hao=price_hao,
        found_on=day_of(now if request.found_at is None else request.found_at), calendar=settings.calendar,
    )
    lines = lines_document(await asyncio.to_thread(differences, ours, theirs) if theirs.records else [])
    return Reconciliation(
        side="account" if account else "channel", name=account or channel, month=f"{month:%Y-%m}",
        contract=profile.tag, ours=our_figure if unit == "segments" else format_yuan(our_figure),
        unit_price=format_yuan(price_hao) if unit == "segments" else None, **answer,
        differences=DifferentLines(lines=lines["lines"], listed=[DifferentLine(**line) for line in lines["listed"]]),
    )


def _lines(connection: asyncpg.Connection, profile: Profile, request: ReconciliationRequest) -> AsyncIterator[Ours]:
    if request.account:
        return account_lines(connection, request.account, request.month)
    is_submitted = profile.charge_on == "submitted"
    return channel_lines(connection, request.channel, request.month, is_submitted=is_submitted)


async def _our_figure(
    connection: asyncpg.Connection, settings: Settings, profile: Profile, request: ReconciliationRequest,
    theirs: Theirs, ours: list[Ours], now: float,
) -> tuple[str, int, int]:
    """Return the unit both sides are held against in, our total in it, and the price of a segment in hao.

    Segments where their file has them; else amounts: an account's is the statement's total.
    """
    segments = sum(each.segments for each in ours)
    if not request.account:
        if theirs.segments is None:
            raise NotAnswered("a carrier's file must have segments: what they cost is not in this store")
        return "segments", segments, profile.price
    document = await compute_statement(connection, settings, request.account, request.month, now)
    if theirs.segments is None:
        return "amount", total_hao_of(document), 1
    exact_hao = sum(each.amount_hao for each in ours)
    price_hao = exact_hao // segments if segments and exact_hao % segments == 0 else profile.price
    return "segments", segments, price_hao
