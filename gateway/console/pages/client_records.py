"""A client's statistics by day, reports of its batches, its number lists, its signatures and templates."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import web

from gateway.console.page import UPLOAD_OCTETS_MAX, Page
from gateway.console.page_context import PageContext
from gateway.domain.china_time import DAY_S, day_of, end_of, instant_of, start_of
from gateway.domain.list_entry import ListKind, account_scope
from gateway.domain.number_spelling import normalise
from gateway.domain.numbers import key_of
from gateway.domain.outcome import State
from gateway.domain.user import CLIENT
from gateway.operations.list_operations import CHANGE_LIST
from gateway.operations.operation_errors import InvalidRequest, OperationError
from gateway.operations.service_operations import REPORT_BATCH
from gateway.queries.decided_contents import list_signatures
from gateway.queries.list_contents import list_sizes
from gateway.queries.service_records import list_batches
from gateway.store.reader.account_days import AccountDay, read_days

DAYS_MAX: Final = 31
DAYS_USUAL: Final = 7
LISTS: Final = ("blacklist", "whitelist")
FAULTS_MAX: Final = 20
LINES_MAX: Final = 100_000
_FAILED: Final = (State.EXPIRED, State.DELETED, State.UNDELIVERABLE, State.REJECTED)


# --- statistics ------------------------------------------------------------------------------------------------------
async def show_statistics(context: PageContext) -> web.StreamResponse:
    today = day_of(context.now)
    fault = ""
    try:
        since = dt.date.fromisoformat(context.query.get("since", "") or str(today - dt.timedelta(DAYS_USUAL - 1)))
        until = dt.date.fromisoformat(context.query.get("until", "") or str(today))
        if not 0 <= (until - since).days < DAYS_MAX:
            raise ValueError(since)
        begin, end = start_of(since), end_of(until)
    except (ValueError, OverflowError):
        fault = context.say("client_records.wrong_days", count=DAYS_MAX)
        since, until = today, today
        begin, end = start_of(today), end_of(today)
    async with context.reading() as connection:
        days = [_day(each) for each in await read_days(connection, context.account, begin, end)]
    columns = ("accepted", "delivered", "failed", "unknown", "open", "refused", "billed", "received")
    return context.render(
        "client_records/statistics.html", status=422 if fault else 200, days=days, since=since, until=until,
        columns=columns, sums={name: sum(each[name] for each in days) for name in columns}, fault=fault,
        refusals=_refusals(days),
    )


def _day(found: AccountDay) -> dict[str, Any]:
    failed = sum(found.by_state.get(state, 0) for state in _FAILED)
    delivered, unknown = found.by_state.get(State.DELIVERED, 0), found.by_state.get(State.UNKNOWN, 0)
    return {
        "day": start_of(dt.date(1970, 1, 1)) + found.day * DAY_S, "accepted": found.messages, "delivered": delivered,
        "failed": failed, "unknown": unknown, "open": found.messages - delivered - failed - unknown,
        "refused": sum(found.refusals.values()), "billed": found.billed, "received": found.received,
        "keys": found.refusals, "percent": f"{100 * delivered / found.messages:.1f}" if found.messages else "",
    }


def _refusals(days: list[dict[str, Any]]) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for day in days:
        for key, count in day["keys"].items():
            found[key] = found.get(key, 0) + count
    return sorted(found.items(), key=lambda pair: -pair[1])


# --- batches ---------------------------------------------------------------------------------------------------------
async def show_batches(context: PageContext) -> web.StreamResponse:
    return await _batches(context, dict.fromkeys(("label", "since", "until"), ""), "")


async def report_batch(context: PageContext) -> web.StreamResponse:
    values = {name: await context.form_text(name) for name in ("label", "since", "until")}
    try:
        since, until = (instant_of(dt.datetime.fromisoformat(values[name])) for name in ("since", "until"))
        await context.ask(REPORT_BATCH, {
            "account": context.account, "label": values["label"], "since": since, "until": until,
        })
    except (InvalidRequest, OperationError) as error:
        return await _batches(context, values, context.sentence(str(error)), 422)
    except (ValueError, OverflowError):
        return await _batches(context, values, context.say("client_records.no_moment"), 422)
    return context.redirect("/batches", "client_records.reported", label=values["label"])


async def _batches(context: PageContext, values: dict[str, str], fault: str, status: int = 200) -> web.Response:
    async with context.reading() as connection:
        found = (await list_batches(connection, context.settings, context.account)).batches
    return context.render("client_records/batches.html", status=status, batches=found, values=values, fault=fault)


# --- lists -----------------------------------------------------------------------------------------------------------
async def show_lists(context: PageContext) -> web.StreamResponse:
    return await _lists(context, {"list": LISTS[0], "numbers": "", "evidence": ""}, [])


async def change_list(context: PageContext) -> web.StreamResponse:
    """Add or remove numbers; a whitelist entry needs evidence. Every line that is wrong is named, and none is taken."""
    values = {name: await context.form_text(name) for name in ("list", "numbers", "evidence", "action")}
    word = values["list"] if values["list"] in LISTS else LISTS[0]
    action = "remove" if values["action"] == "remove" else "add"
    file = (await context.upload("file")).decode("utf-8-sig", "replace")
    rows, faults = _numbers(context, f"{values['numbers']}\n{file}")
    if word == ListKind.WHITELIST.word and action == "add" and not values["evidence"]:
        faults.append(context.say("client_records.no_evidence"))
    if faults:
        return await _lists(context, values, faults, 422)
    evidence = values["evidence"] if action == "add" else ""
    fields = {"list": word, "action": action, "scope": account_scope(context.account), "source": "console"}
    try:
        done = await context.ask(CHANGE_LIST, fields, _csv(rows, evidence, int(context.now * 1000)))
    except OperationError as error:
        return await _lists(context, values, [context.sentence(str(error))], 422)
    return context.redirect("/lists", "client_records.changed", added=done.added, removed=done.removed)


def _numbers(context: PageContext, text: str) -> tuple[list[int], list[str]]:
    """Return the keys of the numbers in a text, one a line or a cell of its own, and what is wrong with it."""
    found: list[int] = []
    faults: list[str] = []
    for line, words in enumerate(text.splitlines(), 1):
        for word in words.replace(",", " ").replace("，", " ").split():
            number = normalise(word)
            if number is not None:
                found.append(key_of(number))
            elif len(faults) < FAULTS_MAX and not (line == 1 and not word.isascii()):
                faults.append(context.say("client_records.bad_number", line=line, number=word[:32]))
    if not found and not faults:
        faults.append(context.say("client_records.no_numbers"))
    if len(found) > LINES_MAX:
        faults.append(context.say("client_records.too_many", count=LINES_MAX))
    return found, faults


async def _csv(keys: list[int], evidence: str, now_ms: int) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for line, key in enumerate(keys, 1):
        writer.writerow((line, key, None, "form" if evidence else None, now_ms if evidence else None, evidence or None))
    yield text.getvalue().encode()


async def _lists(context: PageContext, values: dict[str, str], faults: list[str], status: int = 200) -> web.Response:
    scope = account_scope(context.account)
    async with context.reading() as connection:
        sizes = {each.list: each.numbers for each in await list_sizes(connection) if each.scope == scope}
    return context.render(
        "client_records/lists.html", status=status, sizes={word: sizes.get(word, 0) for word in LISTS}, values=values,
        faults=faults, lists=LISTS,
    )


# --- signatures and templates ----------------------------------------------------------------------------------------
async def show_filing(context: PageContext) -> web.StreamResponse:
    async with context.reading() as connection:
        signatures = await list_signatures(connection, context.settings, context.account)
    book = context.settings.content.templates.get(context.account)
    return context.render(
        "client_records/filing.html", signatures=signatures,
        templates=[] if book is None else list(book.templates.values()),
    )


PAGES: Final = (
    Page("/statistics", (CLIENT,), show_statistics, menu="client_records.statistics_menu"),
    Page("/batches", (CLIENT,), show_batches, menu="client_records.batches_menu"),
    Page("/batches", (CLIENT,), report_batch, ("POST",)),
    Page("/lists", (CLIENT,), show_lists, menu="client_records.lists_menu"),
    Page("/lists", (CLIENT,), change_list, ("POST",), body_octets_max=UPLOAD_OCTETS_MAX),
    Page("/filing", (CLIENT,), show_filing, menu="client_records.filing_menu"),
)
