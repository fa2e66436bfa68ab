"""A copy of the repository in which chosen modules carry all their mutants, each of them switched on by its name.

The mutants come from mutmut, whose operators change a value, an operator, a condition or an argument. One is added
here: a statement that is only a call goes away (`pace.drop(3)` becomes `pass`), because forgetting to tell somebody is
the commonest fault of code that decides first and acts afterwards.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import chdir
from difflib import unified_diff
from pathlib import Path
from textwrap import dedent
from typing import Final, NamedTuple

import libcst as cst
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.mutators import mutation_operators
from mutmut.utils.format_utils import get_mutant_name, mangled_name_from_mutant_name

ROOT: Final = Path(__file__).resolve().parents[2]
TREE: Final = ROOT / "build" / "mutants" / "tree"
_SWITCH: Final = (
    "from mutmut.mutation.trampoline import wrap_in_trampoline", "from tests.mutants.switching import switch",
)


class Mutant(NamedTuple):
    """One change of one function."""

    name: str  # module, function and number: what switches it on
    path: str  # of its module, from the root
    diff: str  # unified, of its function

    @property
    def function(self) -> str:
        """What tests are chosen by."""
        return mangled_name_from_mutant_name(self.name)

    @property
    def key(self) -> tuple[str, str, str]:
        """Module, lines taken away, lines put in: the same as long as the code does not change there."""
        lines = self.diff.splitlines()[2:]
        taken, put = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
        return self.path, taken, put


def grow(paths: Sequence[str]) -> list[Mutant]:
    """Copy the repository to TREE with mutants in the modules of `paths`; return all, in the order of the sources."""
    shutil.rmtree(TREE, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TREE / name)
    (TREE / "setup.cfg").write_text("[mutmut]\nsource_paths=gateway\n", "utf-8")  # it asks for one
    with chdir(TREE):
        return [mutant for path in paths for mutant in _mutate(path)]


def _mutate(path: str) -> Iterator[Mutant]:
    mutated = mutate_file_contents(path, (TREE / path).read_text("utf-8"))
    (TREE / path).write_text(mutated.code.replace(*_SWITCH), "utf-8")
    lines = mutated.code.split("\n")

    def source_of(name: str, plain: str) -> list[str]:
        span = mutated.line_span_by_function_name[name]
        text = dedent("\n".join(lines[span.start - 1 : span.end]))
        return text.replace(name, plain).split("\n")

    for name in mutated.mutant_names:
        mangled = mangled_name_from_mutant_name(name)
        plain = mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
        before, after = source_of(f"{mangled}__mutmut_orig", plain), source_of(name, plain)
        diff = "\n".join(unified_diff(before, after, path, f"{path} {plain}", lineterm="", n=2))
        yield Mutant(get_mutant_name(Path(path), name), path, diff)


def _without_call(statement: cst.Expr) -> Iterator[cst.Pass]:
    """A call made for its effect is forgotten."""
    value = statement.value.expression if isinstance(statement.value, cst.Await) else statement.value
    if isinstance(value, cst.Call):
        yield cst.Pass()


mutation_operators.append((cst.Expr, _without_call))  # type: ignore[attr-defined]
