"""Every page: each module of gateway.console.pages that has `PAGES` adds its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.console import pages
from gateway.console.page import Page

MENU: Final = (
    "/wall", "/deliveries", "/alerts", "/sessions", "/recordings",
    "/live", "/send", "/messages", "/inbound", "/statistics", "/batches",
    "/search", "/tickets", "/sending-ports", "/reviews", "/kills", "/filings", "/evidence",
    "/finance/statements", "/finance/accounts", "/finance/ledger", "/finance/reconcile", "/finance/letters",
    "/statements", "/money", "/lists", "/filing", "/access", "/audit", "/users", "/specification",
)
"""The order of the menu: first what a role opens all day, last what it sets up once."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a role's menu: a path and the key of its word."""

    path: str
    word: str


def all_pages() -> tuple[Page, ...]:
    """Return the pages in the order of their modules; raises ValueError where two are at one path and method."""
    found: list[Page] = []
    taken: set[tuple[str, str]] = set()
    for module in sorted(pkgutil.iter_modules(pages.__path__), key=lambda module: module.name):
        for page in getattr(importlib.import_module(f"{pages.__name__}.{module.name}"), "PAGES", ()):
            for place in ((method, page.path) for method in page.methods):
                if place in taken:
                    raise ValueError(f"two pages are at {' '.join(place)}")
                taken.add(place)
            found.append(page)
    return tuple(found)


def menu_of(found: Iterable[Page], role: str) -> Sequence[MenuEntry]:
    """Return the menu of a role. Raises ValueError for a page that has no place in the order."""
    shown = [page for page in found if page.menu and role in page.roles]
    return [MenuEntry(page.path, page.menu) for page in sorted(shown, key=lambda page: MENU.index(page.path))]
