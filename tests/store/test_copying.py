"""What COPY reads from us: the same that it reads from asyncpg, value for value."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.journal.copying import KINDS, copy_octets
from tests.store.server import Server

SAMPLES: dict[str, list[Any]] = {
    "text": ["", "验证码", "x" * 70_000, "\U0001f600"],
    "bigint": [0, -1, (1 << 63) - 1, -(1 << 63)],
    "smallint": [0, -1, 32767, -32768],
    "integer": [0, -1, (1 << 31) - 1, -(1 << 31)],
    "boolean": [True, False, True, False],
    "bytea": [b"", b"\0\xff", bytes(range(256)), b"x"],
    "bigint[]": [[], [1], [-(1 << 63), (1 << 63) - 1], (5, 6, 7)],
    "smallint[]": [[], [1, 2, 3], [-1], (0,)],
    "text[]": [[], [""], ["a", "鸿雁"], ("x",)],
}
COLUMNS = [f"c{number}" for number in range(len(KINDS))]
UNFIT: dict[str, list[Any]] = {
    "smallint": [1 << 15, "1", 1.5], "integer": [1 << 31, b"1"], "bigint": [1 << 63, "x"],
    "text": [7, b"x", "\ud800"], "bytea": ["x", 7], "smallint[]": [[1 << 15], 7], "text[]": [[7]],
}


def test_every_kind_has_samples() -> None:
    assert SAMPLES.keys() == KINDS.keys()


async def test_the_server_reads_what_it_reads_from_asyncpg(server: Server) -> None:
    connection = await asyncpg.connect(await server.fresh_database())
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, KINDS, strict=True))
    await connection.execute(f"CREATE TABLE ours ({columns}); CREATE TABLE theirs ({columns})")
    rows: list[tuple[Any, ...]] = [*zip(*SAMPLES.values(), strict=True), (None,) * len(KINDS)]
    octets = memoryview(copy_octets(rows, list(KINDS.values())))
    status = await connection.copy_to_table("ours", source=octets, columns=COLUMNS, format="binary")
    assert status == f"COPY {len(rows)}"
    await connection.copy_records_to_table("theirs", records=rows, columns=COLUMNS)
    ours, theirs = [await connection.fetch(f"SELECT * FROM {table}") for table in ("ours", "theirs")]
    assert ours == theirs
    assert [tuple(row) for row in ours] == [
        tuple(list(value) if isinstance(value, tuple) else value for value in row) for row in rows
    ]
    await connection.close()


def test_nothing_to_copy_is_head_and_end() -> None:
    assert copy_octets([], [0]) == b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"


@given(st.lists(st.tuples(st.text(), st.one_of(st.none(), st.binary()))))
def test_each_row_is_as_long_as_its_values(rows: list[tuple[str, bytes | None]]) -> None:
    octets = copy_octets(rows, [KINDS["text"], KINDS["bytea"]])
    assert len(octets) == 21 + sum(10 + len(text.encode()) + len(data or b"") for text, data in rows)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in UNFIT.items() for value in values])
def test_what_fits_no_column_is_refused(kind: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError, ArithmeticError)):
        copy_octets([(value,)], [KINDS[kind]])
