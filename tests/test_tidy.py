"""Sizes, words and papers: what a careful reader would check by hand, checked on every run.

Each test gathers all violations and shows them together. Nothing here may be loosened for one file: the few
exceptions (a page that must name a banned word to ban it) are listed beside the rule.
"""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ("gateway/", "protocols/", "benchmarks/")

FILE_LINES_USUAL = 300  # longer ones are told; a concept is never parted for a number
FILE_LINES_MAX = 450
FUNCTION_LINES_MAX = {"source": 60, "tests": 80}
FUNCTION_LINES_USUAL = 40
LONG_FUNCTION_SHARE_MAX = 0.02

GENERATED = {"protocols/smpp/wire.py", "protocols/cmpp/wire.py"}  # written by protocols.generate, not by hand

MODULE_NAMES_BANNED = re.compile(r"(^|_)(utils?|helpers?|managers?|mgr|dlr)(_|$)|^(base|common|misc)$")
MACHINE_PATH = re.compile(r"\.\./shared|(?<![\w.$}])/(work|root|opt/pypi|opt/wheels|tmp/hy)/|/home/\w")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bNotImplementedError\b")
CLAUSE = re.compile(r"\bS[0-4](?:[abc]A?)?-(?:A\d-)?\d+(?:\.\d+)?(?:\(\d+\))*[a-z]?")


@functools.cache
def files() -> tuple[str, ...]:
    """Every file of the project, committed or about to be, as a path from the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file()))


@functools.cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@functools.cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(text_of(name), filename=name)


def python(*prefixes: str) -> Iterator[str]:
    return (name for name in files() if name.endswith(".py") and name.startswith(prefixes or ("",)))


def texts() -> Iterator[str]:
    kinds = (".py", ".md", ".toml", ".sql", ".sh", ".service", ".conf", ".html", ".js", ".css", "Makefile", ".ci/run")
    return (name for name in files() if name.endswith(kinds))


def markdown() -> Iterator[str]:
    return (name for name in files() if name.endswith(".md"))


def kind_of(name: str) -> str:
    return "source" if name.startswith(SOURCE) else "tests"


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its decorators and docstring."""
    has_docstring = ast.get_docstring(function) is not None
    docstring = function.body[0]
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    return lines - ((docstring.end_lineno or 0) - docstring.lineno + 1 if has_docstring else 0)


def without_code(markdown_text: str) -> str:
    return re.sub(r"^```.*?^```", "", markdown_text, flags=re.M | re.S)


def none(violations: Iterable[object]) -> None:
    """Fail with all violations, a line each."""
    found = [str(violation) for violation in violations]
    assert not found, "\n" + "\n".join(found)


def test_make_test_runs_every_folder() -> None:
    lists = re.findall(r"^(?:INSIDE|OUTSIDE) := (.*)$", text_of("Makefile"), re.M)
    named = [word.removeprefix("tests/") for line in lists for word in line.split() if re.fullmatch(r"tests/\w+", word)]
    folders = {match[1] for name in python() if (match := re.match(r"tests/(\w+)/(?:.*/)?test_\w+\.py$", name))}
    assert sorted(named) == sorted(folders)


# ── code ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_files_are_short() -> None:
    sizes = {name: text_of(name).count("\n") for name in python() if name not in GENERATED}
    sources = [(name, size) for name, size in sizes.items() if kind_of(name) == "source"]
    longer = [f"{name}: {size}" for name, size in sources if size > FILE_LINES_USUAL]
    if longer:
        warnings.warn("is each of these one concept? " + ", ".join(longer), stacklevel=1)
    none([f"{name}: {size}" for name, size in sizes.items() if size > FILE_LINES_MAX])


# Who may speak to the database: the store, and the archive, which seals what lies there.
MAY_SPEAK_SQL = ("gateway/store/", "gateway/archive/")
SQL_CALLS = {
    "copy_records_to_table", "copy_to_table", "cursor", "execute", "executemany", "fetch", "fetchrow", "fetchval",
}
SQL_TEXT = re.compile(
    r"^\s*(SELECT\s.+\s(FROM|FOR)\s|SELECT\s+[\w.]+\(|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"
    r"|WITH\s+\w+\s+AS\s*\()", re.S,
)


def speaks_sql(name: str) -> list[str]:
    """Return the lines of a file that ask a database, or hold what it is asked."""
    found = []
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SQL_CALLS:
            found.append(f"{name}:{node.lineno}: .{node.func.attr}(…)")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_TEXT.search(node.value):
            found.append(f"{name}:{node.lineno}: {node.value.split()[0]} …")
    return found


