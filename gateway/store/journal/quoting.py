"""Texts of SQL values, for the statements that go together in one text and have no parameters."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.store.journal.rows import storable


def literals(rows: Iterable[Iterable[str | int | None]]) -> str:
    """Return the list of VALUES for rows of texts, integers and nulls."""
    return ", ".join(f"({', '.join(map(literal, row))})" for row in rows)


def literal(value: str | int | None) -> str:
    """Return a value as SQL writes it, the same under every setting of the server.

    What no text of PostgreSQL holds is shown as `storable` does. Raises TypeError for what is none of these.
    """
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no text and no integer")
    return "E'" + storable(value).replace("\\", "\\\\").replace("'", "''") + "'"
