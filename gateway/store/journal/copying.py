"""Rows in the octets that COPY reads (PostgreSQL's documentation: COPY, "Binary Format").

A row is the count of its columns, then each as a length and so many octets; no octets and length -1 are null. How a
value becomes octets follows from the type of its column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from librt.strings import BytesWriter, write_i16_be, write_i32_be, write_i64_be

from gateway.store.journal.rows import Row

TEXT: Final = 0
BIGINT: Final = 1
SMALLINT: Final = 2
INTEGER: Final = 3
BOOLEAN: Final = 4
BYTEA: Final = 5
BIGINTS: Final = 6
SMALLINTS: Final = 7
TEXTS: Final = 8
KINDS: Final = {
    "text": TEXT, "bigint": BIGINT, "smallint": SMALLINT, "integer": INTEGER, "boolean": BOOLEAN, "bytea": BYTEA,
    "bigint[]": BIGINTS, "smallint[]": SMALLINTS, "text[]": TEXTS,
}

_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
_END: Final = -1
_NULL: Final = -1
_ITEMS: Final = {BIGINTS: (BIGINT, 20), SMALLINTS: (SMALLINT, 21), TEXTS: (TEXT, 25)}  # and the OID of their type


def copy_octets(records: Sequence[Row], kinds: list[int]) -> bytes:
    """Return rows as one COPY. Raises ValueError, TypeError or ArithmeticError for what fits no column."""
    into = BytesWriter()
    into.write(_HEAD)
    width = len(kinds)
    for record in records:
        write_i16_be(into, width)
        for place in range(width):
            _write(into, record[place], kinds[place])
    write_i16_be(into, _END)
    return into.getvalue()


def _write(into: BytesWriter, value: Any, kind: int) -> None:
    if value is None:
        write_i32_be(into, _NULL)
    elif kind == TEXT:
        if not isinstance(value, str):
            raise TypeError(f"{type(value).__name__} is no text")
        octets = value.encode()
        write_i32_be(into, len(octets))
        into.write(octets)
    elif kind <= INTEGER:
        _write_integer(into, value, kind)
    elif kind == BOOLEAN:
        write_i32_be(into, 1)
        into.append(1 if value else 0)
    elif kind == BYTEA:
        write_i32_be(into, len(value))
        into.write(value)
    else:
        _write_array(into, value, kind)


def _write_integer(into: BytesWriter, value: int, kind: int) -> None:
    if kind == BIGINT:
        write_i32_be(into, 8)
        write_i64_be(into, value)
    elif kind == SMALLINT:
        write_i32_be(into, 2)
        write_i16_be(into, value)
    else:
        write_i32_be(into, 4)
        write_i32_be(into, value)


def _write_array(into: BytesWriter, values: Sequence[Any], kind: int) -> None:
    """Write an array: dimensions, whether nulls are in it, type; length and first index; the items."""
    item, oid = _ITEMS[kind]
    within = BytesWriter()
    write_i32_be(within, 1 if values else 0)
    write_i32_be(within, 0)
    write_i32_be(within, oid)
    if values:
        write_i32_be(within, len(values))
        write_i32_be(within, 1)
    for value in values:
        _write(within, value, item)
    octets = within.getvalue()
    write_i32_be(into, len(octets))
    into.write(octets)
