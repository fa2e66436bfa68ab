"""What finance and clients do with a statement: forms, a file as proof, and what a page shows of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.console.act_forms import Filled, FormAct, FormField, ask_act, read_act, refused
from gateway.console.downloads import attachment, chunks_of
from gateway.console.page_context import PageContext
from gateway.contracts.working_days import add_months
from gateway.documents.sent_statement import Sent
from gateway.documents.statement import total_hao_of
from gateway.documents.statement_services import ServiceLine, service_lines
from gateway.domain.china_time import day_of
from gateway.domain.money import parse_yuan
from gateway.operations.document_operations import KEEP_FILE, statement_subject
from gateway.operations.operation_errors import InvalidRequest, OperationRefused
from gateway.operations.statement_operations import CONFIRM, DISPUTE, INVOICE, PAY, SEND
from gateway.queries.month_overview import DRAFT, shown_state
from gateway.queries.month_statement import compute_statement
from gateway.queries.query import NotAnswered
from gateway.queries.sent_statements import SentStatement, sent_statement
from gateway.queries.statement_files import MEDIA_TYPES, statement_file
from gateway.queries.statement_months import NotBooked
from gateway.queries.viewing import number_mask
from gateway.store.facts import evidence_files, statement_rows
from gateway.store.facts.evidence_files import EvidenceFile

YEARS: Final = (2000, 2099)
FORM_OCTETS_MAX: Final = 6 * 1024 * 1024
_EVIDENCE: Final = FormField("evidence")
_PROOF: Final = FormField("evidence", is_required=False)
_AT: Final = FormField("at", "moment", is_required=False)
_NOTE: Final = FormField("note", "long", is_required=False)
FINANCE_ACTS: Final = (
    FormAct("mail", SEND, needs_proof=False),
    FormAct("send", SEND, (_EVIDENCE, _AT), fixed={"is_mailed": False}),
    FormAct("confirm", CONFIRM, (_PROOF, _AT), has_file=True),
    FormAct("dispute", DISPUTE, (_PROOF, _NOTE, _AT), has_file=True),
    FormAct("invoice", INVOICE, (_EVIDENCE, _AT)),
    FormAct(
        "paid", PAY, (_EVIDENCE, FormField("amount", "paid", is_required=False, to="amount_hao"), _AT), is_grave=True
    ),
)
CLIENT_ACTS: Final = (
    FormAct("confirm", CONFIRM, (FormField("note", "long", is_required=False, word="own_note"),), word="own_confirm"),
    FormAct("dispute", DISPUTE, (FormField("note", "long", word="own_note"),), has_file=True, word="own_dispute"),
)
# state -> which acts it takes; paying and invoices are asked of every statement that is out
_OPEN: Final = {
    DRAFT: {"mail", "send"}, "SENT": {"mail", "send", "confirm", "dispute", "invoice", "paid"},
    "DISPUTED": {"mail", "send", "confirm", "invoice", "paid"},
}
_ELSE: Final = frozenset({"mail", "send", "invoice", "paid"})


@dataclass(slots=True)
class ShownStatement:
    """A month as a page shows it: what was sent with what became of it, or a draft, or why there is none."""

    account: str
    month: dt.date
    state: str
    sent: SentStatement | None
    document: dict[str, Any] | None
    lines: list[ServiceLine]
    total_hao: int | None
    versions: list[Sent]
    files: list[EvidenceFile]
    owed_hao: int = 0
    late_fee_hao: int = 0
    problem: str = ""
    is_fee_missing: bool = False


def month_of(text: str) -> dt.date | None:
    """Return the first day of "2026-10"; None for a text that is no month, or of a year that has no messages."""
    try:
        found = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if YEARS[0] <= found.year <= YEARS[1] else None


def month_in_path(context: PageContext) -> dt.date:
    """Return the first day of the month in the page's path; a text that is none is no page."""
    found = month_of(context.parts["month"])
    if found is None:
        raise web.HTTPNotFound
    return found


def month_asked(context: PageContext) -> dt.date:
    """Return the month that the address asks for, else the last one that is over."""
    return month_of(context.query.get("month", "")) or add_months(day_of(context.now).replace(day=1), -1)


