"""The console as one aiohttp application: each request finds its page, its person and its limits, and leaves a line.

    address ─► page ─► language, session ─► role, first steps ─► size, form token ─► the page's function ─► a line
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web

from gateway.console import filters, form_tokens, notices_shown
from gateway.console.fault_pages import AWAY, FAULT, fault_page, status_of
from gateway.console.page import CHANGES, UPLOAD_OCTETS_MAX, Page
from gateway.console.page_context import PageContext, Surroundings
from gateway.console.page_registry import MenuEntry, menu_of
from gateway.console.reader_language import COOKIE as LANGUAGE_COOKIE
from gateway.console.reader_language import language_of
from gateway.console.security_headers import headers_of, is_over_tls
from gateway.console.sessions import VISIT_COOKIE, Visitor, new_token, visitor_of
from gateway.console.static_files import PREFIX
from gateway.domain.user import NOBODY
from gateway.store.database_faults import is_away

PAGE_S: Final = 60.0  # a page takes no longer
BODY_S: Final = 60.0  # nor does what is sent to it
SIGN_IN_PATH: Final = "/sign-in"
_PAGES: Final = web.AppKey("pages", dict[tuple[str, str], Page])
_CONTEXT: Final = "context"  # of a request

log = structlog.get_logger()


def build_application(surroundings: Surroundings, pages: Iterable[Page]) -> web.Application:
    """Return the application."""
    console = _Console(surroundings)
    application = web.Application(middlewares=[console.around], client_max_size=UPLOAD_OCTETS_MAX)
    aiohttp_jinja2.setup(
        application, loader=jinja2.PackageLoader("gateway.console"), autoescape=True, filters=dict(filters.FILTERS),
        undefined=_Missing, trim_blocks=True, lstrip_blocks=True, default_helpers=False,
    )
    application.router.add_get(PREFIX + "{name:.+}", console.static)
    application[_PAGES] = {}
    for page in pages:
        for method in page.methods:
            application[_PAGES][method, page.path] = page
            application.router.add_route(method, page.path, console.page)
    return application


class _Missing(jinja2.StrictUndefined):
    """What a template names and nobody gave: false where it is asked for (`{% if faults.text %}`), else a fault."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


def menus(pages: Iterable[Page]) -> Any:
    """Return what gives a role's menu."""
    found = tuple(pages)
    by_role: dict[str, list[MenuEntry]] = {}

    def of(role: str) -> list[MenuEntry]:
        if role not in by_role:
            by_role[role] = list(menu_of(found, role))
        return by_role[role]

    return of


class _Console:
    """The handlers."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._all = surroundings

    @web.middleware
    async def around(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Answer every request, whatever happens, with headers and a line."""
        began = time.monotonic()
        chosen, accepted = request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("Accept-Language", "")
        visitor = Visitor(NOBODY, "", request.remote or "")
        request[_CONTEXT] = PageContext(self._all, request, visitor, language_of(chosen, accepted))
        response = await self._answered(request, handler)
        if not response.prepared:
            self._finish(request, response)
        _tell(request, response.status, time.monotonic() - began)
        return response

    async def _answered(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            return await handler(request)  # type: ignore[no-any-return]
        except web.HTTPException as error:
            error.with_traceback(None)  # aiohttp keeps it in the request, whose handlers' frames it holds: a cycle
            return error if error.status < 400 else fault_page(request[_CONTEXT], error.status)
        except Exception as error:
            status = status_of(error)
            if status:
                return fault_page(request[_CONTEXT], status, "" if status == AWAY else str(error))
            if is_away(error) or isinstance(error, TimeoutError):
                log.warning("console_waits", problem=type(error).__name__, page=_place(request))
                return fault_page(request[_CONTEXT], AWAY)
            log.exception("console_failed", page=_place(request))
            return fault_page(request[_CONTEXT], FAULT)

    def _finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Set the headers of an answer, and the cookie that forms before a sign-in are bound to."""
        is_kept = request.path.startswith(PREFIX) and response.status == 200
        response.headers.update(headers_of(is_secure=is_over_tls(self._all.settings.console), is_kept=is_kept))
        if not is_kept and response.status == 200 and notices_shown.COOKIE in request.cookies:
            response.del_cookie(notices_shown.COOKIE, path="/")

    async def static(self, request: web.Request) -> web.StreamResponse:
        found = self._all.static.at(request.path)
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.octets, content_type=found.content_type, charset="utf-8")

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Answer with a page that the visitor may see; send away who has to sign in first."""
        page = request.app[_PAGES][request.method, _place(request)]
        context = await self._with_visitor(request)
        if not page.is_public and (elsewhere := _elsewhere(context, page)) is not None:
            return elsewhere
        if request.method in CHANGES:
            await _check_form(context, page)
        if page.is_stream:
            return await page.handler(context)
        async with asyncio.timeout(PAGE_S):
            response = await page.handler(context)
        if not context.visitor.session and VISIT_COOKIE not in request.cookies and context.visitor.cookie:
            context.set_cookie(response, VISIT_COOKIE, context.visitor.cookie)
        return response

    async def _with_visitor(self, request: web.Request) -> PageContext:
        before: PageContext = request[_CONTEXT]
        visitor = await visitor_of(request, self._all.pool, self._all.settings, before.now)
        if not visitor.cookie:
            visitor = Visitor(visitor.user, new_token(), visitor.address)
        context = request[_CONTEXT] = PageContext(self._all, request, visitor, before.language)
        return context


def _elsewhere(context: PageContext, page: Page) -> web.Response | None:
    """Return the way to what has to be done first, or None; raises HTTPForbidden where the role may not."""
    request, visitor = context.request, context.visitor
    if visitor.session is None:
        is_worth_it = request.method == "GET" and not context.is_partial and request.path != "/"
        return context.redirect(f"{SIGN_IN_PATH}?{urlencode({'to': request.path_qs})}" if is_worth_it else SIGN_IN_PATH)
    first = visitor.first_step(context.settings.console.second_factor_roles)
    if first and not _is_allowed_before(request.path, first):
        return context.redirect(first)
    if visitor.user.role not in page.roles:
        raise web.HTTPForbidden
    return None


def _is_allowed_before(path: str, first: str) -> bool:
    return path == first or path.startswith(f"{first}/")


async def _check_form(context: PageContext, page: Page) -> None:
    """Let through a form of ours that is not too large."""
    request = context.request
    length = request.content_length
    if length is None:
        raise web.HTTPLengthRequired
    if length > page.body_octets_max:
        raise web.HTTPRequestEntityTooLarge(page.body_octets_max, length)
    given = request.headers.get(form_tokens.HEADER, "")
    if not given:
        async with asyncio.timeout(BODY_S):
            fields = await request.post()
        field = fields.get(form_tokens.FIELD, "")
        given = field if isinstance(field, str) else ""
    if not form_tokens.is_ours(context.visitor.cookie, given, request.headers, request.host):
        log.warning("console_form_refused", page=_place(request), user=context.user.name)
        raise web.HTTPForbidden


def _place(request: web.Request) -> str:
    """Return the path of a page as it is registered: what stands in an address may be a secret."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _tell(request: web.Request, status: int, took_s: float) -> None:
    """Leave a line: never a query string, nor what stands for a name in the path."""
    context: PageContext = request[_CONTEXT]
    log.info(
        "console_request", method=request.method, page=_place(request), status=status, took_ms=round(took_s * 1000),
        user=context.user.name, peer=context.visitor.address,
    )
