"""Pages of records: evidence to export and to verify, the audit."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlencode

from aiohttp import web

from gateway.console.page import UPLOAD_OCTETS_MAX, Page
from gateway.console.page_context import PageContext
from gateway.console.pages.service import REASON_MAX
from gateway.domain.china_time import day_of, end_of, start_of
from gateway.domain.user import AUDITOR, COMPLIANCE, OPERATOR
from gateway.queries.audit_lines import AuditRequest, list_audit
from gateway.queries.evidence_file import (
    EvidenceRequest,
    compare_with_chain,
    evidence_proof,
    make_evidence,
    prove_evidence,
)
from gateway.queries.query import MayNotView, NotAnswered, WrongRequest
from gateway.queries.trace import spellings_of_number
from gateway.telemetry.mask import mask_mobiles

KINDS: Final[tuple[Literal["number", "message", "account"], ...]] = ("number", "message", "account")
_DAYS_USUAL: Final = 7
_PAGE: Final = 100
_EVIDENCE_FIELDS: Final = ("kind", "value", "since", "until", "reason")


# ── evidence ─────────────────────────────────────────────────────────────────────────────────────────────────────────
async def show_evidence(context: PageContext) -> web.StreamResponse:
    return _evidence(context)


def _evidence(
    context: PageContext, *, given: dict[str, str] | None = None, fault: str = "", proof: dict[str, Any] | None = None
) -> web.Response:
    today = day_of(context.now)
    usual = {"since": (today - dt.timedelta(_DAYS_USUAL - 1)).isoformat(), "until": today.isoformat()}
    return context.render(
        "records/evidence.html", status=422 if fault else 200, fault=fault, kinds=KINDS,
        given=dict.fromkeys(_EVIDENCE_FIELDS, "") | usual | (given or {}),
        proof=proof, may_export=context.user.role == COMPLIANCE,
    )


async def export_evidence(context: PageContext) -> web.StreamResponse:
    """Send the file; whose records it holds, who asked and why is written down (S4-A2-3)."""
    given = {name: (await context.form_text(name))[:REASON_MAX] for name in _EVIDENCE_FIELDS}
    try:
        request = _evidence_request(context, given)
        async with context.viewing() as connection:
            octets = await make_evidence(
                connection, context.settings, request, context.viewer(given["reason"]), context.now
            )
    except MayNotView:
        raise
    except NotAnswered as error:
        return _evidence(context, given=given, fault=context.sentence(str(error)))
    name = f"evidence-{request.kind}-{day_of(context.now):%Y%m%d}.hye"
    return web.Response(
        body=octets, content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _evidence_request(context: PageContext, given: dict[str, str]) -> EvidenceRequest:
    if not given["reason"]:
        raise WrongRequest(context.say("records.reason_missing"))
    kind = next((each for each in KINDS if each == given["kind"]), KINDS[0])
    if not given["value"]:
        raise WrongRequest(context.say("records.value_missing"))
    if kind == "number":
        spellings_of_number(given["value"])
    since, until = _day(given["since"]), _day(given["until"])
    end = min(end_of(until), context.now + 2)  # ids of this second too
    if start_of(since) >= end:
        raise WrongRequest("the span ends before it begins")
    return EvidenceRequest(kind, given["value"], start_of(since), end)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise WrongRequest(f"{text!r} is no day") from None


async def verify_evidence(context: PageContext) -> web.StreamResponse:
    """Say what a file proves, also against this database's own chain."""
    octets = await context.upload("file")
    if not octets:
        return _evidence(context, fault=context.say("records.file_missing"))
    report = await asyncio.to_thread(prove_evidence, octets)
    if report.is_proved:
        async with context.reading() as connection:
            report = await compare_with_chain(connection, report)
    await context.note("verify evidence", f"{report.subject.kind} {report.subject.value}" if report.subject else "")
    return _evidence(context, proof=evidence_proof(report).as_dict())


# ── the audit ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def show_audit(context: PageContext) -> web.StreamResponse:
    today = day_of(context.now)
    fields = {name: context.query.get(name, "").strip()[:100] for name in ("actor", "subject", "action", "before")}
    given = {
        "since": context.query.get("since", "") or (today - dt.timedelta(_DAYS_USUAL - 1)).isoformat(),
        "until": context.query.get("until", "") or today.isoformat(),
    }
    lines: list[dict[str, Any]] = []
    fault = ""
    try:
        before = fields["before"]
        request = AuditRequest(
            start_of(_day(given["since"])), end_of(_day(given["until"])), fields["action"], _PAGE, fields["actor"],
            fields["subject"], int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else 0,
        )
        async with context.viewing() as connection:
            lines = [line.as_dict() for line in await list_audit(connection, request)]
    except WrongRequest as error:
        fault = context.sentence(str(error))
    last = lines[-1]["id"] if len(lines) == _PAGE else 0
    terms = {name: value for name, value in (fields | given | {"before": str(last)}).items() if value}
    return context.render(
        "records/audit.html", status=422 if fault else 200, fault=fault, given=fields | given,
        lines=[_masked(line) for line in lines],
        more=f"/audit?{urlencode(terms)}" if last else "",
    )


def _masked(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line as the table shows it; whole numbers stand in the audit, not on the page."""
    hidden = {name: mask_mobiles(line[name]) for name in ("subject", "result", "reason", "detail")}
    return {**line, **hidden, "time": line["time"][:19].replace("T", " ")}


PAGES: Final = (
    Page("/evidence", (COMPLIANCE, AUDITOR), show_evidence, menu="records.menu_evidence"),
    Page("/evidence", (COMPLIANCE,), export_evidence, methods=("POST",)),
    Page(
        "/evidence/verify", (COMPLIANCE, AUDITOR), verify_evidence, methods=("POST",),
        body_octets_max=UPLOAD_OCTETS_MAX,
    ),
    Page("/audit", (COMPLIANCE, OPERATOR, AUDITOR), show_audit, menu="records.menu_audit"),
)