def test_sql_stands_in_the_store_and_the_archive() -> None:
    others = [name for name in python("gateway/") if not name.startswith(MAY_SPEAK_SQL)]
    none([line for name in others for line in speaks_sql(name)])
    assert all(speaks_sql(name) for name in ("gateway/store/facts/task_rows.py", "gateway/archive/chain.py"))


def test_functions_are_short() -> None:
    written = [name for name in python() if name not in GENERATED]
    sizes = [(length_of(f), kind_of(name), f"{name}:{f.lineno} {f.name}") for name in written for f in functions(name)]
    none([f"{where}: {size}" for size, kind, where in sizes if size > FUNCTION_LINES_MAX[kind]])
    source = [(size, where) for size, kind, where in sizes if kind == "source"]
    longer = [f"{where}: {size}" for size, where in source if size > FUNCTION_LINES_USUAL]
    assert len(longer) <= max(3, LONG_FUNCTION_SHARE_MAX * len(source)), longer


def test_modules_say_their_purpose() -> None:
    def purpose(name: str) -> str:
        return (ast.get_docstring(tree_of(name)) or "").split("\n")[0].strip()

    wanted = [name for name in python() if text_of(name).strip()]
    none([name for name in wanted if not purpose(name)])
    none([name for name in python(*SOURCE) if not re.search(r"[.:]$", purpose(name))])


def test_package_files_hold_only_their_map() -> None:
    inits = [name for name in python(*SOURCE) if name.endswith("__init__.py")]
    code = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.With, ast.Try)
    none([name for name in inits if any(isinstance(node, code) for node in tree_of(name).body)])


def test_the_map_of_a_package_names_what_is_there() -> None:
    wrong = []
    for init in (name for name in python(*SOURCE) if name.endswith("/__init__.py")):
        package = Path(init).parent
        there = {Path(name).relative_to(package).parts[0].removesuffix(".py") for name in python(f"{package}/")}
        drawn = ast.get_docstring(tree_of(init)) or ""
        unnamed = there - {"__init__", "__main__"} - set(re.findall(r"\w+", drawn))
        gone = set(re.findall(r"^ *(\w+)  ", drawn, flags=re.M)) - there
        wrong += [f"{init} does not name {name}" for name in unnamed] + [f"{init} names {name}" for name in gone]
    none(wrong)


def test_names_say_what_they_hold() -> None:
    modules = [name for name in python() if MODULE_NAMES_BANNED.search(Path(name).stem)]
    folders = [name for name in files() if any(MODULE_NAMES_BANNED.search(part) for part in Path(name).parts[:-1])]
    none(modules + folders)


def test_the_offset_of_china_stands_in_one_module_of_the_gateway() -> None:
    """Days and midnights come from `gateway.domain.china_time`; wire times have their own in `protocols`."""
    offset = re.compile(r"28_?800|\b8 \* (?:3600|HOUR_S)|hours=8\b|ZoneInfo\(\"Asia")
    zone_by_hand = re.compile(r"fromtimestamp\([^\n]*SHANGHAI|tzinfo=SHANGHAI|now\(SHANGHAI|time\.min, SHANGHAI")
    sources = [name for name in python("gateway/") if name != "gateway/domain/china_time.py"]
    by_offset = [name for name in sources if offset.search(text_of(name))]
    ids = "gateway/domain/ids.py"  # a Msg_Id is made of the fields of a date, not of a day
    none(by_offset + [name for name in sources if name != ids and zone_by_hand.search(text_of(name))])


