"""Finance: a month held against the other side's file; what the contract says of it; what a re-check books."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from gateway.console.act_forms import Filled, FormAct, FormField, ask_act, read_act
from gateway.console.downloads import attachment
from gateway.console.page import UPLOAD_OCTETS_MAX, Page
from gateway.console.page_context import PageContext
from gateway.console.statement_acts import month_asked, month_of
from gateway.contracts.profile import Profile
from gateway.contracts.working_days import CalendarNotCovered
from gateway.documents.theirs import TheirsError
from gateway.domain.china_time import day_of
from gateway.domain.user import AUDITOR, FINANCE
from gateway.operations.operation_errors import OperationError
from gateway.operations.reconcile_operations import LINES_KEPT_MAX, RECORD, SETTLE
from gateway.queries.configured import profile_of_side
from gateway.queries.kept_reconciliations import list_kept, reconciliation_file, show_kept
from gateway.queries.query import NotAnswered
from gateway.queries.reconciliation_of_month import ReconciliationRequest, reconcile_month
from gateway.queries.viewing import number_mask
from gateway.queries.workbooks import differences_file

READERS: Final = (FINANCE, AUDITOR)
PATH: Final = "/finance/reconcile"
SETTLE_ACT: Final = FormAct("settle", SETTLE, (FormField("truth"), FormField("evidence")), is_grave=True)
FAULTS_SHOWN_MAX: Final = 20


async def show_reconciliations(context: PageContext) -> web.StreamResponse:
    return await _page(context, {}, [])


async def _page(
    context: PageContext, typed: dict[str, str], faults: list[str], status: int = 200,
    found: dict[str, Any] | None = None,
) -> web.Response:
    async with context.reading() as connection:
        kept = await list_kept(connection)
    typed = {"of": "", "evidence": "", "record": "", "month": f"{month_asked(context):%Y-%m}"} | typed
    return context.render(
        "finance/reconcile.html", status=status, kept=kept, typed=typed, faults=faults, found=found,
        terms=None if found is None else _terms(_profile(context, found["side"], found["name"])),
        accounts=sorted(context.settings.accounts),
        channels=sorted(name for name, channel in context.settings.channels.items() if channel.contract),
        octets_max=UPLOAD_OCTETS_MAX,
    )


async def reconcile(context: PageContext) -> web.StreamResponse:
    """Hold a file against our month; with `record` the outcome is kept and the re-check begins."""
    typed = {name: await context.form_text(name) for name in ("of", "month", "evidence", "record")}
    side, _, name = typed["of"].partition(":")
    month = month_of(typed["month"])
    try:
        text = text_of(await context.upload("file"))
    except ValueError:
        text = ""
    if month is None or side not in ("account", "channel") or not text:
        return await _page(context, typed, [context.say("finance.needs_file")], 422)
    request = ReconciliationRequest(month, text, *((name, "") if side == "account" else ("", name)))
    try:
        async with context.reading() as connection:
            found = (await reconcile_month(connection, context.settings, request, context.now)).as_dict()
    except TheirsError as error:
        return await _page(context, typed, [context.sentence(each) for each in error.faults[:FAULTS_SHOWN_MAX]], 422)
    except (NotAnswered, CalendarNotCovered) as error:
        return await _page(context, typed, [context.sentence(str(error))], 422)
    if not typed["record"]:
        return await _page(context, typed, [], found=_masked(context, found))
    differences = found["differences"]
    short = {**found, "differences": {**differences, "listed": differences["listed"][:LINES_KEPT_MAX]}}
    try:
        kept = await context.ask(
            RECORD, {"month": typed["month"], "document": short, "evidence": typed["evidence"]}
        )
    except OperationError as error:
        return await _page(context, typed, [context.sentence(str(error))], 422, _masked(context, found))
    return context.redirect(f"{PATH}/{kept.id}", "finance.done.reconcile")


def text_of(octets: bytes) -> str:
    """Return the text of a file in UTF-8, or in GB 18030 as spreadsheets in China write it; else raise ValueError."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("gb18030")


def _masked(context: PageContext, found: dict[str, Any]) -> dict[str, Any]:
    mask = number_mask(context.settings, is_whole=False)
    listed = [{**line, "number": mask(line["number"])} for line in found["differences"]["listed"]]
    return {**found, "differences": {**found["differences"], "listed": listed}}


def _profile(context: PageContext, side: str, name: str) -> Profile:
    return profile_of_side(context.settings, *((name, "") if side == "account" else ("", name)))


def _terms(profile: Profile) -> dict[str, Any]:
    """Return what the contract says of differences; the tolerance in per cent."""
    return {
        "contract": profile.title or profile.name, "tolerance": f"{profile.recon_tolerance / 10_000:g}",
        "is_provider_always": profile.recon_provider_always, "recheck_wd": profile.recheck_wd,
        "is_undisputed_only": profile.pay_while_disputed == "undisputed",
    }


async def show_one(context: PageContext) -> web.StreamResponse:
    return await _one(context, Filled())


async def _one(context: PageContext, filled: Filled, status: int = 200) -> web.Response:
    async with context.reading() as connection:
        kept = await show_kept(connection, _number(context))
    may_settle = context.user.role == FINANCE and not kept.document["is_within"]
    return context.render(
        "finance/reconciliation.html", status=status, kept=kept, found=_masked(context, kept.document), filled=filled,
        act=SETTLE_ACT if may_settle else None, terms=_terms(_profile(context, kept.side, kept.name)),
    )


async def settle(context: PageContext) -> web.StreamResponse:
    async with context.reading() as connection:
        kept = await show_kept(connection, _number(context))
    if not await context.is_first():
        return context.redirect(f"{PATH}/{kept.id}", "act_forms.done_already")
    filled = await read_act(context, SETTLE_ACT)
    answer = await ask_act(context, SETTLE_ACT, filled, {kept.side: kept.name, "month": kept.month})
    if answer is None:
        return await _one(context, filled, 422)
    return context.redirect(f"{PATH}/{kept.id}", "finance.done.settle")


async def download(context: PageContext) -> web.StreamResponse:
    async with context.reading() as connection:
        if context.parts["form"] == "pdf":
            file = await reconciliation_file(connection, context.settings, _number(context))
        elif context.parts["form"] == "xlsx":
            kept = await show_kept(connection, _number(context))
            file = await differences_file(_masked(context, kept.document), day_of(context.now))
        else:
            raise web.HTTPNotFound
    return attachment(file.name, file.media_type, file.octets)


def _number(context: PageContext) -> int:
    text = context.parts["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise web.HTTPNotFound
    return int(text)


PAGES: Final = (
    Page(PATH, READERS, show_reconciliations, menu="finance.menu.reconcile"),
    Page(PATH, (FINANCE,), reconcile, ("POST",), body_octets_max=UPLOAD_OCTETS_MAX),
    Page(PATH + "/{id}", READERS, show_one),
    Page(PATH + "/{id}/settle", (FINANCE,), settle, ("POST",)),
    Page(PATH + "/{id}/file.{form}", READERS, download),
)
