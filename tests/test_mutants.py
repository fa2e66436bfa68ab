"""The list of mutants that make no difference stays true: each is of a line that is still there, and says why."""

from __future__ import annotations

import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_each_known_mutant_is_of_a_line_that_is_there() -> None:
    with (ROOT / "tests/mutants/equivalent.tsv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert len(head) == 4 and rows
    bad = []
    for row in rows:
        module, taken, put, reason = row if len(row) == 4 else ("", *row[:2], "")
        path = ROOT / module
        text = " ".join(path.read_text("utf-8").split()) if path.is_file() else ""
        if not reason or taken == put or " ".join(taken.split()) not in text:
            bad.append(row)
    assert bad == []
    assert len({tuple(row[:3]) for row in rows}) == len(rows)
