"""Values written into a statement come out of the server as they went in, whatever its settings."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum

import asyncpg
import pytest

from gateway.domain.entry import EntryKind
from gateway.store.journal.quoting import literal, literals
from gateway.store.journal.rows import storable
from tests.store.server import Server

TEXTS = [
    "", "a", "'", "''", "\\", "\\'", "x\\", "\\x41\\u0041\\n", "%s {} $1 ; -- /*",
    "\n\t", "鸿雁", "\U0001f600", "a\0b", "\ud800", "E''",
]
NUMBERS = [0, -1, 1 << 31, (1 << 63) - 1, -(1 << 63)]


@pytest.mark.parametrize("standard", ["on", "off"])
async def test_texts_and_numbers(server: Server, standard: str) -> None:
    connection = await asyncpg.connect(await server.fresh_database())
    await connection.execute(f"SET standard_conforming_strings = {standard}; SET backslash_quote = on")
    await connection.execute("CREATE TABLE t (place bigint, text text, number bigint)")
    values = [(place, text, NUMBERS[place % len(NUMBERS)]) for place, text in enumerate(TEXTS)] + [(99, None, None)]
    await connection.execute(f"INSERT INTO t VALUES {literals(values)}")
    stored = [tuple(row) for row in await connection.fetch("SELECT * FROM t ORDER BY place")]
    assert stored == [(place, None if text is None else storable(text), number) for place, text, number in values]
    await connection.close()


def test_members_of_an_enum_are_their_numbers() -> None:
    assert issubclass(EntryKind, IntEnum)
    assert literal(EntryKind.HOLD) == str(EntryKind.HOLD.value)


@pytest.mark.parametrize("value", [1.5, b"x", [1], Decimal("1.5")])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)  # type: ignore[arg-type]
