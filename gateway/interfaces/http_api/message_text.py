"""Which text is sent: as it is written, or made of a filed template and what stands in its places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.content.templates import Template, Variable, parse
from gateway.domain.account import Account
from gateway.interfaces.http_api.field_problems import FieldProblem
from gateway.interfaces.http_api.problem import Problem
from gateway.settings import Settings

_KINDS: Final = {
    "digits": (re.compile(r"[0-9]*"), "digits"), "letters": (re.compile(r"[0-9A-Za-z]*"), "Latin letters and digits"),
    "text": (re.compile(r"[^\r\n]*"), "characters of one line"), "any": (re.compile(r".*", re.S), "characters"),
}


class TextSource:
    """Where the texts of one request come from. Raises Problem for a template that the account has not filed."""

    def __init__(self, settings: Settings, account: Account, template: str | None, signature: str | None) -> None:
        self._head = f"【{signature}】" if signature else ""
        self._parts: tuple[str | Variable, ...] = ()
        self.is_template = template is not None
        if template is not None:
            self._parts = parse(_filed(settings, account, template).text)

    def written(self, text: str) -> str:
        """Return the text that was written, signed where a signature is asked for."""
        return text if not self._head or text.startswith(self._head) else self._head + text

    def made(self, variables: Sequence[str], pointer: str) -> str:
        """Return the template with its places filled; raise Problem at each variable that does not fit its place."""
        places = [part for part in self._parts if isinstance(part, Variable)]
        if len(places) != len(variables):
            reason = f"the template has {len(places)} places, there are {len(variables)} variables"
            raise Problem("INVALID", errors=[FieldProblem(pointer, reason)])
        wrong = [
            FieldProblem(f"{pointer}/{at}", problem)
            for at, (place, value) in enumerate(zip(places, variables, strict=True))
            if (problem := _problem(place, value))
        ]
        if wrong:
            raise Problem("INVALID", errors=wrong)
        values = iter(variables)
        return self._head + "".join(part if isinstance(part, str) else next(values) for part in self._parts)


def _filed(settings: Settings, account: Account, name: str) -> Template:
    book = settings.content.templates.get(account.name)
    template = None if book is None else book.templates.get(name)
    if template is None:
        raise Problem("INVALID", errors=[FieldProblem("/template", "the account has no template of this name")])
    if template.state != "FILED":
        raise Problem("TEMPLATE", f"the template is {template.state}", errors=[
            FieldProblem("/template", f"it is {template.state}, not FILED")
        ])
    return template


def _problem(place: Variable, value: str) -> str:
    shape, words = _KINDS[place.kind]
    if not place.least <= len(value) <= place.most or shape.fullmatch(value) is None:
        count = str(place.most) if place.least == place.most else f"{place.least} to {place.most}"
        return f"must be {count} {words}"
    return ""
