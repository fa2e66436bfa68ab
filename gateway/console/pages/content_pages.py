"""Pages of contents: doubtful texts that wait for a word, contents to stop, signatures and papers on file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.pages.ticket_pages import allowed, short
from gateway.contracts.filing import PAPERS, FilingState
from gateway.domain.china_time import day_of
from gateway.domain.user import AUDITOR, COMPLIANCE, OPERATOR, SERVICE
from gateway.operations import content_operations as contents
from gateway.operations.filing_operations import FILE_SIGNATURE
from gateway.operations.operation_errors import InvalidRequest, OperationRefused
from gateway.queries.decided_contents import list_bars, list_doubtful, list_signatures, list_stopped

_KINDS: Final = ("phrase", "text", "template")
_STOP_FIELDS: Final = ("kind", "value", "account", "reason", "wanted")
_FILE_FIELDS: Final = ("account", "signature", "kind", "state", "paper", "reference", "note")
_SOON_DAYS: Final = 30


# ── texts to review ──────────────────────────────────────────────────────────────────────────────────────────────────
async def list_reviews(context: PageContext) -> web.StreamResponse:
    """Show the texts that wait; each look at them is written down (S4-7.3)."""
    reason = context.say("contents.review_reason")
    async with context.viewing() as connection:
        found = await list_doubtful(connection, context.settings, "", context.viewer(reason), context.now)
    rows = [
        {**each.as_dict(), "since": short(each.since), "until": short(each.until)} for each in found
    ]
    return context.render("contents/reviews.html", rows=rows, may=allowed(context, approve=contents.APPROVE.name))


async def decide_review(context: PageContext) -> web.StreamResponse:
    operation, word = {
        "approve": (contents.APPROVE, "contents.approved"), "reject": (contents.REJECT, "contents.rejected"),
    }.get(context.parts["word"], (None, ""))
    if operation is None:
        raise web.HTTPNotFound
    await context.ask(operation, {"id": context.parts["id"]})
    return context.redirect("/reviews", word)


# ── contents to stop ─────────────────────────────────────────────────────────────────────────────────────────────────
async def list_kills(context: PageContext) -> web.StreamResponse:
    return await _kills(context)


async def _kills(
    context: PageContext, *, given: Mapping[str, str] | None = None, fault: str = "", preview: Any = None
) -> web.Response:
    async with context.reading() as connection:
        stopped = await list_stopped(connection, with_removed=True)
        bars = await list_bars(connection)
    return context.render(
        "contents/kills.html", status=422 if fault else 200, fault=fault, preview=preview,
        given=given or dict.fromkeys(_STOP_FIELDS, ""),
        stopped=[{**each.as_dict(), "stopped_at": short(each.stopped_at), "removed_at": short(each.removed_at)}
                 for each in stopped],
        bars=[{**each.as_dict(), "since": short(each.since)} for each in bars], kinds=_KINDS,
        accounts=sorted(context.settings.accounts),
        may=allowed(
            context, add=contents.STOP_CONTENT.name, remove=contents.ALLOW_CONTENT.name, lift=contents.LIFT_BAR.name,
        ),
    )


async def stop_content(context: PageContext) -> web.StreamResponse:
    """Count what waits with a content, or stop it: the button that was pressed says which."""
    given = {name: await context.form_text(name) for name in _STOP_FIELDS}
    kind = given["kind"] if given["kind"] in _KINDS else _KINDS[0]
    fields = {kind: given["value"], "account": given["account"], "reason": given["reason"]}
    try:
        if given["wanted"] != "stop":
            preview = await context.ask(contents.PREVIEW_STOP, fields)
            return await _kills(context, given=given, preview=preview.document())
        if not given["reason"]:
            return await _kills(context, given=given, fault=context.say("contents.reason_missing"))
        report = await context.ask(contents.STOP_CONTENT, fields)
    except (InvalidRequest, OperationRefused) as error:
        return await _kills(context, given=given, fault=context.sentence(str(error)))
    return context.redirect("/kills", "contents.stopped", id=report.kill, count=report.ended_messages or 0)


async def allow_content(context: PageContext) -> web.StreamResponse:
    text = context.parts["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise web.HTTPNotFound
    await context.ask(contents.ALLOW_CONTENT, {"kill": int(text)})
    return context.redirect("/kills", "contents.allowed", id=text)


async def lift_bar(context: PageContext) -> web.StreamResponse:
    note = await context.form_text("note")
    if not note:
        return await _kills(context, fault=context.say("contents.reason_missing"))
    await context.ask(contents.LIFT_BAR, {"account": context.parts["account"], "note": note})
    return context.redirect("/kills", "contents.lifted", account=context.parts["account"])


# ── what is on file ──────────────────────────────────────────────────────────────────────────────────────────────────
async def list_filings(context: PageContext) -> web.StreamResponse:
    return await _filings(context)


async def _filings(
    context: PageContext, *, given: Mapping[str, str] | None = None, fault: str = ""
) -> web.Response:
    settings, account = context.settings, context.query.get("account", "")
    async with context.reading() as connection:
        signatures = await list_signatures(connection, settings, account)
    names = [name for name in sorted(settings.accounts) if account in ("", name)]
    return context.render(
        "contents/filings.html", status=422 if fault else 200, fault=fault, account=account,
        given=given or dict.fromkeys(_FILE_FIELDS, ""),
        accounts=sorted(settings.accounts), may=allowed(context, file=FILE_SIGNATURE.name),
        signatures=[{"kind": None, "missing": None, "papers": None, **each.as_dict()} for each in signatures],
        papers=[row for name in names for row in _papers(context, name)],
        templates=[row for name in names for row in _templates(context, name)],
        links=[(name, link) for name in names for link in settings.accounts[name].links],
        kinds=list(PAPERS), paper_kinds=sorted({paper for need in PAPERS.values() for paper in need}),
        states=[state.value for state in FilingState],
    )


def _templates(context: PageContext, account: str) -> list[dict[str, str]]:
    book = context.settings.content.templates.get(account)
    templates = book.templates.values() if book is not None else ()
    return [{"account": account, "name": each.name, "text": each.text, "state": each.state} for each in templates]


def _papers(context: PageContext, account: str) -> list[dict[str, Any]]:
    """Return the licences of an account with what the calendar says of their last day (S0-5.1)."""
    today = day_of(context.now)
    rows = []
    for paper in context.settings.accounts[account].papers:
        last = dt.date.fromisoformat(paper.valid_to) if paper.valid_to else None
        state = "valid" if last is None or last > today + dt.timedelta(_SOON_DAYS) else (
            "expired" if last < today else "soon"
        )
        rows.append({"account": account, "kind": paper.kind, "number": paper.number, "until": last, "state": state})
    return rows


async def file_signature(context: PageContext) -> web.StreamResponse:
    given = {name: await context.form_text(name) for name in _FILE_FIELDS}
    fields: dict[str, Any] = {name: given[name] for name in ("account", "signature", "kind", "state") if given[name]}
    if given["reference"]:
        fields["papers"] = {given["paper"]: given["reference"]}
    if given["note"]:
        fields["note"] = given["note"]
    try:
        await context.ask(FILE_SIGNATURE, fields)
    except (InvalidRequest, OperationRefused) as error:
        return await _filings(context, given=given, fault=context.sentence(str(error)))
    return context.redirect("/filings", "contents.filed", signature=given["signature"])


PAGES: Final = (
    Page("/reviews", (COMPLIANCE, AUDITOR), list_reviews, menu="contents.menu_reviews"),
    Page("/reviews/{id}/{word}", (COMPLIANCE,), decide_review, methods=("POST",)),
    Page("/kills", (COMPLIANCE, OPERATOR, AUDITOR), list_kills, menu="contents.menu_kills"),
    Page("/kills", (COMPLIANCE, OPERATOR), stop_content, methods=("POST",)),
    Page("/kills/{id}/remove", (COMPLIANCE,), allow_content, methods=("POST",)),
    Page("/kills/bars/{account}/lift", (COMPLIANCE,), lift_bar, methods=("POST",)),
    Page("/filings", (COMPLIANCE, SERVICE, AUDITOR), list_filings, menu="contents.menu_filings"),
    Page("/filings", (COMPLIANCE,), file_signature, methods=("POST",)),
)
