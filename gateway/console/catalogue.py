"""All words of the console in both languages: words/FAMILY.toml has `key = ["English", "中文"]`.

    say("FAMILY.title", "zh")                        the word
    say("FAMILY.sent", "en", count=3)                with values put in: "{count} messages were sent"
    say("FAMILY.state.DELIVRD", "zh")                of a table [state] in FAMILY.toml
    sentence("must not be empty", "zh")              what operations answer in English; `sentences.toml` has patterns
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final, Literal

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_SENTENCES: Final = "sentences."
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")


class Catalogue:
    """The words by key, in the order of LANGUAGES."""

    def __init__(self, words: Mapping[str, tuple[str, str]]) -> None:
        self.words = words
        self._sentences = [
            (_pattern(english), chinese) for key, (english, chinese) in words.items() if key.startswith(_SENTENCES)
        ]

    def say(self, key: str, language: str, **values: Any) -> str:
        """Return a word or a sentence; raises KeyError for a key that is not there."""
        text = self.words[key][LANGUAGES.index(language if language in LANGUAGES else "en")]
        return text.format(**values) if values else text

    def sentence(self, words: str, language: str) -> str:
        """Return what an operation says in the reader's language; as it is where no pattern fits."""
        if language != "zh":
            return words
        for pattern, chinese in self._sentences:
            if found := pattern.fullmatch(words):
                return chinese.format(**found.groupdict())
        return words

    def has(self, key: str) -> bool:
        return key in self.words


def shipped_catalogue() -> Catalogue:
    """Return the words of every family; raises ValueError for an entry that is no pair of texts."""
    found: dict[str, tuple[str, str]] = {}
    for entry in sorted(resources.files("gateway.console").joinpath("words").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            family = entry.name.removesuffix(".toml")
            found.update(_pairs(family, tomllib.loads(entry.read_text("utf-8"))))
    return Catalogue(found)


def _pattern(english: str) -> re.Pattern[str]:
    """Return what matches a sentence whose {places} stand for anything."""
    return re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(english)), re.S)


def _pairs(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _pairs(f"{prefix}.{name}", value)
        elif isinstance(value, list) and len(value) == len(LANGUAGES) and all(isinstance(each, str) for each in value):
            yield f"{prefix}.{name}", (value[0], value[1])
        else:
            raise ValueError(f"words: {prefix}.{name} is no pair of texts")
