"""Pages of complaints: tickets with their evidence and terms; sending ports with state, rate and forecast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.rights import RIGHTS
from gateway.domain.complaint import Cause, TicketKind, TicketSource
from gateway.domain.user import AUDITOR, COMPLIANCE, OPERATOR, SERVICE
from gateway.operations import complaint_operations as complaints
from gateway.operations import sending_port_operations as ports
from gateway.operations.operation import AnyOperation
from gateway.operations.operation_errors import InvalidRequest, OperationRefused, UnknownName
from gateway.queries.viewing import permit

READERS: Final = (COMPLIANCE, SERVICE, OPERATOR, AUDITOR)
WRITERS: Final = (COMPLIANCE, SERVICE)
DAYS_CHOICES: Final = (7, 30, 90, 365)
DAYS_USUAL: Final = 30
_COLUMNS: Final = ("number", "code", "date", "source", "ref", "kind", "cause", "words")
_REASON_MAX: Final = 200
_PORT_CHANGES: Final[Mapping[str, AnyOperation]] = {
    "rectify": complaints.RECTIFY, "leave-mo-optin": ports.LEAVE_OPT_IN, "isolate": ports.ISOLATE, "rate": ports.RATE,
}


def allowed(context: PageContext, **names: str) -> dict[str, bool]:
    """Return which operations, by a word for each, the person may ask for: a page shows no other buttons."""
    return {word: context.user.role in RIGHTS.get(name, ()) for word, name in names.items()}


def short(moment: str | None) -> str:
    """Return a moment of a document without its zone, to the minute."""
    return "" if moment is None else moment[:16].replace("T", " ")


# ── tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def list_tickets(context: PageContext) -> web.StreamResponse:
    return await _tickets(context)


async def _tickets(
    context: PageContext, *, given: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None,
) -> web.Response:
    """Show the list, and the form as it was filled in with what is wrong with it."""
    days = context.query.get("days", "")
    asked = {
        "days": int(days) if days in map(str, DAYS_CHOICES) else DAYS_USUAL, "open": "open" in context.query,
        "account": context.query.get("account", "")[:64], "port": context.query.get("port", "")[:64],
    }
    fault, found = "", []
    try:
        answer = await context.ask(complaints.LIST_TICKETS, asked)
        found = [_ticket(ticket.document()) for ticket in answer.tickets]
    except UnknownName as error:
        fault = context.sentence(str(error))
    return context.render(
        "tickets/tickets.html", status=422 if faults or fault else 200, tickets=found, asked=asked, fault=fault,
        days_choices=DAYS_CHOICES, accounts=sorted(context.settings.accounts),
        given=given or dict.fromkeys(_COLUMNS, ""), faults=faults or {},
        sources=[each.value for each in TicketSource], kinds=[each.value for each in TicketKind],
        causes=[each.value for each in Cause], may=allowed(context, add=complaints.ADD_TICKETS.name),
    )


def _ticket(ticket: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: short(ticket.get(name)) for name in ("arrived_at", "recorded_at", "reply_by", "answered_at")}
    return {**ticket, **times}


async def add_ticket(context: PageContext) -> web.StreamResponse:
    given = {name: await context.form_text(name) for name in _COLUMNS}
    row = {name: value for name, value in given.items() if value}
    try:
        answer = await context.ask(complaints.ADD_TICKETS, {"tickets": [row]})
    except InvalidRequest as error:
        faults = {field.rpartition(".")[2]: words for field, words in context.faults_by_field(error).items()}
        return await _tickets(context, given=given, faults=faults)
    if answer.faults:
        return await _tickets(context, given=given, faults=dict(_row_fault(fault, context) for fault in answer.faults))
    ticket = answer.tickets[0]
    return context.redirect(
        f"/tickets/{ticket.id}", "tickets.taken" if ticket.is_new else "tickets.known", id=ticket.id
    )


def _row_fault(fault: str, context: PageContext) -> tuple[str, str]:
    """Return field and sentence of "1: number: 'x' is no number"."""
    _, _, rest = fault.partition(": ")
    field, _, words = rest.partition(": ")
    return field, context.sentence(words)


async def show_ticket(context: PageContext) -> web.StreamResponse:
    return await _one_ticket(context)


async def show_number(context: PageContext) -> web.StreamResponse:
    """Show who complained, for a reason that is written down."""
    reason = (await context.form_text("reason"))[:_REASON_MAX]
    if not reason:
        return await _one_ticket(context, fault=context.say("tickets.reason_missing"))
    async with context.viewing() as connection:
        about = f"complaint {context.parts['id']}"
        await permit(connection, context.settings, context.viewer(reason), "view number", about, context.now)
    return await _one_ticket(context, is_whole=True)


async def _one_ticket(context: PageContext, *, is_whole: bool = False, fault: str = "") -> web.Response:
    answer = await context.ask(complaints.SHOW_TICKET, {"id": _number(context)})
    ticket = _ticket(answer.document())
    for name in ("notes", "consent", "messages"):
        ticket[name] = [{**each, "time": short(each["time"])} for each in ticket[name]]
    return context.render(
        "tickets/ticket.html", status=422 if fault else 200, ticket=ticket, is_whole=is_whole, fault=fault,
        kinds=[each.value for each in TicketKind], causes=[each.value for each in Cause],
        may=allowed(context, answer=complaints.ANSWER.name, judge=complaints.JUDGE.name),
    )


def _number(context: PageContext) -> int:
    """Return the number in the path; raises HTTPNotFound for what is none."""
    text = context.parts["id"]
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10):
        raise web.HTTPNotFound
    return int(text)


async def answer_ticket(context: PageContext) -> web.StreamResponse:
    fields = {"id": _number(context), "words": await context.form_text("words")}
    return await _changed_ticket(context, complaints.ANSWER, fields, "tickets.answered")


async def judge_ticket(context: PageContext) -> web.StreamResponse:
    fields = {"id": _number(context)} | {name: await context.form_text(name) for name in ("kind", "cause", "reason")}
    return await _changed_ticket(context, complaints.JUDGE, fields, "tickets.judged")


async def _changed_ticket(
    context: PageContext, operation: Any, fields: Mapping[str, Any], word: str
) -> web.StreamResponse:
    try:
        await context.ask(operation, fields)
    except (InvalidRequest, OperationRefused) as error:
        return await _one_ticket(context, fault=context.sentence(str(error)))
    return context.redirect(f"/tickets/{fields['id']}", word)


# ── sending ports ────────────────────────────────────────────────────────────────────────────────────────────────────
async def list_ports(context: PageContext) -> web.StreamResponse:
    answer = await context.ask(ports.LIST_SENDING_PORTS, {"account": context.query.get("account", "")[:64]})
    found = [port.document() for port in answer.ports]
    return context.render(
        "tickets/ports.html", ports=found, accounts=sorted(context.settings.accounts),
        account=context.query.get("account", ""),
    )


async def show_port(context: PageContext) -> web.StreamResponse:
    return await _port(context)


async def _port(context: PageContext, *, fault: str = "") -> web.Response:
    name = {"port": context.parts["port"]}
    shown = (await context.ask(ports.SHOW_SENDING_PORT, name)).document()
    timeline = (await context.ask(complaints.FORECAST, name)).document()
    notices = (await context.ask(ports.NOTICES, name)).document()["notices"]
    for row in (*shown["orders"], *notices):
        row["time"] = short(row["time"])
    return context.render(
        "tickets/port.html", status=422 if fault else 200, port=shown, timeline=timeline, notices=notices,
        fault=fault,
        may=allowed(context, **{word.replace("-", "_"): each.name for word, each in _PORT_CHANGES.items()}),
    )


async def change_port(context: PageContext) -> web.StreamResponse:
    """Do what a button of the port's page says; each asks for a reason."""
    operation = _PORT_CHANGES.get(context.parts["change"])
    if operation is None:
        raise web.HTTPNotFound
    fields: dict[str, Any] = {"port": context.parts["port"], "reason": await context.form_text("reason")}
    rate = await context.form_text("rate") if operation is ports.RATE else ""
    try:
        if not fields["reason"]:
            raise OperationRefused(context.say("tickets.reason_missing"))
        await context.ask(operation, fields | ({"rate": _rate(rate)} if rate else {}))
    except (InvalidRequest, OperationRefused) as error:
        return await _port(context, fault=context.sentence(str(error)))
    return context.redirect(f"/sending-ports/{context.parts['port']}", "tickets.port_changed")


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OperationRefused(f"{text!r} is no rate") from None


PAGES: Final = (
    Page("/tickets", READERS, list_tickets, menu="tickets.menu_tickets"),
    Page("/tickets", WRITERS, add_ticket, methods=("POST",)),
    Page("/tickets/{id}", READERS, show_ticket),
    Page("/tickets/{id}/number", READERS, show_number, methods=("POST",)),
    Page("/tickets/{id}/answer", WRITERS, answer_ticket, methods=("POST",)),
    Page("/tickets/{id}/judge", (COMPLIANCE,), judge_ticket, methods=("POST",)),
    Page("/sending-ports", READERS, list_ports, menu="tickets.menu_ports"),
    Page("/sending-ports/{port}", READERS, show_port),
    Page("/sending-ports/{port}/{change}", (COMPLIANCE, OPERATOR), change_port, methods=("POST",)),
)
