"""The user data header: vectors, truncation, and headers written by us read by us."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.text import udh
from tests.protocols.text.tables import cases

OTHER_IDS = [number for number in range(256) if number not in (udh.CONCAT_8, udh.CONCAT_16)]
other_elements = st.lists(
    st.builds(udh.Element, id=st.sampled_from(OTHER_IDS), data=st.binary(max_size=20)), max_size=5
)


@st.composite
def concats(draw: st.DrawFn) -> udh.Concat:
    bits = draw(st.sampled_from([8, 16]))
    total = draw(st.integers(1, 255))
    return udh.Concat(draw(st.integers(0, 2**bits - 1)), total, draw(st.integers(1, total)), bits)


@pytest.mark.parametrize("vector", cases("udh.toml", "header"))
def test_vector(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    header = udh.read(octets)
    assert header is not None
    assert header.concat == (udh.Concat(*vector["concat"]) if "concat" in vector else None)
    assert header.without_concat() == bytes.fromhex(vector["rest"])
    assert octets[header.octets :] == bytes.fromhex(vector["text_hex"])
    if header.elements:
        assert udh.write(header.elements) == octets[: header.octets]


@pytest.mark.parametrize("vector", cases("udh.toml", "header"))
def test_vector_cut_inside_its_header_is_impossible(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    assert [size for size in range(octets[0] + 1) if udh.read(octets[:size]) is not None] == []


@pytest.mark.parametrize("vector", cases("udh.toml", "impossible"))
def test_impossible_header_is_none(vector: dict[str, Any]) -> None:
    assert udh.read(bytes.fromhex(vector["hex"])) is None


@given(concats(), other_elements, st.binary())
def test_concat_beside_others_survives(concat: udh.Concat, others: list[udh.Element], text: bytes) -> None:
    other_udh = udh.write(others)
    written = udh.write_concat(concat, other_udh)
    header = udh.read(written + text)
    assert header is not None
    assert header.concat == concat
    assert header.elements[1:] == tuple(others)
    assert header.without_concat() == other_udh
    assert header.octets == len(written) == udh.concat_octets(concat.bits, other_udh)


@given(concats(), other_elements)
def test_headers_of_a_set_are_those_written_singly(concat: udh.Concat, others: list[udh.Element]) -> None:
    other_udh = udh.write(others)
    headers = udh.concat_headers(concat.ref, concat.total, concat.bits, other_udh)
    assert len(headers) == concat.total
    assert headers[concat.number - 1] == udh.write_concat(concat, other_udh)


@given(st.binary(max_size=200))
def test_any_octets_are_walked_within_bounds(octets: bytes) -> None:
    header = udh.read(octets)
    if header is not None:
        assert header.octets <= len(octets)
        assert sum(2 + len(element.data) for element in header.elements) == header.octets - 1


@pytest.mark.parametrize(("bits", "hex_"), [(8, "050003340201"), (16, "06080412340201")])
def test_standard_octets_with_a_running_reference(bits: udh.RefBits, hex_: str) -> None:
    assert udh.write_concat(udh.Concat(0x7_1234, 2, 1, bits)).hex() == hex_


@pytest.mark.parametrize(("total", "number"), [(0, 0), (1, 0), (2, 3), (256, 1)])
def test_impossible_numbers_are_not_written(total: int, number: int) -> None:
    with pytest.raises(ValueError, match=r"segments?\b"):
        udh.write_concat(udh.Concat(1, total, number))


def test_header_is_bounded() -> None:
    with pytest.raises(ValueError, match="140 octets"):
        udh.write([udh.Element(0x70, bytes(138))])
    largest = udh.write([udh.Element(0x70, bytes(udh.UDHL_MAX - 2))])
    assert len(largest) == 140
    with pytest.raises(ValueError, match="144 octets"):
        udh.write_concat(udh.Concat(1, 2, 1), largest)
