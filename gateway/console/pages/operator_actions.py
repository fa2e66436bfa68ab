"""What an operator does to sessions, links, channels and accounts: each asks once more, and wants a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.pages.operator import SEES, state_of
from gateway.domain.user import OPERATOR
from gateway.operations.account_operations import RESUME as RESUME_ACCOUNT
from gateway.operations.account_operations import SUSPEND
from gateway.operations.node_operations import DISCONNECT, DRAIN, LIST_SESSIONS, REBIND, RESUME
from gateway.operations.operation import AnyOperation
from gateway.operations.operation_errors import InvalidRequest, OperationError
from gateway.operations.recorder_operations import START
from gateway.operations.sending_port_operations import DRAIN as DRAIN_CHANNEL
from gateway.operations.sending_port_operations import ISOLATE
from gateway.operations.sending_port_operations import RESUME as RESUME_CHANNEL


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """An operation, the field that names its subject, where it leads afterwards, and whether it is dangerous."""

    operation: AnyOperation
    subject: str
    back: str
    is_dangerous: bool = False


SESSIONS: Final = "/sessions"
WALL: Final = "/wall"
ACTIONS: Final[Mapping[str, OperatorAction]] = {
    "isolate_channel": OperatorAction(ISOLATE, "port", WALL, is_dangerous=True),
    "drain_channel": OperatorAction(DRAIN_CHANNEL, "port", WALL),
    "resume_channel": OperatorAction(RESUME_CHANNEL, "port", WALL),
    "rebind_link": OperatorAction(REBIND, "link", WALL, is_dangerous=True),
    "drain_link": OperatorAction(DRAIN, "link", WALL, is_dangerous=True),
    "resume_link": OperatorAction(RESUME, "link", WALL),
    "record_link": OperatorAction(START, "link", "/recordings"),
    "record_session": OperatorAction(START, "session", "/recordings"),
    "disconnect_session": OperatorAction(DISCONNECT, "session", SESSIONS, is_dangerous=True),
    "suspend_account": OperatorAction(SUSPEND, "account", SESSIONS, is_dangerous=True),
    "resume_account": OperatorAction(RESUME_ACCOUNT, "account", SESSIONS),
}


async def confirm(context: PageContext) -> web.StreamResponse:
    """Ask once more, and for the reason."""
    what, subject = context.query.get("what", ""), context.query.get("of", "")
    action = ACTIONS.get(what)
    if action is None or not subject:
        return context.redirect(WALL)
    return _form(context, what, action, subject, {})


def _form(
    context: PageContext, what: str, action: OperatorAction, subject: str, faults: Mapping[str, str], **values: Any
) -> web.Response:
    return context.render(
        "operator/confirm.html", status=422 if faults else 200, what=what, action=action, subject=subject,
        faults=faults, reason=values.get("reason", ""), is_recording=action.operation is START,
    )


async def act(context: PageContext) -> web.StreamResponse:
    """Do it, or say at the form why not."""
    what, subject = await context.form_text("what"), await context.form_text("of")
    reason = await context.form_text("reason")
    action = ACTIONS.get(what)
    if action is None or not subject:
        return context.redirect(WALL)
    if not reason:
        return _form(context, what, action, subject, {"reason": context.say("operator.reason_missing")})
    fields: dict[str, Any] = {action.subject: subject, "reason": reason}
    if action.operation is START:
        minutes = await context.form_text("minutes")
        fields["minutes"] = int(minutes) if minutes.isdecimal() else 10
    try:
        await context.ask(action.operation, fields)
    except InvalidRequest as error:
        return _form(context, what, action, subject, context.faults_by_field(error), reason=reason)
    except OperationError as error:
        return _form(context, what, action, subject, {"": context.sentence(str(error))}, reason=reason)
    return context.redirect(action.back, "operator.done", what=context.say(f"operator.act.{what}"), subject=subject)


async def sessions(context: PageContext) -> web.StreamResponse:
    account = context.query.get("account", "").strip()
    found = await context.ask(LIST_SESSIONS, {"account": account[:64]})
    state = await state_of(context)
    return context.render(
        "operator/sessions.html", sessions=found.sessions, more=found.more, chosen=account,
        accounts=state.accounts, accounts_more=state.accounts_more, names=sorted(context.settings.accounts),
        may_act=context.user.role == OPERATOR,
    )


PAGES: Final = (
    Page("/sessions", SEES, sessions, menu="operator.menu_sessions"),
    Page("/wall/act", (OPERATOR,), confirm),
    Page("/wall/act", (OPERATOR,), act, methods=("POST",)),
)
