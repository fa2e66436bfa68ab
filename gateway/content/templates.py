"""Filed templates: texts with variables. Of an account's thousand only those are looked at whose words are in the text.

    您的验证码是{digits 4-8}，{digits 1-2}分钟内有效。

    {digits}  {digits 6}  {digits 4-8}   digits
    {letters …}                          Latin letters and digits
    {text …}                             any characters on one line
    {any}                                anything, line ends too

One number is the most there may be (for digits: exactly so many), two are least and most. A brace is written twice: {{.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind

from gateway.domain.account import MessageClass

VARIABLES_MAX: Final = 20
_LENGTH_MAX: Final = 500
_VARIABLE: Final = re.compile(r"\{(digits|letters|text|any)(?: +([0-9]{1,3})(?:-([0-9]{1,3}))?)?\}")
_TOKEN: Final = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
_CLASSES: Final = {"digits": "[0-9]", "letters": "[0-9A-Za-z]", "text": "[^\\r\\n]", "any": "."}
_LOOSE: Final = frozenset({"text", "any"})
_MANY: Final = 16  # templates that begin and end alike and are still tried one by one
_STEPS_MAX: Final = 20_000  # what backtracking may cost; more expensive templates are matched without it


class TemplateError(ValueError):
    """A template that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A place of `least` to `most` characters of a kind."""

    kind: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Template:
    """A filed text. `message_class` None: it says nothing; `state` PENDING, FILED or REJECTED."""

    name: str
    text: str
    message_class: MessageClass | None = None
    is_marketing: bool = False
    state: str = "FILED"


def parse(text: str) -> tuple[str | Variable, ...]:
    """Return literals and variables in order; raise TemplateError."""
    parts: list[str | Variable] = []
    for token in _TOKEN.findall(text):
        part = token[0] if token in ("{{", "}}") else _variable(token) if token[0] in "{}" else token
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    if sum(isinstance(part, Variable) for part in parts) > VARIABLES_MAX:
        raise TemplateError(f"has more than {VARIABLES_MAX} variables")
    if not any(isinstance(part, str) and part.strip() for part in parts):
        raise TemplateError("has no words of its own")
    return tuple(parts)


def _variable(token: str) -> Variable:
    match = _VARIABLE.fullmatch(token)
    if match is None:
        raise TemplateError(f"{token} is no variable such as {{digits 6}}, {{letters}}, {{text 20}}, {{any}}")
    kind, first, second = match.groups()
    if first is None:
        return Variable(kind, 0 if kind in _LOOSE else 1, _LENGTH_MAX)
    low, high = (int(first), int(second)) if second else (int(first) if kind == "digits" else 1, int(first))
    if not 0 <= low <= high <= _LENGTH_MAX or not high:
        raise TemplateError(f"{token}: a length is 1 to {_LENGTH_MAX}, the least first")
    return Variable(kind, low, high)


class Matcher:
    """One template ready to be held against a text."""

    __slots__ = ("_is_match", "_parts", "anchor", "head", "tail", "template")

    def __init__(self, template: Template) -> None:
        self.template = template
        self._parts = parse(template.text)
        first, last = self._parts[0], self._parts[-1]
        self.head = first if isinstance(first, str) else ""
        self.tail = last if isinstance(last, str) else ""
        self.anchor = max((part for part in self._parts if isinstance(part, str)), key=len)
        steps = 1
        for part in self._parts:
            if isinstance(part, Variable) and part.kind in _LOOSE:
                steps *= part.most - part.least + 1
        self._is_match = re.compile(pattern(self._parts), re.S).fullmatch if steps <= _STEPS_MAX else self._walk

    def matches(self, text: str) -> bool:
        """Tell whether a text is made of this template."""
        if not (text.startswith(self.head) and text.endswith(self.tail)):
            return False
        return self._is_match(text) is not None

    def _walk(self, text: str) -> bool | None:
        """Hold all places that may have been reached at once: the cost is bounded whatever the text."""
        places = [0]
        for part in self._parts:
            if isinstance(part, str):
                places = [at + len(part) for at in places if text.startswith(part, at)]
            else:
                places = _reach(places, part, text)
            if not places:
                return None
        return True if places[-1] == len(text) else None


def _reach(places: Sequence[int], variable: Variable, text: str) -> list[int]:
    """Return where a variable may end that begins at one of some places, in order."""
    accepts = re.compile(_CLASSES[variable.kind] + "*", re.S).match
    found: list[int] = []
    for at in places:
        run = accepts(text, at)
        end = min(run.end() if run else at, at + variable.most)
        found.extend(range(max(at + variable.least, found[-1] + 1 if found else 0), end + 1))
    return found


def pattern(parts: Iterable[str | Variable]) -> str:
    """Return the regular expression of a template."""
    return "".join(
        re.escape(part) if isinstance(part, str) else f"{_CLASSES[part.kind]}{{{part.least},{part.most}}}"
        for part in parts
    )


class _Leaf:
    """Templates with one beginning and one end; where there are many, their literals are looked for in one pass."""

    __slots__ = ("_automaton", "_by_anchor", "_matchers")

    def __init__(self, matchers: Sequence[Matcher]) -> None:
        self._matchers = sorted(matchers, key=lambda matcher: len(matcher.anchor), reverse=True)
        self._by_anchor: list[list[Matcher]] = []
        self._automaton = None
        if len(matchers) > _MANY:
            by_anchor: dict[str, list[Matcher]] = {}
            for matcher in self._matchers:
                by_anchor.setdefault(matcher.anchor, []).append(matcher)
            self._by_anchor = list(by_anchor.values())
            self._automaton = AhoCorasick(list(by_anchor), matchkind=MatchKind.Standard)

    def candidates(self, text: str) -> Iterable[Matcher]:
        """Return those whose longest literal is in the text, the longest first."""
        if self._automaton is None:
            return self._matchers
        found = {match[0] for match in self._automaton.find_matches_as_indexes(text, overlapping=True)}
        return [matcher for anchor in sorted(found) for matcher in self._by_anchor[anchor]]


class TemplateBook:
    """An account's templates by how they begin and end, so that a text is held against few of them."""

    __slots__ = ("_by_head", "_head_lengths", "templates")

    def __init__(self, templates: Iterable[Template]) -> None:
        matchers = [Matcher(template) for template in templates]
        self.templates = {matcher.template.name: matcher.template for matcher in matchers}
        parted: dict[str, dict[str, list[Matcher]]] = {}
        for matcher in matchers:
            parted.setdefault(matcher.head, {}).setdefault(matcher.tail, []).append(matcher)
        self._by_head = {
            head: (
                sorted({len(tail) for tail in by_tail}, reverse=True),
                {tail: _Leaf(found) for tail, found in by_tail.items()},
            )
            for head, by_tail in parted.items()
        }
        self._head_lengths = sorted({len(head) for head in parted}, reverse=True)

    def __len__(self) -> int:
        return len(self.templates)

    def match(self, text: str) -> Template | None:
        """Return the template that a text is made of: a filed one, and a longer beginning, before others."""
        other: Template | None = None
        size = len(text)
        for head_length in self._head_lengths:
            found = self._by_head.get(text[:head_length])
            if found is None:
                continue
            tail_lengths, leaves = found
            for tail_length in tail_lengths:
                leaf = leaves.get(text[size - tail_length :]) if tail_length <= size else None
                for matcher in leaf.candidates(text) if leaf is not None else ():
                    if matcher.matches(text):
                        if matcher.template.state == "FILED":
                            return matcher.template
                        other = other or matcher.template
        return other
