"""Texts of SQL values: integers of ours, and names that settings have checked, quoted all the same."""

from __future__ import annotations

from collections.abc import Mapping


def pairs(values: Mapping[str, int]) -> str:
    """Return the VALUES of a text and an integer each."""
    return ", ".join(f"({quoted(name)}, {value})" for name, value in values.items())


def triples(values: Mapping[tuple[str, str], int]) -> str:
    """Return the VALUES of two texts and an integer each."""
    return ", ".join(f"({quoted(name)}, {quoted(other)}, {value})" for (name, other), value in values.items())


def quoted(name: str) -> str:
    """Quote a text. Standard-conforming strings: only the quote is special."""
    return "'" + name.replace("'", "''") + "'"
