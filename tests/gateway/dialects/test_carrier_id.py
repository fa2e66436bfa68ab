"""One spelling for an id: whatever a carrier does to it, answer and receipt meet by equality."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.smpp.carrier_id import RESPONSE_SPELL, candidates
from gateway.domain.channel import IdBase

numbers = st.integers(1, 2**63 - 1)
anything = st.text(max_size=70)


@given(number=numbers, padding=st.integers(0, 10))
def test_hex_answers_meet_decimal_receipts_and_the_reverse(number: int, padding: int) -> None:
    in_hex, in_decimal = "0" * padding + f"{number:X}", "0" * padding + str(number)
    assert candidates(IdBase.RESPONSE_HEX, "", in_decimal) == (RESPONSE_SPELL[IdBase.RESPONSE_HEX](in_hex),)
    assert candidates(IdBase.RECEIPT_HEX, "", in_hex) == (RESPONSE_SPELL[IdBase.RECEIPT_HEX](in_decimal),)


@given(number=numbers)
def test_two_spellings_in_one_receipt_agree(number: int) -> None:
    in_hex, in_decimal = f"{number:08x}", str(number)
    for base, response in ((IdBase.RESPONSE_HEX, in_hex), (IdBase.RECEIPT_HEX, in_decimal)):
        for pair in ((in_hex, in_decimal), (in_decimal, in_hex)):
            assert candidates(base, *pair) == (RESPONSE_SPELL[base](response),)


@given(letters=st.text("0123456789abcdefABCDEF-", min_size=1, max_size=30), padding=st.integers(0, 10))
def test_as_text_case_and_leading_zeros_do_not_count(letters: str, padding: int) -> None:
    spelled = RESPONSE_SPELL[IdBase.TEXT](letters)
    assert candidates(IdBase.TEXT, "", "0" * padding + letters.upper()) == (spelled,)


def test_as_text_a_decimal_is_never_taken_for_hex() -> None:
    assert candidates(IdBase.TEXT, "", "168496129") == ("168496129",)
    assert RESPONSE_SPELL[IdBase.TEXT]("0a0b0c01") == "a0b0c01"


@pytest.mark.parametrize("base", IdBase)
@given(in_parameter=anything, in_text=anything)
def test_candidates_are_few_distinct_and_not_empty(base: IdBase, in_parameter: str, in_text: str) -> None:
    found = candidates(base, in_parameter, in_text)
    assert len(found) <= 2 and len(set(found)) == len(found) and all(found)
