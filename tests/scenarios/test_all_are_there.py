"""Every acceptance scenario, 1 to 52, is played by a test of this folder: its docstring says "Scenario 17: …"."""

from __future__ import annotations

import ast
import re
from pathlib import Path

LAST = 52
# Scenarios whose rule is being built: the list only grows shorter.
AWAITED = frozenset({
    17, 29, 30, 33, 35, 37, 48, 50, 51,
    52,
})
_NUMBERS = re.compile(r"\bScenarios? (\d+(?:(?:, | and | to )\d+)*)")


def numbers_in(text: str) -> set[int]:
    """Return the numbers of "Scenario 3", "Scenarios 24, 25 and 26", "Scenarios 40 to 45"."""
    found: set[int] = set()
    for words in _NUMBERS.findall(text):
        for part in re.split(r", | and ", words):
            first, _, last = part.partition(" to ")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def played() -> set[int]:
    """Return the numbers that docstrings of tests in this folder name."""
    tests = (
        node
        for path in sorted(Path(__file__).parent.glob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )
    return {number for node in tests for number in numbers_in(ast.get_docstring(node) or "")}


def test_every_scenario_is_played() -> None:
    missing = set(range(1, LAST + 1)) - played()
    assert not missing - AWAITED, f"no test plays {sorted(missing - AWAITED)}"


def test_numbers_are_read() -> None:
    assert numbers_in("Scenario 3: x") == {3}
    assert numbers_in("Scenarios 24, 25 and 26: x; scenario 9") == {24, 25, 26}
    assert numbers_in("Scenarios 40 to 42 and 45") == {40, 41, 42, 45}
