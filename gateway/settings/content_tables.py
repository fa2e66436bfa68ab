"""Tables of data/keywords.toml and templates/*.toml, and the lists of content that they become."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.content.lexicon import Category, Lexicon, WordAction
from gateway.content.lists import ContentLists
from gateway.content.templates import Template, TemplateBook
from gateway.domain.account import MessageClass
from gateway.settings.value_kinds import ExistingFile, Name, Table, Words, as_tuple, key

LongName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class CategoryKeys(Table):
    """A kind of content: the clauses that name it, its words, what they do."""

    title: str = key(..., "what people call it", min_length=1, max_length=60)
    clauses: str = key("", "contract clauses that name it; the one of the account's contract is cited", max_length=200)
    action: WordAction = key(
        WordAction.REFUSE, "refuse: not sent; review: an operator decides; marketing: an advertisement", strict=False
    )
    words: Words = key((), "symbols, spaces, width and case in between do not matter")
    files: Annotated[tuple[ExistingFile, ...], BeforeValidator(as_tuple)] = key(
        (), "more of them: UTF-8 text files, a word a line, # begins a remark"
    )


class KeywordFile(Table):
    """data/keywords.toml"""

    short_hosts: Words = key((), "hosts that shorten links, beside those that look like it")
    categories: dict[Name, CategoryKeys] = key({}, "kinds of content by name")


class TemplateKeys(Table):
    """A text that was filed, with variables such as {digits 6}."""

    text: str = key(
        ..., "the text without signature; a brace of its own is written twice", min_length=1, max_length=500
    )
    message_class: MessageClass | None = key(
        None, "class of its messages, where the contract lets templates tell", strict=False
    )
    marketing: bool = key(False, "its messages are advertisements")
    state: Literal["PENDING", "FILED", "REJECTED"] = key("FILED", "how far its filing is; only FILED ones may be used")


class TemplateFile(Table):
    """templates/*.toml: one account's, or a part of them"""

    account: str = key(..., "whose they are")
    templates: dict[LongName, TemplateKeys] = key({}, "templates by name")


def lists_of(
    keywords: KeywordFile | None,
    words: Mapping[str, tuple[str, ...]],
    templates: Mapping[str, Mapping[str, TemplateKeys]],
) -> ContentLists:
    """Build the lists of checked tables; `words` are those of a category's files, by category."""
    categories = [
        Category(name, keys.title, keys.clauses, keys.action, keys.words + words.get(name, ()))
        for name, keys in (keywords.categories if keywords else {}).items()
    ]
    short_hosts = frozenset(keywords.short_hosts if keywords else ())
    filed = {
        account: [Template(name, k.text, k.message_class, k.marketing, k.state) for name, k in own.items()]
        for account, own in templates.items()
    }
    tag = blake2b(repr((categories, sorted(short_hosts), filed)).encode("utf-8", "surrogatepass"), digest_size=8)
    return ContentLists(
        lexicon=Lexicon(categories) if any(category.words for category in categories) else None,
        templates={account: TemplateBook(own) for account, own in filed.items()},
        short_hosts=short_hosts,
        tag=tag.hexdigest(),
    )
