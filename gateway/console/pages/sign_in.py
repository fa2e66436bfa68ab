"""Sign in and out, choose the language, change one's own password."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from gateway.console.catalogue import LANGUAGES
from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.console.reader_language import COOKIE as LANGUAGE_COOKIE
from gateway.console.sessions import PASSWORD_PATH, SESSION_COOKIE, open_session
from gateway.domain.user import PUBLIC, ROLES
from gateway.operations.passwords import LENGTH_MIN, NO_HASH, hash_password, is_outdated, is_password, why_weak
from gateway.operations.user_operations import CHANGE_PASSWORD
from gateway.store.facts import user_rows
from gateway.store.facts.session_rows import end_session

YEAR_S: Final = 31_536_000
START: Final = "/"


def own_path(path: str) -> str:
    """Return a path of ours as it is, the start's for anything that would lead elsewhere."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else START


async def show_sign_in(context: PageContext) -> web.StreamResponse:
    if context.visitor.session is not None:
        return context.redirect(START)
    return context.render("sign_in/sign_in.html", to=own_path(context.query.get("to", START)), name="", fault="")


async def sign_in(context: PageContext) -> web.StreamResponse:
    """Open a session, or say that it is wrong: as late and in the same words whatever was wrong."""
    name, form = await context.form_text("user"), await context.form()
    password = str(form.get("password", ""))
    to = own_path(await context.form_text("to"))
    guard = context.surroundings.guard
    loop_now = asyncio.get_running_loop().time()
    if wait_s := guard.locked_s(context.visitor.address, name, loop_now):
        await context.note("console sign-in", name[:64], "refused: locked")
        minutes = -int(-wait_s // 60)
        return _again(context, name, to, context.say("sign_in.locked", minutes=minutes), 429)
    async with context.viewing() as connection:
        found = await user_rows.find_user(connection, name[:64])
    is_right = await is_password(found.password_hash if found else NO_HASH, password)
    if found is None or not is_right or found.is_disabled:
        delay_s = guard.failed(context.visitor.address, name, loop_now)
        await context.note("console sign-in", name[:64], "refused: wrong user or password")
        await asyncio.sleep(delay_s)
        return _again(context, name, to, context.say("sign_in.wrong"), 401)
    guard.succeeded(context.visitor.address, name)
    async with context.viewing() as connection:
        if is_outdated(found.password_hash):
            await user_rows.set_hash(connection, name, found.password_hash, await hash_password(password))
        token = await open_session(connection, context.settings, name, context.visitor.address, context.now)
    await context.note("console sign-in", name)
    response = context.redirect(to)
    context.set_cookie(response, SESSION_COOKIE, token)
    return response


def _again(context: PageContext, name: str, to: str, fault: str, status: int) -> web.Response:
    return context.render("sign_in/sign_in.html", status=status, to=to, name=name, fault=fault)


async def sign_out(context: PageContext) -> web.StreamResponse:
    async with context.viewing() as connection:
        await end_session(connection, context.visitor.digest)
    response = context.redirect("/sign-in")
    response.del_cookie(SESSION_COOKIE, path="/")
    return response


async def choose_language(context: PageContext) -> web.StreamResponse:
    chosen = context.parts["language"]
    if chosen not in LANGUAGES:
        raise web.HTTPNotFound
    response = context.redirect(own_path(context.query.get("to", START)))
    context.set_cookie(response, LANGUAGE_COOKIE, chosen, max_age_s=YEAR_S)
    return response


async def show_password(context: PageContext) -> web.StreamResponse:
    return _password_form(context, {})


async def change_password(context: PageContext) -> web.StreamResponse:
    """Change one's own password; every other session of the person ends."""
    form = await context.form()
    current, fresh, again = (str(form.get(name, "")) for name in ("password", "fresh", "again"))
    faults = await _password_faults(context, current, fresh, again)
    if faults:
        return _password_form(context, faults, 422)
    fields = {
        "user": context.user.name, "password_hash": await hash_password(fresh),
        "kept_session": context.visitor.digest.hex(),
    }
    await context.ask(CHANGE_PASSWORD, fields)
    return context.redirect(START, "sign_in.changed")


async def _password_faults(context: PageContext, current: str, fresh: str, again: str) -> dict[str, str]:
    guard, name, address = context.surroundings.guard, context.user.name, context.visitor.address
    loop_now = asyncio.get_running_loop().time()
    if wait_s := guard.locked_s(address, name, loop_now):
        return {"password": context.say("sign_in.locked", minutes=-int(-wait_s // 60))}
    async with context.reading() as connection:
        found = await user_rows.find_user(connection, name)
    if found is None or not await is_password(found.password_hash, current):
        await asyncio.sleep(guard.failed(address, name, loop_now))
        return {"password": context.say("sign_in.wrong_current")}
    if weak := "same" if fresh == current else why_weak(fresh, name):
        return {"fresh": context.say(f"sign_in.weak.{weak}")}
    return {} if fresh == again else {"again": context.say("sign_in.not_alike")}


def _password_form(context: PageContext, faults: dict[str, str], status: int = 200) -> web.Response:
    session = context.visitor.session
    return context.render(
        "sign_in/password.html", status=status, faults=faults, length_min=LENGTH_MIN,
        must_change=session is not None and session.must_change,
    )


PAGES: Final = (
    Page("/sign-in", (PUBLIC,), show_sign_in),
    Page("/sign-in", (PUBLIC,), sign_in, ("POST",)),
    Page("/sign-out", ROLES, sign_out, ("POST",)),
    Page("/language/{language}", (PUBLIC,), choose_language),
    Page(PASSWORD_PATH, ROLES, show_password),
    Page(PASSWORD_PATH, ROLES, change_password, ("POST",)),
)
