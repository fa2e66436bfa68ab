"""How a client's systems reach us and are reached: tokens, callbacks, the password of its binds (S2bA-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.domain.api_token import Scope
from gateway.domain.callback_endpoint import BATCH_MAX, KINDS
from gateway.domain.user import CLIENT
from gateway.operations.callback_operations import (
    CREATE_CALLBACK,
    DELETE_CALLBACK,
    LIST_CALLBACKS,
    PAUSE_CALLBACK,
    RESUME_CALLBACK,
    ROTATE_SECRET,
    TEST_CALLBACK,
)
from gateway.operations.operation import AnyOperation
from gateway.operations.operation_errors import InvalidRequest, OperationRefused
from gateway.operations.password_operations import LENGTH_MAX, LENGTH_MIN, SET_PASSWORD
from gateway.operations.token_operations import CREATE_TOKEN, LIST_TOKENS, REVOKE_TOKEN, ROTATE_TOKEN

PATH: Final = "/access"
DAYS: Final = (30, 90, 365)
_FIELDS: Final = ("url", "kinds", "batch_max", "password")
_ACTS: Final[Mapping[str, tuple[AnyOperation, str]]] = {
    "pause": (PAUSE_CALLBACK, "client_access.paused"),
    "resume": (RESUME_CALLBACK, "client_access.resumed"),
    "delete": (DELETE_CALLBACK, "client_access.deleted"),
}


async def show(context: PageContext) -> web.StreamResponse:
    return await _shown(context, {})


async def _shown(
    context: PageContext, faults: Mapping[str, str], status: int = 200, **fields: Any
) -> web.StreamResponse:
    """Return the page; `faults` are sentences by "form.field", `fields` what was typed."""
    own = {"account": context.account}
    tokens = await context.ask(LIST_TOKENS, own)
    callbacks = await context.ask(LIST_CALLBACKS, own)
    account = context.settings.accounts[context.account]
    return context.render(
        "client_access/access.html", status=status, tokens=tokens.tokens, callbacks=callbacks.callbacks,
        faults=faults, fields=fields, scopes=tuple(Scope), days=DAYS, kinds=KINDS, batch_max=BATCH_MAX,
        login=account.login, speaks_http="http" in account.protocols, length_min=LENGTH_MIN, length_max=LENGTH_MAX,
    )


async def _refused(
    context: PageContext, form: str, fault: OperationRefused | InvalidRequest, **fields: Any
) -> web.StreamResponse:
    """Return the page with what an operation said, at the field that it is about."""
    if isinstance(fault, InvalidRequest):
        faults = {f"{form}.{name}": words for name, words in context.faults_by_field(fault).items()}
    else:
        field, colon, problem = str(fault).partition(": ")
        is_of_field = bool(colon) and field in _FIELDS
        faults = {f"{form}.{field if is_of_field else ''}": context.sentence(problem if is_of_field else str(fault))}
    return await _shown(context, faults, 422, **fields)


# --- tokens ----------------------------------------------------------------------------------------------------------
async def create_token(context: PageContext) -> web.StreamResponse:
    days, note = await context.form_text("days"), await context.form_text("note")
    asked = {
        "account": context.account, "scopes": await context.form_texts("scope"), "note": note,
        "days": int(days) if days in map(str, DAYS) else 0,
    }
    try:
        made = await context.ask(CREATE_TOKEN, asked)
    except (OperationRefused, InvalidRequest) as fault:
        return await _refused(context, "token", fault, note=note)
    return context.render("client_access/secret.html", what="token", secret=made.token)


async def change_token(context: PageContext) -> web.StreamResponse:
    """End a token, or put another one in its place."""
    asked: dict[str, Any] = {"account": context.account, "id": await _id(context)}
    try:
        if await context.form_text("act") == "rotate":
            made = await context.ask(ROTATE_TOKEN, asked)
            return context.render("client_access/secret.html", what="token", secret=made.token)
        await context.ask(REVOKE_TOKEN, asked)
    except (OperationRefused, InvalidRequest) as fault:
        return await _refused(context, "token", fault)
    return context.redirect(PATH, "client_access.revoked")


# --- callbacks -------------------------------------------------------------------------------------------------------
async def create_callback(context: PageContext) -> web.StreamResponse:
    url, most = await context.form_text("url"), await context.form_text("batch_max")
    asked = {
        "account": context.account, "url": url, "kinds": await context.form_texts("kind"),
        "batch_max": int(most) if most.isascii() and most.isdecimal() and len(most) < 5 else 0,
    }
    try:
        made = await context.ask(CREATE_CALLBACK, asked)
    except (OperationRefused, InvalidRequest) as fault:
        return await _refused(context, "callback", fault, url=url, batch_max=most)
    return context.render("client_access/secret.html", what="callback", secret=made.secret)


async def change_callback(context: PageContext) -> web.StreamResponse:
    """Pause, resume, delete or test an endpoint, or give it a new secret."""
    asked, act = {"account": context.account, "id": await _id(context)}, await context.form_text("act")
    try:
        if act == "rotate":
            made = await context.ask(ROTATE_SECRET, asked)
            return context.render("client_access/secret.html", what="callback", secret=made.secret)
        if act == "test":
            tested = await context.ask(TEST_CALLBACK, asked)
            outcome = context.say(f"client_access.outcome.{tested.outcome}")
            why = context.sentence(tested.problem) or f"HTTP {tested.status}"
            return context.redirect(PATH, "client_access.tested", outcome=outcome, why=why)
        if act not in _ACTS:
            raise web.HTTPBadRequest
        operation, word = _ACTS[act]
        await context.ask(operation, asked)
    except (OperationRefused, InvalidRequest) as fault:
        return await _refused(context, "callback", fault)
    return context.redirect(PATH, word)


async def _id(context: PageContext) -> int:
    text = await context.form_text("id")
    if not (text.isascii() and text.isdecimal() and 0 < len(text) <= 18):
        raise web.HTTPBadRequest
    return int(text)


# --- the password ----------------------------------------------------------------------------------------------------
async def set_password(context: PageContext) -> web.StreamResponse:
    """Change the shared secret of binds; what is typed twice is compared here, the rest is the operation's rule."""
    form = await context.form()
    first, second = form.get("password", ""), form.get("again", "")
    if not isinstance(first, str) or not isinstance(second, str):
        raise web.HTTPBadRequest
    if first != second:
        return await _shown(context, {"password.again": context.say("client_access.not_alike")}, 422)
    try:
        await context.ask(SET_PASSWORD, {"account": context.account, "password": first})
    except (OperationRefused, InvalidRequest) as fault:
        return await _refused(context, "password", fault)
    return context.redirect(PATH, "client_access.password_changed")


PAGES: Final = (
    Page(PATH, (CLIENT,), show, menu="client_access.menu"),
    Page(f"{PATH}/tokens", (CLIENT,), create_token, ("POST",)),
    Page(f"{PATH}/tokens/change", (CLIENT,), change_token, ("POST",)),
    Page(f"{PATH}/callbacks", (CLIENT,), create_callback, ("POST",)),
    Page(f"{PATH}/callbacks/change", (CLIENT,), change_callback, ("POST",)),
    Page(f"{PATH}/password", (CLIENT,), set_password, ("POST",)),
)
