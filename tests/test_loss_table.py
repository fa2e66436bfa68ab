"""The loss table proves what it says: every test it names is there, every mark in its rows has a line."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "loss.md").read_text("utf-8")


def test_named_tests_exist() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    for file, name in named:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.M), f"{file}::{name}"


def test_each_row_has_a_proof() -> None:
    proofs = set(re.findall(r"^\| ([a-z]) \|", PAGE, re.M))
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
    states = [row for row in rows if len(row) == 6 and row[0] != "state"]
    assert len(states) > 20
    used = {mark for row in states for mark in row[5].split(", ")}
    assert used <= proofs
    assert proofs - used <= {"p"}
