"""The runbooks of docs/operations as pages show them: which alert has which, and what it says to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PLACES: Final = (
    Path(__file__).resolve().parent / "operations_pages",  # of an installed package
    Path(__file__).resolve().parents[2] / "docs" / "operations",
)
_RULE: Final = re.compile(r"- alert: (\w+)\n(.*?)(?=\n      - alert:|\Z)", re.S)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line: plain, code, or the title of a link (which leads nowhere here)."""

    text: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class Runbook:
    """What to do: an anchor, a title, a text before the steps, and the steps."""

    anchor: str
    title: str
    before: Sequence[Part]
    steps: Sequence[Sequence[Part]]


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert: how urgent, and its runbook's anchor."""

    name: str
    severity: str
    anchor: str


def _text(name: str) -> str:
    for place in PLACES:
        file = place / name
        if file.is_file():
            return file.read_text("utf-8")
    return ""


@cache
def rules() -> Mapping[str, Rule]:
    """Return the alerts by their names; none where the pages are not there."""
    found = {}
    for name, body in _RULE.findall(_text("alerts.yml")):
        severity = re.search(r"severity: (\w+)", body)
        anchor = re.search(r"runbooks\.md#([\w-]+)", body)
        found[name] = Rule(name, severity[1] if severity else "", anchor[1] if anchor else "")
    return found


@cache
def runbooks() -> Mapping[str, Runbook]:
    """Return the runbooks by their anchors."""
    found = {}
    for section in re.split(r"^## ", _text("runbooks.md"), flags=re.M)[1:]:
        title, _, body = section.partition("\n")
        anchor = re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        pieces = re.split(r"^\d+\. ", body, flags=re.M)
        before = re.sub(r"^\[[^\]]*\]\s*", "", " ".join(pieces[0].split()))
        found[anchor] = Runbook(
            anchor, title.strip(), parts(before), [parts(" ".join(each.split())) for each in pieces[1:]]
        )
    return found


def parts(line: str) -> list[Part]:
    """Return a line of Markdown in pieces, links by their titles."""
    plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", line)
    return [Part(text, at % 2 == 1) for at, text in enumerate(plain.split("`")) if text]
