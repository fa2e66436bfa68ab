"""docs/clauses/*.tsv: every row names a clause that exists, a place in the code and a test that exist."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from pathlib import Path

import pytest

from gateway.settings.clause_table import HOW, ClauseRowError, Row, page, read_ids, read_rows

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "clauses"


@functools.cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
    return frozenset(names | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})


def faults_of(row: Row, ids: set[str]) -> list[str]:
    faults = []
    if row.clause not in ids:
        faults.append(f"no clause {row.clause!r}")
    if not row.what:
        faults.append("says nothing")
    if row.how not in HOW:
        faults.append(f"{row.how!r} is none of {', '.join(HOW)}")
    if row.how == "person":
        return faults
    file, _, name = row.place.partition(":")
    if not (ROOT / file).is_file():
        faults.append(f"no file {file!r}")
    elif name and file.endswith(".py") and name.split(".")[-1] not in names_in(file):
        faults.append(f"{file} has no {name}")
    test, _, name = row.test.partition("::")
    if not test.startswith("tests/") or not (ROOT / test).is_file():
        faults.append(f"no test file {test!r}")
    elif name.partition("[")[0].split("::")[-1] not in names_in(test):
        faults.append(f"{test} has no test {name!r}")
    return faults


def test_every_row_is_true() -> None:
    ids = set(read_ids(FOLDER))
    found = [f"{row.origin}: {fault}" for row in read_rows(FOLDER) for fault in faults_of(row, ids)]
    assert not found, "\n" + "\n".join(found)


def test_the_page_shows_the_rows() -> None:
    text = (FOLDER.parent / "clauses.md").read_text(encoding="utf-8")
    assert text == page(FOLDER), "docs/clauses/*.tsv has changed: `make pages` writes docs/clauses.md anew"


def test_every_clause_is_listed_once() -> None:
    assert [clause for clause, times in Counter(read_ids(FOLDER)).items() if times > 1] == []


def test_a_row_without_its_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("S0-1.2\n")
    (tmp_path / "area.tsv").write_text("# a comment\nS0-1.2\tnobody checks\tperson\nS0-1.2\tx\tenforced\n")
    with pytest.raises(ClauseRowError, match=r"area\.tsv:3: 3 columns"):
        read_rows(tmp_path)
    (tmp_path / "area.tsv").write_text("S0-1.2\tnobody | checks\tperson\n")
    assert "| S0-1.2 | nobody \\| checks | person | – | – |" in page(tmp_path)
