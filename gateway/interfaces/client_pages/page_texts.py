"""The pages of the interface specification: prose from `text`, with tables and programs put in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from gateway.contracts.clause_sentences import Language
from gateway.interfaces.client_pages import api_tables, code_tables, wire_tables
from gateway.interfaces.client_pages.page_markup import as_html

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
NAMES: Final = ("start", "smpp", "cmpp", "http", "codes", "clauses")
TABLES: Final[dict[str, Callable[[Language], str]]] = {
    "reject_keys": code_tables.reject_keys, "receipt_words": code_tables.receipt_words,
    "own_codes": code_tables.own_codes, "err_digits": code_tables.err_digits,
    "refused_logins": code_tables.refused_logins, "clauses": code_tables.clauses,
    "smpp_statuses": wire_tables.smpp_statuses, "cmpp_statuses": wire_tables.cmpp_statuses,
    "cmpp_results": wire_tables.cmpp_results, "routes": api_tables.routes, "models": api_tables.models,
    "kannel_parameters": api_tables.kannel_parameters, "problems": api_tables.problems,
    "event_results": api_tables.event_results,
}
EXAMPLES: Final = {"smpp_client": "python", "cmpp_client": "python", "http_client": "sh", "webhook_check": "python"}
"""Programs by name, with their language; the file ends by it."""
_ENDINGS: Final = {"python": ".py", "sh": ".sh"}
_PLACE: Final = re.compile(r"^\{\{(\w+)\}\}$", re.M)
_LINK: Final = re.compile(r"\]\((\w+)\.md\)")
_PACKAGE: Final = "gateway.interfaces.client_pages"


@dataclass(frozen=True, slots=True)
class ClientPage:
    """One page. `text` is Markdown, its title on the first line."""

    name: str
    title: str
    text: str

    def html(self, folder: str) -> str:
        """Return the page below its title as HTML; its links lead to `folder` and a page's name."""
        return as_html(_LINK.sub(rf"]({folder}\1)", self.text.partition("\n")[2]))


@cache
def client_pages(language: Language) -> tuple[ClientPage, ...]:
    """Return all pages in their order."""
    return tuple(_page(name, language) for name in NAMES)


def example(name: str) -> str:
    """Return the text of a program that the pages print."""
    folder = resources.files(_PACKAGE).joinpath("examples")
    return folder.joinpath(name + _ENDINGS[EXAMPLES[name]]).read_text("utf-8")


def _page(name: str, language: Language) -> ClientPage:
    text = resources.files(_PACKAGE).joinpath("text", language, f"{name}.md").read_text("utf-8")

    def put_in(match: re.Match[str]) -> str:
        if match[1] in EXAMPLES:
            return f"```{EXAMPLES[match[1]]}\n{example(match[1])}```"
        return TABLES[match[1]](language)

    text = _PLACE.sub(put_in, text)
    return ClientPage(name, text.partition("\n")[0].removeprefix("# "), text)
