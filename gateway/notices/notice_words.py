"""The words of notices, in English and Chinese, from words.toml."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_COLUMNS: Final = {"en": 0, "zh": 1}


@functools.cache
def catalogue() -> Mapping[str, tuple[str, str]]:
    """Return key -> (English, Chinese)."""
    text = files("gateway.notices").joinpath("words.toml").read_text("utf-8")
    return {key: (english, chinese) for key, (english, chinese) in tomllib.loads(text).items()}


def words(key: str, language: str, values: Mapping[str, object] | None = None) -> str:
    """Return the words of a key with values filled in. A value is never read as a pattern. Raises KeyError."""
    text = catalogue()[key][_COLUMNS[language]]
    return text.format_map(values) if values else text


def has_words(key: str) -> bool:
    return key in catalogue()
