"""Class, deletion and waiting in all 256 numbers, against the tables of 3GPP TS 23.038 section 4; and written back."""

from __future__ import annotations

import pytest

from protocols.text import schemes
from protocols.text.codings import Encoding, from_data_coding, from_msg_fmt

TEXT = (Encoding.GSM7, Encoding.UCS2)


@pytest.mark.parametrize(
    ("number", "scheme"),
    [
        (0x00, 0), (0x08, 0), (0x0F, 0),  # the protocol's own
        (0x10, 0x10), (0x11, 0x11), (0x12, 0x12), (0x13, 0x13),  # class 0 to 3, GSM text
        (0x14, 0x10), (0x17, 0x13), (0x18, 0x10), (0x1B, 0x13),  # 8-bit, UCS2
        (0x1C, 0), (0x20, 0), (0x31, 0),  # no such alphabet; compressed
        (0x40, 0x40), (0x48, 0x40), (0x58, 0x50), (0x5B, 0x53),  # automatic deletion
        (0x80, 0), (0xBF, 0),  # reserved
        (0xC0, 0xC0), (0xC8, 0xC8), (0xC9, 0xC9), (0xCF, 0xCB),  # waiting, discarded; bit 2 is reserved
        (0xD8, 0xD8), (0xDB, 0xDB), (0xE8, 0xD8), (0xE1, 0xD1),  # stored: GSM text, UCS2
        (0xF0, 0x10), (0xF1, 0x11), (0xF7, 0x13), (0xF8, 0),  # class, GSM text and 8-bit
    ],
)
def test_what_a_number_says_beside_the_alphabet(number: int, scheme: int) -> None:
    assert schemes.SCHEMES[number] == scheme


@pytest.mark.parametrize("number", range(256))
def test_a_number_that_is_written_says_the_same_in_both_protocols(number: int) -> None:
    scheme = schemes.SCHEMES[number]
    read = from_data_coding(number)
    written = schemes.number_of(read.encoding, scheme)
    if not scheme:
        assert written is None
        return
    assert written is not None and schemes.SCHEMES[written] == scheme
    assert from_data_coding(written) == from_msg_fmt(written) == read
    assert (schemes.class_of(scheme) == 0 or scheme == 0x50) is read.flash


@pytest.mark.parametrize("scheme", schemes.ALL)
@pytest.mark.parametrize("encoding", Encoding)
def test_an_alphabet_goes_under_a_scheme_or_has_no_number_there(encoding: Encoding, scheme: int) -> None:
    written = schemes.number_of(encoding, scheme)
    if written is None:
        has_none = encoding not in (*TEXT, Encoding.BINARY) or (encoding is Encoding.BINARY and scheme >= 0xC0)
        assert has_none or not scheme or (encoding is Encoding.UCS2 and schemes.DISCARDED <= scheme < schemes.STORED)
    else:
        assert schemes.SCHEMES[written] == scheme and from_msg_fmt(written).encoding is encoding
