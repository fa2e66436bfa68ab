"""Optional parameters: kept as they came, typed where known, lenient where the field is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import UnencodableError
from protocols.smpp import tlv
from protocols.smpp.codec import decode, encode
from protocols.smpp.pdus import SubmitSm

PARAMETERS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=6).map(tuple)


@given(PARAMETERS)
def test_any_parameters_survive_in_order(parameters: tlv.Tlvs) -> None:
    octets = tlv.build_tlvs(parameters)
    assert tlv.parse_tlvs(b"xy" + octets, 2, 2 + len(octets)) == parameters
    assert decode(encode(SubmitSm(tlvs=parameters), 1)).tlvs == parameters


@given(PARAMETERS, st.binary(max_size=3))
def test_a_stray_tail_is_dropped(parameters: tlv.Tlvs, tail: bytes) -> None:
    octets = tlv.build_tlvs(parameters) + tail
    assert tlv.parse_tlvs(octets, 0, len(octets)) == parameters


@given(PARAMETERS, st.integers(1, 0xFFFF), st.integers(0, 0xFFFF))
def test_a_parameter_past_the_end_is_dropped(parameters: tlv.Tlvs, missing: int, tag: int) -> None:
    octets = tlv.build_tlvs(parameters) + tag.to_bytes(2, "big") + missing.to_bytes(2, "big") + b"x" * (missing - 1)
    assert tlv.parse_tlvs(octets, 0, len(octets)) == parameters


@given(st.binary(max_size=80))
def test_any_octets_are_read(octets: bytes) -> None:
    for tag, value in tlv.parse_tlvs(octets, 0, len(octets)):
        name, shown = tlv.describe(tag, value)
        assert name
        assert isinstance(shown, int | str)


@pytest.mark.parametrize("tag", tlv.TAGS.values(), ids=lambda tag: tag.name)
def test_every_tag_writes_and_reads_its_bounds(tag: tlv.Tag) -> None:
    for size in (tag.size_min, tag.size_max):
        parameters = tag.of(b"\1" * size)
        assert tlv.get_octets(parameters, tag) == b"\1" * size
        assert tlv.describe(*parameters[0])[0] == tag.name
    for size in (tag.size_min - 1, tag.size_max + 1):
        if size >= 0:
            with pytest.raises(ValueError, match=tag.name):
                tag.of(b"\1" * size)


def test_numbers_and_text() -> None:
    parameters = tlv.USER_MESSAGE_REFERENCE.of(7) + tlv.RECEIPTED_MESSAGE_ID.of("0a0b")
    assert parameters == ((0x0204, b"\0\7"), (0x001E, b"0a0b\0"))
    assert tlv.get_int(parameters, tlv.USER_MESSAGE_REFERENCE) == 7
    assert tlv.get_text(parameters, tlv.RECEIPTED_MESSAGE_ID) == "0a0b"
    assert tlv.get_int(parameters, tlv.MESSAGE_STATE) is None
    assert tlv.get_text((), tlv.RECEIPTED_MESSAGE_ID) is None
    with pytest.raises(ValueError, match="user_message_reference"):
        tlv.USER_MESSAGE_REFERENCE.of(0x10000)
    with pytest.raises(ValueError, match="user_message_reference"):
        tlv.USER_MESSAGE_REFERENCE.of(-1)


def test_odd_widths_are_read_as_numbers_and_an_empty_one_as_absent() -> None:
    assert tlv.get_int(((0x0204, b"\1"),), tlv.USER_MESSAGE_REFERENCE) == 1
    assert tlv.get_int(((0x0204, b"\0\0\1\2"),), tlv.USER_MESSAGE_REFERENCE) == 258
    assert tlv.get_int(((0x0204, b""),), tlv.USER_MESSAGE_REFERENCE) is None


def test_the_first_of_a_repeated_parameter_counts_and_both_are_kept() -> None:
    parameters = tlv.USER_MESSAGE_REFERENCE.of(1, 2)
    assert tlv.get_int(parameters, tlv.USER_MESSAGE_REFERENCE) == 1
    assert decode(encode(SubmitSm(tlvs=parameters), 1)).tlvs == parameters


def test_what_does_not_fit_is_not_sent() -> None:
    for parameters in (((0x10000, b""),), ((1, b"x" * 0x10000),)):
        with pytest.raises(UnencodableError, match="tlvs"):
            encode(SubmitSm(tlvs=parameters), 1)
