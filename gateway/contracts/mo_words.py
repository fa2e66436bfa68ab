"""The short words of an MO that ask for no more messages, or for them: those of the contract or of the node.

Whole sentences and what a message offered are read in content.replies and content.offers; here a word is a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

# By custom. No N and no Y: they mean what the last message offered, and nothing where it offered nothing.
UNSUBSCRIBE_WORDS: Final = ("R", "T", "TD", "QX", "退订", "取消", "拒收", "退", "STOP")
SUBSCRIBE_WORDS: Final = ("DY", "订阅", "订", "开通", "START")


class MoWish(Enum):
    """What an MO asks for."""

    UNSUBSCRIBE = "unsubscribe"
    SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class WordBook:
    """Folded words; a word in both books unsubscribes."""

    unsubscribe: frozenset[str]
    subscribe: frozenset[str]

    def wish(self, word: str) -> MoWish | None:
        """Return what a word asks for, or None where it is not in the books."""
        folded = fold(word)
        if folded in self.unsubscribe:
            return MoWish.UNSUBSCRIBE
        return MoWish.SUBSCRIBE if folded in self.subscribe else None


def over(own: WordBook, common: WordBook) -> WordBook:
    """Return a book that says what `own` says, and of other words what `common` does."""
    return WordBook(
        own.unsubscribe | (common.unsubscribe - own.subscribe), own.subscribe | (common.subscribe - own.unsubscribe)
    )


def word_book(
    unsubscribe: Iterable[str] = UNSUBSCRIBE_WORDS, subscribe: Iterable[str] = SUBSCRIBE_WORDS
) -> WordBook:
    return WordBook(frozenset(map(fold, unsubscribe)) - {""}, frozenset(map(fold, subscribe)) - {""})


def fold(text: str) -> str:
    """Return a text in one width and case, without spaces, punctuation and signs."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in wide if unicodedata.category(sign)[0] in "LN")
