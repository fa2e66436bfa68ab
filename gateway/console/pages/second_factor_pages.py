"""The second factor: shown at a sign-in, set up with a picture, recovery codes, turned off."""

from __future__ import annotations

import asyncio
import base64
from typing import Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.pages.sign_in import START, own_path
from gateway.console.second_factor import (
    STEP_S,
    address_of,
    fresh_secret,
    picture_of,
    recovery_codes,
    recovery_digest,
    recovery_digests,
    step_of,
)
from gateway.console.sessions import CODE_PATH, FACTOR_PATH, SESSION_COOKIE, open_session
from gateway.domain.secret_box import SecretUnreadable
from gateway.domain.user import ROLES
from gateway.operations.user_operations import SET_SECOND_FACTOR, factor_row
from gateway.store.facts import user_rows
from gateway.store.facts.session_rows import end_session, prove_session
from gateway.store.facts.user_rows import UserRow

_OF_CODES: Final = "#code"  # wrong codes lock apart from wrong passwords


# --- at a sign-in ----------------------------------------------------------------------------------------------------
async def show_code(context: PageContext) -> web.StreamResponse:
    return _code_form(context, "")


async def check_code(context: PageContext) -> web.StreamResponse:
    """Take a code or a recovery code, and go on in a session that has both factors."""
    if context.visitor.session is None or context.visitor.session.has_factor:
        return context.redirect(START)
    if fault := await _code_fault(context, await context.form_text("code"), takes_recovery=True):
        return _code_form(context, fault, 401)
    async with context.viewing() as connection:
        await end_session(connection, context.visitor.digest)
        token = await open_session(
            connection, context.settings, context.user.name, context.visitor.address, context.now, has_factor=True
        )
    await context.note("console second factor", context.user.name)
    response = context.redirect(own_path(await context.form_text("to")))
    context.set_cookie(response, SESSION_COOKIE, token)
    return response


def _code_form(context: PageContext, fault: str, status: int = 200) -> web.Response:
    to = own_path(context.query.get("to", START))
    return context.render("sign_in/code.html", status=status, fault=fault, to=to)


async def _code_fault(context: PageContext, code: str, *, takes_recovery: bool) -> str:
    """Use a code up; return a sentence where it is none."""
    guard, address = context.surroundings.guard, context.visitor.address
    name, loop_now = context.user.name, asyncio.get_running_loop().time()
    if wait_s := guard.locked_s(address, name + _OF_CODES, loop_now):
        return context.say("sign_in.locked", minutes=-int(-wait_s // 60))
    async with context.viewing() as connection:
        found = await user_rows.find_user(connection, name)
        is_right = False
        if found is not None and found.second_factor is not None:
            step = step_of(_secret_of(context, found), code, context.now)
            is_right = bool(step) and await user_rows.use_factor_step(connection, name, step)
            if not is_right and takes_recovery and not step:
                is_right = await user_rows.use_recovery_code(connection, name, recovery_digest(code))
    if is_right:
        guard.succeeded(address, name + _OF_CODES)
        return ""
    await context.note("console second factor", name, "refused: wrong code")
    await asyncio.sleep(guard.failed(address, name + _OF_CODES, loop_now))
    return context.say("sign_in.wrong_code", seconds=STEP_S)


def _secret_of(context: PageContext, found: UserRow) -> str:
    assert found.second_factor is not None
    return context.surroundings.box.open(found.second_factor, factor_row(found.name))


# --- setting up ------------------------------------------------------------------------------------------------------
async def show_factor(context: PageContext) -> web.StreamResponse:
    session = context.visitor.session
    if session is not None and session.owns_factor:
        return await _owned(context)
    return _set_up(context, fresh_secret(), {})


async def show_picture(context: PageContext) -> web.StreamResponse:
    """Return the QR code of a secret that this session was offered."""
    secret = _offered(context, context.parts["offer"])
    return web.Response(body=picture_of(secret, context.user.name), content_type="image/svg+xml")


async def change_factor(context: PageContext) -> web.StreamResponse:
    """Set a factor up, give new recovery codes, or turn it off: each with a code of the authenticator."""
    session = context.visitor.session
    wanted, code = await context.form_text("wanted"), await context.form_text("code")
    if session is None or not session.owns_factor:
        secret = _offered(context, await context.form_text("offer"))
        step = step_of(secret, code, context.now)
        if not step:
            return _set_up(context, secret, {"code": context.say("sign_in.wrong_code", seconds=STEP_S)}, 422)
        return await _keep(context, secret, step)
    if fault := await _code_fault(context, code, takes_recovery=False):
        return await _owned(context, {"code": fault}, 422)
    if wanted == "off" and context.user.role not in context.settings.console.second_factor_roles:
        await context.ask(SET_SECOND_FACTOR, {"user": context.user.name, "kept_session": context.visitor.digest.hex()})
        return context.redirect(START, "sign_in.factor_off")
    async with context.reading() as connection:
        found = await user_rows.find_user(connection, context.user.name)
    assert found is not None
    return await _keep(context, _secret_of(context, found), found.factor_step)


async def _keep(context: PageContext, secret: str, step: int) -> web.StreamResponse:
    """Store the factor with fresh recovery codes, and show them: this once."""
    codes = recovery_codes()
    await context.ask(SET_SECOND_FACTOR, {
        "user": context.user.name, "step": step, "kept_session": context.visitor.digest.hex(),
        "sealed": context.surroundings.box.seal(secret, factor_row(context.user.name)).hex(),
        "recovery_digests": ",".join(digest.hex() for digest in recovery_digests(codes)),
    })
    async with context.viewing() as connection:
        await prove_session(connection, context.visitor.digest)
    return context.render("sign_in/recovery.html", codes=codes)


def _set_up(context: PageContext, secret: str, faults: dict[str, str], status: int = 200) -> web.Response:
    sealed = context.surroundings.box.seal(secret, _offer_row(context))
    return context.render(
        "sign_in/set_up.html", status=status, faults=faults, secret=secret,
        offer=base64.urlsafe_b64encode(sealed).decode(),
        address=address_of(secret, context.user.name),
        is_must=context.user.role in context.settings.console.second_factor_roles,
    )


async def _owned(context: PageContext, faults: dict[str, str] | None = None, status: int = 200) -> web.Response:
    async with context.reading() as connection:
        found = await user_rows.find_user(connection, context.user.name)
    return context.render(
        "sign_in/factor.html", status=status, faults=faults or {}, left=len(found.recovery_digests) if found else 0,
        may_turn_off=context.user.role not in context.settings.console.second_factor_roles,
    )


def _offered(context: PageContext, offer: str) -> str:
    """Return the secret that was offered to this session; raises HTTPBadRequest for any other."""
    try:
        return context.surroundings.box.open(base64.urlsafe_b64decode(offer.encode()), _offer_row(context))
    except (ValueError, SecretUnreadable):
        raise web.HTTPBadRequest from None


def _offer_row(context: PageContext) -> str:
    return f"offer:{context.visitor.digest.hex()}"


PAGES: Final = (
    Page(CODE_PATH, ROLES, show_code),
    Page(CODE_PATH, ROLES, check_code, ("POST",)),
    Page(FACTOR_PATH, ROLES, show_factor),
    Page(FACTOR_PATH, ROLES, change_factor, ("POST",)),
    Page(f"{FACTOR_PATH}/picture/{{offer}}", ROLES, show_picture),
)
