"""A client sends by a form: one message or a file, first shown with segments, price and faults, then sent at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.console.page import UPLOAD_OCTETS_MAX, Page
from gateway.console.page_context import PageContext
from gateway.domain.china_time import instant_of
from gateway.domain.reject_words import REJECT_WORDS
from gateway.domain.user import CLIENT
from gateway.domain.verdict import Key
from gateway.operations.message_operations import SUBMIT, RowsSubmitted
from gateway.operations.operation_errors import InvalidRequest, OperationError
from gateway.queries.query import WrongRequest
from gateway.queries.sending_preview import WantedRow, preview, read_file
from gateway.store.reader.account_funds import AccountFunds, read_funds

PATH: Final = "/send"
SHOWN_MAX: Final = 100  # rows on a page; those with faults come first
_CLASSES: Final = ("", "triggered", "batch")
_FIELDS: Final = ("to", "text", "source", "message_class", "deliver_at")
_CHUNK: Final = 200


async def show(context: PageContext) -> web.StreamResponse:
    return await _form(context, dict.fromkeys(_FIELDS, ""), {})


async def check(context: PageContext) -> web.StreamResponse:
    """Show what would be sent; nothing is sent here."""
    values = {name: await context.form_text(name) for name in _FIELDS}
    file = await context.upload("file")
    faults: dict[str, str] = {}
    at = _moment(values["deliver_at"], context, faults)
    rows = _rows(context, values, file, faults)
    if faults or at is None:
        return await _form(context, values, faults, 422)
    found = preview(
        context.settings, context.account, rows, at=at, message_class=_class(values["message_class"])
    )
    kept = [[row.number, row.text] for row in found.rows if row.may_be_sent]
    ordered = sorted(found.rows, key=lambda row: row.may_be_sent)
    return context.render(
        "client/preview.html", found=found, shown=ordered[:SHOWN_MAX], more=max(0, len(ordered) - SHOWN_MAX),
        left_out=len(found.rows) - found.sendable, why=_why, values=values, rows=orjson.dumps(kept).decode(),
        available_hao=await _available_hao(context), is_later=bool(values["deliver_at"]), at=at,
    )


async def send(context: PageContext) -> web.StreamResponse:
    """Send what was shown, once."""
    if not await context.is_first():
        return context.redirect("/messages", "client.sent_already")
    deliver_at = await context.form_text("at")
    fields = {
        "account": context.account, "source": await context.form_text("source"),
        "message_class": _class(await context.form_text("message_class")),
        "deliver_at": float(deliver_at) if deliver_at else None,
    }
    rows = _kept_rows(str((await context.form()).get("rows", "")))
    try:
        found = await context.ask(SUBMIT, fields, _lines(rows))
    except InvalidRequest as error:
        faults = context.faults_by_field(error)
        return _not_sent(context, "; ".join(f"{field}: {words}" for field, words in faults.items()))
    except OperationError as error:
        return _not_sent(context, context.sentence(str(error)))
    return _sent(context, rows, found)


def _sent(context: PageContext, rows: Sequence[tuple[str, str]], found: RowsSubmitted) -> web.Response:
    told = [(number, each) for (number, _), each in zip(rows, found.rows, strict=True)]
    told.sort(key=lambda pair: pair[1].is_accepted)
    return context.render(
        "client/sent.html", found=found, told=told[:SHOWN_MAX], more=max(0, len(told) - SHOWN_MAX), why=_why,
        charge_hao=sum(each.charge_hao for each in found.rows),
    )


def _not_sent(context: PageContext, words: str) -> web.Response:
    return context.render("client/not_sent.html", status=422, words=words)


def _why(key: str, language: str) -> str:
    """Return what a reject key means in the reader's language."""
    if key not in Key.__members__:
        return key
    return REJECT_WORDS[Key[key]].why.of("zh" if language == "zh" else "en")


async def _form(
    context: PageContext, values: dict[str, str], faults: dict[str, str], status: int = 200
) -> web.Response:
    account = context.settings.accounts[context.account]
    return context.render(
        "client/send.html", status=status, values=values, faults=faults,
        codes=[code.code for code in account.service_codes], classes=_CLASSES,
        templates=_templates(context), available_hao=await _available_hao(context),
    )


def _templates(context: PageContext) -> list[str]:
    book = context.settings.content.templates.get(context.account)
    return [] if book is None else [each.text for each in book.templates.values() if each.state == "FILED"]


def _rows(context: PageContext, values: dict[str, str], file: bytes, faults: dict[str, str]) -> list[WantedRow]:
    if file:
        try:
            return read_file(file, values["text"])
        except WrongRequest as error:
            faults["file"] = context.sentence(str(error))
            return []
    numbers = values["to"].replace("，", " ").replace(",", " ").split()
    if not numbers:
        faults["to"] = context.say("client.numbers_missing")
    if not values["text"]:
        faults["text"] = context.say("client.text_missing")
    return [WantedRow(line, number, values["text"]) for line, number in enumerate(numbers, 1)]


def _moment(text: str, context: PageContext, faults: dict[str, str]) -> float | None:
    """Return when it is to be sent; now for an empty field."""
    if not text:
        return context.now
    try:
        at = instant_of(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        faults["deliver_at"] = context.say("client.no_moment")
        return None
    if at < context.now:
        faults["deliver_at"] = context.say("client.moment_over")
        return None
    return at


def _class(word: str) -> str:
    return word if word in _CLASSES else ""


def _kept_rows(text: str) -> list[tuple[str, str]]:
    """Return the rows that the page before kept; raises HTTPBadRequest for what it never wrote."""
    try:
        return [(str(number), str(words)) for number, words in orjson.loads(text)]
    except (ValueError, TypeError):
        raise web.HTTPBadRequest from None


async def _lines(rows: Sequence[tuple[str, str]]) -> AsyncIterator[bytes]:
    for begin in range(0, len(rows), _CHUNK):
        part: list[dict[str, Any]] = [{"to": number, "text": text} for number, text in rows[begin : begin + _CHUNK]]
        yield b"".join(orjson.dumps(each) + b"\n" for each in part)


async def _available_hao(context: PageContext) -> int:
    async with context.reading() as connection:
        funds = await read_funds(connection, context.now)
    return funds.get(context.account, AccountFunds()).available_hao


PAGES: Final = (
    Page(PATH, (CLIENT,), show, menu="client.send_menu"),
    Page(f"{PATH}/preview", (CLIENT,), check, ("POST",), body_octets_max=UPLOAD_OCTETS_MAX),
    Page(PATH, (CLIENT,), send, ("POST",), body_octets_max=UPLOAD_OCTETS_MAX),
)
