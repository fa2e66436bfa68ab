"""A statement as its client's contact opens it from a mail: shown, confirmed or disputed, without signing in.

GET only shows, for scanners of mail follow links; a POST answers. The token stands in the path, which is never logged,
and is opened again by the node, which decides.
"""

from __future__ import annotations

from typing import Any, Final

import asyncpg
import orjson
from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.documents.sent_statement import Sent, state_at
from gateway.documents.statement_services import service_lines
from gateway.domain.user import PUBLIC
from gateway.interfaces.control_client import Person
from gateway.notices.statement_links import PATH, LinkFault, StatementLink, read_token
from gateway.operations.operation_errors import InvalidRequest, OperationRefused
from gateway.operations.statement_answers import ANSWER_BY_LINK
from gateway.settings.secret_key import open_secret_box
from gateway.store.facts import statement_rows

_TEMPLATE: Final = "statement_link/statement.html"
_GONE: Final = 410
_REASON_MAX: Final = 1000
_CONFIRMED: Final = frozenset({"CONFIRMED", "AUTO_CONFIRMED"})


async def show_statement(context: PageContext) -> web.StreamResponse:
    """Show the statement of a link, and the form where it can still be answered."""
    return await _shown(context, {})


async def answer_statement(context: PageContext) -> web.StreamResponse:
    """Take the answer; what the node refuses is said over the form."""
    link, _, fault = await _opened(context)
    if link is None or fault:
        return await _shown(context, {})
    answer, reason = await context.form_text("answer"), await context.form_text("reason")
    evidence = await context.form_text("evidence")
    if answer not in ("confirm", "dispute"):
        raise web.HTTPBadRequest
    if faults := _faults(context, answer, reason, evidence):
        return await _shown(context, faults, 422, reason=reason, evidence=evidence)
    fields = {"token": context.parts["token"], "answer": answer, "reason": reason, "evidence": evidence}
    person = Person(link.actor, context.visitor.address)  # nobody signed in: the link says who answers
    try:
        await context.surroundings.node.ask(ANSWER_BY_LINK, fields, person)
    except InvalidRequest:
        raise web.HTTPBadRequest from None
    except OperationRefused:  # it was answered, superseded or over meanwhile: the page says which
        return await _shown(context, {"form": context.say("statement_link.not_taken")}, 409)
    return context.redirect(context.request.path, f"statement_link.thanks.{answer}")


def _faults(context: PageContext, answer: str, reason: str, evidence: str) -> dict[str, str]:
    if answer == "dispute" and not reason:
        return {"reason": context.say("statement_link.reason_missing")}
    return {
        name: context.say("statement_link.too_long", most=_REASON_MAX)
        for name, text in (("reason", reason), ("evidence", evidence)) if len(text) > _REASON_MAX
    }


async def _opened(context: PageContext) -> tuple[StatementLink | None, Sent | None, str]:
    """Return what the link says, its statement, and why it cannot be answered by it (a word key)."""
    try:
        link = read_token(context.parts["token"], open_secret_box(context.settings.state_dir), context.now)
    except LinkFault as fault:
        return None, None, f"statement_link.why.{fault.key}"
    async with context.reading() as connection:
        sent = await statement_rows.find(connection, link.statement)
        if sent is None or sent.account not in context.settings.accounts:
            return None, None, "statement_link.why.link_unreadable"
        return link, sent, await _why_not(connection, sent, context.now)


async def _why_not(connection: asyncpg.Connection, sent: Sent, now: float) -> str:
    latest = await statement_rows.latest(connection, sent.account, sent.month)
    if latest is not None and latest.id != sent.id:
        return "statement_link.why.superseded"
    state, _ = state_at(sent, now)
    if state in _CONFIRMED:
        return "statement_link.why.confirmed"
    return "statement_link.why.disputed" if state == "DISPUTED" else ""


async def _shown(
    context: PageContext, faults: dict[str, str], status: int = 200, *, reason: str = "", evidence: str = ""
) -> web.Response:
    link, sent, fault = await _opened(context)
    if link is None or sent is None:
        return context.render(_TEMPLATE, status=_GONE, sent=None, fault=context.say(fault), faults={})
    values: dict[str, Any] = {
        "sent": sent, "fault": context.say(fault) if fault else "", "faults": faults, "reason": reason,
        "evidence": evidence, "ours": context.settings.company, "most": _REASON_MAX,
        "theirs": context.settings.accounts[sent.account].company, "ends_at": link.ends_at - 1,
        "lines": service_lines(orjson.loads(sent.document)),
    }
    return context.render(_TEMPLATE, status=status, **values)


PAGES: Final = (
    Page(f"{PATH}/{{token}}", (PUBLIC,), show_statement),
    Page(f"{PATH}/{{token}}", (PUBLIC,), answer_statement, ("POST",)),
)
