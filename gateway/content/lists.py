"""What is configured about content: categories of words, templates by account, hosts that shorten links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.content.lexicon import Lexicon
from gateway.content.templates import TemplateBook


@dataclass(frozen=True, slots=True)
class ContentLists:
    """One reading of the files; a reload makes another. Equal `tag`s mean equal files. `lexicon` None: no words."""

    lexicon: Lexicon | None = field(default=None, compare=False)
    templates: Mapping[str, TemplateBook] = field(default_factory=dict, compare=False)  # by account
    short_hosts: frozenset[str] = frozenset()
    tag: str = ""


NO_LISTS: Final = ContentLists()