def test_nothing_is_left_unfinished_or_swallowed() -> None:
    marks, swallowed = [], []
    for name in python():
        lines = text_of(name).splitlines()
        if name != "tests/test_tidy.py":
            marks += [f"{name}:{i} {line.strip()}" for i, line in enumerate(lines, 1) if UNFINISHED.search(line)]
        for node in ast.walk(tree_of(name)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            silent = all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
            reason = any("#" in line for line in lines[node.lineno - 1 : node.end_lineno])
            if node.type is None or (silent and not reason):
                swallowed.append(f"{name}:{node.lineno}")
    none(marks + swallowed)


def test_protocols_import_only_the_standard_library_and_librt() -> None:
    def imported(name: str) -> Iterator[str]:
        for node in ast.walk(tree_of(name)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module or ""

    allowed = set(sys.stdlib_module_names) | {"protocols", "librt"}
    roots = {(name, module.split(".")[0]) for name in python("protocols/") for module in imported(name)}
    none(sorted(pair for pair in roots if pair[1] not in allowed))


def test_tests_neither_mock_nor_sleep() -> None:
    outside = [name for name in python("tests/") if name != "tests/test_tidy.py"]
    mocks = [name for name in outside if re.search(r"\bunittest\.mock\b|\bMagicMock\b", text_of(name))]
    sleeps = [
        name
        for name in outside
        if not name.startswith("tests/daemon/") and re.search(r"\btime\.sleep\(", text_of(name))
    ]
    none(mocks + sleeps)


# ── words and papers ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_no_machine_path_in_any_text() -> None:
    found = [
        f"{name}:{i} {line.strip()[:100]}"
        for name in (*texts(), "requirements.lock", "requirements-dev.lock")
        if name != "tests/test_tidy.py"
        for i, line in enumerate(text_of(name).splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    none(found)


def test_each_page_has_one_title_on_its_first_line() -> None:
    def titles(name: str) -> list[str]:
        return re.findall(r"^# .+", without_code(text_of(name)), flags=re.M)

    none([name for name in markdown() if len(titles(name)) != 1 or not text_of(name).startswith("# ")])


@pytest.mark.parametrize(("name", "lines_max"), [("README.md", 150), ("ARCHITECTURE.md", 200)])
def test_front_pages_are_short(name: str, lines_max: int) -> None:
    assert 20 <= text_of(name).count("\n") <= lines_max


def test_links_between_pages_lead_somewhere_and_every_page_is_linked() -> None:
    links = {
        (name, (ROOT / name).parent.joinpath(target).resolve().relative_to(ROOT).as_posix())
        for name in markdown()
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", without_code(text_of(name)))
    }
    none(sorted(f"{name} → {target}" for name, target in links if not (ROOT / target).exists()))
    targets = {target for _, target in links}
    folders = {target.rstrip("/") for target in targets}
    pages = [name for name in markdown() if name.startswith("docs/")]
    none([name for name in pages if name not in targets and str(Path(name).parent) not in folders])


def test_named_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", text_of("Makefile"), flags=re.M))
    prose = {(name, word) for name in markdown() for word in re.findall(r"`make ([a-z]+)\b", text_of(name))}
    script = {(".ci/run", word) for word in re.findall(r"^\s*make ([a-z]+)", text_of(".ci/run"), flags=re.M)}
    none(sorted(f"{name}: make {word}" for name, word in prose | script if word not in targets))
    assert (".ci/run", "test") in script


def test_specification_vectors_are_all_used() -> None:
    """Each vector file is read by a test: named `stem.toml`, or loaded by `load(folder)` or `load(folder, stem)`."""
    named: set[str] = set()
    for name in python("tests/"):
        for node in ast.walk(tree_of(name)):
            if isinstance(node, ast.Constant) and str(node.value).endswith(".toml"):
                named.add(str(node.value))
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "load":
                folder, *stems = [str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)] or [""]
                named |= {f"{folder}/{stem}.toml" for stem in stems} if stems else {f"{folder}/*"}
    vectors = [Path(name) for name in files() if name.startswith("tests/vectors/") and name.endswith(".toml")]
    ways = {v: {v.name, f"{v.parent.name}/{v.name}", f"{v.parent.name}/*"} for v in vectors}
    none([v for v in vectors if not ways[v] & named])
    none([v for v in vectors if not tomllib.loads(text_of(v.as_posix()))])


def test_no_two_migrations_have_one_number() -> None:
    numbers = [Path(name).name[:4] for name in files() if name.startswith("gateway/store/sql/")]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_cited_clauses_are_documented() -> None:
    """A clause id that the code or a profile cites has its line in docs/clauses*."""
    pages = [name for name in markdown() if name.startswith("docs/clauses")]
    assert pages
    documented = {clause for name in pages for clause in CLAUSE.findall(text_of(name))}
    citing = [n for n in files() if n.startswith(("gateway/", "config/")) and n.endswith((".py", ".toml"))]
    cited = {(clause, name) for name in citing for clause in CLAUSE.findall(text_of(name))}
    # S0-4.2 and S0-4.2(1) of S0-4.2(1)a
    whole = {clause[: mark.start()] for clause in documented for mark in re.finditer(r"[.(a-z]", clause)}
    none(sorted(f"{clause} in {name}" for clause, name in cited if clause not in documented | whole))


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert f"## [{version}]" in text_of("CHANGELOG.md")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_pin_every_dependency_and_no_place(lock: str) -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(project["optional-dependencies"]["test"] if "dev" in lock else [])]
    pinned = set(re.findall(r"^([\w.-]+)==", text_of(lock), flags=re.M))
    none([want for want in wanted if re.split(r"[=<>~ \[]", want)[0] not in pinned])
    none(re.findall(r"^\s*--(?:index-url|extra-index-url|find-links|trusted-host).*", text_of(lock), flags=re.M))
