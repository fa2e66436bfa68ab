"""Loader of wire vectors: octets that are known to be right (or known to be wrong), with their meaning.

One TOML file a family of PDUs, in a folder a protocol:

    [[vector]]
    name = "submit_sm_ucs2"                  # unique in its folder
    source = "node-smpp 0.5.1"               # who made the octets, or "by hand", with the section
    comment = "why it is here"               # optional
    is_canonical = false                     # optional: decodes, but our encoder writes other octets
    hex = '''
    00000042 00000004 00000000 00000009      # header; comments and blanks are free
    00 00 01 ...
    '''
    [vector.fields]                          # what it must decode to, wire names; octets as hex
    source_addr = "10690001"
    [vector.reaction]                        # malformed ones: what a session must do
    answer = "generic_nack"

Every other key (version, problem, shared_secret ...) is kept in `extra`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector; `octets` are all its frames."""

    name: str
    source: str
    octets: bytes
    comment: str = ""
    is_canonical: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    reaction: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def load(folder: str, *files: str) -> list[Vector]:
    """The vectors of `folder` (all its files, or the named ones without suffix), in file order."""
    paths = [ROOT / folder / f"{name}.toml" for name in files] or sorted((ROOT / folder).glob("*.toml"))
    vectors = [_vector(entry) for path in paths for entry in tomllib.loads(path.read_text("utf-8"))["vector"]]
    names = [vector.name for vector in vectors]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"vector names used twice in {folder}: {sorted(twice)}"
    return vectors


def ids(vector: Vector) -> str:
    """For pytest.mark.parametrize(..., ids=ids)."""
    return vector.name


def _vector(entry: dict[str, Any]) -> Vector:
    lines = entry.pop("hex").splitlines()
    octets = bytes.fromhex("".join(line.split("#", 1)[0] for line in lines))
    known = {key: entry.pop(key) for key in Vector.__dataclass_fields__ if key in entry and key != "extra"}
    return Vector(octets=octets, extra=entry, **known)