async def read_shown(context: PageContext, account: str, month: dt.date, *, has_draft: bool) -> ShownStatement:
    """Return the month of an account; `has_draft` adds it up where nothing was sent, which may take a while."""
    settings, mask = context.settings, number_mask(context.settings, is_whole=False)
    async with context.reading() as connection:
        known = await statement_rows.known(connection, account, month)
        versions = [each for each in known if each.month == month]
        files = await evidence_files.listed(connection, account, statement_subject(f"{month:%Y-%m}"))
        if versions:
            found = await sent_statement(connection, settings, versions[-1], context.now)
            document = orjson.loads(versions[-1].document)
            state = shown_state(settings, found, context.now)
            return ShownStatement(
                account, month, state, found, document, service_lines(document), versions[-1].total_hao, versions,
                files, parse_yuan(found.owed), parse_yuan(found.late_fee),
            )
        shown = ShownStatement(account, month, DRAFT, None, None, [], None, [], files)
        if has_draft:
            try:
                shown.document = await compute_statement(connection, settings, account, month, context.now, mask=mask)
            except NotAnswered as error:
                shown.problem, shown.is_fee_missing = context.sentence(str(error)), isinstance(error, NotBooked)
            else:
                shown.lines, shown.total_hao = service_lines(shown.document), total_hao_of(shown.document)
    return shown


def acts_of(shown: ShownStatement, acts: tuple[FormAct, ...]) -> list[FormAct]:
    """Return which acts the statement takes now."""
    if shown.problem:
        return []
    answered = "DISPUTED" if shown.sent is not None and shown.sent.state == "DISPUTED" else shown.state
    is_asked = shown.sent is not None and shown.sent.state == "SENT"
    names = _OPEN["SENT"] if is_asked else _OPEN.get(answered, _ELSE)
    return [act for act in acts if act.name in names]


async def act_on(context: PageContext, act: FormAct, account: str, month: dt.date, proof: str) -> Filled:
    """Do what a form asks for, with its file as proof, or `proof` where a person gave no other; no act in what comes
    back says that it is done."""
    filled = await read_act(context, act)
    if filled.faults:
        return filled
    evidence = [filled.values.pop("evidence", "")]
    if act.has_file:
        try:
            evidence.append(await _keep_file(context, account, month))
        except (OperationRefused, InvalidRequest) as error:
            refused(context, filled, error)
            return filled
    said = "; ".join(each for each in evidence if each) or proof
    if not said and act.needs_proof:
        filled.faults["evidence"] = context.say("act_forms.missing")
        return filled
    answer = await ask_act(
        context, act, filled, {**act.fixed, "account": account, "month": f"{month:%Y-%m}", "evidence": said}
    )
    return filled if answer is None else Filled()


async def _keep_file(context: PageContext, account: str, month: dt.date) -> str:
    value = (await context.form()).get("file")
    if not isinstance(value, web.FileField) or not value.filename:
        return ""
    fields = {"account": account, "month": f"{month:%Y-%m}", "name": value.filename[-200:]}
    kept = await context.ask(KEEP_FILE, fields, chunks_of(value.file.read()))
    return kept.evidence


async def send_file(context: PageContext, account: str, *, is_sent: bool) -> web.StreamResponse:
    """Return a statement as the file that the path asks for."""
    form = context.parts["form"]
    if form not in MEDIA_TYPES:
        raise web.HTTPNotFound
    version = context.query.get("version", "")
    async with context.reading() as connection:
        found = await statement_file(
            connection, context.settings, account, month_in_path(context), form, context.now,  # type: ignore[arg-type]
            version=int(version) if version.isdecimal() and len(version) < 9 else None, is_sent=is_sent,
        )
    return attachment(found.name, found.media_type, found.octets)


async def send_evidence(context: PageContext, account: str) -> web.StreamResponse:
    """Return a file that was sent as proof about an account's statement."""
    number = context.parts["id"]
    async with context.reading() as connection:
        known = number.isdecimal() and len(number) < 19
        found = await evidence_files.content(connection, account, int(number)) if known else None
    if found is None:
        raise web.HTTPNotFound
    await context.note("view evidence", f"{account} file {number}")
    return attachment(*found)
