"""Operations on complaints, ports and channels: the same code for a running gateway and for a command without one.

An operation is an async function of (PortWatch, body). Over the control socket it is `POST /ports/NAME` with the body
as JSON; a command that finds no gateway calls it on a watch over the store. What it writes is committed when it
returns.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from aiohttp import web

from gateway.contracts.sending_port_standing import PortStanding, Switch
from gateway.contracts.ticket_input import TicketFault, draft_of
from gateway.contracts.ticket_rules import judged_by
from gateway.domain.china_time import day_of
from gateway.domain.complaint import CHANNEL_PREFIX
from gateway.flows.complaints.sending_port_watch import PortWatch
from gateway.interfaces.control_socket import Document, NoSuchName, json_response
from gateway.operations.desk import Body, number, text, whole
from gateway.operations.port_documents import (
    change_document,
    forecast_document,
    note_document,
    notice_document,
    order_document,
    port_document,
    ticket_document,
)

TICKETS_MAX: Final = 100  # of one request; the command line sends a file in pieces
LIST_MAX: Final = 1_000
_HISTORY_MAX: Final = 50

PortOperation = Callable[[PortWatch, Body], Awaitable[Document]]


async def add_tickets(watch: PortWatch, body: Body) -> Document:
    """Take complaints. Body: tickets, a list of mappings by the columns of an import; check: only look at them.

    All are looked at first: where one is wrong none is taken.
    """
    rows = body.get("tickets")
    if not isinstance(rows, list) or len(rows) > TICKETS_MAX:
        raise ValueError(f"tickets must be a list of at most {TICKETS_MAX}")
    drafts, faults = [], []
    for n, row in enumerate(rows, 1):
        try:
            draft = draft_of({str(key): str(value) for key, value in row.items()}, watch.now())
        except TicketFault as fault:
            faults += [f"{n}: {each}" for each in fault.faults]
            continue
        if not watch.known(draft.code):
            faults.append(f"{n}: code: {draft.code} is under no port of an account or channel")
        drafts.append(draft)
    if faults or body.get("check"):
        return {"faults": faults, "tickets": []}
    found = []
    for draft in drafts:
        ticket, is_new = await watch.add(draft, text(body, "actor", ""))
        found.append({**ticket_document(ticket, ()), "is_new": is_new})
    return {"faults": [], "tickets": found}


async def list_tickets(watch: PortWatch, body: Body) -> Document:
    """Return complaints, newest first. Body: port, account, days, open (unanswered ones only)."""
    name, days = text(body, "port", ""), number(body, "days", 0, most=36_500)
    since = day_of(watch.now() - days * 86_400) if days else None
    key = _key(watch, name) if name else ""
    tickets = await watch.store.tickets(
        sending_port=key, account=text(body, "account", ""), since=since, limit=LIST_MAX
    )
    notes = await watch.store.notes([ticket.id for ticket in tickets])
    documents = [ticket_document(judged_by(ticket, notes), notes) for ticket in tickets]
    is_open = bool(body.get("open"))
    return {"tickets": [each for each in documents if not (is_open and (each["answered_at"] or each["duplicate_of"]))]}


async def show_ticket(watch: PortWatch, body: Body) -> Document:
    """Return one complaint with its evidence: notes, consent of the number, messages to it before. Body: id."""
    id_ = whole(body, "id")
    ticket = await watch.judged_ticket(id_)
    notes = await watch.store.notes([id_])
    consent = await watch.store.consent_of(ticket)
    return {
        **ticket_document(ticket, notes),
        "notes": [note_document(note) for note in notes],
        "consent": consent,
        "consent_missing": not (consent and consent[0]["is_added"]),
        "messages": await watch.evidence(ticket),
    }


async def judge(watch: PortWatch, body: Body) -> Document:
    """Judge a complaint anew. Body: id, kind, cause, reason."""
    kind, cause, reason = text(body, "kind", ""), text(body, "cause", ""), text(body, "reason")
    ticket = await watch.judge(whole(body, "id"), kind, cause, reason, text(body, "actor", ""))
    sending_ports = [port_document(watch.standings[key]) for key in ticket.sending_ports if key in watch.standings]
    return {**ticket_document(ticket, ()), "standings": sending_ports}


async def answer(watch: PortWatch, body: Body) -> Document:
    """Note the answer to a complaint. Body: id, words."""
    id_ = whole(body, "id")
    ticket = await watch.answer(id_, text(body, "words"), text(body, "actor", ""))
    return ticket_document(ticket, await watch.store.notes([id_]))


async def list_ports(watch: PortWatch, body: Body) -> Document:
    """Return all ports; channels without a contract are none. Body: account."""
    account = text(body, "account", "")
    await watch.advance()
    found = [
        port_document(standing)
        for standing in watch.standings.values()
        if standing.terms.profile is not None and (not account or standing.terms.account == account)
    ]
    return {"ports": found}


async def show_port(watch: PortWatch, body: Body) -> Document:
    """Return one port with its changes and orders, newest first. Body: port."""
    await watch.advance()
    standing = _standing(watch, body)
    key = standing.terms.key
    return {
        **port_document(standing),
        "changes": [change_document(change) for change in await watch.store.changes(key, _HISTORY_MAX)],
        "orders": [order_document(order) for order in await watch.store.orders(key, _HISTORY_MAX)],
    }


async def forecast(watch: PortWatch, body: Body) -> Document:
    """Return when a port is back to its full rate if nothing more comes. Body: port."""
    await watch.advance()
    return forecast_document(_standing(watch, body))


async def notices(watch: PortWatch, body: Body) -> Document:
    """Return the notices of changes, newest first. Body: port, account."""
    await watch.advance()
    name = text(body, "port", "")
    found = await watch.store.notices(_key(watch, name) if name else "", text(body, "account", ""), LIST_MAX)
    return {"notices": [notice_document(notice) for notice in found]}


async def rate(watch: PortWatch, body: Body) -> Document:
    """Set a live rate, or end it. Body: port, rate (null: as agreed), reason."""
    wanted = body.get("rate")
    value = None if wanted is None else number(body, "rate", most=1e6)
    if value is not None and not value:
        raise ValueError("rate must be above 0; to stop a port isolate it")
    key = _standing(watch, body).terms.key
    return port_document(await watch.adjust(key, value, text(body, "reason"), text(body, "actor", "")))


def _switch(to: Switch) -> PortOperation:
    async def operation(watch: PortWatch, body: Body) -> Document:
        """Body: port, reason."""
        key = _standing(watch, body).terms.key
        return port_document(await watch.switch(key, to, text(body, "reason", ""), text(body, "actor", "")))

    return operation


async def rectify(watch: PortWatch, body: Body) -> Document:
    """Accept the rectification of a suspended port. Body: port, reason."""
    key = _standing(watch, body).terms.key
    return port_document(await watch.rectify(key, text(body, "reason"), text(body, "actor", "")))


async def leave_opt_in(watch: PortWatch, body: Body) -> Document:
    """End MO opt-in. Body: port, reason."""
    key = _standing(watch, body).terms.key
    return port_document(await watch.leave_opt_in(key, text(body, "reason"), text(body, "actor", "")))


OPERATIONS: Final[Mapping[str, PortOperation]] = {
    "complaints.add": add_tickets, "complaints.list": list_tickets, "complaints.show": show_ticket,
    "complaints.judge": judge, "complaints.answer": answer, "complaints.forecast": forecast,
    "complaints.rectify": rectify, "ports.leave-mo-optin": leave_opt_in, "ports.list": list_ports,
    "ports.show": show_port, "ports.notices": notices, "ports.rate": rate, "ports.isolate": _switch("isolated"),
    "ports.drain": _switch("drained"), "ports.resume": _switch("open"),
}


class PortArea:
    """The control socket's routes of these operations."""

    def __init__(self, watch: PortWatch) -> None:
        self._watch = watch

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/ports/{name}", self._act)

    async def _act(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in OPERATIONS:
            raise NoSuchName(name)
        body = orjson.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        return json_response(await act(self._watch, name, body))


async def act(watch: PortWatch, name: str, body: Body) -> Document:
    """Run an operation by name; what is not there becomes a ValueError with a sentence."""
    try:
        return await OPERATIONS[name](watch, body)
    except NoSuchName:
        raise
    except LookupError as missing:
        raise ValueError(f"there is no {missing.args[0]}") from missing


def _standing(watch: PortWatch, body: Body) -> PortStanding:
    return watch.standings[_key(watch, text(body, "port"))]


def _key(watch: PortWatch, name: str) -> str:
    """Return the key of a port by its code, a number under it, its key, or a channel's name."""
    for key in (name, f"{CHANNEL_PREFIX}{name}"):
        if key in watch.standings:
            return key
    found = watch.find(name)
    if found is None:
        raise NoSuchName(f"port {name}")
    return found
