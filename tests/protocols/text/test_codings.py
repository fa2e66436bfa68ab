"""Encodings and coding numbers: each vector, all 256 numbers of both protocols, and round trips."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.text import codings
from protocols.text.codings import Coding, Encoding, EncodingError
from tests.protocols.text.tables import VECTORS, cases, encoded_texts

DEFAULTS = [Encoding.GSM7, Encoding.ASCII, Encoding.LATIN1]
FLASHABLE = [Encoding.GSM7, Encoding.UCS2, Encoding.BINARY]


@pytest.mark.parametrize("vector", cases("codings.toml", "text"))
def test_vector(vector: dict[str, Any]) -> None:
    encoding = Encoding(vector["encoding"])
    octets = bytes.fromhex(vector["hex"])
    assert codings.decode_text(octets, encoding) == vector["text"]
    assert codings.why_unreadable(octets, encoding) == vector.get("why", "")
    assert codings.read_text(octets, encoding) == (None if "why" in vector else vector["text"])
    if not vector.get("reads_only"):
        assert codings.encode_text(vector["text"], encoding) == octets


def expected_codings(own: str) -> list[Coding]:
    """What the vector tables say of each of the 256 numbers."""
    tables = tomllib.loads((VECTORS / "codings.toml").read_text(encoding="utf-8"))
    expected = [Coding(Encoding.BINARY, flash=False)] * 256
    for row in tables[own] + tables["dcs"]:
        for number in range(row["first"], row["last"] + 1):
            expected[number] = Coding(Encoding(row["encoding"]), flash=row.get("flash", False))
    return expected


def test_every_data_coding() -> None:
    assert [codings.from_data_coding(number) for number in range(256)] == expected_codings("data_coding")


def test_every_msg_fmt() -> None:
    assert [codings.from_msg_fmt(number) for number in range(256)] == expected_codings("msg_fmt")


@pytest.mark.parametrize("default", list(Encoding))
def test_default_alphabet_changes_only_zero(default: Encoding) -> None:
    assert codings.from_data_coding(0, default) == codings.from_msg_fmt(0, default) == (default, False)
    for number in range(1, 256):
        assert codings.from_data_coding(number, default) == codings.from_data_coding(number)
        assert codings.from_msg_fmt(number, default) == codings.from_msg_fmt(number)


@pytest.mark.parametrize("default", list(Encoding))
@pytest.mark.parametrize("encoding", list(Encoding))
def test_number_reads_back(encoding: Encoding, default: Encoding) -> None:
    number = codings.to_data_coding(encoding, default=default)
    assert codings.from_data_coding(number, default) == (encoding, False)
    assert (number == 0) is (encoding is default and encoding in DEFAULTS)


@pytest.mark.parametrize("default", list(Encoding))
@pytest.mark.parametrize("encoding", list(Encoding))
def test_msg_fmt_reads_back(encoding: Encoding, default: Encoding) -> None:
    if encoding is Encoding.ASCII and default is not Encoding.ASCII:
        assert codings.to_msg_fmt(encoding, default=default) == 0  # CMPP has no other number for it
        return
    number = codings.to_msg_fmt(encoding, default=default)
    assert codings.from_msg_fmt(number, default) == (encoding, False)


@pytest.mark.parametrize("encoding", FLASHABLE)
def test_flash_reads_back(encoding: Encoding) -> None:
    assert codings.from_data_coding(codings.to_data_coding(encoding, True)) == (encoding, True)
    assert codings.from_msg_fmt(codings.to_msg_fmt(encoding, True)) == (encoding, True)


@pytest.mark.parametrize("encoding", [each for each in Encoding if each not in FLASHABLE])
@pytest.mark.parametrize("write", [codings.to_data_coding, codings.to_msg_fmt])
def test_flash_without_a_class_form_is_refused(write: Any, encoding: Encoding) -> None:
    with pytest.raises(EncodingError, match="no flash form") as caught:
        write(encoding, True)
    assert caught.value.character is None


def test_numbers_of_the_specifications() -> None:
    smpp = {encoding: codings.to_data_coding(encoding) for encoding in Encoding}
    assert smpp == {"gsm7": 0, "ascii": 1, "latin1": 3, "gbk": 15, "ucs2": 8, "binary": 4}
    cmpp = {encoding: codings.to_msg_fmt(encoding) for encoding in Encoding if encoding is not Encoding.GSM7}
    assert cmpp == {"ascii": 0, "latin1": 3, "gbk": 15, "ucs2": 8, "binary": 4}
    assert [codings.to_data_coding(encoding, True) for encoding in FLASHABLE[:2]] == [0x10, 0x18]
    assert [codings.to_msg_fmt(encoding, True) for encoding in FLASHABLE[:2]] == [16, 24]


@given(encoded_texts())
def test_text_survives(case: tuple[Encoding, str]) -> None:
    encoding, text = case
    assert codings.fits(text, encoding)
    assert codings.decode_text(codings.encode_text(text, encoding), encoding) == text


@given(st.text(st.characters(exclude_categories=[])), st.sampled_from(list(Encoding)))
@example("\x1f\0", Encoding.GSM7)
@example("a\0\x1f", Encoding.GSM7)
def test_fits_says_what_encoding_does(text: str, encoding: Encoding) -> None:
    try:
        codings.encode_text(text, encoding)
    except EncodingError as error:
        assert not codings.fits(text, encoding)
        assert error.index is not None
        assert error.character == text[error.index]
        assert codings.fits(text[: error.index], encoding)
        assert not codings.fits(error.character, encoding)
    else:
        assert codings.fits(text, encoding)


@given(st.binary(), st.sampled_from(list(Encoding)))
def test_any_octets_read_as_something(octets: bytes, encoding: Encoding) -> None:
    text = codings.decode_text(octets, encoding)
    if encoding in (Encoding.LATIN1, Encoding.BINARY):
        assert codings.encode_text(text, encoding) == octets
    told = codings.read_text(octets, encoding)
    assert told is None or told == text
    assert (told is None) is bool(codings.why_unreadable(octets, encoding))
    assert "\ufffd" not in text or b"\xff\xfd" in octets or b"\xfd\xff" in octets or b"\x84\x31" in octets


@given(st.text(st.characters(codec="utf-8")))
def test_utf_8_under_a_wrong_label_is_read(text: str) -> None:
    assert codings.read_mislabelled(text.encode()) == text


def test_gbk_under_a_wrong_label_and_what_proves_nothing() -> None:
    assert codings.read_mislabelled("您好，验证码482913".encode("gbk")) == "您好，验证码482913"
    assert codings.read_mislabelled(b"caf\xe9") is None


def test_every_character_of_gbk_reads_back_as_gb18030() -> None:
    known = [chr(code) for code in range(0x10000) if codings.fits(chr(code), Encoding.GBK)]
    assert len(known) > 20_000
    assert all(codings.decode_text(codings.encode_text(char, Encoding.GBK), Encoding.GBK) == char for char in known)
    assert max(len(codings.encode_text(char, Encoding.GBK)) for char in known) == 2


def test_one_foreign_character_decides_for_the_whole_text() -> None:
    preferred = [Encoding.GSM7, Encoding.LATIN1, Encoding.GBK]
    choices = {"[€]": "gsm7", "ç": "latin1", "汉": "gbk", "汉😀": "ucs2", "": "gsm7"}
    assert {text: codings.choose_encoding(text, preferred) for text in choices} == choices
    assert codings.choose_encoding("plain", []) is Encoding.UCS2
