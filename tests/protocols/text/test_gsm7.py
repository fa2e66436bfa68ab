"""The GSM alphabet: both ways, unpacked and packed, against other writers and as a property."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.text import gsm7
from tests.protocols.text.tables import GSM7_CHARACTERS, cases

gsm_text = st.text(st.sampled_from(GSM7_CHARACTERS))
septet_strings = st.lists(st.integers(0, 0x7F)).map(bytes)


@pytest.mark.parametrize("vector", cases("gsm7.toml", "both"))
def test_vector_reads_and_writes(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    assert gsm7.decode(octets) == vector["text"]
    assert gsm7.encode(vector["text"]) == octets
    assert gsm7.count_septets(vector["text"]) == len(octets)


@pytest.mark.parametrize("vector", cases("gsm7.toml", "read"))
def test_vector_reads(vector: dict[str, Any]) -> None:
    assert gsm7.decode(bytes.fromhex(vector["hex"])) == vector["text"]


@pytest.mark.parametrize("vector", cases("gsm7.toml", "packed"))
def test_vector_packs(vector: dict[str, Any]) -> None:
    septets = gsm7.encode(vector["text"])
    octets = bytes.fromhex(vector["hex"])
    skip_bits = vector.get("skip_bits", 0)
    assert gsm7.pack(septets, skip_bits=skip_bits) == octets
    assert gsm7.unpack(octets, len(septets), skip_bits=skip_bits) == septets


def test_every_code_and_character_is_known_once() -> None:
    assert len(gsm7.BASIC) == 128
    assert len(GSM7_CHARACTERS) == len(set(GSM7_CHARACTERS)) == 137


def test_every_character_of_unicode_fits_exactly_when_it_encodes() -> None:
    for code in range(0x11000):
        character = chr(code)
        known = character in GSM7_CHARACTERS
        assert gsm7.fits(character) is gsm7.fits("é" + character) is known
        if known:
            assert gsm7.decode(gsm7.encode(character)) == character
            assert gsm7.encode("é" + character) == gsm7.encode("é") + gsm7.encode(character)
            assert gsm7.count_septets("é" + character) == 1 + gsm7.count_septets(character)


@pytest.mark.parametrize("foreign", ["\0", "\x1b", "`", "ç", "汉", "😀", "\ud83d", "\x7f"])
@pytest.mark.parametrize("before", ["", "plain ", "[é€] "])
def test_first_foreign_character_is_named(before: str, foreign: str) -> None:
    with pytest.raises(UnicodeEncodeError) as caught:
        gsm7.encode(f"{before}{foreign} after")
    assert caught.value.start == len(before)


@given(gsm_text)
def test_text_survives(text: str) -> None:
    septets = gsm7.encode(text)
    assert gsm7.fits(text)
    assert len(septets) == gsm7.count_septets(text)
    assert max(septets, default=0) < 0x80
    assert gsm7.decode(septets) == text


@given(st.binary())
def test_any_octets_read_as_something(octets: bytes) -> None:
    text = gsm7.decode(octets, "ignore")
    assert len(text) <= len(octets)
    assert "\x1b" not in text


@given(septet_strings, st.integers(0, 6))
def test_packing_survives(septets: bytes, skip_bits: int) -> None:
    octets = gsm7.pack(septets, skip_bits=skip_bits)
    assert len(octets) == -(-(len(septets) * 7 + skip_bits) // 8)
    assert gsm7.unpack(octets, len(septets), skip_bits=skip_bits) == septets


@given(septet_strings)
def test_unpacking_without_a_count_drops_only_filling(septets: bytes) -> None:
    unpacked = gsm7.unpack(gsm7.pack(septets))
    lost = septets[len(unpacked) :]
    assert septets.startswith(unpacked)
    assert lost in (b"", b"\0", b"\r")
    if lost:
        assert len(septets) % 8 == 0


@given(st.binary(), st.integers(0, 1000), st.integers(0, 6))
def test_unpacking_never_reads_past_the_octets(octets: bytes, count: int, skip_bits: int) -> None:
    septets = gsm7.unpack(octets, count, skip_bits=skip_bits)
    assert len(septets) <= min(count, len(octets) * 8 // 7)


@pytest.mark.parametrize("header_octets", range(16))
def test_filling_ends_on_a_septet(header_octets: int) -> None:
    bits = gsm7.fill_bits(header_octets)
    assert 0 <= bits <= 6
    assert (header_octets * 8 + bits) % 7 == 0
