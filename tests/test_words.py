"""One thing has one word: the glossary holds for names in the code and in SQL, and names are no metaphors."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from tests.test_tidy import SOURCE, files, none, python, text_of, texts, tree_of

GLOSSARY = "docs/glossary.md"
GENERATED = {"protocols/smpp/wire.py", "protocols/cmpp/wire.py"}  # their names are those of the wire
MAY_NAME_BANNED_WORDS = {
    "tests/test_words.py", "tests/test_tidy.py", GLOSSARY, "docs/style.md",
    # Kannel's wire names
    "gateway/interfaces/http_api/kannel.py", "tests/gateway/http_api/test_kannel.py", "docs/quirks.md",
    "docs/clients/en/http.md", "docs/clients/zh/http.md",
}
PHRASE_PARTS_MAX = 3

# What a thing is like is no name for what it does.
METAPHORS = {
    "crowd", "deed", "deeds", "desk", "door", "doors", "evening", "furnish", "harbour", "hearsay", "house", "knock",
    "knocking", "litter", "mischief", "office", "scene", "scenes", "street", "theatre", "till", "town",
}
SOURCES = ("gateway/", "protocols/", "benchmarks/")


def parts_of(name: str) -> tuple[str, ...]:
    """Return the words of an identifier or a phrase: SettingsError, settings_error and "settings error" are alike."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"[\s-]+", "_", name))
    return tuple(part for part in spaced.lower().split("_") if part)


@functools.cache
def names_given(name: str) -> tuple[tuple[int, str], ...]:
    """Return (line, name) of everything that a file gives a name to, itself included."""
    found = [(1, Path(name).stem)]
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append((node.lineno, node.name))
        elif isinstance(node, ast.arg):
            found.append((node.lineno, node.arg))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.append((node.lineno, node.attr))
    return tuple(found)


def rows() -> Iterator[list[str]]:
    """Yield the cells of each row of the glossary; the first are its words, the last what is not said for them."""
    for line in text_of(GLOSSARY).splitlines():
        if line.startswith("| ") and not line.startswith(("| word |", "| ---")):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def banned() -> set[tuple[str, ...]]:
    """Return the words that are no names of ours; those in brackets mean something else elsewhere."""
    words = (word.strip() for cells in rows() for word in re.sub(r"\([^)]*\)", "", cells[-1]).split(","))
    return {parts_of(word) for word in words if word}


def phrases(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for length in range(1, PHRASE_PARTS_MAX + 1):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]


def test_each_word_of_the_glossary_is_a_name_in_the_code_or_in_sql() -> None:
    used = {
        phrase
        for name in python("gateway/", "protocols/")
        for _, given in names_given(name)
        for phrase in phrases(parts_of(given))
    }
    for name in files():
        if name.startswith("gateway/") and name.endswith(".sql"):
            used |= {phrase for word in re.findall(r"\w+", text_of(name)) for phrase in phrases(parts_of(word))}
    words = [word.strip() for cells in rows() for word in cells[0].split(",")]
    assert len(words) > 80
    none([word for word in words if not {parts_of(word), parts_of(f"{word}s")} & used])


def test_no_word_stands_twice_in_the_glossary() -> None:
    words = [word.strip() for cells in rows() for word in cells[0].split(",")]
    none(sorted({word for word in words if words.count(word) > 1}))


def test_what_the_glossary_bans_is_no_name() -> None:
    wrong = banned()
    assert ("dlr",) in wrong and ("tenant",) in wrong
    written = [name for name in python(*SOURCE) if name not in GENERATED]
    named = ((name, line, given) for name in written for line, given in names_given(name))
    found = [f"{name}:{line} {given}" for name, line, given in named if wrong & set(phrases(parts_of(given)))]
    pages = [name for name in texts() if name not in MAY_NAME_BANNED_WORDS and re.search(r"dlr", text_of(name), re.I)]
    none(found + pages)


def test_names_are_no_metaphors() -> None:
    named = ((name, line, given) for name in python(*SOURCES, "tests/") for line, given in names_given(name))
    none([
        f"{name}:{line} {given}" for name, line, given in named
        if METAPHORS & set(parts_of(given)) and not given.startswith("test_")  # a sentence, not a name
    ])


def test_a_module_or_class_of_the_gateway_stands_once() -> None:
    """Protocols side by side may have modules of one name: `dialects/smpp` and `dialects/cmpp`."""
    seen: dict[str, list[str]] = {}
    for name in python("gateway/"):
        path = Path(name)
        if path.name not in ("__init__.py", "__main__.py"):
            beside = path.parent.parent if path.parent.name in ("smpp", "cmpp") else path.parent
            seen.setdefault(path.stem, []).append(f"{beside}/{path.name}")
        for node in tree_of(name).body:
            if isinstance(node, ast.ClassDef):
                seen.setdefault(node.name, []).append(name)
    none([f"{given}: {', '.join(sorted(set(places)))}" for given, places in seen.items() if len(set(places)) > 1])
