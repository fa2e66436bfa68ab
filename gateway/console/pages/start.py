"""Where a person begins: what his role has to do here."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.console.page import Page
from gateway.console.page_context import PageContext
from gateway.domain.user import ROLES


async def start(context: PageContext) -> web.StreamResponse:
    return context.render("start/start.html")


PAGES: Final = (Page("/", ROLES, start),)
