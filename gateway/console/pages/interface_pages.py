"""The interface specification for clients (S4-3.4), for everybody who signs in."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.domain.user import ROLES
from gateway.interfaces.client_pages.page_texts import ClientPage, client_pages

FOLDER: Final = "/specification/"


async def first_page(context: PageContext) -> web.StreamResponse:
    return _show(context, client_pages(context.language)[0])


async def page_by_name(context: PageContext) -> web.StreamResponse:
    name = context.request.match_info["name"]
    found = [page for page in client_pages(context.language) if page.name == name]
    if not found:
        raise web.HTTPNotFound
    return _show(context, found[0])


def _show(context: PageContext, page: ClientPage) -> web.StreamResponse:
    return context.render(
        "interface_pages/page.html", page=page, body=page.html(FOLDER), pages=client_pages(context.language),
        folder=FOLDER,
    )


PAGES: Final = (
    Page("/specification", ROLES, first_page, menu="interface_pages.menu"),
    Page(FOLDER + "{name}", ROLES, page_by_name),
)
