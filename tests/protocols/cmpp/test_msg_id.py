"""Msg_Id: the bits, ranges that wrap without a carry, and a source that never repeats itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.cmpp.auth import CHINA
from protocols.cmpp.msg_id import (
    ISMG_CODE_MAX,
    MSG_ID_MAX,
    SEQUENCES,
    MsgIdParts,
    MsgIdSource,
    ids_of,
    index_of,
    nth,
    pack,
    unpack,
)

msg_ids = st.integers(0, MSG_ID_MAX)
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=CHINA).timestamp()


@given(msg_ids)
def test_any_64_bits_unpack_and_pack_again(msg_id: int) -> None:
    assert pack(unpack(msg_id)) == msg_id


@pytest.mark.parametrize(
    ("msg_id", "parts"),
    [
        (0xBB0ED04003E90007, MsgIdParts(11, 22, 3, 45, 1, 1001, 7)),
        (0, MsgIdParts(0, 0, 0, 0, 0, 0, 0)),
        (MSG_ID_MAX, MsgIdParts(15, 31, 31, 63, 63, ISMG_CODE_MAX, 65535)),
        (1 << 60, MsgIdParts(1, 0, 0, 0, 0, 0, 0)),
        (8 << 60, MsgIdParts(8, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_the_bits_lie_where_the_table_says(msg_id: int, parts: MsgIdParts) -> None:
    assert unpack(msg_id) == parts
    assert pack(parts) == msg_id


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("month", 16),
        ("day", 32),
        ("hour", 32),
        ("minute", 64),
        ("second", 64),
        ("ismg_code", 1 << 22),
        ("sequence", -1),
    ],
)
def test_a_part_too_large_for_its_bits_is_named(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        pack(replace(unpack(0), **{name: value}))


# --- ranges -----------------------------------------------------------------------------------------------------


@given(msg_ids, st.integers(1, 99))
def test_a_range_counts_on_in_the_low_16_bits_alone(first: int, count: int) -> None:
    found = list(ids_of(first, count))
    assert len(set(found)) == count and found[0] == first
    assert {msg_id >> 16 for msg_id in found} == {first >> 16}
    assert [msg_id & 0xFFFF for msg_id in found] == [(first + i) % SEQUENCES for i in range(count)]
    assert [index_of(msg_id, first, count) for msg_id in found] == list(range(count))
    assert [nth(first, i) for i in range(count)] == found


@given(msg_ids, st.integers(1, 99), msg_ids)
def test_an_id_outside_the_range_belongs_to_nobody(first: int, count: int, other: int) -> None:
    index = index_of(other, first, count)
    assert (index is not None) is (other in set(ids_of(first, count)))
    assert index_of(nth(first, count), first, count) is None
    assert index_of(nth(first, -1), first, count) is None


def test_the_wrap_does_not_carry_into_the_ismg_code() -> None:
    first = pack(MsgIdParts(11, 22, 3, 45, 1, 1001, 65534))
    assert [unpack(msg_id) for msg_id in ids_of(first, 4)] == [
        MsgIdParts(11, 22, 3, 45, 1, 1001, sequence) for sequence in (65534, 65535, 0, 1)
    ]


# --- making them ------------------------------------------------------------------------------------------------


def test_an_id_tells_the_moment_and_the_ismg() -> None:
    source = MsgIdSource(1001, sequence=7)
    assert source.take(NOON) == pack(MsgIdParts(11, 22, 12, 0, 0, 1001, 7))
    assert source.take(NOON + 0.9) == pack(MsgIdParts(11, 22, 12, 0, 0, 1001, 8))
    assert source.take(NOON + 1.0, 3) == pack(MsgIdParts(11, 22, 12, 0, 1, 1001, 9))
    assert source.take(NOON + 1.0) == pack(MsgIdParts(11, 22, 12, 0, 1, 1001, 12))


@given(st.integers(0, 65535), st.lists(st.tuples(st.floats(-5, 5), st.integers(1, 30_000)), max_size=12))
def test_no_id_is_given_twice_whatever_the_clock_does(sequence: int, takes: list[tuple[float, int]]) -> None:
    source, now, given_out = MsgIdSource(7, sequence=sequence), NOON, set[tuple[int, int]]()
    total = 0
    for step, count in takes:
        now += step
        first = source.take(now, count)
        given_out.update(divmod(msg_id, SEQUENCES) for msg_id in ids_of(first, count))
        total += count
    assert len(given_out) == total


def test_a_second_that_is_used_up_lends_from_the_next() -> None:
    source = MsgIdSource(7)
    assert unpack(source.take(NOON, SEQUENCES)).second == 0
    assert unpack(source.take(NOON)).second == 1
    assert unpack(source.take(NOON - 60)).second == 1


@pytest.mark.parametrize("code", [-1, ISMG_CODE_MAX + 1])
def test_an_ismg_code_has_22_bits(code: int) -> None:
    with pytest.raises(ValueError, match="ISMG code"):
        MsgIdSource(code)
