"""Contents that were stopped (S1-5(6), S3-3.4): by a text's fingerprint, by a phrase in it, or by its template.

A fingerprint takes in every text that differs in digits and codes only. A phrase is found whatever stands between its
letters. Either goes for one account or for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.content.normal import fingerprint, squeeze


class KillKind(StrEnum):
    """How a stopped content is known again."""

    TEXT = "text"
    PHRASE = "phrase"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Kill:
    """One stopped content. `value` is the text, the phrase or the template's name; `account` empty: all accounts."""

    id: int
    kind: KillKind
    value: str
    account: str = ""
    reason: str = ""
    by: str = ""
    at: float = 0.0


class KillSet:
    """What is stopped for one account, compiled. Falsy where nothing is, so that nobody need ask."""

    __slots__ = ("_phrases", "_templates", "_texts")

    def __init__(self, kills: Iterable[Kill]) -> None:
        self._texts: dict[str, Kill] = {}
        self._templates: dict[str, Kill] = {}
        self._phrases: list[tuple[str, Kill]] = []
        for kill in kills:
            if kill.kind is KillKind.TEXT:
                self._texts[fingerprint(squeeze(kill.value))] = kill
            elif kill.kind is KillKind.PHRASE:
                self._phrases.append((squeeze(kill.value), kill))
            else:
                self._templates[kill.value] = kill

    def __bool__(self) -> bool:
        return bool(self._texts or self._phrases or self._templates)

    @property
    def asks_template(self) -> bool:
        """Tell whether a template's name matters."""
        return bool(self._templates)

    def find(self, squeezed: str, template: str) -> Kill | None:
        """Return what stops a content, or None."""
        found = self._templates.get(template) if template else None
        if found is None and self._texts:
            found = self._texts.get(fingerprint(squeezed))
        if found is None:
            found = next((kill for phrase, kill in self._phrases if phrase in squeezed), None)
        return found
