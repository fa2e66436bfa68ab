"""The scanner of lines against the parser: the same keys, each on the line where a reader finds it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.settings import SettingsError, load
from gateway.settings.toml_lines import key_lines
from tests.gateway.settings.setup import FILES, SHIPPED, write

EXAMPLE = '''\
# comment [x]
a = 1
"b c".'d.e' = "x # no comment" # comment
f = [ 1, [2, "]"], # ]
  { g = 3, h.i = [4] },
]
j = """
[not a table]
k = 1"""
l = \'\'\'it's
\'\'\'
[m.n]
o = 1979-05-27T07:32:00Z
[[p]]
q = 1
[[p.r]]
s = """a""""
[p.t]
[[ p ]]
"u\\u00e9" = 2
'''
EXAMPLE_LINES = {
    ("a",): 2, ("b c",): 3, ("b c", "d.e"): 3, ("f",): 4, ("f", 0): 4, ("f", 1): 4, ("f", 1, 0): 4, ("f", 1, 1): 4,
    ("f", 2): 5, ("f", 2, "g"): 5, ("f", 2, "h"): 5, ("f", 2, "h", "i"): 5, ("f", 2, "h", "i", 0): 5, ("j",): 7,
    ("l",): 10, ("m",): 12, ("m", "n"): 12, ("m", "n", "o"): 13, ("p",): 14, ("p", 0): 14, ("p", 0, "q"): 15,
    ("p", 0, "r"): 16, ("p", 0, "r", 0): 16, ("p", 0, "r", 0, "s"): 17, ("p", 0, "t"): 18, ("p", 1): 19,
    ("p", 1, "ué"): 20,
}


def paths(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path of a parsed document."""
    if at:
        yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield from paths(inner, (*at, step))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_each_key_on_its_line(ending: str) -> None:
    text = EXAMPLE.replace("\n", ending)
    assert key_lines(text) == EXAMPLE_LINES
    assert set(paths(tomllib.loads(text))) == set(EXAMPLE_LINES)


@pytest.mark.parametrize("path", sorted(SHIPPED.rglob("*.toml")), ids=lambda path: path.name)
def test_shipped_files(path: Path) -> None:
    text = path.read_text()
    lines = key_lines(text)
    assert set(lines) == set(paths(tomllib.loads(text)))
    for where, line in lines.items():
        if isinstance(where[-1], str):
            assert where[-1] in text.splitlines()[line - 1]


fragments = st.sampled_from(
    ["a", "b", "'c.d'", '"e\\""', ".", " = ", "=", "1", "true", "[", "]", "[[", "]]", "{", "}", ",", "\n", "\r\n", " ",
     "#", '"', "'", '"""', "'''", "\\", "\t", "0x1F", "1979-05-27", "x = 1\n", "[t]\n", "[[u]]\n", "[u.v]\n",
     "y = [1, 2]\n", "z = {k = 1, l.m = [{}]}\n", '"""q""""', "é", "\0"]
)


@settings(max_examples=600)
@given(st.lists(fragments, max_size=14).map("".join))
def test_scanner_agrees_with_the_parser_and_never_raises(text: str) -> None:
    lines = key_lines(text)
    try:
        data = tomllib.loads(text)
    except ValueError:
        return
    assert set(lines) == set(paths(data))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(sorted(FILES)),
    content=st.binary(max_size=200) | st.lists(fragments, max_size=14).map("".join).map(str.encode),
    at=st.none() | st.floats(0, 1),
)
def test_whatever_a_file_holds_only_faults_come_out(
    tmp_path: Path, name: str, content: bytes, at: float | None
) -> None:
    """Junk for a file, or junk in the middle of a good one."""
    good = FILES[name].encode()
    cut = 0 if at is None else int(at * len(good))
    write(tmp_path, {name: content if at is None else good[:cut] + content + good[cut:]})
    try:
        load(tmp_path, environ={})
    except SettingsError as error:
        assert error.faults
        assert str(error)
        assert all(fault.file.startswith(str(tmp_path)) and fault.problem for fault in error.faults)
