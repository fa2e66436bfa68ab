"""Every acceptance scenario, 1 to 52, has a test in this folder: its docstring says "Scenario 17: …",
or its name begins with the number.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

LAST = 52
_NUMBERS = re.compile(r"\bScenarios? (\d+(?:(?:, | and | to )\d+)*)")


def numbers_in(text: str) -> set[int]:
    """Return the numbers of "Scenario 3", "Scenarios 24, 25 and 26", "Scenarios 40 to 45"."""
    found: set[int] = set()
    for words in _NUMBERS.findall(text):
        for part in re.split(r", | and ", words):
            first, _, last = part.partition(" to ")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def numbers_of_name(name: str) -> set[int]:
    """Return the numbers of `test_26_27_confirmation` or `test_scenario_17`."""
    match = re.match(r"test_(?:scenario_)?(\d\d(?:_\d\d)*)(?:_|$)", name)
    return {int(part) for part in match[1].split("_")} if match else set()


def run_on_bench() -> set[int]:
    """Return the numbers that tests in this folder name, in their docstring, their name or their file's first line."""
    found: set[int] = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tests = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        ]
        if tests and path != Path(__file__):
            found |= numbers_of_name(path.stem) | numbers_in((ast.get_docstring(tree) or "").split(":")[0])
        for node in tests if path != Path(__file__) else ():
            found |= numbers_of_name(node.name) | numbers_in(ast.get_docstring(node) or "")
    return found


def test_every_scenario_is_played() -> None:
    missing = set(range(1, LAST + 1)) - run_on_bench()
    assert not missing, f"no test runs {sorted(missing)}"


def test_numbers_are_read() -> None:
    assert numbers_in("Scenario 3: x") == {3}
    assert numbers_in("Scenarios 24, 25 and 26: x; scenario 9") == {24, 25, 26}
    assert numbers_of_name("test_26_27_confirmation") == {26, 27}
    assert numbers_of_name("test_scenario_17") == {17}
    assert numbers_of_name("test_150_characters") == set()
    assert numbers_in("Scenarios 40 to 42 and 45") == {40, 41, 42, 45}
