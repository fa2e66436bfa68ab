"""What an MO asks for: to get no more messages, to get them, or neither; by the words of the contract or of the node.

A text counts when it is a word and nothing else, signs and spaces aside, in any width and case. A word of at least two
Han may have more behind it (退订谢谢): who begins so means it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

UNSUBSCRIBE_WORDS: Final = ("R", "T", "TD", "N", "QX", "退订", "取消", "拒收", "退", "STOP")
SUBSCRIBE_WORDS: Final = ("DY", "Y", "订阅", "订", "开通", "START")
_TEXT_MAX: Final = 20  # a longer text is a letter, not an order


class Wish(Enum):
    """What an MO asks for."""

    UNSUBSCRIBE = "unsubscribe"
    SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class WordBook:
    """Folded words; a word in both books unsubscribes."""

    unsubscribe: frozenset[str]
    subscribe: frozenset[str]

    def wish(self, text: str) -> Wish | None:
        """Return what a text asks for, or None."""
        if not text or len(text) > _TEXT_MAX:
            return None
        word = fold(text)
        for wish, words in ((Wish.UNSUBSCRIBE, self.unsubscribe), (Wish.SUBSCRIBE, self.subscribe)):
            if word in words or any(word.startswith(each) for each in words if _is_han(each)):
                return wish
        return None


def word_book(
    unsubscribe: Iterable[str] = UNSUBSCRIBE_WORDS, subscribe: Iterable[str] = SUBSCRIBE_WORDS
) -> WordBook:
    return WordBook(frozenset(map(fold, unsubscribe)) - {""}, frozenset(map(fold, subscribe)) - {""})


def fold(text: str) -> str:
    """Return a text in one width and case, without spaces, punctuation and signs."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in wide if unicodedata.category(sign)[0] in "LN")


def _is_han(word: str) -> bool:
    return len(word) >= 2 and all("\u4e00" <= sign <= "\u9fff" for sign in word)
