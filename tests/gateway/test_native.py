"""A process takes the compiled modules only where they were made of just the sources that lie here."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import native

ASK = "from gateway import native; native.use(); import protocols.window as w; print(native.form(), w.__file__)"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of sources as the real one is laid out, each file saying its own name."""
    for file in native.sources():
        copy = tmp_path / file.relative_to(native.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(f"# {copy.name}\n")
    return tmp_path


def test_what_is_named_is_there() -> None:
    missing = [place for place in (*native.COMPILED, *native.LEFT) if not (native.ROOT / place).exists()]
    assert not missing
    assert not native.LEFT & {file.relative_to(native.ROOT).as_posix() for file in native.sources()}


def test_a_digest_knows_each_change_of_what_is_compiled(tree: Path) -> None:
    before = native.digest(tree)
    assert native.digest(tree) == before
    changed = tree / "protocols" / "window.py"
    text = changed.read_text()
    changed.write_text(text + "\n")
    assert native.digest(tree) != before
    changed.write_text(text)
    assert native.digest(tree) == before
    (tree / "protocols" / "another.py").write_text("")
    assert native.digest(tree) != before


def test_a_digest_does_not_mind_what_is_left_as_it_is(tree: Path) -> None:
    before = native.digest(tree)
    for place in (next(iter(native.LEFT)), "gateway/interfaces/http.py", "protocols/__init__.py"):
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        (tree / place).write_text("changed = True\n")
    assert native.digest(tree) == before


@pytest.mark.parametrize(
    "written", [None, "{", "{}", json.dumps({"digest": "another", "modules": {"protocols.window": "x.so"}})]
)
def test_what_is_not_of_these_sources_is_not_taken(
    written: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "HOME", tmp_path)
    if written is not None:
        (tmp_path / native.MANIFEST).write_text(written)
    assert native.compiled_modules() is None
    assert not native.use()


def test_what_is_of_these_sources_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "HOME", tmp_path)
    modules = {"protocols.window": "protocols/window.so"}
    (tmp_path / native.MANIFEST).write_text(json.dumps({"digest": native.digest(), "modules": modules}))
    assert native.compiled_modules() == modules


@pytest.mark.parametrize("switch", ["", "0"])
def test_a_process_says_which_form_it_runs(switch: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=native.ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {native.SWITCH: switch},
    )
    form, file = done.stdout.split()
    is_compiled = switch != "0" and native.compiled_modules() is not None
    assert (form, Path(file).suffix) == (("compiled", ".so") if is_compiled else ("interpreted", ".py"))


def test_no_constant_is_a_bare_tuple_of_floats() -> None:
    """Compiled, such a constant counts as not set; as tuple[float, ...] it is an object as any other."""
    found = [
        f"{file.relative_to(native.ROOT)}:{node.lineno}"
        for file in native.sources()
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Tuple) and "..." not in ast.unparse(node)
        and any(isinstance(each, ast.Constant) and isinstance(each.value, float) for each in node.value.elts)
    ]
    assert not found
