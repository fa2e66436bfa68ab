"""Words by category, found in one pass over the squeezed text, whatever stands between their letters.

A word that begins or ends with a Latin letter is found only where the text has no letter before or behind it, so that
"ass" is not in "class"; the same goes for digits. Ideographs know no such bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from gateway.content.normal import origins, squeeze

HITS_MAX: Final = 50  # of one text; more tell nothing new


class WordAction(StrEnum):
    """What a word of a category does to a message."""

    REFUSE = "refuse"
    REVIEW = "review"  # an operator decides
    MARKETING = "marketing"  # it makes the message an advertisement, which the contract allows or not


_STRICTEST_FIRST: Final = (WordAction.REFUSE, WordAction.REVIEW, WordAction.MARKETING)


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of content, the clauses that name it ("S0-7.6 S1-5(4)"), and its words."""

    name: str
    title: str
    clauses: str
    action: WordAction
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found, and where: indices of the text as it was written, `end` excluded."""

    word: str
    category: Category
    start: int
    end: int


class Lexicon:
    """The words of some categories. A word that is in several counts in the strictest."""

    __slots__ = ("_automaton", "_found", "categories")

    def __init__(self, categories: Iterable[Category]) -> None:
        self.categories: Mapping[str, Category] = {category.name: category for category in categories}
        spelled: dict[str, tuple[str, Category]] = {}
        for action in _STRICTEST_FIRST:
            for category in self.categories.values():
                for word in category.words if category.action is action else ():
                    spelled.setdefault(squeeze(word), (word, category))
        spelled.pop("", None)  # a word of symbols only: the settings refuse it
        self._found = list(spelled.items())
        self._automaton = AhoCorasick(
            list(spelled), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def __len__(self) -> int:
        return len(self._found)

    def find(
        self, squeezed: str, text: str, *, allowed: Sequence[str] = (), exempt: frozenset[str] = frozenset()
    ) -> list[Hit]:
        """Return the words in a text, at most HITS_MAX.

        A word inside one of the `allowed` (squeezed) words does not count, nor do the `exempt` categories.
        """
        matches = self._automaton.find_matches_as_indexes(squeezed, overlapping=True)
        return self._hits(matches, squeezed, text, allowed, exempt) if matches else []

    def _hits(
        self, matches: Sequence[tuple[int, int, int]], squeezed: str, text: str, allowed: Sequence[str],
        exempt: frozenset[str],
    ) -> list[Hit]:
        places = origins(text)
        hits: list[Hit] = []
        for index, start, end in matches:
            spelling, (word, category) = self._found[index]
            first, last = places[start], places[end - 1]
            if category.name in exempt or not _stands_alone(spelling, text, first, last):
                continue
            if any(_covers(other, squeezed, start, end) for other in allowed):
                continue
            hits.append(Hit(word, category, first, last + 1))
            if len(hits) == HITS_MAX:
                break
        return hits


def strictest(hits: Sequence[Hit], action: WordAction) -> Hit | None:
    """Return the first hit whose category has this action."""
    return next((hit for hit in hits if hit.category.action is action), None)


def _stands_alone(spelling: str, text: str, first: int, last: int) -> bool:
    before = text[first - 1] if first else ""
    behind = text[last + 1] if last + 1 < len(text) else ""
    return not (_belong_together(before, spelling[0]) or _belong_together(spelling[-1], behind))


def _belong_together(one: str, other: str) -> bool:
    """Tell whether two neighbours are of one word: Latin letters, or digits."""
    if not one or not other:
        return False
    one, other = squeeze(one)[-1:], squeeze(other)[:1]
    if not (one.isascii() and other.isascii()):
        return False
    return (one.isalpha() and other.isalpha()) or (one.isdigit() and other.isdigit())


def _covers(allowed: str, squeezed: str, start: int, end: int) -> bool:
    """Tell whether an allowed word stands around squeezed[start:end]."""
    at = squeezed.find(allowed, max(0, end - len(allowed)))
    return 0 <= at <= start
