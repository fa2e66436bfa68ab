"""From documents to what people read: no JSON, no unix seconds, no hao; as a table where it fits, else row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len, chop_cells

from gateway.cli.language import heading, language, value_word
from gateway.domain.china_time import moment_text
from gateway.domain.money import format_yuan

# Columns of somebody's own words: where a table is too wide these are folded, to no less than FOLDED cells.
_FREE: Final = frozenset({
    "note", "words", "details", "detail", "subject", "text", "reason", "what", "evidence", "draws", "source", "answer",
    "reference", "missing", "value", "clause", "price_version", "label", "title",
})
_FOLDED: Final = 16
_CUTS_MAX: Final = 20
# Columns whose values are words of this program, not names that somebody gave.
_WORDS: Final = frozenset({
    "kind", "state", "line", "class", "entry", "list", "regime", "cause", "source", "event", "limited_by", "statement",
    "confirm_by",
})
_TIMES: Final = frozenset({"at", "since", "until", "time", "from", "to"})
_SECONDS: Final = range(1_000_000_000, 10_000_000_000)  # unix seconds of 2001 to 2286


def plain(value: Any, key: str = "") -> str:
    """Return a value as people read it; `key` says what it is."""
    if value is None or value == "" or value == [] or value == {}:
        return "-"
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language()][value]
    if isinstance(value, int | float):
        return _number(value, key)
    if isinstance(value, Mapping):
        return ", ".join(f"{heading(str(each))} {plain(found, str(each))}" for each, found in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ("; " if any(isinstance(each, Mapping) for each in value) else ", ").join(plain(each) for each in value)
    text = str(value)
    if text[:1] in "{[" and len(text) > 1:
        return plain(_read(text))
    return value_word(text) if key in _WORDS else text


def _number(value: float, key: str) -> str:
    if key.endswith("_hao"):
        return format_yuan(int(value))
    if key.endswith("_ms") and int(value) // 1000 in _SECONDS:
        return moment_text(value / 1000)
    if (key in _TIMES or key.endswith(("_at", "_since", "_until"))) and int(value) in _SECONDS:
        return moment_text(value)
    return str(value)


def _read(text: str) -> Any:
    """Return what a text in JSON says, of one that was cut off what is whole; somebody's words without their marks."""
    try:
        return json.loads(text)
    except ValueError:
        ends = [match.start() for match in re.finditer(',"', text)][-_CUTS_MAX:]
    for end in reversed(ends):
        try:
            return {**json.loads(text[:end] + "}"), "…": None}
        except (ValueError, TypeError):
            continue  # it was cut off further in front
    return "".join(letter for letter in text if letter not in '{}[]"')


def flat(document: Mapping[str, Any]) -> tuple[list[tuple[str, str]], dict[str, Sequence[Mapping[str, Any]]]]:
    """Return (label, value) of everything that fits on a line, and by key what is a table of its own."""
    pairs: list[tuple[str, str]] = []
    tables: dict[str, Sequence[Mapping[str, Any]]] = {}
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            inner = ((heading(str(each)), plain(found, str(each))) for each, found in value.items())
            pairs += [(f"{heading(key)} · {label}", words) for label, words in inner]
        elif isinstance(value, list | tuple) and value and all(isinstance(each, Mapping) for each in value):
            tables[key] = value
        else:
            pairs.append((heading(key), plain(value, key)))
    return pairs, tables


def lines_of(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int) -> Iterator[str]:
    """Yield the lines of a table no wider than `width` cells; rows that are wider are written one by one."""
    cells = [[plain(value, key) for key, value in zip(columns, row, strict=True)] for row in rows]
    heads = [heading(key) for key in columns]
    wide = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
    fitted = _fitted(columns, wide, width - 2 * len(columns))
    if fitted is None:
        yield from _one_by_one(heads, cells, width)
        return
    yield from _row(heads, fitted)
    yield "  ".join("─" * each for each in fitted)
    for row in cells:
        yield from _row(row, fitted)


def pairs_of(pairs: Sequence[tuple[str, str]], width: int, indent: str = "") -> Iterator[str]:
    """Yield a line for each pair, values under each other, folded where they are too long."""
    label_width = min(max((cell_len(label) for label, _ in pairs), default=0), width // 2)
    for label, value in pairs:
        room = width - len(indent) - label_width - 2
        for line in _row((label, value), (label_width, room)):
            yield f"{indent}{line}"


def _fitted(columns: Sequence[str], wide: Sequence[int], room: int) -> list[int] | None:
    """Return widths that fit, free texts folded; None where nothing helps."""
    if sum(wide) <= room:
        return list(wide)
    free = [n for n, key in enumerate(columns) if key in _FREE and wide[n] > _FOLDED]
    left = room - sum(each for n, each in enumerate(wide) if n not in free)
    if not free or left < _FOLDED * len(free):
        return None
    fitted = list(wide)
    for done, n in enumerate(sorted(free, key=lambda n: wide[n])):
        fitted[n] = min(wide[n], left // (len(free) - done))
        left -= fitted[n]
    return fitted


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    folded = [_folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for n in range(max(map(len, folded), default=0)):
        pieces = (_padded(each[n] if n < len(each) else "", width) for each, width in zip(folded, widths, strict=True))
        yield "  ".join(pieces).rstrip()


def _one_by_one(heads: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    for n, row in enumerate(cells, 1):
        yield f"{n}."
        yield from pairs_of(list(zip(heads, row, strict=True)), width, indent="   ")


def _folded(text: str, width: int) -> list[str]:
    """Return a text in lines of at most `width` cells, cut between words where there are any."""
    found: list[str] = []
    for given in text.splitlines() or [""]:
        line = ""
        for word in given.split(" "):
            longer = f"{line} {word}" if line else word
            if cell_len(longer) <= width:
                line = longer
                continue
            found += [line] if line else []
            *whole, line = chop_cells(word, max(2, width)) or [""]
            found += whole
        found.append(line)
    return found


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - cell_len(text))
